//! One test per golden file and language: the lesson, its twin and its broken variants do what the
//! file says. One for each program in Rust that is driven: a code is a run, and that is legal. One for each
//! lesson that is explored: its golden file allows what can come and nothing else. One for each
//! picture of one, and one for each picture that is kept. One for the goals of each lesson. And one per
//! command that the book shows. A lesson that nobody can drive is run, and its pictures are judged.
//!
//! `GOLDEN_RUNS=200` repeats each run 200 times, and drives an explored lesson by 200 chances and to
//! 200 orders that its golden file allows. `LESSONS_SKIP_NOTHING=1`: what a lesson needs and is not installed
//! is an error.

mod book;
mod drawn;
mod reached;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::{env, io};

use anyhow::{Context, Result, anyhow, bail};
use book::Shown;
use driving::{Bounds, Record, Schedule};
use golden::{Golden, Language};
use lesson::{
    Answer, Built, Case, Curriculum, Oracle, Pair, Program, Question, edited, has_python,
    questions, three_runs,
};
use libtest_mimic::{Arguments, Failed, Trial};
use proving::{Finding, Letter, Reached};

/// Lessons pause and wait far more than they compute.
const THREADS: usize = 10;

/// Not wholly explored: a clock that ticks until it is terminated. Or not decided by a schedule: whether one
/// way was faster than the other.
const BOUNDED: [&str; 3] = ["terminate", "start-all-then-join", "parallel-speedup"];

/// So many quizzes of each lesson are held against all its runs.
const SEEDS: u64 = 2;

/// It computes for a second, and says by the system's clock whether it was faster: run no more often than it must be.
fn measures(program: &Program) -> bool {
    program.slug == "parallel-speedup"
}

const WARDEN: &str = env!("CARGO_BIN_EXE_lesson");

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let mut trials = trials().unwrap_or_else(|error| panic!("cannot list the lessons: {error:#}"));
    // Those that hang until their time limit go first, or all would wait for them at the end.
    trials.sort_by_key(|trial| !trial.name().contains("::broken::"));
    libtest_mimic::run(&arguments, trials).exit();
}

