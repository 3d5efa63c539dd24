//! `check`: one program, or all of them in a table that grows as they are done.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use anyhow::Result;
use golden::{Language, Row, Tone, count};
use running::Stand;

use crate::arguments::Keep;
use crate::output::{note, tell, tell_lines, tell_rows, warn};
use crate::program::{self, Built, Program};
use crate::progress::Progress;
use crate::runs::{self, Outcome, Plan};
use crate::{COULD_NOT_JUDGE, NOT_LEGAL, card, edited, paint, prove};
use curriculum::{Curriculum, Lesson};

pub fn one(
    curriculum: &Curriculum,
    program: Program,
    plan: Plan,
    keep: &Keep,
    json: bool,
) -> Result<u8> {
    let built = Built::new(std::slice::from_ref(&program))?;
    let counter = Counter::new(plan.runs, !json);
    let is_shown = !json && plan.runs == 1 && io::stderr().is_terminal();
    let stands = |stand: &Stand| {
        if is_shown {
            note(format!("{}. Ctrl-C ends it.", stand.in_a_line()));
        }
    };
    let outcome = runs::repeat(&program, &built, plan, jobs(), &|| counter.one_more(), &stands)?;
    counter.clear();
    if let Some(record) = outcome.record() {
        keep.keep(record);
    }
    // Luck may have passed this one run.
    let solved = match (program.exercise, outcome.is_legal()) {
        (Some(number), true) => {
            let sheet = curriculum.lesson(&program.slug)?.sheet(curriculum)?;
            let writes = sheet.exercise(number).is_some_and(|exercise| exercise.writes);
            Some(prove::exercise(curriculum, &program, &built, writes)?)
        }
        _ => None,
    };
    let is_done = outcome.is_legal() && solved.as_ref().is_none_or(|(is_solved, _)| *is_solved);
    let progress = match is_done {
        true => remember(curriculum, &outcome).map(Some),
        false => Ok(None),
    };
    match json {
        true => {
            let mut json = outcome.json();
            json["solved"] = solved.as_ref().map(|(is_solved, _)| *is_solved).into();
            tell(format!("{json:#}\n"))?;
        }
        false => {
            let lesson = curriculum.lesson(&program.slug)?;
            let progress = progress.as_ref().ok().and_then(Option::as_ref);
            let on = card::where_to_go_on(curriculum, lesson, progress)?;
            match &solved {
                Some((is_solved, rows)) => {
                    tell_rows(rows)?;
                    let folder = format!("lessons/{}/src", lesson.slug);
                    let edited = edited(&curriculum.root, &folder).filter(|_| *is_solved);
                    // The next exercise begins with the lesson as it was.
                    edited.iter().try_for_each(|edited| tell(format!("\n{edited}\n")))?;
                }
                None => tell_rows(&outcome.in_full()?)?,
            }
            if let Some(number) = solves(curriculum, lesson, &outcome) {
                let slug = &lesson.slug;
                let how = format!("cargo lesson check {slug} --exercise {number}");
                tell_rows(&[Row::text(format!(
                    "It may be what exercise {number} asks for: {how}"
                ))])?;
            }
            let blank = if outcome.is_legal() { "\n" } else { "" };
            tell_lines(&format!("{blank}{on}"))?;
        }
    }
    if let Err(error) = progress {
        warn(&error);
    }
    Ok(if is_done { code_of(&outcome) } else { code_of(&outcome).max(NOT_LEGAL) })
}

/// The exercise that may have been meant, if the run is right by its golden file and not by the lesson's.
fn solves(curriculum: &Curriculum, lesson: &Lesson, outcome: &Outcome) -> Option<u32> {
    let program = &outcome.program;
    if outcome.is_legal() || program.exercise.is_some() || program.language == Language::Python {
        return None;
    }
    // A hint: no verdict depends on it.
    let exercises = lesson.sheet(curriculum).ok()?.exercises;
    let solves = |number: &u32| {
        let asked = Program::of_exercise(curriculum, lesson, *number);
        let golden = asked.and_then(|asked| asked.golden());
        golden.is_ok_and(|golden| golden.check(outcome.run()).is_legal())
    };
    let of_this = exercises.into_iter().filter(|exercise| exercise.mends == program.broken);
    of_this.map(|exercise| exercise.number).find(solves)
}

