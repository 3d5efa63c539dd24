//! `cargo lesson`: the list of the lessons, and for each of them run, check, compare and explain.

mod check;
mod curriculum;
mod draft;
mod judge;
mod paint;
mod program;
mod progress;
mod show;

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use std::{env, fs, io};

use anstream::{eprintln, print, println};
use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use golden::{Language, Orders, WARDEN};

use crate::check::{Outcome, Plan};
use crate::curriculum::Curriculum;
use crate::judge::Judged;
use crate::program::{Built, Program};
use crate::progress::Progress;

/// Run the lessons, and compare what they print with what is guaranteed.
///
/// Without a command: the list of the lessons.
/// Exit status of check and compare: 0 legal, 1 not legal, 2 could not judge.
#[derive(Parser)]
#[command(name = "cargo lesson", bin_name = "cargo lesson", verbatim_doc_comment)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Do>,
}

#[derive(Subcommand)]
enum Do {
    /// The lessons, part by part, and which of them you have checked.
    List {
        /// Forget what was checked; it is kept in lesson-progress.txt under the target directory.
        #[arg(long)]
        forget: bool,
    },
    /// Run a lesson, its Python twin, or a broken variant.
    Run {
        #[command(flatten)]
        which: Which,
        /// Let pauses pass so many times faster.
        #[arg(long, value_name = "N", value_parser = positive)]
        speed: Option<f64>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Run a lesson and judge it by its golden file; what it leaves behind counts, too.
    Check {
        #[command(flatten)]
        which: WhichOrAll,
        /// Run it so often, and count the orders that come.
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        runs: u32,
        #[command(flatten)]
        limit: Limit,
        /// Disturb the schedule, so that rare orders come up; each further run has the next seed.
        #[arg(long, value_name = "SEED")]
        shake: Option<u64>,
        /// For other tools: one JSON object (with --all, a list of them).
        #[arg(long)]
        json: bool,
    },
    /// The golden file with each cause spelled out, and what nothing orders.
    Explain(Which),
    /// Another order that could have happened.
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
        /// For other tools: one JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Which {
    /// The lesson, as `cargo lesson list` shows it.
    slug: String,
    #[command(flatten)]
    kind: Kind,
}

#[derive(Args)]
struct WhichOrAll {
    /// The lesson, as `cargo lesson list` shows it.
    #[arg(required_unless_present = "all")]
    slug: Option<String>,
    /// All lessons, their twins and broken variants, in parallel.
    #[arg(long, conflicts_with_all = ["slug", "python", "broken"])]
    all: bool,
    #[command(flatten)]
    kind: Kind,
}

#[derive(Args)]
struct Kind {
    /// Its twin in Python.
    #[arg(long)]
    python: bool,
    /// One of its broken variants.
    #[arg(long, value_name = "NAME")]
    broken: Option<String>,
}

#[derive(Args)]
struct Limit {
    /// End it after so many seconds, instead of what its golden file says.
    #[arg(long = "limit", value_name = "S", value_parser = positive)]
    seconds: Option<f64>,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && number <= 1e6 => Ok(number),
        _ => Err("a number above 0 is needed, such as 2".to_owned()),
    }
}

impl Limit {
    fn duration(&self) -> Option<Duration> {
        self.seconds.map(Duration::from_secs_f64)
    }
}

impl Which {
    fn program(&self, curriculum: &Curriculum) -> Result<Program> {
        self.kind.of(curriculum, &self.slug)
    }

    fn runnable(&self, curriculum: &Curriculum) -> Result<Program> {
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
        Program::new(curriculum, lesson, language, self.broken.as_deref())
    }

    fn runnable(&self, curriculum: &Curriculum, slug: &str) -> Result<Program> {
        let program = self.of(curriculum, slug)?;
        if self.python && !program::has_python() {
            bail!("python3 is needed to run the twins. Install it, or leave out --python.");
        }
        Ok(program)
    }
}

const NOT_LEGAL: u8 = 1;
const COULD_NOT_JUDGE: u8 = 2;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == WARDEN) {
        return match golden::serve(arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    match perform(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}: {error:#}", paint::bad("lesson"));
            ExitCode::from(COULD_NOT_JUDGE)
        }
    }
}