fn trials() -> Result<Vec<Trial>> {
    let workshop = Arc::new(Workshop::find()?);
    let has_python = has_python();
    let if_python = |trial: Trial| match has_python {
        true => trial,
        false => trial.with_kind("no python3").with_ignored_flag(true),
    };
    // A lesson without its server is skipped by name, unless nothing is to be skipped.
    let skips = env::var_os("LESSONS_SKIP_NOTHING").is_none();
    let if_it_can_run = |trial: Trial, program: Option<&Program>| match program
        .and_then(Program::lacks)
        .filter(|_| skips)
    {
        None => trial,
        Some(lacking) => trial.with_kind(format!("no {lacking}")).with_ignored_flag(true),
    };
    let mut trials = Vec::new();
    let curriculum = &workshop.curriculum;
    for lesson in curriculum.lessons() {
        let variants = lesson.broken.iter().map(|name| Some(name.as_str()));
        for broken in [None].into_iter().chain(variants) {
            for language in [Language::Rust, Language::Python] {
                let program = Program::new(curriculum, lesson, language, broken);
                let is_python = language == Language::Python;
                // A broken variant has a twin only where Python breaks alike.
                if program.is_err() && is_python && broken.is_some() {
                    continue;
                }
                let variant = broken.map_or(String::new(), |name| format!("broken::{name}::"));
                // One that hangs has to be waited for: its run without a conductor does that.
                let ends = |program: &Program| -> Result<bool> { Ok(!program.golden()?.may_hang) };
                let ends = program.as_ref().is_ok_and(|program| ends(program).unwrap_or(true));
                let is_driven =
                    !is_python && program.as_ref().is_ok_and(|program| program.undriven.is_none());
                if is_driven && ends {
                    let program = Program::new(curriculum, lesson, language, broken);
                    let shop = Arc::clone(&workshop);
                    let name = format!("{}::{variant}driven", lesson.slug);
                    trials.push(Trial::test(name, move || failed(shop.drives(program))));
                }
                if is_driven {
                    let program = Program::new(curriculum, lesson, language, broken);
                    let shop = Arc::clone(&workshop);
                    let name = format!("{}::{variant}drawn", lesson.slug);
                    trials.push(Trial::test(name, move || {
                        failed(drawn::holds(&program?, shop.build()?))
                    }));
                }
                if is_driven && broken.is_none() {
                    let program = Program::new(curriculum, lesson, language, broken);
                    let shop = Arc::clone(&workshop);
                    let name = format!("{}::proved", lesson.slug);
                    trials.push(Trial::test(name, move || failed(shop.proves(program))));
                    let program = Program::new(curriculum, lesson, language, broken);
                    let shop = Arc::clone(&workshop);
                    let name = format!("{}::replayed", lesson.slug);
                    trials.push(Trial::test(name, move || failed(shop.replays(program))));
                }
                let language = if is_python { "python" } else { "rust" };
                let shop = Arc::clone(&workshop);
                let name = format!("{}::{variant}{language}", lesson.slug);
                let same = program.as_ref().ok().cloned();
                let trial = Trial::test(name, move || failed(shop.holds(program)));
                let trial = if_it_can_run(trial, same.as_ref());
                trials.push(if is_python { if_python(trial) } else { trial });
            }
        }
    }
    for lesson in curriculum.lessons() {
        for kept in lesson::kept(curriculum, lesson)? {
            let shop = Arc::clone(&workshop);
            let name = match kept.question {
                Some(number) => format!("question-{number}::"),
                None => {
                    kept.program.broken.iter().map(|name| format!("broken::{name}::")).collect()
                }
            };
            let name = format!("{}::{name}picture", lesson.slug);
            trials.push(Trial::test(name, move || {
                let root = &shop.curriculum.root;
                failed(match kept.program.undriven {
                    None => drawn::is_kept(&kept, root, shop.build()?),
                    Some(_) => drawn::is_legal(&kept, root),
                })
            }));
        }
        let (shop, slug) = (Arc::clone(&workshop), lesson.slug.clone());
        let reaches = move || {
            let lesson = shop.curriculum.lesson(&slug)?;
            reached::holds(&shop.curriculum, lesson, shop.build()?)
        };
        trials.push(Trial::test(format!("{}::goals", lesson.slug), move || failed(reaches())));
    }
    let shop = Arc::clone(&workshop);
    trials.push(Trial::test("every picture is kept", move || {
        failed(drawn::all_are_kept(&shop.curriculum))
    }));
    for command in book::commands(&curriculum.root.join("book/src"))? {
        let shop = Arc::clone(&workshop);
        let Shown { line, chapter } = command.clone();
        let of_lesson = curriculum.lesson(&chapter).ok();
        let of_lesson = of_lesson
            .and_then(|lesson| Program::new(curriculum, lesson, Language::Rust, None).ok());
        let trial = Trial::test(format!("{chapter}: {line}"), move || {
            let done = command.perform(&shop.curriculum, || shop.build());
            failed(done.map_err(|error| shop.or_edited(error, "lessons")))
        });
        let trial = if_it_can_run(trial, of_lesson.as_ref());
        let needs_python = line.contains("--python");
        trials.push(if needs_python { if_python(trial) } else { trial });
    }
    Ok(trials)
}

/// Whether one of the explored runs has the one line before the other.
fn comes_first(golden: &Golden, reached: &mut Reached, pair: &Pair) -> bool {
    let is_first = |letter: &Letter| pair.is_first(golden, letter);
    let is_second = |letter: &Letter| pair.is_second(golden, letter);
    reached.with_first(&is_first, &is_second).is_some()
}