pub fn all(curriculum: &Curriculum, plan: Plan, json: bool) -> Result<u8> {
    let mut programs = Vec::new();
    let python = program::has_python();
    for lesson in curriculum.lessons() {
        let variants = lesson.broken.iter().map(|name| Some(name.as_str()));
        for broken in [None].into_iter().chain(variants) {
            programs.push(Program::new(curriculum, lesson, Language::Rust, broken)?);
            // A broken variant has a twin only where Python breaks alike.
            let twin = Program::new(curriculum, lesson, Language::Python, broken);
            programs.extend(twin.ok().filter(|_| python));
        }
    }
    let (skipped, programs): (Vec<_>, Vec<_>) =
        programs.into_iter().partition(|program| program.lacks().is_some());
    let built = Built::new(&programs)?;
    let counter = Counter::new(programs.len() * plan.runs, !json);
    let width = programs.iter().map(|program| program.title().len()).max().unwrap_or(0);
    let judge = |at: usize| {
        let outcome =
            runs::repeat(&programs[at], &built, plan.clone(), 1, &|| counter.one_more(), &|_| {});
        (&programs[at], outcome)
    };
    let (mut code, mut list, mut bad, mut checked) = (0, Vec::new(), 0, 0);
    runs::parallel(programs.len(), jobs(), judge, |(program, outcome)| {
        if outcome.is_err() && running::is_stopped() {
            return Ok(());
        }
        checked += usize::from(!outcome.as_ref().is_ok_and(Outcome::is_interrupted));
        let own_code = outcome.as_ref().map_or(COULD_NOT_JUDGE, code_of);
        bad += usize::from(own_code != 0);
        code = code.max(own_code);
        if json {
            list.push(in_json(program, &outcome));
        } else {
            counter.clear();
            let row = Row::new(0).plain(format!("{:width$}  ", program.title())).hanging();
            let (tone, verdict) = in_short(&outcome);
            tell_rows(&[row.toned(tone, verdict)])?;
        }
        let Ok(outcome) = outcome else { return Ok(()) };
        if !json && !outcome.is_legal() && !outcome.is_interrupted() {
            let mut rows = vec![Row::default()];
            rows.extend(outcome.in_full()?);
            rows.push(Row::default());
            tell_rows(&rows)?;
        }
        Ok(())
    })?;
    counter.clear();
    for program in &skipped {
        let why = format!("skipped: {} is not installed", program.lacks().unwrap_or_default());
        match json {
            true => list.push(program.in_json(serde_json::json!({ "error": why }))),
            false => tell_rows(&[Row::text(format!("{}  {why}", program.title()))])?,
        }
    }
    if json {
        tell(format!("{:#}\n", serde_json::Value::Array(list)))?;
        return Ok(code);
    }
    let verdict = match bad {
        0 => paint::good("all legal"),
        bad => paint::bad(&format!("{bad} not found legal")),
    };
    if running::is_stopped() {
        let all = count(programs.len(), "program");
        tell(format!("\nInterrupted after {checked} of {all}.\n"))?;
        return Ok(code);
    }
    tell(format!("\n{}, {verdict}\n", count(programs.len(), "program")))?;
    if !python {
        tell("The twins were not checked: there is no python3.\n")?;
    }
    Ok(code)
}

fn in_json(program: &Program, outcome: &Result<Outcome>) -> serde_json::Value {
    match outcome {
        Ok(outcome) => outcome.json(),
        Err(error) => program.in_json(serde_json::json!({ "error": format!("{error:#}") })),
    }
}

fn in_short(outcome: &Result<Outcome>) -> (Tone, String) {
    match outcome {
        Ok(outcome) if outcome.is_legal() => (Tone::Good, outcome.in_short()),
        Ok(outcome) => (Tone::Bad, outcome.in_short()),
        Err(error) => (Tone::Bad, format!("{error:#}")),
    }
}

/// What is done, now that this was legal.
fn remember(curriculum: &Curriculum, outcome: &Outcome) -> Result<Progress> {
    let mut progress = Progress::read(curriculum)?;
    if outcome.program.broken.is_none() || outcome.program.exercise.is_some() {
        progress.add(&outcome.program.title())?;
    }
    Ok(progress)
}

fn code_of(outcome: &Outcome) -> u8 {
    match outcome.is_legal() {
        _ if outcome.is_undecided() => COULD_NOT_JUDGE,
        true => 0,
        false => NOT_LEGAL,
    }
}

/// Most runs sleep most of the time.
fn jobs() -> usize {
    3 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// On a terminal: how many runs are done.
pub struct Counter {
    done: AtomicUsize,
    all: usize,
    shown: bool,
}

impl Counter {
    pub fn new(all: usize, wanted: bool) -> Counter {
        Counter {
            done: AtomicUsize::new(0),
            all,
            shown: wanted && all > 1 && io::stderr().is_terminal(),
        }
    }

    pub fn one_more(&self) {
        let done = self.done.fetch_add(1, Relaxed) + 1;
        self.write(&format!("\r{done} of {} runs", self.all));
    }

    pub fn clear(&self) {
        self.write("\r\x1b[K");
    }

    fn write(&self, text: &str) {
        if self.shown {
            // Nobody needs it.
            let _ = write!(io::stderr(), "{text}");
        }
    }
}
