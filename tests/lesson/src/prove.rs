//! `prove`: whether a golden file says exactly what its program can print.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use driving::{Bounds, Schedule, TraceEnd, Why};
use golden::{Golden, Language, Row, Tone, count};
use proving::{Finding, Letter, Reached, Untrue};
use serde_json::json;

use crate::judged::Case;
use crate::output::{tell, tell_rows};
use crate::program::{Built, Program, has_python, this_program};
use crate::runs::{self, Outcome, Plan};
use crate::{COULD_NOT_JUDGE, NOT_LEGAL, paint};
use curriculum::Curriculum;

/// Where an exploration that finds no end is given up.
const MOST: Bounds = Bounds { runs: 20_000, time: Duration::from_secs(60), steps: 5_000 };

/// So many runs judge the solution of an exercise that nobody can drive.
const SHAKEN: u64 = 20;

/// They sleep most of the time.
const TWINS_AT_ONCE: usize = 10;

/// What a proof takes for granted; the book says it in a learner's words.
const ASSUMED: [&str; 6] = [
    "one process goes on at a time, and each operation is done at once",
    "a pause may end at any time, unless it is longer than a minute; a time limit of up to 1 s, too; what is \
     longer ends when nobody else can go on",
    "the clock shows only how long pauses and limits have taken",
    "whoever has looked twice and seen the same looks again only when something has changed",
    "a signal that ends a process ends it at once",
    "the workers of a pool differ in nothing but their names",
];

/// What came of the exploration of one program.
struct Proof {
    program: Program,
    golden: Golden,
    reached: Reached,
    findings: Vec<(Finding, Option<String>)>,
    /// How many orders the file says there are, if that is wrong.
    miscounted: Option<u64>,
    /// The shaken runs of its twin, which nobody can drive.
    twin: Option<Outcome>,
    took: Duration,
}

/// How it is to be done.
#[derive(Clone, Copy)]
pub struct How {
    /// So many shaken runs of the twin, at its own speed.
    pub twins: usize,
    /// Whether the number of orders is written into the golden file.
    pub writes: bool,
    pub json: bool,
}

/// The short answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Proved,
    /// Nothing is wrong, as far as it was explored.
    Bounded,
    NotProved,
}

pub fn one(curriculum: &Curriculum, program: Program, how: How) -> Result<u8> {
    program.refuse_undriven()?;
    let built = Built::new(std::slice::from_ref(&program))?;
    let mut proof = Proof::of(curriculum, &program, &built, how)?;
    match how.json {
        true => tell(format!("{:#}\n", proof.json()))?,
        false => tell_rows(&proof.rows())?,
    }
    Ok(proof.verdict().code())
}

pub fn all(curriculum: &Curriculum, how: How) -> Result<u8> {
    let json = how.json;
    let programs = curriculum
        .lessons()
        .map(|lesson| Program::new(curriculum, lesson, Language::Rust, None))
        .collect::<Result<Vec<Program>>>()?;
    let (programs, undriven): (Vec<_>, Vec<_>) =
        programs.into_iter().partition(|program| program.undriven.is_none());
    let built = Built::new(&programs)?;
    let width = programs.iter().map(|program| program.title().len()).max().unwrap_or(0);
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut code, mut list, mut counts) = (0, Vec::new(), [0; 3]);
    let prove = |at: usize| (&programs[at], Proof::of(curriculum, &programs[at], &built, how));
    runs::parallel(programs.len(), jobs, prove, |(program, proof)| {
        let title = Row::new(0).plain(format!("{:width$}  ", program.title())).hanging();
        let mut proof = match proof {
            Ok(proof) => proof,
            Err(error) => {
                code = code.max(COULD_NOT_JUDGE);
                counts[2] += 1;
                list.push(program.in_json(json!({ "error": format!("{error:#}") })));
                let error = format!("{error:#}");
                return if json { Ok(()) } else { tell_rows(&[title.toned(Tone::Bad, error)]) };
            }
        };
        let verdict = proof.verdict();
        code = code.max(verdict.code());
        counts[verdict as usize] += 1;
        if json {
            list.push(proof.json());
            return Ok(());
        }
        tell_rows(&[title.toned(verdict.tone(), verdict.word()).plain(proof.in_short())])?;
        match verdict {
            Verdict::NotProved => tell_rows(&proof.details()),
            _ => Ok(()),
        }
    })?;
    match json {
        true => tell(format!("{:#}\n", serde_json::Value::Array(list)))?,
        false => {
            let [proved, bounded, not] = counts;
            let not = match not {
                0 => paint::good("none refuted"),
                not => paint::bad(&format!("{not} not proved")),
            };
            let undriven = undriven.iter().filter_map(|program| program.refuse_undriven().err());
            undriven.map(|why| Row::text(why.to_string())).try_for_each(|row| tell_rows(&[row]))?;
            tell(format!("\n{proved} proved, {bounded} as far as they were explored, {not}\n"))?;
        }
    }
    Ok(code)
}