/// Numbers of three digits and more are pids or measured times.
fn without_pids(printed: &str) -> String {
    let parts = printed.split_inclusive(|c: char| !c.is_ascii_digit());
    let short = |part: &str| match part.trim_end_matches(|c: char| !c.is_ascii_digit()).len() {
        3.. => part.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned(),
        _ => part.to_owned(),
    };
    parts.map(short).collect()
}

/// What a run printed.
fn printed(record: &Record) -> Vec<String> {
    record.lines().iter().map(|line| without_pids(&line.text)).collect()
}

fn failed(done: Result<()>) -> Result<(), Failed> {
    done.map_err(|error| format!("{error:#}").into())
}

/// The lessons, and what cargo has built of them.
struct Workshop {
    curriculum: Curriculum,
    built: OnceLock<Result<Built, String>>,
}

impl Workshop {
    fn find() -> Result<Workshop> {
        Ok(Workshop { curriculum: Curriculum::read()?, built: OnceLock::new() })
    }

    /// Runs it, and holds it to its golden file.
    fn holds(&self, program: Result<Program>) -> Result<()> {
        let program = &program?;
        let golden = &program.golden()?;
        let (built, warden) = (self.build()?, Path::new(WARDEN));
        let case = Case::new(program, built, golden, warden);
        let runs = env::var("GOLDEN_RUNS").map_or(Ok(1), |runs| runs.parse::<u32>())?;
        for run in 1..=runs {
            let judged = case.run(None, None).with_context(|| format!("run {run} of {runs}"))?;
            if !judged.is_legal {
                let wrong = anyhow!("run {run} of {runs}: {}", judged.message());
                return Err(self.or_edited(wrong, &format!("lessons/{}", program.slug)));
            }
        }
        Ok(())
    }

    /// Drives it twice by two seeds, and again by the code of each run; by twenty seeds, if it is to be done
    /// more than once.
    fn drives(&self, program: Result<Program>) -> Result<()> {
        let program = &program?;
        let golden = &program.golden()?;
        let (built, warden) = (self.build()?, Path::new(WARDEN));
        let case = Case::new(program, built, golden, warden);
        let runs = env::var("GOLDEN_RUNS").map_or(Ok(1), |runs| runs.parse::<usize>())?;
        let (seeds, times) = match runs {
            1 if measures(program) => (1, 1),
            1 => (2, 1),
            runs => (20, runs.div_ceil(20)),
        };
        for seed in 1..=seeds {
            let first = case.run(None, Some(Schedule::Seed(seed)))?;
            let code = first.json["schedule"].as_str().unwrap_or_default().replace('-', "");
            if first.json["steps"].as_u64() < Some(2) {
                bail!("seed {seed}: nobody drove it");
            }
            if !first.is_legal {
                bail!("seed {seed}, code {code}: {}", first.message());
            }
            let mut schedules = vec![Schedule::Code(code.clone())];
            schedules.resize(times + 1, Schedule::Seed(seed));
            for schedule in schedules {
                let again = case.run(None, Some(schedule.clone()))?;
                if without_pids(&again.printed) != without_pids(&first.printed) {
                    let (first, again) = (first.printed, again.printed);
                    bail!("seed {seed}, {schedule:?} gave another run:\n{first}\nand\n{again}");
                }
            }
        }
        Ok(())
    }

