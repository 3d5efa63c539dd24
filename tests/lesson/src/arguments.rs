//! The arguments, and which program they mean.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, CommandFactory, Parser, Subcommand};
use driving::Schedule;
use golden::Language;

use crate::paint::STYLES;
use crate::program::{self, Program};
use curriculum::{Curriculum, Lesson};

/// Run the lessons, and compare what they print with what is guaranteed.
///
/// Without a command: the list of the lessons. With a lesson's number or name, such as
/// `cargo lesson 31` or `cargo lesson queue`: what it is, and how to run, check and break it.
///
/// Exit status of check and compare: 0 legal, 1 not legal, 2 could not judge.
#[derive(Parser)]
#[command(name = "cargo lesson", bin_name = "cargo lesson", verbatim_doc_comment, styles = STYLES)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Do>,
}

#[derive(Subcommand)]
pub enum Do {
    /// The lessons, part by part, which of them you have checked, and which comes next.
    List {
        /// Forget what was checked; it is kept in lesson-progress.txt in the checkout.
        #[arg(long)]
        forget: bool,
        /// Those of the whole book, where course.toml names a course.
        #[arg(long)]
        all: bool,
    },
    /// Run a lesson, its Python twin, or a broken variant.
    Run {
        #[command(flatten)]
        which: Which,
        /// Make pauses N times shorter.
        #[arg(long, value_name = "N", value_parser = positive)]
        speed: Option<f64>,
        #[command(flatten)]
        drive: Drive,
        #[command(flatten)]
        limit: Limit,
    },
    /// Run a lesson and judge it by its golden file, including what it leaves behind.
    ///
    /// Without a lesson: the next one that you have not checked.
    Check {
        #[command(flatten)]
        which: WhichOrAll,
        /// Run it N times and count the distinct orders.
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        runs: u32,
        #[command(flatten)]
        limit: Limit,
        /// Disturb the schedule so that rare orders come up; each further run uses the next seed.
        #[arg(long, value_name = "SEED", conflicts_with_all = ["seed", "schedule"])]
        shake: Option<u64>,
        #[command(flatten)]
        drive: Drive,
        #[command(flatten)]
        keep: Keep,
        /// For other tools: one JSON object (with --all, a list of them), as README.md says.
        #[arg(long)]
        json: bool,
    },
    /// Drive a lesson through all its schedules, and say whether its golden file allows exactly what can
    /// come.
    Prove {
        #[command(flatten)]
        which: OneOrAll,
        /// Run its twin in Python, which nobody can drive, N times on a disturbed schedule.
        #[arg(long, value_name = "N", default_value_t = 20)]
        twins: u32,
        /// Write the number of orders into the golden file, if it is proved.
        #[arg(long)]
        write: bool,
        /// For other tools: one JSON object (with --all, a list of them), as README.md says.
        #[arg(long)]
        json: bool,
    },
    /// Can this line come before that one? Yes, and a run that does it; or no, and why not.
    ///
    /// cargo lesson can queue "got 1" before "got 0"
    Can {
        #[command(flatten)]
        which: Driven,
        /// The one line: its text, or its number in the golden file.
        #[arg(value_name = "LINE")]
        first: String,
        /// The word `before`.
        #[arg(value_parser = ["before"])]
        before: String,
        /// The other line.
        #[arg(value_name = "OTHER")]
        second: String,
        /// For other tools: one JSON object, as README.md says.
        #[arg(long)]
        json: bool,
    },
    /// Five questions about what can happen, and what all runs say to them. In a pipe, an answer a line.
    Quiz {
        #[command(flatten)]
        which: Driven,
        /// The same seed, the same questions.
        #[arg(default_value_t = 1)]
        seed: u64,
    },
    /// A run as a picture: a lane for each process, and what was the cause of what.
    Draw {
        #[command(flatten)]
        which: Driven,
        #[command(flatten)]
        drive: DriveOfRust,
        /// Write it as SVG, for a browser; `-` is standard output.
        #[arg(long, value_name = "FILE", conflicts_with = "beside")]
        svg: Option<PathBuf>,
        /// The run with this code beside it, and where the two first part.
        #[arg(long, value_name = "CODE", value_parser = code)]
        beside: Option<String>,
    },
    /// Make anew the pictures that are kept beside a lesson's golden file, for its chapter.
    ///
    /// Each is of the run whose code stands in lesson.toml. If none does, of one that prints its lines in the
    /// order of the golden file, and the code of that is written there.
    Record {
        #[command(flatten)]
        which: OneOrAll,
        /// The run with this code, which is written into lesson.toml.
        #[arg(long, value_name = "CODE", conflicts_with = "all", value_parser = code)]
        schedule: Option<String>,
    },
    /// You decide who goes on: the real processes of a lesson, step by step, and back again.
    Play {
        #[command(flatten)]
        which: Driven,
        /// Begin at the end of the run with this code.
        #[arg(long, value_name = "CODE", value_parser = code)]
        schedule: Option<String>,
    },
    /// The golden file with each cause spelled out, and what nothing orders.
    Explain(Which),
    /// Why a line came after another one in a driven run: the operations between them.
    ///
    /// cargo lesson why queue "got 1"
    Why {
        #[command(flatten)]
        which: Which,
        /// The line: its text, or its number in the golden file.
        line: String,
        /// The other line; without it, the latest line of each other process that this one needed.
        other: Option<String>,
        #[command(flatten)]
        drive: Drive,
        /// For other tools: one JSON object, as README.md says.
        #[arg(long)]
        json: bool,
    },
    /// Another order that the golden file allows.
    Another {
        #[command(flatten)]
        which: Which,
        /// The same seed gives the same order.
        #[arg(default_value_t = 1)]
        seed: u64,
    },
    /// Run a new lesson, and print a first golden file to start from.
    Draft {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        limit: Limit,
    },
    /// Judge output that you have saved, or that comes through a pipe.
    ///
    /// cargo run -p lesson-queue | cargo lesson compare queue
    Compare {
        #[command(flatten)]
        which: Which,
        /// The saved output; without it, standard input.
        file: Option<PathBuf>,
        /// By this golden file, and not by the lesson's own.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["broken", "exercise"])]
        golden: Option<PathBuf>,
        /// For other tools: one JSON object, as README.md says.
        #[arg(long)]
        json: bool,
    },
    /// Make the usual mistakes in the lessons, one at a time, and see whether each is noticed.
    ///
    /// Exit status: 1 if a mistake was not noticed.
    Mutants {
        /// Only in this lesson: its number or name.
        #[arg(value_name = "LESSON")]
        slug: Option<String>,
        /// Only N of them, from all lessons.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        sample: Option<u32>,
        /// Which ones: the same seed, the same sample.
        #[arg(long, value_name = "S", default_value_t = 0, requires = "sample")]
        seed: u64,
        /// For other tools: a list of JSON objects, one for each mistake.
        #[arg(long)]
        json: bool,
    },
    /// One screen to learn on: save your changes, and see the verdict; keys for all the rest.
    Go {
        /// Begin with this lesson: its number or name. Without it: where you are.
        #[arg(value_name = "LESSON")]
        slug: Option<String>,
    },
    /// For teachers: what a class has done, from a folder that holds the checkout of each learner.
    Class {
        /// The folder.
        folder: PathBuf,
        /// For other tools: a list of JSON objects, one for each learner.
        #[arg(long)]
        json: bool,
    },
    /// The name of a lesson, or what was meant for something else.
    #[command(external_subcommand)]
    Other(Vec<String>),
}

