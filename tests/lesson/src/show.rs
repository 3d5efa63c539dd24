//! `run`: a program as `cargo run` would show it, under a time limit.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result};

use driving::{Conductor, End, Schedule};

use crate::output::{note, note_rows};
use crate::program::{Built, Program};
use crate::watched;
use crate::{COULD_NOT_JUDGE, judged};

/// A program that hangs by design is shown for so long at least.
const LONG_ENOUGH: Duration = Duration::from_secs(5);

/// As `timeout` has it.
const TIMED_OUT: u8 = 124;

pub fn show(
    program: &Program,
    speed: Option<f64>,
    limit: Option<Duration>,
    schedule: Option<Schedule>,
) -> Result<u8> {
    if schedule.is_some() {
        program.refuse_undriven()?;
    }
    let golden = program.golden()?;
    let built = Built::new(std::slice::from_ref(program))?;
    let mut command = built.command(program, speed.unwrap_or(1.0))?;
    if let (None, Ok(speed)) = (speed, env::var("LESSON_SPEED")) {
        command.env("LESSON_SPEED", speed);
    }
    let limit = limit.unwrap_or(golden.limit.max(LONG_ENOUGH));
    let conductor = schedule.map(|schedule| Conductor::new(schedule, false)).transpose()?;
    conductor.iter().for_each(|conductor| conductor.invite(&mut command));
    let ran = running::show(&mut command, limit, !golden.outlives_main.is_empty())
        .with_context(|| format!("cannot run {}", program.title()))?;
    if let Some(driven) = conductor.map(Conductor::finish).transpose()? {
        let end = judged::how_it_ended(&driven).map_or(String::new(), |end| format!("\n{end}"));
        if let End::AnotherWay(_) = driven.end {
            note(end);
            return Ok(COULD_NOT_JUDGE);
        }
        note(format!("{end}\n{}", judged::the_same_again("run", program, &driven)));
    }
    if let Some(stand) = &ran.stand {
        let seconds = limit.as_secs_f64();
        note(format!("\nEnded at the time limit of {seconds} s. Who waits for what:"));
        note_rows(&watched::rows(stand));
    }
    if !ran.left_over.is_empty() {
        note("\nStill there after main had ended, and killed:");
        for process in &ran.left_over {
            note(format!("  {process}"));
        }
    }
    Ok(match ran.code {
        None => TIMED_OUT,
        // As a shell has it for signals.
        Some(code) if code < 0 => (128 - code) as u8,
        Some(code) => code as u8,
    })
}
