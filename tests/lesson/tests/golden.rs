//! One test per golden file and language: the lesson, its twin and its broken variants do what the
//! file says. One per lesson: nothing of it is missing. And one per command that the book shows.
//!
//! `GOLDEN_RUNS=200` repeats each run so often.

mod book;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::{env, fmt, fs, io};

use book::Shown;
use golden::{Golden, Language};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// Lessons pause and wait far more than they compute.
const THREADS: usize = 10;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let mut trials = trials().unwrap_or_else(|error| panic!("cannot list the lessons: {error}"));
    // Those that hang until their time limit go first, or all would wait for them at the end.
    trials.sort_by_key(|trial| !trial.name().contains("::broken::"));
    libtest_mimic::run(&arguments, trials).exit();
}

fn trials() -> io::Result<Vec<Trial>> {
    let workshop = Arc::new(Workshop::find());
    let python = Command::new("python3").arg("--version").output();
    let has_python = python.is_ok_and(|output| output.status.success());
    let if_python = |trial: Trial| match has_python {
        true => trial,
        false => trial.with_kind("no python3").with_ignored_flag(true),
    };
    let slugs: BTreeSet<String> = names(&workshop.root.join("lessons"), |path| path.is_dir())?
        .chain(names(&workshop.root.join("tests/golden"), is_golden)?)
        .collect();
    let mut trials = Vec::new();
    let mut subjects = BTreeSet::new();
    for slug in slugs {
        let (shop, lesson) = (Arc::clone(&workshop), slug.clone());
        trials.push(Trial::test(format!("{slug}::complete"), move || shop.is_complete(&lesson)));
        let variants = workshop.root.join("lessons").join(&slug).join("src/bin");
        let variants = names(&variants, Path::is_file).into_iter().flatten().map(Some);
        for broken in [None].into_iter().chain(variants) {
            for python in [false, true] {
                let subject = Subject { slug: slug.clone(), broken: broken.clone(), python };
                // A broken variant has a twin only where Python breaks alike.
                if python && broken.is_some() && !workshop.root.join(subject.source()).is_file() {
                    continue;
                }
                subjects.insert(subject.clone());
                let shop = Arc::clone(&workshop);
                let trial = Trial::test(subject.to_string(), move || shop.holds(&subject));
                trials.push(if python { if_python(trial) } else { trial });
            }
        }
    }
    let subjects = Arc::new(subjects);
    for command in book::commands(&workshop.root.join("book/src"))? {
        let (shop, subjects) = (Arc::clone(&workshop), Arc::clone(&subjects));
        let Shown { line, chapter } = command.clone();
        let trial = Trial::test(format!("{chapter}: {line}"), move || {
            let done = command.perform(&shop.root, &subjects, &|| shop.build());
            Ok(done.map_err(|error| shop.or_edited(error, "lessons"))?)
        });
        let needs_python = line.contains("--python");
        trials.push(if needs_python { if_python(trial) } else { trial });
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

/// A lesson or one of its broken variants, in one of the two languages.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    slug: String,
    broken: Option<String>,
    python: bool,
}

impl Subject {
    fn language(&self) -> Language {
        if self.python { Language::Python } else { Language::Rust }
    }

    fn source(&self) -> String {
        let slug = &self.slug;
        match (&self.broken, self.python) {
            (None, false) => format!("lessons/{slug}/src/main.rs"),
            (Some(name), false) => format!("lessons/{slug}/src/bin/{name}.rs"),
            (None, true) => format!("lessons/{slug}/lesson.py"),
            (Some(name), true) => format!("lessons/{slug}/{name}.py"),
        }
    }

    fn golden(&self) -> String {
        match &self.broken {
            None => format!("tests/golden/{}.txt", self.slug),
            Some(name) => format!("tests/golden/{}/{name}.txt", self.slug),
        }
    }

    fn binary(&self) -> String {
        self.broken.clone().unwrap_or_else(|| format!("lesson-{}", self.slug))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}::", self.slug)?;
        if let Some(name) = &self.broken {
            write!(f, "broken::{name}::")?;
        }
        f.write_str(if self.python { "python" } else { "rust" })
    }
}