#[derive(Args)]
pub struct Which {
    /// The lesson: its number or name, as `cargo lesson list` shows it.
    #[arg(value_name = "LESSON")]
    pub slug: String,
    #[command(flatten)]
    pub kind: Kind,
}

#[derive(Args)]
pub struct WhichOrAll {
    /// The lesson: its number or name, as `cargo lesson list` shows it.
    #[arg(value_name = "LESSON")]
    pub slug: Option<String>,
    /// All lessons, their twins and broken variants, in parallel. Marks none as checked.
    #[arg(long, conflicts_with_all = ["slug", "python", "broken", "exercise"])]
    pub all: bool,
    #[command(flatten)]
    pub kind: Kind,
}

#[derive(Args)]
pub struct OneOrAll {
    /// The lesson: its number or name, as `cargo lesson list` shows it.
    #[arg(value_name = "LESSON", required_unless_present = "all")]
    pub slug: Option<String>,
    /// All lessons.
    #[arg(long, conflicts_with_all = ["slug", "broken", "exercise"])]
    pub all: bool,
    #[command(flatten)]
    pub kind: OfRust,
}

#[derive(Args)]
pub struct Driven {
    /// The lesson: its number or name, as `cargo lesson list` shows it.
    #[arg(value_name = "LESSON")]
    pub slug: String,
    #[command(flatten)]
    pub kind: OfRust,
}

/// Only what is driven.
#[derive(Args)]
pub struct OfRust {
    /// One of its broken variants.
    #[arg(long, value_name = "NAME")]
    broken: Option<String>,
    /// As an exercise of its chapter asks for it.
    #[arg(long, value_name = "N", conflicts_with = "broken")]
    exercise: Option<u32>,
}

impl OfRust {
    pub fn runnable(self, curriculum: &Curriculum, slug: &str) -> Result<Program> {
        Kind { python: false, broken: self.broken, exercise: self.exercise }
            .runnable(curriculum, slug)
    }
}

