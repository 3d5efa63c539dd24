//! The commands that the book shows. What a golden file judges has a test of its own, and is not run
//! once more; everything else runs here and must end well.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs, io};

use anyhow::{Context, Result, anyhow, bail};
use golden::Language;
use lesson::{Built, Curriculum, Program};

use crate::WARDEN;

const LIMIT: Duration = Duration::from_secs(120);

/// Nobody watches here.
const SPEED: f64 = 10.0;

/// A line that begins with `cargo`, perhaps after settings like `LESSON_SPEED=4`, in a block of text.
#[derive(Clone)]
pub struct Shown {
    pub line: String,
    /// The first chapter that shows it.
    pub chapter: String,
}

/// Each command once.
pub fn commands(chapters: &Path) -> io::Result<Vec<Shown>> {
    let mut commands: BTreeMap<String, String> = BTreeMap::new();
    let mut paths: Vec<_> =
        fs::read_dir(chapters)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "md"));
    paths.sort();
    for path in paths {
        let chapter = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut fence = None;
        for line in fs::read_to_string(&path)?.lines().map(str::trim) {
            match (line.strip_prefix("```"), fence) {
                (Some(language), None) => fence = Some(language == "text"),
                (Some(_), Some(_)) => fence = None,
                (None, Some(true)) if is_command(line) => {
                    commands.entry(line.to_owned()).or_insert_with(|| chapter.clone());
                }
                (None, _) => {}
            }
        }
    }
    Ok(commands.into_iter().map(|(line, chapter)| Shown { line, chapter }).collect())
}

fn is_command(line: &str) -> bool {
    line.split(' ').find(|word| !is_setting(word)) == Some("cargo")
}

fn is_setting(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    })
}

/// What is to be done with a command.
#[derive(Debug, PartialEq)]
enum Form {
    /// It runs a lesson or a variant as its golden file's own test does.
    Judged(Meant),
    /// `cargo lesson …` with these arguments.
    Lesson(Vec<String>),
    /// The output of a lesson or variant goes into `cargo lesson …`.
    Piped { from: Meant, to: Vec<String> },
    /// The whole of it is tested elsewhere.
    Elsewhere,
}

/// A lesson or one of its broken variants.
#[derive(Debug, PartialEq)]
struct Meant {
    slug: String,
    broken: Option<String>,
    is_python: bool,
}

impl Meant {
    fn program(&self, curriculum: &Curriculum) -> Result<Program> {
        let language = if self.is_python { Language::Python } else { Language::Rust };
        let lesson = curriculum.lesson(&self.slug)?;
        Program::new(curriculum, lesson, language, self.broken.as_deref())
    }
}

impl Shown {
    pub fn perform<'a>(
        &self,
        curriculum: &Curriculum,
        build: impl Fn() -> Result<&'a Built>,
    ) -> Result<()> {
        let mut command = Command::new(WARDEN);
        match form(&self.line)? {
            Form::Elsewhere => return Ok(()),
            Form::Judged(meant) => return meant.program(curriculum).map(drop),
            Form::Lesson(words) => {
                command.args(words);
            }
            Form::Piped { from, to } => {
                let from = build()?.command(&from.program(curriculum)?, SPEED)?;
                command = Command::new("sh");
                command.args([
                    "-c",
                    r#"from=$1 lesson=$2; shift 2; "$from" | "$lesson" "$@""#,
                    "sh",
                ]);
                command.arg(from.get_program()).arg(WARDEN).args(to);
            }
        }
        command.current_dir(&curriculum.root).env("LESSON_SPEED", SPEED.to_string());
        command.env("LESSON_PROGRESS", Path::new(env!("CARGO_TARGET_TMPDIR")).join("progress.txt"));
        let ran = running::run(&mut command, LIMIT, false).context("cannot run it")?;
        match (ran.code, ran.left_over.is_empty()) {
            (Some(0), true) => Ok(()),
            (code, _) => bail!("it ended with {code:?} and said\n{}", ran.printed()),
        }
    }
}

fn form(line: &str) -> Result<Form> {
    let unknown = || {
        anyhow!("no test knows how to run `{line}`: add its form to tests/lesson/tests/book/mod.rs")
    };
    let (line, after) = match line.split_once(['|', ';', '>']) {
        Some((line, after)) => (line, after.trim()),
        None => (line, ""),
    };
    let words = line.split_whitespace().skip_while(|word| is_setting(word)).skip(1);
    let words: Vec<&str> = words.collect();
    let judged = match words[..] {
        ["run", "-p", package] => package.strip_prefix("lesson-").map(|slug| (slug, None)),
        ["run", "-p", package, "--bin", name] => {
            package.strip_prefix("lesson-").map(|slug| (slug, Some(name.to_owned())))
        }
        _ => None,
    };
    if let Some((slug, broken)) = judged {
        if let Some(to) = after.strip_prefix("cargo lesson ") {
            let from = Meant { slug: slug.to_owned(), broken, is_python: false };
            let to = to.split_whitespace().map(str::to_owned).collect();
            return Ok(Form::Piped { from, to });
        }
        return Ok(Form::Judged(Meant { slug: slug.to_owned(), broken, is_python: false }));
    }
    match words[..] {
        ["book" | "test", ..] | ["lesson", "check", "--all"] => Ok(Form::Elsewhere),
        ["lesson", verb @ ("run" | "check"), slug, ref options @ ..] => {
            let (mut broken, mut is_python, mut is_more) = (None, false, false);
            let mut options = options.iter();
            while let Some(option) = options.next() {
                match (*option, verb) {
                    ("--python", _) => is_python = true,
                    ("--broken", _) => {
                        broken = Some((*options.next().ok_or_else(unknown)?).to_owned());
                    }
                    ("--speed" | "--limit", "run") => drop(options.next()),
                    (_, "check") => is_more = true,
                    _ => return Err(unknown()),
                }
            }
            match is_more {
                false => Ok(Form::Judged(Meant { slug: slug.to_owned(), broken, is_python })),
                true => Ok(Form::Lesson(words[1..].iter().map(|&word| word.to_owned()).collect())),
            }
        }
        ["lesson"] | ["lesson", "list" | "explain" | "another" | "draft" | "--help", ..]
            if after.is_empty() =>
        {
            Ok(Form::Lesson(words[1..].iter().map(|&word| word.to_owned()).collect()))
        }
        _ => Err(unknown()),
    }
}
