//! One run of a program, and the verdict on it.

use std::env;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use driving::{Conductor, Driven, End, Record, Schedule};
use golden::{Golden, Report, Row, Run, Split, Tone, Verdict};
use running::{Ended, Orders, Process, Stand};
use serde_json::json;

use crate::keep::Appended;
use crate::output::warn;
use crate::program::{Built, Program};
use crate::watched;
use crate::wrap::{WIDEST, wrapped};

/// Lessons pause to be watched. Nobody watches here.
const SPEED: f64 = 10.0;

/// How fast pauses pass in a shaken run, in turns.
const SHAKEN_SPEEDS: [f64; 3] = [10.0, 1000.0, 100.0];

/// A verdict on one run.
pub struct Judged {
    pub verdict: Verdict,
    pub is_legal: bool,
    /// The numbers of the golden lines in the order in which they came.
    pub order: Vec<Option<usize>>,
    /// Who said which of the lines that several processes share.
    pub split: Split,
    /// Everything that there is to say.
    rows: Vec<Row>,
    pub json: serde_json::Value,
    /// What the program printed.
    pub printed: String,
    /// The same, line by line.
    pub run: Run,
    /// Is part of that left out in the text?
    pub is_abridged: bool,
    /// If a user ended it: where it stood, in a line.
    pub interrupted: Option<String>,
    /// What it did: of a driven run, and where a record is wanted.
    pub record: Option<Record>,
}

/// What is the same in each of several runs.
pub struct Case<'a> {
    pub program: &'a Program,
    pub built: &'a Built,
    pub golden: &'a Golden,
    /// The program that watches it: this command.
    pub warden: &'a Path,
    pub limit: Option<Duration>,
    /// By how much pauses are shortened, unless that is for the check to choose.
    pub speed: Option<f64>,
    /// Whether a record is wanted, also of a run that nobody drives.
    pub record: bool,
    /// Hears where a run stands that takes long.
    pub tell: &'a (dyn Fn(&Stand) + Sync),
}

impl<'a> Case<'a> {
    /// A program that is run as the check chooses, and of which nobody hears before its end.
    pub fn new(
        program: &'a Program,
        built: &'a Built,
        golden: &'a Golden,
        warden: &'a Path,
    ) -> Self {
        let (limit, speed, record) = (None, None, false);
        Case { program, built, golden, warden, limit, speed, record, tell: &|_| () }
    }

    /// Runs it once; with a seed, on a disturbed schedule; with a schedule, driven.
    pub fn run(&self, seed: Option<u64>, schedule: Option<Schedule>) -> Result<Judged> {
        if schedule.is_some() {
            self.program.refuse_undriven()?;
        }
        if let Some(lacking) = self.program.lacks() {
            let title = self.program.title();
            bail!(
                "{title} needs {lacking}, which is not installed: sudo apt-get install {lacking}"
            );
        }
        let speed = match (env::var("LESSON_SPEED"), seed) {
            _ if self.speed.is_some() => self.speed.unwrap_or(SPEED),
            (Ok(speed), _) => speed
                .parse()
                .with_context(|| format!("LESSON_SPEED is `{speed}`: set it to a number"))?,
            (Err(_), Some(seed)) => SHAKEN_SPEEDS[(seed % 3) as usize],
            (Err(_), None) => SPEED,
        };
        let mut command = self.built.command(self.program, speed)?;
        let is_python = self.program.language == golden::Language::Python;
        match seed.filter(|_| !is_python) {
            Some(seed) => command.env("LESSON_SHAKE", seed.to_string()),
            None => command.env_remove("LESSON_SHAKE"),
        };
        let orders = Orders {
            limit: self.limit.unwrap_or(self.golden.limit),
            load: seed.filter(|_| is_python),
            ..watched::orders(self.golden)
        };
        let schedule = schedule.filter(|_| !is_python);
        let conductor =
            schedule.map(|schedule| Conductor::new(schedule, orders.hangs)).transpose()?;
        conductor.iter().for_each(|conductor| conductor.invite(&mut command));
        let appended = match self.record && conductor.is_none() && !is_python {
            true => Appended::new(&mut command).inspect_err(warn).ok(),
            false => None,
        };
        let mut ran = running::watch_and_tell(self.warden, &command, &orders, self.tell)
            .with_context(|| format!("cannot run {}", self.program.title()))?;
        let driven = conductor.map(Conductor::finish).transpose()?;
        if driven.is_some() {
            // Each process holds its end of the conductor's socket.
            ran.held_open.clear();
        }
        let (run, stand) = (watched::transcript(&ran), ran.stand.as_ref());
        let report = watched::judge(self.golden, &ran);
        let mut judged = Judged::new(&report, &run, stand);
        judged.add_complaints(&ran, &orders);
        if let Some(driven) = driven {
            if let (End::AnotherWay(_), Some(why)) = (&driven.end, how_it_ended(&driven)) {
                bail!(why);
            }
            judged.was_driven(self.program, driven);
        }
        if let Some(appended) = appended {
            judged.record = appended.record(self.program).inspect_err(warn).ok();
        }
        Ok(judged)
    }
}