impl Verdict {
    fn code(self) -> u8 {
        if self == Verdict::NotProved { NOT_LEGAL } else { 0 }
    }

    fn tone(self) -> Tone {
        match self {
            Verdict::Proved => Tone::Good,
            Verdict::Bounded => Tone::Plain,
            Verdict::NotProved => Tone::Bad,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Verdict::Proved => "proved",
            Verdict::Bounded => "holds, as far as it was explored",
            Verdict::NotProved => "not proved",
        }
    }
}

/// Whether a solution of an exercise does what is asked, and that alone, in every schedule; and whether the
/// golden file says so that the learner has written, if there is to be one.
pub fn exercise(
    curriculum: &Curriculum,
    program: &Program,
    built: &Built,
    writes: bool,
) -> Result<(bool, Vec<Row>)> {
    let warden = this_program()?;
    let (is_solved, mut rows) = solution(curriculum, program, built, &warden)?;
    if !is_solved || !writes {
        return Ok((is_solved, rows));
    }
    let file = program.own_golden();
    if !program.root.join(&file).is_file() {
        let (file, slug) = (file.display(), &program.slug);
        rows.push(Row::text(format!("Now write its golden file: {file}")));
        rows.push(Row::text(format!("To begin with: cp tests/golden/{slug}.txt {file}")));
        return Ok((false, rows));
    }
    let own = program.by_golden(&file);
    rows.push(Row::default());
    let (is_exact, more) = solution(curriculum, &own, built, &warden)?;
    rows.extend(more);
    Ok((is_exact, rows))
}

/// The same, by the golden file that the program is held to. `warden`: the program that watches a run.
pub fn solution(
    curriculum: &Curriculum,
    program: &Program,
    built: &Built,
    warden: &Path,
) -> Result<(bool, Vec<Row>)> {
    let title = Row::new(0).toned(Tone::Strong, format!("{}: ", program.title()));
    if let Some(why) = &program.undriven {
        let golden = program.golden()?;
        let case = Case::new(program, built, &golden, warden);
        for seed in 1..=SHAKEN {
            let judged = case.run(Some(seed), None)?;
            if !judged.is_legal {
                return Ok((false, judged.titled(&program.title())));
            }
        }
        let in_short = format!(", in {SHAKEN} shaken runs. Not in every schedule: {why}.");
        return Ok((true, vec![title.toned(Tone::Good, "solved").plain(in_short)]));
    }
    let mut proof =
        Proof::of(curriculum, program, built, How { twins: 0, writes: false, json: false })?;
    let verdict = proof.verdict();
    if verdict == Verdict::NotProved {
        let (in_short, rows) = proof.refusal(built, warden)?;
        return Ok((false, [vec![title.toned(verdict.tone(), in_short)], rows].concat()));
    }
    let (runs, orders) = (count(proof.reached.explored.runs, "run"), proof.orders());
    let how_far = match verdict {
        Verdict::Proved => format!(", in every schedule: {orders}, seen in {runs}"),
        _ => format!(", as far as it was explored: {orders}, seen in {runs}"),
    };
    Ok((true, vec![title.toned(Tone::Good, "solved").plain(how_far)]))
}