    /// Some of the runs that the explorer finds are printed by their codes, each twice.
    fn replays(&self, program: Result<Program>) -> Result<()> {
        let program = &program?;
        let golden = &program.golden()?;
        let (built, warden) = (self.build()?, Path::new(WARDEN));
        let case = Case::new(program, built, golden, warden);
        let command = || built.command(program, 1.0).map_err(io::Error::other);
        let runs = if measures(program) { 1 } else { 10 };
        let bounds = Bounds { runs, time: Duration::from_secs(20), steps: 1_000 };
        let mut traces = Vec::new();
        driving::explore(&command, bounds, &mut |trace| traces.push(trace))?;
        let last = traces.len().checked_sub(1).context("there is no run")?;
        for at in BTreeSet::from([0, last / 2, last]) {
            let found = Record::explored(&program.slug, None, traces[at].clone());
            let code = traces[at].code.clone();
            for _ in 0..runs.min(2) {
                let judged = case.run(None, Some(Schedule::Code(code.clone())))?;
                let again = judged.record.context("it was not driven")?;
                let (told, told_before) = (printed(&again), printed(&found));
                let is_same = told == told_before || measures(program);
                if !is_same
                    || again.header != found.header
                    || again.steps.len() != found.steps.len()
                {
                    bail!("schedule {code} gave another run:\n{told:#?}\nand\n{told_before:#?}");
                }
                // What a program prints past the crate, no record has.
                let shown = without_pids(&judged.printed);
                let missing = told.iter().find(|line| !shown.lines().any(|other| other == *line));
                if let Some(line) = missing {
                    bail!("schedule {code}: `{line}` was not printed:\n{}", judged.printed);
                }
            }
        }
        Ok(())
    }

    /// Explores it, and compares all that it can print with what its golden file allows. Then drives it by
    /// chance, which must bring nothing new, and to orders that the file allows.
    fn proves(&self, program: Result<Program>) -> Result<()> {
        let program = &program?;
        let golden = &program.golden()?;
        let built = self.build()?;
        let command = || built.command(program, 1.0).map_err(io::Error::other);
        let bounds = Bounds { runs: 5_000, time: Duration::from_secs(120), steps: 1_000 };
        let mut reached = proving::reach(golden, &command, bounds)?;
        if let Some(untrue) = reached.untrue.first() {
            bail!("a note names a cause that is not there: {untrue:?}");
        }
        let findings = reached.compare(golden);
        let is_bounded = !reached.explored.bounds.is_empty() || !findings.is_empty();
        if is_bounded != BOUNDED.contains(&program.slug.as_str()) {
            bail!("{:?}, {findings:?}", reached.explored);
        }
        if let Some(legal) = findings
            .iter()
            .find(|finding| matches!(finding, Finding::Refused(_) | Finding::EndsOtherwise(..)))
        {
            bail!("{legal:?}");
        }
        let orders = (!is_bounded).then(|| u64::try_from(reached.orders().0)).transpose()?;
        if golden.orders() != orders {
            bail!("the golden file says {:?} orders, and there are {orders:?}", golden.orders());
        }
        let few = if measures(program) { 1 } else { 3 };
        let times = env::var("GOLDEN_RUNS").map_or(Ok(few), |runs| runs.parse::<u64>())?;
        for seed in 1..=times {
            let mut random = fastrand::Rng::with_seed(seed);
            let trace = driving::run_once(command()?, &mut |_, free| random.choice(free).cloned())?;
            if !is_bounded && !reached.covers(golden, &trace) {
                bail!("chance {seed} found what was not explored: schedule {}", trace.code);
            }
            let run = golden.another(seed);
            // What is made up, such as a pid, no run says.
            let Some(word) = reached.word(golden, &run).filter(|_| !is_bounded) else { continue };
            let schedule = reached.schedule(&word);
            let schedule = schedule.with_context(|| format!("no schedule gives {word:?}"))?;
            let trace = driving::follow(command()?, &schedule)?;
            if proving::printed(golden, &trace, false) != word {
                bail!(
                    "seed {seed}: driven to\n{run}and it printed {:?}",
                    proving::printed(golden, &trace, false)
                );
            }
        }
        self.agrees(program, golden, &mut reached)
    }