impl Judged {
    /// `stand`: where the run stood, if it did not end.
    pub fn new(report: &Report, run: &Run, stand: Option<&Stand>) -> Judged {
        let is_legal = report.is_legal();
        let stand = stand.filter(|_| !is_legal);
        let interrupted = stand.filter(|stand| stand.interrupted);
        let lines = report.lines().map(|line| {
            json!({
                "text": line.text,
                "stderr": line.on_stderr,
                "golden_line": line.golden_line,
                "verdict": line.word,
            })
        });
        Judged {
            verdict: report.verdict(),
            is_legal,
            order: report.lines().map(|line| line.golden_line).collect(),
            split: report.split(),
            rows: report.rows(),
            json: json!({
                "verdict": report.verdict().to_string(),
                "legal": is_legal,
                "end": run.end.to_string(),
                "problems": report.problems().collect::<Vec<_>>(),
                "missing": report.missing().collect::<Vec<_>>(),
                "stand": stand.map(in_json),
                "left": [],
                "lines": lines.collect::<Vec<_>>(),
            }),
            printed: run.to_string(),
            run: run.clone(),
            is_abridged: !is_legal && report.is_abridged(),
            interrupted: interrupted.map(Stand::in_a_line),
            record: None,
        }
    }

    /// Everything that there is to say, without colours.
    pub fn message(&self) -> String {
        wrapped(&self.rows, WIDEST)
    }

    /// Everything that there is to say, and of what; the first row is the verdict.
    pub fn titled(&self, title: &str) -> Vec<Row> {
        let mut rows = self.rows.clone();
        rows[0] = rows[0].clone().titled(Tone::Strong, format!("{title}: "));
        rows
    }

    /// How the schedule went, and how to see it again.
    fn was_driven(&mut self, program: &Program, driven: Driven) {
        let end = how_it_ended(&driven);
        self.rows.extend(end.map(Row::text));
        self.rows.push(Row::text(the_same_again("check", program, &driven)));
        self.json["schedule"] = json!(code_of(&driven));
        self.json["steps"] = json!(driven.steps);
        self.record = Some(Record::driven(&program.slug, program.broken.as_deref(), driven));
    }

    /// What the run left behind makes it illegal, too.
    fn add_complaints(&mut self, ran: &Ended, orders: &Orders) {
        let left = ran.complaints(orders.may_outlive);
        if left.is_empty() {
            return;
        }
        if self.is_legal {
            let but = format!("{}, but not legal: see below", self.verdict);
            self.rows[0] = Row::new(0).toned(Tone::Bad, but);
        }
        for complaint in &left {
            self.rows.extend([Row::default(), Row::text(complaint)]);
        }
        self.is_legal = false;
        self.json["legal"] = json!(false);
        self.json["left"] = json!(left);
    }
}

/// What there is to say of the end of a driven run, if it did not just end.
pub fn how_it_ended(driven: &Driven) -> Option<String> {
    let threads = match driven.threaded.as_slice() {
        [] => None,
        names => Some(format!(
            "Several threads of {} did something here. The order between them is not driven.",
            names.join(" and of ")
        )),
    };
    let stuck = |why: &str, who: &[String]| Some(format!("{why}: {}.", who.join("; ")));
    match &driven.end {
        End::Over | End::Stopped => threads,
        End::Stuck(who) => stuck("Nobody can go on, now or later", who),
        End::OnlyTimePasses(who) => stuck("Nothing happens any more but that time passes", who),
        End::Outside(name) => Some(format!(
            "{name} waits for something that does not go through the crate. From there on the run was \
             not driven."
        )),
        End::AnotherWay(steps) => Some(format!(
            "After {steps} steps the program went another way than this code: the code is of another \
             lesson or version."
        )),
    }
}

/// How to have the same run again, by this command.
pub fn the_same_again(command: &str, program: &Program, driven: &Driven) -> String {
    format!(
        "Driven, in {}. The same run again: cargo lesson {command} {} --schedule {}",
        golden::count(driven.steps, "step"),
        program.arguments(),
        code_of(driven)
    )
}

fn code_of(driven: &Driven) -> &str {
    match driven.code.as_str() {
        "" => "-",
        code => code,
    }
}

/// Where a run stood that did not end.
fn in_json(stand: &Stand) -> serde_json::Value {
    let row = |process: &Process| json!({ "process": process.name, "pid": process.pid, "doing": process.doing });
    json!({
        "after_s": stand.after.as_secs_f64(),
        "no_progress_for_s": stand.still_for.as_secs_f64(),
        "processes": stand.processes.iter().map(row).collect::<Vec<_>>(),
        "ended": stand.ended,
        "interrupted": stand.interrupted,
    })
}