/// All that this program can do, built like this.
pub fn reached(program: &Program, built: &Built) -> Result<Reached> {
    let command = || command(program, built).map_err(io::Error::other);
    proving::reach(&program.golden()?, &command, MOST)
        .with_context(|| format!("cannot explore {}", program.title()))
}

/// The program as it is to be explored.
pub fn command(program: &Program, built: &Built) -> Result<Command> {
    program.refuse_undriven()?;
    let mut command = built.command(program, 1.0)?;
    command.env_remove("LESSON_SHAKE");
    Ok(command)
}

impl Proof {
    fn of(curriculum: &Curriculum, program: &Program, built: &Built, how: How) -> Result<Proof> {
        let began = Instant::now();
        let golden = program.golden()?;
        let mut reached = reached(program, built)?;
        let mut findings = Vec::new();
        for finding in reached.compare(&golden) {
            let code = match &finding {
                Finding::EndsOtherwise(_, code) => Some(code.clone()),
                Finding::Refused(word) => match reached.schedule(word) {
                    Some(schedule) => {
                        Some(driving::follow(command(program, built)?, &schedule)?.code)
                    }
                    None => None,
                },
                Finding::Unreached(..) | Finding::Unsaid(..) | Finding::TooMany => None,
            };
            findings.push((finding, code));
        }
        let took = began.elapsed();
        let (orders, _) = reached.orders();
        let miscounted = golden.orders().filter(|said| u128::from(*said) != orders && !how.writes);
        let has_twin = how.twins > 0 && program.exercise.is_none() && has_python();
        let twin = program.twin(curriculum).filter(|_| has_twin);
        let twin = twin.map(|twin| {
            let (limit, speed, shake) = (None, Some(1.0), Some(1));
            let plan = Plan { runs: how.twins, limit, speed, shake, drive: None, record: false };
            runs::repeat(&twin, built, plan, TWINS_AT_ONCE, &|| (), &|_| ())
        });
        let (program, twin) = (program.clone(), twin.transpose()?);
        let proof = Proof { program, golden, reached, findings, miscounted, twin, took };
        if how.writes && proof.verdict() == Verdict::Proved {
            let orders =
                u64::try_from(orders).context("there are too many orders to write down")?;
            proof
                .program
                .write_golden(&golden::with_orders(&proof.program.golden_source()?, orders))?;
        }
        Ok(proof)
    }

    fn verdict(&self) -> Verdict {
        let is =
            |wanted: fn(&Finding) -> bool| self.findings.iter().any(|(finding, _)| wanted(finding));
        let is_bounded = !self.reached.explored.bounds.is_empty();
        let is_wrong = is(is_wrong);
        let is_loose = is(|finding| matches!(finding, Finding::Unreached(..)));
        let is_wrong = is_wrong
            || self.miscounted.is_some()
            || self.twin.as_ref().is_some_and(|twin| !twin.is_legal());
        if is_wrong || !self.reached.untrue.is_empty() || is_loose && !is_bounded {
            Verdict::NotProved
        } else if is_bounded || !self.findings.is_empty() {
            // What was not explored, or what only a real clock decides, may be what is missing.
            Verdict::Bounded
        } else {
            Verdict::Proved
        }
    }

    /// How much there was to see.
    fn in_short(&mut self) -> String {
        let orders = self.orders();
        let (runs, races) = (self.reached.explored.runs, self.reached.explored.races);
        let seconds = self.took.as_secs_f64();
        format!(": {orders}; {}, {}, {seconds:.1} s", count(runs, "run"), count(races, "race"))
    }

    fn orders(&mut self) -> String {
        match self.reached.orders() {
            (out, 1) => many(out, "order"),
            (1, err) => format!("{} on standard error", many(err, "order")),
            (out, err) => {
                format!("{}, and {} on standard error", many(out, "order"), many(err, "order"))
            }
        }
    }