/// From a program's name, which no other one has, to its file.
pub type Executables = HashMap<String, PathBuf>;

/// Where everything is.
struct Workshop {
    root: PathBuf,
    built: OnceLock<Result<Executables, String>>,
}

impl Workshop {
    fn find() -> Workshop {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("tests/lesson");
        Workshop { root: root.to_owned(), built: OnceLock::new() }
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
            false => Err(self.or_edited(missing.join("\n"), &format!("lessons/{slug}")).into()),
        }
    }

    /// Runs it, and holds it to its golden file.
    fn holds(&self, subject: &Subject) -> Result<(), Failed> {
        let path = subject.golden();
        let source = fs::read_to_string(self.root.join(&path))
            .map_err(|error| format!("cannot read {path}: {error}"))?;
        let golden = Golden::parse(&path, &source, subject.language())?;
        let runs = env::var("GOLDEN_RUNS").map_or(Ok(1), |runs| runs.parse::<u32>())?;
        for run in 1..=runs {
            self.check(subject, &golden)
                .map_err(|failed| format!("run {run} of {runs}: {failed}"))?;
        }
        Ok(())
    }

    fn check(&self, subject: &Subject, golden: &Golden) -> Result<(), String> {
        let mut command = match subject.language() {
            Language::Rust => {
                Command::new(self.build()?.get(&subject.binary()).ok_or("cargo has not built it")?)
            }
            Language::Python => {
                let mut command = Command::new("python3");
                command.arg(subject.source());
                command
            }
        };
        command.current_dir(&self.root);
        if env::var_os("LESSON_SPEED").is_none() {
            command.env("LESSON_SPEED", "10");
        }
        let orders = lesson::orders(golden);
        let warden = Path::new(env!("CARGO_BIN_EXE_lesson"));
        let ran = running::watch(warden, &command, &orders)
            .map_err(|error| format!("cannot run {command:?}: {error}"))?;
        let report = lesson::judge(golden, &ran);
        let left = ran.complaints(orders.may_outlive);
        if report.is_legal() && left.is_empty() {
            return Ok(());
        }
        let report = lesson::wrapped(&report.rows(), lesson::WIDEST);
        let message = left.iter().fold(report, |m, sentence| m + "\n" + sentence);
        Err(self.or_edited(message, &format!("lessons/{}", subject.slug)))
    }

    /// The message, and what was edited: that may be why.
    fn or_edited(&self, message: String, folder: &str) -> String {
        match lesson::edited(&self.root, folder) {
            Some(edited) => format!("{}\n\n{edited}", message.trim_end()),
            None => message,
        }
    }

    /// Builds all lessons, once, and as `cargo lesson` does: nothing of the book.
    fn build(&self) -> Result<&Executables, String> {
        let build = || {
            let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.args(["build", "--quiet", "--package", "lesson-*", "--bins"]);
            cargo.args(["--message-format", "json-render-diagnostics"]).current_dir(&self.root);
            let output =
                cargo.output().map_err(|error| format!("cannot run {cargo:?}: {error}"))?;
            if !output.status.success() {
                let message = String::from_utf8_lossy(&output.stderr).into_owned();
                return Err(self.or_edited(message, "lessons"));
            }
            let messages = output.stdout.split(|&byte| byte == b'\n').map(serde_json::from_slice);
            let executable = |message: Value| {
                let (name, path) = (&message["target"]["name"], &message["executable"]);
                Some((name.as_str()?.to_owned(), path.as_str()?.into()))
            };
            Ok(messages.filter_map(Result::ok).filter_map(executable).collect())
        };
        self.built.get_or_init(build).as_ref().map_err(String::clone)
    }
}