    /// What a quiz asks, and the lesson's sheet, is answered as all explored runs say; with more runs than
    /// one, so is every question about two lines.
    fn agrees(&self, program: &Program, golden: &Golden, reached: &mut Reached) -> Result<()> {
        let built = self.build()?;
        let sheet = self.curriculum.lesson(&program.slug)?.sheet(&self.curriculum)?;
        let mut oracle = Oracle::trusting(program, golden, built);
        for seed in 1..=if measures(program) { 1 } else { SEEDS } {
            let questions = questions(golden, &sheet.questions, seed)?;
            let runs = three_runs(&mut oracle, &questions, seed)?;
            let later = questions.iter().skip(if seed > 1 { sheet.questions.len() } else { 0 });
            for Question { pair, .. } in later {
                let answer = oracle.answer(pair)?;
                let can = matches!(answer, Answer::Yes(_));
                if can != comes_first(golden, reached, pair) {
                    bail!("quiz {seed}: {:?}, can it? {can} is wrong", pair.shown(golden));
                }
                // One that computes takes its time.
                if let Answer::Yes(way) = answer
                    && seed == 1
                    && !measures(program)
                    && !pair.is_so(golden, &oracle.drive(&way, &mut |_| Ok(()))?)
                {
                    bail!("quiz {seed}: it can, and is not seen to: {:?}", pair.shown(golden));
                }
            }
            let is_bounded = !reached.explored.bounds.is_empty();
            for (at, run) in runs.iter().flat_map(|three| three.runs.iter().enumerate()) {
                let is_wrong = runs.as_ref().is_some_and(|three| three.wrong == at);
                if reached.has(run) == is_wrong && (is_wrong || !is_bounded) {
                    bail!("quiz {seed}: run {at} is possible after all, or it is not: {run:?}");
                }
            }
        }
        for question in &sheet.questions {
            let pair = Pair::of(golden, &question.line, &question.before)?;
            if question.code.is_some() != comes_first(golden, reached, &pair) {
                bail!("the sheet has a code if it can: {question:?}");
            }
            if let Some(code) = &question.code {
                let schedule = Schedule::Code(code.clone());
                let driven = driving::drive_once(built.command(program, 1.0)?, schedule)?;
                let record = Record::driven(&program.slug, None, driven);
                if !pair.is_so(golden, &record) {
                    bail!("the run of this code is another one: {question:?}");
                }
            }
        }
        if env::var_os("GOLDEN_RUNS").is_some() {
            let lines: Vec<usize> = golden.lines().filter(|&line| golden.is_alone(line)).collect();
            for (first, second) in lines.iter().flat_map(|a| lines.iter().map(move |b| (*a, *b))) {
                let pair = Pair { first: vec![first], second: vec![second] };
                if first == second || golden.is_on_stderr(first) != golden.is_on_stderr(second) {
                    continue;
                }
                let can = matches!(oracle.answer(&pair)?, Answer::Yes(_));
                if can != comes_first(golden, reached, &pair) {
                    bail!("{:?}, can it? {can} is wrong", pair.shown(golden));
                }
            }
        }
        Ok(())
    }

    /// The error, and what was edited: that may be why.
    fn or_edited(&self, error: anyhow::Error, folder: &str) -> anyhow::Error {
        match edited(&self.curriculum.root, folder) {
            Some(edited) => anyhow!("{}\n\n{edited}", format!("{error:#}").trim_end()),
            None => error,
        }
    }

    /// Builds all lessons, once, and as `cargo lesson` does: nothing of the book.
    fn build(&self) -> Result<&Built> {
        let build = || {
            let lessons = self.curriculum.lessons();
            let programs = lessons
                .map(|lesson| Program::new(&self.curriculum, lesson, Language::Rust, None))
                .collect::<Result<Vec<_>>>();
            let built = programs.and_then(|programs| Built::new(&programs));
            built.map_err(|error| format!("{:#}", self.or_edited(error, "lessons")))
        };
        match self.built.get_or_init(build) {
            Ok(built) => Ok(built),
            Err(error) => bail!("{error}"),
        }
    }
}