#[derive(Args)]
pub struct Kind {
    /// Its twin in Python.
    #[arg(long)]
    python: bool,
    /// One of its broken variants.
    #[arg(long, value_name = "NAME")]
    broken: Option<String>,
    /// Your solution of an exercise of its chapter; `check` judges it in every schedule.
    #[arg(long, value_name = "N", conflicts_with_all = ["python", "broken"])]
    exercise: Option<u32>,
}

/// Whether the run is driven: one process goes on at a time.
#[derive(Args)]
pub struct Drive {
    /// Drive it: who goes on when, these random numbers choose. The same number, the same run; each
    /// further run uses the next one. Pauses take no time.
    #[arg(long, value_name = "N", conflicts_with_all = ["python", "schedule"])]
    seed: Option<u64>,
    /// Drive it as in the run with this code.
    #[arg(long, value_name = "CODE", conflicts_with = "python", value_parser = code)]
    schedule: Option<String>,
}

/// A code as a run prints it; `-` is that of a run without a choice.
fn code(text: &str) -> Result<String, String> {
    let text = text.strip_prefix('-').filter(|rest| rest.is_empty()).unwrap_or(text);
    match text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()) {
        true => Ok(text.to_owned()),
        false => {
            Err("a code has digits and small letters only, as a driven run prints it".to_owned())
        }
    }
}

/// The same for what is always driven.
#[derive(Args)]
pub struct DriveOfRust {
    /// Who goes on when, these random numbers choose. The same number, the same run.
    #[arg(long, value_name = "N", conflicts_with = "schedule")]
    seed: Option<u64>,
    /// The run with this code.
    #[arg(long, value_name = "CODE", value_parser = code)]
    schedule: Option<String>,
}

impl DriveOfRust {
    pub fn schedule(self) -> Option<Schedule> {
        self.seed.map(Schedule::Seed).or(self.schedule.map(Schedule::Code))
    }
}

impl Drive {
    pub fn schedule(self) -> Option<Schedule> {
        self.seed.map(Schedule::Seed).or(self.schedule.map(Schedule::Code))
    }
}

/// Where to keep what a run did.
#[derive(Args)]
pub struct Keep {
    /// Keep what it did, operation by operation, as JSON lines.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "runs", "python"])]
    pub record: Option<PathBuf>,
    /// Keep the same as a picture: ui.perfetto.dev opens the file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "runs", "python"])]
    pub perfetto: Option<PathBuf>,
}

#[derive(Args)]
pub struct Limit {
    /// Stop it after S seconds, whatever its golden file says.
    #[arg(long = "limit", value_name = "S", value_parser = positive)]
    seconds: Option<f64>,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && number <= 1e6 => Ok(number),
        _ => Err("a number above 0 is needed, such as 2".to_owned()),
    }
}

/// The lesson that these words mean which begin with no command.
pub fn lesson_meant<'a>(curriculum: &'a Curriculum, words: &[String]) -> Result<&'a Lesson> {
    let Some((name, rest)) = words.split_first() else { bail!("there is no command") };
    if let Some(lesson) = curriculum.find(name) {
        if !rest.is_empty() {
            bail!("the command comes first, as in `cargo lesson check {name}`.");
        }
        return Ok(lesson);
    }
    let commands = Arguments::command();
    let commands = commands.get_subcommands().map(|command| command.get_name().to_owned());
    let slugs = curriculum.lessons().map(|lesson| lesson.slug.clone());
    let near = golden::nearest(name, commands.chain(slugs));
    let near = near.map_or(String::new(), |near| format!(" Did you mean `{near}`?"));
    bail!(
        "`{name}` is no command and no lesson.{near} `cargo lesson list` shows the lessons, \
         `cargo lesson --help` the commands."
    )
}

impl Limit {
    pub fn duration(&self) -> Option<Duration> {
        self.seconds.map(Duration::from_secs_f64)
    }
}

impl Which {
    pub fn program(&self, curriculum: &Curriculum) -> Result<Program> {
        self.kind.of(curriculum, &self.slug)
    }

    pub fn runnable(&self, curriculum: &Curriculum) -> Result<Program> {
        self.kind.runnable(curriculum, &self.slug)
    }
}

impl Kind {
    fn of(&self, curriculum: &Curriculum, slug: &str) -> Result<Program> {
        let language = match self.python {
            true => Language::Python,
            false => Language::Rust,
        };
        let lesson = curriculum.lesson(slug)?;
        if let Some(number) = self.exercise {
            return Program::of_exercise(curriculum, lesson, number);
        }
        Program::new(curriculum, lesson, language, self.broken.as_deref())
    }

    pub fn runnable(&self, curriculum: &Curriculum, slug: &str) -> Result<Program> {
        let program = self.of(curriculum, slug)?;
        if self.python && !program::has_python() {
            bail!("python3 is needed to run the twins. Install it, or leave out --python.");
        }
        Ok(program)
    }
}
