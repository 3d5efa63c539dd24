//! Two trials for each exercise: its stored solution is accepted, a plausible wrong one is refused.
//!
//! They compile a program each, so they are ignored unless they are asked for:
//! `cargo test -p lesson --test exercises -- --ignored`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, bail};
use lesson::{Built, Case, Curriculum, Program};
use libtest_mimic::{Arguments, Failed, Trial};
use mutants::Workbench;

const WARDEN: &str = env!("CARGO_BIN_EXE_lesson");

fn main() {
    let arguments = Arguments::from_args();
    let shop = Arc::new(Shop::find().unwrap_or_else(|error| panic!("{error:#}")));
    let mut trials = Vec::new();
    for (program, number) in &shop.exercises {
        for (file, is_right) in
            [(format!("{number}.rs"), true), (format!("{number}.wrong.rs"), false)]
        {
            let what = if is_right { "accepted" } else { "refused" };
            let name = format!("{}::exercise-{number}::{what}", program.slug);
            let (shop, program) = (Arc::clone(&shop), program.clone());
            let judge = move || shop.judges(&program, &file, is_right).map_err(failed);
            trials.push(Trial::test(name, judge).with_ignored_flag(true));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn failed(error: anyhow::Error) -> Failed {
    format!("{error:#}").into()
}

struct Shop {
    curriculum: Curriculum,
    exercises: Vec<(Program, u32)>,
    bench: OnceLock<Result<Workbench, String>>,
}

impl Shop {
    fn find() -> Result<Shop> {
        let curriculum = Curriculum::read()?;
        let mut exercises = Vec::new();
        for lesson in curriculum.lessons() {
            for exercise in lesson.sheet(&curriculum)?.exercises {
                let number = exercise.number;
                exercises.push((Program::of_exercise(&curriculum, lesson, number)?, number));
            }
        }
        Ok(Shop { curriculum, exercises, bench: OnceLock::new() })
    }

    fn judges(&self, program: &Program, file: &str, is_right: bool) -> Result<()> {
        let path = self.curriculum.root.join("tests/exercises").join(&program.slug).join(file);
        let source =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = format!("{}-{}", program.slug, file.replace('.', "-"));
        let executable = self.bench()?.compile(&program.slug, &name, &source)?;
        let executable =
            executable.with_context(|| format!("{} does not compile", path.display()))?;
        let built = Built::instead(program, executable.path());
        let (golden, warden) = (program.golden()?, Path::new(WARDEN));
        let judged = Case::new(program, &built, &golden, warden).run(None, None)?;
        if !judged.is_legal {
            return match is_right {
                true => bail!("{}", judged.message()),
                false => Ok(()),
            };
        }
        match lesson::solved(&self.curriculum, program, &built)? {
            (is_solved, _) if is_solved == is_right => Ok(()),
            (_, rows) => bail!("{}", lesson::wrapped(&rows, lesson::WIDEST)),
        }
    }

    fn bench(&self) -> Result<&Workbench> {
        let make = || {
            let slugs: Vec<&str> =
                self.exercises.iter().map(|(program, _)| program.slug.as_str()).collect();
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