    fn rows(&mut self) -> Vec<Row> {
        let verdict = self.verdict();
        let title = Row::new(0).toned(Tone::Strong, format!("{}: ", self.program.title()));
        let mut rows = vec![title.toned(verdict.tone(), verdict.word()), Row::default()];
        let mut say = |label: &str, text: String| {
            rows.push(Row::new(2).toned(Tone::Faint, format!("{label:<10}")).hanging().plain(text));
        };
        let explored = &self.reached.explored;
        let (runs, races) = (explored.runs, explored.races);
        let bounds: Vec<String> = explored.bounds.iter().cloned().collect();
        say(
            "complete",
            match bounds.is_empty() {
                true => format!(
                    "{} of at most {} stand for all: {} tried both ways",
                    count(runs, "run"),
                    count(explored.steps, "step"),
                    count(races, "race"),
                ),
                false => format!(
                    "{}, {} tried both ways, not all: {}",
                    count(runs, "run"),
                    count(races, "race"),
                    bounds.join("; ")
                ),
            },
        );
        let is =
            |wanted: fn(&Finding) -> bool| self.findings.iter().any(|(finding, _)| wanted(finding));
        let is_refused = is(is_wrong);
        say(
            "sound",
            match is_refused {
                true => "no: a run is not legal, see below".to_owned(),
                false => "each run is legal, in every order that its lines can have".to_owned(),
            },
        );
        let notes = self.golden.claims().count();
        say(
            "causes",
            match self.reached.untrue.len() {
                0 => format!("{}: each names the cause that is there", count(notes, "claim")),
                untrue => {
                    format!("{untrue} of {} name another one, see below", count(notes, "claim"))
                }
            },
        );
        let is_loose = is(|finding| matches!(finding, Finding::Unreached(..)));
        let is_too_many = is(|finding| matches!(finding, Finding::TooMany));
        let orders = self.orders();
        rows.push(Row::new(2).toned(Tone::Faint, format!("{:<10}", "tight")).hanging().plain(
            match () {
                () if is_too_many => "not known: there are too many orders".to_owned(),
                () if is_loose && !bounds.is_empty() => {
                    format!("not known: {orders} were reached, the file allows more")
                }
                () if is_loose => {
                    "no: the file allows an order that cannot come, see below".to_owned()
                }
                () if is_refused => "no: see below".to_owned(),
                () => format!("{orders}, and the file allows no other"),
            },
        ));
        let twin = match &self.twin {
            None => "not run".to_owned(),
            Some(twin) if twin.is_legal() => {
                format!("{} at its own speed, all legal", count(twin.runs, "shaken run"))
            }
            Some(twin) => {
                format!("{} of {} not legal", twin.illegal, count(twin.runs, "shaken run"))
            }
        };
        rows.push(Row::new(2).toned(Tone::Faint, format!("{:<10}", "twin")).hanging().plain(twin));
        if let Some(said) = self.miscounted {
            let it = "is what the golden file says. `--write` puts the right number there";
            rows.push(Row::new(12).toned(Tone::Bad, format!("orders {said} {it}")));
        }
        for (finding, _) in &self.findings {
            if let Finding::Unsaid(line, text) = finding {
                rows.push(Row::new(12).plain(format!(
                    "line {line} never says `{text}`: no schedule decides that, perhaps a real clock does"
                )));
            }
        }
        if verdict == Verdict::NotProved {
            rows.extend(self.details());
        }
        rows
    }

