//! Two trials for each exercise: its stored solution is accepted, a plausible wrong one is refused.
//!
//! They compile a program each, so they are ignored unless they are asked for:
//! `cargo test -p lesson --test exercises -- --ignored`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use lesson::{Built, Case, Curriculum, Program};
use libtest_mimic::{Arguments, Failed, Trial};
use mutants::Workbench;

/// What is said of some mistakes that luck passes always.
const SAID: [(&str, u32, &str); 4] = [
    // Joins all, and only then says the exit codes: it does less than is asked.
    ("start-args", 3, "an order is missing"),
    ("start-all-then-join", 3, "> worker-2   | begins"),
    ("daemon", 2, "Its line 8 never comes: `the daemon has ended`."),
    // The file orders too little.
    ("main-waits", 1, "a cause is missing"),
];

const WARDEN: &str = env!("CARGO_BIN_EXE_lesson");

fn main() {
    let arguments = Arguments::from_args();
    let shop = Arc::new(Shop::find().unwrap_or_else(|error| panic!("{error:#}")));
    let mut trials = Vec::new();
    for (at, Exercise { program, number, writes }) in shop.exercises.iter().enumerate() {
        for is_right in [true, false] {
            let what = match (is_right, writes) {
                (true, _) => "accepted",
                (false, false) => "refused",
                (false, true) => "golden-file-refused",
            };
            let name = format!("{}::exercise-{number}::{what}", program.slug);
            let shop = Arc::clone(&shop);
            let judge = move || shop.judges(&shop.exercises[at], is_right).map_err(failed);
            let trial = Trial::test(name, judge).with_ignored_flag(true);
            // Skipped by name, unless nothing is to be skipped.
            let lacking = program.lacks().filter(|_| env::var_os("LESSONS_SKIP_NOTHING").is_none());
            let skipped = |lacking| {
                let name = format!("{}::exercise-{number}::{what}", program.slug);
                Trial::test(name, || Ok(())).with_kind(format!("skipped: no {lacking}"))
            };
            trials.push(lacking.map_or(trial, |lacking| skipped(lacking).with_ignored_flag(true)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn failed(error: anyhow::Error) -> Failed {
    format!("{error:#}").into()
}

struct Exercise {
    program: Program,
    number: u32,
    /// The mistake is in the golden file that the learner has written.
    writes: bool,
}

struct Shop {
    curriculum: Curriculum,
    exercises: Vec<Exercise>,
    bench: OnceLock<Result<Workbench, String>>,
}

impl Shop {
    fn find() -> Result<Shop> {
        let curriculum = Curriculum::read()?;
        let mut exercises = Vec::new();
        for lesson in curriculum.lessons() {
            for exercise in lesson.sheet(&curriculum)?.exercises {
                let (number, writes) = (exercise.number, exercise.writes);
                let program = Program::of_exercise(&curriculum, lesson, number)?;
                exercises.push(Exercise { program, number, writes });
            }
        }
        Ok(Shop { curriculum, exercises, bench: OnceLock::new() })
    }

    fn judges(&self, exercise: &Exercise, is_right: bool) -> Result<()> {
        let Exercise { program, number, writes } = exercise;
        let folder = self.curriculum.root.join("tests/exercises").join(&program.slug);
        let path = match is_right || *writes {
            true => folder.join(format!("{number}.rs")),
            false => folder.join(format!("{number}.wrong.rs")),
        };
        let source =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = format!("{}-{number}-{is_right}", program.slug);
        let executable = self.bench()?.compile(&program.slug, &name, &source)?;
        let executable =
            executable.with_context(|| format!("{} does not compile", path.display()))?;
        let built = Built::instead(program, executable.path());
        let (golden, warden) = (program.golden()?, Path::new(WARDEN));
        let judged = Case::new(program, &built, &golden, warden).run(None, None)?;
        if !judged.is_legal {
            return match is_right || *writes {
                true => bail!("{}", judged.message()),
                false => Ok(()),
            };
        }
        let solved = |program: &Program| lesson::solved(&self.curriculum, program, &built, warden);
        let (mut is_solved, mut rows) = solved(program)?;
        if *writes && !is_right {
            if !is_solved {
                bail!("{} is not right", path.display());
            }
            let wrong = folder.join(format!("{number}.wrong.txt"));
            (is_solved, rows) = solved(&program.by_golden(&wrong))?;
        }
        let text = lesson::wrapped(&rows, lesson::WIDEST);
        if is_solved != is_right {
            bail!("{text}");
        }
        let said = SAID.iter().find(|(slug, at, _)| *slug == program.slug && at == number);
        match said.filter(|(.., part)| !is_right && !text.contains(part)) {
            None => Ok(()),
            Some((.., part)) => bail!("`{part}` is not in:\n{text}"),
        }
    }

    fn bench(&self) -> Result<&Workbench> {
        let make = || {
            let slugs: Vec<&str> =
                self.exercises.iter().map(|exercise| exercise.program.slug.as_str()).collect();
            let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
            Workbench::new(&self.curriculum.root, &slugs, &folder)
                .map_err(|error| format!("{error:#}"))
        };
        match self.bench.get_or_init(make) {
            Ok(bench) => Ok(bench),
            Err(error) => bail!("{error}"),
        }
    }
}
