//! One test per golden file and language: the lesson and its twin do what the file says. And one
//! per lesson: nothing of it is missing.
//!
//! `GOLDEN_RUNS=200` repeats each run so often.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::{env, fs, io};

use golden::{Golden, Language, Orders};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let trials = trials().unwrap_or_else(|error| panic!("cannot list the lessons: {error}"));
    libtest_mimic::run(&arguments, trials).exit();
}

fn trials() -> io::Result<Vec<Trial>> {
    let workshop = Arc::new(Workshop::find());
    let python = Command::new("python3").arg("--version").output().is_ok();
    let slugs: BTreeSet<String> = names(&workshop.root.join("lessons"), |path| path.is_dir())?
        .chain(names(&workshop.root.join("tests/golden"), is_golden)?)
        .collect();
    let mut trials = Vec::new();
    for slug in slugs {
        let test = |kind: &str, check: fn(&Workshop, &str) -> Result<(), Failed>| {
            let (workshop, slug) = (Arc::clone(&workshop), slug.clone());
            Trial::test(format!("{slug}::{kind}"), move || check(&workshop, &slug))
        };
        trials.push(test("complete", Workshop::is_complete));
        trials.push(test("rust", |workshop, slug| workshop.holds(slug, Language::Rust)));
        let twin = test("python", |workshop, slug| workshop.holds(slug, Language::Python));
        trials.push(match python {
            true => twin,
            false => twin.with_kind("no python3").with_ignored_flag(true),
        });
        let variants = workshop.root.join("lessons").join(&slug).join("src/bin");
        for name in names(&variants, Path::is_file).into_iter().flatten() {
            let (workshop, slug) = (Arc::clone(&workshop), slug.clone());
            let title = format!("{slug}::broken::{name}");
            trials.push(Trial::test(title, move || workshop.breaks(&slug, &name)));
        }
    }
    Ok(trials)
}

fn is_golden(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "txt")
}

/// The names of a folder's entries, without what follows the last dot.
fn names(folder: &Path, wanted: fn(&Path) -> bool) -> io::Result<impl Iterator<Item = String>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let paths = entries.into_iter().map(|entry| entry.path()).filter(move |path| wanted(path));
    Ok(paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())))
}

/// Where everything is.
struct Workshop {
    root: PathBuf,
    /// `target/debug` or its like: where this program was built, and where lessons are built.
    profile: PathBuf,
    built: OnceLock<Result<(), String>>,
}

impl Workshop {
    fn find() -> Workshop {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent");
        let this = env::current_exe().expect("a running program has a path");
        let profile = this.ancestors().nth(2).expect("target/PROFILE/deps/golden");
        Workshop { root: root.to_owned(), profile: profile.to_owned(), built: OnceLock::new() }
    }

    fn is_complete(&self, slug: &str) -> Result<(), Failed> {
        let parts = [
            (format!("lessons/{slug}/Cargo.toml"), "the lesson's package"),
            (format!("lessons/{slug}/src/main.rs"), "the lesson"),
            (format!("lessons/{slug}/lesson.py"), "its twin in Python"),
            (format!("tests/golden/{slug}.txt"), "its golden file"),
            (format!("book/src/{slug}.md"), "its chapter"),
        ];
        let missing: Vec<String> = parts
            .into_iter()
            .filter(|(path, _)| !self.root.join(path).is_file())
            .map(|(path, what)| format!("missing: {path}, {what}"))
            .collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(missing.join("\n").into()),
        }
    }

    /// Runs the lesson, or its twin, and holds it to its golden file.
    fn holds(&self, slug: &str, language: Language) -> Result<(), Failed> {
        let path = self.root.join(format!("tests/golden/{slug}.txt"));
        let source = fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let golden = Golden::parse(&format!("tests/golden/{slug}.txt"), &source, language)?;
        let runs = env::var("GOLDEN_RUNS").map_or(Ok(1), |runs| runs.parse::<u32>())?;
        for run in 1..=runs {
            self.check(slug, language, &golden)
                .map_err(|failed| format!("run {run} of {runs}: {failed}"))?;
        }
        Ok(())
    }

    fn check(&self, slug: &str, language: Language, golden: &Golden) -> Result<(), String> {
        let mut command = match language {
            Language::Rust => {
                self.build()?;
                Command::new(self.profile.join(format!("lesson-{slug}")))
            }
            Language::Python => {
                let mut command = Command::new("python3");
                command.arg(format!("lessons/{slug}/lesson.py"));
                command
            }
        };
        command.current_dir(&self.root);
        if env::var_os("LESSON_SPEED").is_none() {
            command.env("LESSON_SPEED", "10");
        }
        let orders = Orders {
            limit: golden.limit,
            may_outlive: !golden.outlives_main.is_empty(),
            load: None,
        };
        let warden = Path::new(env!("CARGO_BIN_EXE_lesson"));
        let ran = golden::watch(warden, &command, &orders)
            .map_err(|error| format!("cannot run {command:?}: {error}"))?;
        let report = golden.check(&ran.run);
        let left = ran.left(orders.may_outlive);
        if report.is_legal() && left.is_empty() {
            return Ok(());
        }
        let mut message = report.to_string();
        let limit = golden.limit.as_secs_f64();
        for process in &ran.at_the_limit {
            message += &format!("\nStill there at the time limit of {limit} s: {process}");
        }
        Err(left.iter().fold(message, |m, sentence| m + "\n" + sentence))
    }

    /// A broken variant does what its own golden file says.
    fn breaks(&self, slug: &str, name: &str) -> Result<(), Failed> {
        let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
        lesson.args(["check", slug, "--broken", name]);
        let output = lesson.stdin(Stdio::null()).output()?;
        match output.status.success() {
            true => Ok(()),
            false => Err([output.stdout, output.stderr]
                .map(|text| String::from_utf8_lossy(&text).into_owned())
                .concat()
                .into()),
        }
    }

    /// Builds all lessons, once, as this program was built.
    fn build(&self) -> Result<(), String> {
        let build = || {
            let profile = match self.profile.file_name().and_then(|name| name.to_str()) {
                Some("debug") | None => "dev",
                Some(name) => name,
            };
            let target = self.profile.parent().expect("target/PROFILE");
            let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.args([
                "build",
                "--quiet",
                "--workspace",
                // The wardens run while this builds.
                "--exclude",
                "golden",
                "--bins",
                "--profile",
                profile,
            ]);
            cargo.arg("--target-dir").arg(target).current_dir(&self.root);
            let output =
                cargo.output().map_err(|error| format!("cannot run {cargo:?}: {error}"))?;
            match output.status.success() {
                true => Ok(()),
                false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            }
        };
        self.built.get_or_init(build).clone()
    }
}