    /// Why a solution is not accepted, for a learner: the verdict, and the one thing that says most.
    fn refusal(&mut self, built: &Built, warden: &Path) -> Result<(&'static str, Vec<Row>)> {
        let by_own = self.program.is_by_own_golden();
        let first = |wanted: fn(&Finding) -> bool| {
            self.findings.iter().position(|(finding, _)| wanted(finding))
        };
        let is_loose = |finding: &Finding| !matches!(finding, Finding::Unsaid(..));
        let Some(first) = first(is_wrong).or_else(|| first(is_loose)) else {
            let path = self.program.golden_path();
            if self.reached.untrue.is_empty() {
                let in_short = if by_own { "another number" } else { "an order is missing" };
                return Ok((in_short, self.too_few(&path)));
            }
            self.reached.untrue.truncate(1);
            let text =
                format!("Its lines come in the right orders, but not for the reason in {path}:");
            let rows = [vec![Row::text(text)], self.details()[1..].to_vec()].concat();
            return Ok(("right for another reason", rows));
        };
        self.reached.untrue.clear();
        self.findings = vec![self.findings.swap_remove(first)];
        let (finding, code) = &self.findings[0];
        if let Finding::Unreached(..) = finding {
            let (in_short, text) = match by_own {
                true => (
                    "a cause is missing",
                    "No run breaks its rules. But it allows this order, which no schedule gives: the marked line \
                     cannot come there. What does it wait for?",
                ),
                false => (
                    "an order is missing",
                    "No run of it is wrong. But what is asked for can also print this, and it cannot: the marked \
                     line never comes there. Does it wait where nothing asks for it?",
                ),
            };
            return Ok((in_short, [vec![Row::text(text)], self.details()[2..].to_vec()].concat()));
        }
        if let Finding::EndsOtherwise(TraceEnd::Stuck(_) | TraceEnd::OnlyTimePasses(_), _) = finding
        {
            return Ok(("it can hang", self.details()[1..].to_vec()));
        }
        let Some(code) = code else { return Ok(("not in every schedule", self.details())) };
        let judged = Case::new(&self.program, built, &self.golden, warden)
            .run(None, Some(Schedule::Code(code.clone())))?;
        // Not all that is wrong with all runs can be said of one.
        if judged.is_legal {
            return Ok(("not in every schedule", self.details()));
        }
        let text = match by_own {
            true => "The program is right, and can run like this, which the file refuses:",
            false => "One run may be right by luck. Of all that there can be, this one is not:",
        };
        let mut rows = vec![Row::text(text), Row::default()];
        rows.extend(judged.titled("This run"));
        let arguments = self.program.arguments();
        if by_own {
            // By `check` it would be judged by the exercise's own file.
            rows.pop();
            rows.push(Row::text(format!("See it: cargo lesson run {arguments} --schedule {code}")));
        }
        rows.push(Row::text(format!(
            "Step by step: cargo lesson play {arguments} --schedule {code}"
        )));
        Ok(("not in every schedule", rows))
    }

    /// No run is wrong, but their number is.
    fn too_few(&mut self, path: &str) -> Vec<Row> {
        let said = self.miscounted.unwrap_or_default();
        let text = format!(
            "No run of it is wrong. But its lines can come in {}, and those of {path} in {said}.",
            self.orders()
        );
        let never = self.findings.iter().filter_map(|(finding, _)| match finding {
            Finding::Unsaid(line, text) => {
                Some(Row::text(format!("Its line {line} never comes: `{text}`.")))
            }
            _ => None,
        });
        [Row::text(text)].into_iter().chain(never).collect()
    }

    fn details(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (finding, code) in &self.findings {
            if !matches!(finding, Finding::Unsaid(..)) {
                rows.push(Row::default());
            }
            let word = match finding {
                Finding::EndsOtherwise(end, _) => {
                    rows.push(Row::text(ends(end)));
                    &[][..]
                }
                Finding::Refused(word) => {
                    rows.push(Row::text("The program can print this, and the file refuses the last line, or misses one behind it:"));
                    word
                }
                Finding::Unreached(word, _) => {
                    rows.push(Row::text("The file allows this order, and no schedule gives it. The marked line cannot come there:"));
                    word
                }
                Finding::Unsaid(..) => continue,
                Finding::TooMany => {
                    rows.push(Row::text("There are too many orders to compare them."));
                    &[][..]
                }
            };
            let marked = match finding {
                Finding::Unreached(_, marked) => *marked,
                _ => word.len(),
            };
            rows.extend(word.iter().zip(1..).map(|(letter, at)| line(letter, at == marked)));
            if let Some(code) = code {
                let arguments = self.program.arguments();
                rows.push(Row::text(format!(
                    "See it: cargo lesson run {arguments} --schedule {code}"
                )));
            }
        }
        for Untrue { claim, instead, code } in &self.reached.untrue {
            let (line, source, note) = (claim.line, claim.source, &claim.note);
            let instead = match instead.as_slice() {
                [] => "nothing".to_owned(),
                ways => ways.iter().map(|why| in_words(*why)).collect::<Vec<_>>().join(", then "),
            };
            rows.extend([
                Row::default(),
                Row::text(format!(
                    "Line {line} says `{note}`, for it comes after line {source}. In this run something else brings it there: {instead}."
                )),
                Row::text(format!("See it: cargo lesson run {} --schedule {code}", self.program.arguments())),
            ]);
        }
        rows
    }