fn perform(arguments: Arguments) -> Result<ExitCode> {
    let curriculum = Curriculum::read()?;
    match arguments.command.unwrap_or(Do::List { forget: false }) {
        Do::List { forget } => list(&curriculum, forget),
        Do::Run {
            which,
            speed,
            limit,
        } => {
            let program = which.runnable(&curriculum)?;
            show::show(&program, speed, limit.duration())
        }
        Do::Check {
            which,
            runs,
            limit,
            shake,
            json,
        } => {
            end_at_ctrl_c()?;
            let plan = Plan {
                runs: runs as usize,
                limit: limit.duration(),
                shake,
            };
            match which.slug {
                Some(slug) => check_one(which.kind.runnable(&curriculum, &slug)?, plan, json),
                None => check_all(&curriculum, plan, json),
            }
        }
        Do::Compare { which, file, json } => compare(&which.program(&curriculum)?, file, json),
        Do::Explain(which) => {
            let program = which.program(&curriculum)?;
            print!("{}", program.golden()?.explain(&program.golden_source()?)?);
            Ok(ExitCode::SUCCESS)
        }
        Do::Another { which, seed } => {
            let golden = which.program(&curriculum)?.golden()?;
            let run = golden.another(seed);
            print!("{run}");
            println!("\n{}", golden.check(&run));
            Ok(ExitCode::SUCCESS)
        }
        Do::Draft { which, limit } => {
            let program = which.runnable(&curriculum)?;
            end_at_ctrl_c()?;
            let orders = Orders {
                limit: limit.duration().unwrap_or(Duration::from_secs(30)),
                may_outlive: false,
                load: None,
            };
            let description = &curriculum.lesson(&which.slug)?.description;
            print!("{}", draft::draft(&program, description, &orders)?);
            eprintln!(
                "Write it to {}. Then name the causes of",
                program.golden_path()
            );
            eprintln!("what else is ordered: joined, received from, woken by, all done by, ...");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The wardens see that this process is gone, and end what they run.
fn end_at_ctrl_c() -> Result<()> {
    ctrlc::set_handler(|| std::process::exit(130)).context("cannot handle Ctrl-C")
}

fn list(curriculum: &Curriculum, forget: bool) -> Result<ExitCode> {
    let progress = Progress::read()?;
    if forget {
        progress.forget()?;
        println!("Forgotten: {} is no more.", progress.file.display());
        return Ok(ExitCode::SUCCESS);
    }
    let width = curriculum.lessons().map(|lesson| lesson.slug.len()).max();
    for part in &curriculum.parts {
        println!("{}", paint::bold(&part.title));
        for lesson in &part.lessons {
            let slug = format!("{:width$}", lesson.slug, width = width.unwrap_or(0));
            let checked = match progress.has(&lesson.slug) {
                true => paint::good("ok"),
                false => "  ".to_owned(),
            };
            println!("  {checked} {}  {}", paint::bold(&slug), lesson.description);
            if !lesson.broken.is_empty() {
                let broken = format!("--broken {}", lesson.broken.join(", "));
                println!("     {}", paint::dim(&broken));
            }
        }
        println!();
    }
    let slug = curriculum
        .lessons()
        .next()
        .map_or("SLUG", |lesson| &lesson.slug);
    println!("Begin with `cargo lesson run {slug}`, then `cargo lesson check {slug}`; `ok` marks");
    println!("what you have checked. `cargo lesson --help` shows the other commands.");
    Ok(ExitCode::SUCCESS)
}

fn check_one(program: Program, plan: Plan, json: bool) -> Result<ExitCode> {
    let built = Built::new(std::slice::from_ref(&program))?;
    let counter = Counter::new(plan.runs, !json);
    let outcome = check::check(&program, &built, plan, jobs(), &|| counter.one_more())?;
    counter.clear();
    remember(&outcome)?;
    match json {
        true => println!("{:#}", outcome.json()),
        false => println!("{}", outcome.in_full()?),
    }
    Ok(exit_code(&outcome))
}

fn check_all(curriculum: &Curriculum, plan: Plan, json: bool) -> Result<ExitCode> {
    let mut programs = Vec::new();
    let python = program::has_python();
    for lesson in curriculum.lessons() {
        let variants = lesson.broken.iter().map(|name| Some(name.as_str()));
        for broken in [None].into_iter().chain(variants) {
            programs.push(Program::new(curriculum, lesson, Language::Rust, broken)?);
            // A broken variant has a twin only where Python breaks alike.
            let twin = Program::new(curriculum, lesson, Language::Python, broken);
            if python && (broken.is_none() || twin.is_ok()) {
                programs.push(twin?);
            }
        }
    }
    let built = Built::new(&programs)?;
    let counter = Counter::new(programs.len() * plan.runs, !json);
    let outcomes = check::parallel(programs.len(), jobs(), |at| {
        check::check(&programs[at], &built, plan, 1, &|| counter.one_more())
    });
    counter.clear();
    let (mut code, mut list, mut table) = (0, Vec::new(), String::new());
    let width = programs.iter().map(|program| program.title().len()).max();
    for (program, outcome) in programs.iter().zip(outcomes) {
        let title = format!("{:width$}", program.title(), width = width.unwrap_or(0));
        let (word, own_code) = match outcome {
            Ok(outcome) => {
                if !outcome.is_legal() && !json {
                    println!("{}\n", outcome.in_full()?);
                }
                remember(&outcome)?;
                list.push(outcome.json());
                let word = match outcome.is_legal() {
                    true => paint::good(&outcome.in_short()),
                    false => paint::bad(&outcome.in_short()),
                };
                (word, code_of(&outcome))
            }
            Err(error) => {
                let (slug, error) = (program.arguments(), format!("{error:#}"));
                list.push(serde_json::json!({ "lesson": slug, "error": error }));
                (paint::bad(&error), COULD_NOT_JUDGE)
            }
        };
        table += &format!("{title}  {word}\n");
        code = code.max(own_code);
    }
    if !python {
        table += "The twins were not checked: there is no python3.\n";
    }
    match json {
        true => println!("{:#}", serde_json::Value::Array(list)),
        false => print!("{table}"),
    }
    Ok(ExitCode::from(code))
}

fn compare(program: &Program, file: Option<PathBuf>, json: bool) -> Result<ExitCode> {
    let golden = program.golden()?;
    let mut bytes = Vec::new();
    match &file {
        Some(file) => {
            bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        }
        None => {
            if io::stdin().is_terminal() {
                eprintln!("Reading from the terminal; end with Ctrl-D.");
            }
            io::stdin()
                .read_to_end(&mut bytes)
                .context("cannot read standard input")?;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = anstream::adapter::strip_str(&text).to_string();
    if text.trim().is_empty() {
        bail!(
            "there is nothing to compare. Pipe the lesson's output here: \
             cargo run -p lesson-{0} | cargo lesson compare {0}",
            program.slug
        );
    }
    let report = golden.check_printed(&text);
    let judged = Judged::new(&report, &golden::Run::printed(&text, ""));
    match json {
        true => println!("{:#}", judged.json),
        false => println!("{}: {}", paint::bold(&program.title()), judged.text),
    }
    Ok(ExitCode::from(match judged.verdict {
        golden::Verdict::Undecided => COULD_NOT_JUDGE,
        _ if judged.is_legal => 0,
        _ => NOT_LEGAL,
    }))
}

fn remember(outcome: &Outcome) -> Result<()> {
    match outcome.is_legal() && outcome.program.broken.is_none() {
        true => Progress::read()?.add(outcome.program.title()),
        false => Ok(()),
    }
}

fn code_of(outcome: &Outcome) -> u8 {
    match outcome.is_legal() {
        _ if outcome.is_undecided() => COULD_NOT_JUDGE,
        true => 0,
        false => NOT_LEGAL,
    }
}

fn exit_code(outcome: &Outcome) -> ExitCode {
    ExitCode::from(code_of(outcome))
}

/// One run at a time and processor.
fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// On a terminal: how many runs are done.
struct Counter {
    done: AtomicUsize,
    all: usize,
    shown: bool,
}

impl Counter {
    fn new(all: usize, wanted: bool) -> Counter {
        Counter {
            done: AtomicUsize::new(0),
            all,
            shown: wanted && all > 1 && io::stderr().is_terminal(),
        }
    }

    fn one_more(&self) {
        let done = self.done.fetch_add(1, Relaxed) + 1;
        self.write(&format!("\r{done} of {} runs", self.all));
    }

    fn clear(&self) {
        self.write("\r\x1b[K");
    }

    fn write(&self, text: &str) {
        if self.shown {
            // Nobody needs it.
            let _ = write!(io::stderr(), "{text}");
        }
    }
}
