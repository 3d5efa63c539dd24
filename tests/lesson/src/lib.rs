//! `cargo lesson`: the list of the lessons, and for each of them run, check, compare and explain.

mod arguments;
mod can;
mod card;
mod check;
mod class;
mod compare;
mod draft;
mod draw;
mod edited;
mod go;
mod goal;
mod judged;
mod keep;
mod keyboard;
mod list;
mod mutate;
mod oracle;
mod output;
mod paint;
mod picture;
mod play;
mod program;
mod progress;
mod prove;
mod questions;
mod quiz;
mod record;
mod runs;
mod show;
mod watched;
mod why;
mod wrap;

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use running::{Orders, WARDEN};

use crate::arguments::{Arguments, Do};
use crate::mutate::Choice;
use crate::output::{note, tell, tell_as_it_is, tell_rows};
use crate::runs::Plan;

pub use can::Pair;
pub use curriculum::{Curriculum, Lesson};
pub use draw::drawn;
pub use edited::edited;
pub use goal::{Aim, Ended, Reach};
pub use judged::{Case, Judged};
pub use oracle::{Answer, Oracle};
pub use picture::Drove;
pub use play::Terminal;
pub use program::{Built, Program, has_python};
pub use prove::solution as solved;
pub use questions::{Question, Runs, questions, three_runs};
pub use record::{Kept, OUTSIDE, kept};
pub use watched::judge;
pub use wrap::{WIDEST, wrapped};

const NOT_LEGAL: u8 = 1;
const COULD_NOT_JUDGE: u8 = 2;
const INTERRUPTED: u8 = 130;

/// The command.
pub fn main() -> ExitCode {
    // If that fails, the signals stay as they were.
    let _ = signals::reset();
    let mut arguments = env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == WARDEN) {
        return match running::serve(arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let done = match Arguments::try_parse() {
        Ok(arguments) => perform(arguments),
        Err(answer) if answer.use_stderr() => answer.exit(),
        Err(help) => tell(help.render().ansi()).map(|()| 0),
    };
    match done {
        _ if running::is_stopped() => ExitCode::from(INTERRUPTED),
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            note(format!("{}: {error:#}", paint::bad("lesson")));
            ExitCode::from(COULD_NOT_JUDGE)
        }
    }
}