    fn json(&mut self) -> serde_json::Value {
        let (out, err) = self.reached.orders();
        let finding = |(finding, code): &(Finding, Option<String>)| match finding {
            Finding::EndsOtherwise(end, _) => {
                json!({ "kind": "ends otherwise", "end": ends(end), "schedule": code })
            }
            Finding::Refused(word) => {
                json!({ "kind": "refused", "lines": texts(word), "schedule": code })
            }
            Finding::Unreached(word, at) => {
                json!({ "kind": "unreached", "lines": texts(word), "at": at })
            }
            Finding::Unsaid(line, text) => {
                json!({ "kind": "unsaid", "line": line, "text": text })
            }
            Finding::TooMany => json!({ "kind": "too many" }),
        };
        let untrue = |untrue: &Untrue| {
            let instead = untrue.instead.iter().map(|why| in_words(*why)).collect::<Vec<_>>();
            json!({
                "kind": "untrue note", "line": untrue.claim.line, "source": untrue.claim.source,
                "note": untrue.claim.note, "instead": instead, "schedule": untrue.code,
            })
        };
        let findings = self.findings.iter().map(finding);
        let findings: Vec<_> = findings.chain(self.reached.untrue.iter().map(untrue)).collect();
        let explored = &self.reached.explored;
        self.program.in_json(json!({
            "verdict": match self.verdict() {
                Verdict::Proved => "proved",
                Verdict::Bounded => "bounded",
                Verdict::NotProved => "not proved",
            },
            "orders": out.to_string(),
            "orders_on_stderr": err.to_string(),
            "runs": explored.runs,
            "alike": explored.alike,
            "races": explored.races,
            "steps": explored.steps,
            "bounds": explored.bounds,
            "seconds": self.took.as_secs_f64(),
            "findings": findings,
            "orders_in_the_file": self.golden.orders(),
            "twin_runs": self.twin.as_ref().map(|twin| twin.runs),
            "twin_illegal_runs": self.twin.as_ref().map(|twin| twin.illegal),
            "assumed": ASSUMED,
        }))
    }
}

/// Whether the program does what the file does not allow.
fn is_wrong(finding: &Finding) -> bool {
    matches!(finding, Finding::Refused(_) | Finding::EndsOtherwise(..))
}

fn many(number: u128, what: &str) -> String {
    usize::try_from(number).map_or(format!("{number} {what}s"), |number| count(number, what))
}

fn texts(word: &[Letter]) -> Vec<String> {
    word.iter().map(Letter::to_string).collect()
}

fn line(letter: &Letter, is_marked: bool) -> Row {
    match is_marked {
        true => Row::new(2).toned(Tone::Bad, format!("> {letter}")),
        false => Row::new(4).plain(letter.to_string()),
    }
}

fn ends(end: &TraceEnd) -> String {
    match end {
        TraceEnd::Over(code) => format!("It can end with exit code {code}."),
        TraceEnd::Stuck(who) => format!("Nobody can go on, now or later: {}.", who.join("; ")),
        TraceEnd::OnlyTimePasses(who) => {
            format!("Nothing happens any more but that time passes: {}.", who.join("; "))
        }
    }
}

/// What is between two lines, as a golden file would name it.
fn in_words(why: Why) -> &'static str {
    match why {
        Why::Started => "started by",
        Why::Received => "received from",
        Why::Room => "room made by",
        Why::Released => "a lock or a permit that was given back",
        Why::Woken => "woken by",
        Why::Met => "met",
        Why::AllDone => "all done by",
        Why::Joined => "joined",
        Why::SawEnd => "saw the end of",
        Why::Read => "read from",
    }
}