/// Does what is wanted; the number is the exit status.
fn perform(arguments: Arguments) -> Result<u8> {
    let curriculum = Curriculum::read()?;
    match arguments.command.unwrap_or(Do::List { forget: false, all: false }) {
        Do::List { forget, all } => list::list(&curriculum, forget, all)?,
        Do::Run { which, speed, limit, drive } => {
            let program = which.runnable(&curriculum)?;
            return show::show(&program, speed, limit.duration(), drive.schedule());
        }
        Do::Check { which, runs, limit, shake, drive, keep, json } => {
            report_at_ctrl_c()?;
            let plan = Plan {
                runs: runs as usize,
                limit: limit.duration(),
                speed: None,
                shake,
                drive: drive.schedule(),
                record: keep.is_wanted(),
            };
            if which.all {
                return check::all(&curriculum, plan, json);
            }
            let slug = match which.slug {
                Some(slug) => slug,
                None => card::next(&curriculum)?.slug.clone(),
            };
            let program = which.kind.runnable(&curriculum, &slug)?;
            return check::one(&curriculum, program, plan, &keep, json);
        }
        Do::Prove { which, twins, write, json } => {
            report_at_ctrl_c()?;
            let how = prove::How { twins: twins as usize, writes: write, json };
            return match which.slug {
                Some(slug) => {
                    prove::one(&curriculum, which.kind.runnable(&curriculum, &slug)?, how)
                }
                None => prove::all(&curriculum, how),
            };
        }
        Do::Can { which, first, before: _, second, json } => {
            report_at_ctrl_c()?;
            let slug = which.slug.clone();
            let program = which.kind.runnable(&curriculum, &slug)?;
            return can::can(&program, &first, &second, json);
        }
        Do::Quiz { which, seed } => {
            let slug = which.slug.clone();
            return quiz::quiz(&curriculum, &which.kind.runnable(&curriculum, &slug)?, seed);
        }
        Do::Draw { which, drive, svg, beside } => {
            end_at_ctrl_c()?;
            let slug = which.slug.clone();
            let program = which.kind.runnable(&curriculum, &slug)?;
            return match beside {
                Some(code) => draw::two(&program, drive.schedule(), code),
                None => draw::draw(&program, drive.schedule(), svg.as_deref()),
            };
        }
        Do::Record { which, schedule } => {
            end_at_ctrl_c()?;
            return match which.slug {
                Some(slug) => {
                    let program = which.kind.runnable(&curriculum, &slug)?;
                    record::record(&curriculum, &program, schedule)
                }
                None => record::all(&curriculum),
            };
        }
        Do::Play { which, schedule } => {
            let slug = which.slug.clone();
            let program = which.kind.runnable(&curriculum, &slug)?;
            return play::play(&curriculum, &program, schedule);
        }
        Do::Compare { which, file, golden, json } => {
            let mut program = which.program(&curriculum)?;
            if let Some(golden) = golden {
                program = program.by_golden(&std::path::absolute(golden)?);
            }
            return compare::compare(&program, file, json);
        }
        Do::Go { slug } => {
            let from = slug.map(|slug| curriculum.lesson(&slug)).transpose()?;
            return go::go(&curriculum, from);
        }
        Do::Class { folder, json } => return class::class(&curriculum, &folder, json),
        Do::Explain(which) => {
            let program = which.program(&curriculum)?;
            tell_rows(&program.golden()?.explain(&program.golden_source()?)?)?;
        }
        Do::Why { which, line, other, drive, json } => {
            end_at_ctrl_c()?;
            let program = which.runnable(&curriculum)?;
            why::why(&program, &line, other.as_deref(), drive.schedule(), json)?;
        }
        Do::Another { which, seed } => {
            let golden = which.program(&curriculum)?.golden()?;
            let run = golden.another(seed);
            tell_as_it_is(&run)?;
            tell("\n")?;
            tell_rows(&golden.check(&run).rows())?;
        }
        Do::Draft { which, limit } => {
            let program = which.runnable(&curriculum)?;
            end_at_ctrl_c()?;
            let orders = Orders {
                limit: limit.duration().unwrap_or(Duration::from_secs(30)),
                hangs: false,
                may_outlive: true,
                load: None,
            };
            let description = &curriculum.lesson(&which.slug)?.description;
            tell(draft::draft(&program, description, limit.duration(), &orders)?)?;
            note(format!(
                "Write it to {}. Then add the causes of whatever else is ordered: joined, received \
                 from, woken by, all done by, ...",
                program.golden_path()
            ));
        }
        Do::Mutants { slug, sample, seed, json } => {
            end_at_ctrl_c()?;
            return mutate::mutate(&curriculum, Choice { slug, sample, seed }, json);
        }
        Do::Other(words) => card::show(&curriculum, arguments::lesson_meant(&curriculum, &words)?)?,
    }
    Ok(0)
}

/// What runs is ended and reported, which shows why it took so long; the second time it is
/// not reported.
fn report_at_ctrl_c() -> Result<()> {
    let mut times = 0;
    let handler = move || {
        times += 1;
        if times > 1 || !running::stop_all() {
            std::process::exit(INTERRUPTED.into());
        }
    };
    ctrlc::set_handler(handler).context("cannot handle Ctrl-C")
}

/// The wardens see that this process is gone, and end what they run.
fn end_at_ctrl_c() -> Result<()> {
    ctrlc::set_handler(|| std::process::exit(INTERRUPTED.into())).context("cannot handle Ctrl-C")
}
