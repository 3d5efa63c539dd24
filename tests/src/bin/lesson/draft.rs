//! `draft`: a first golden file for a new lesson.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use golden::{Orders, Ran};

use crate::program::{Built, Program, this_program};

/// Nobody watches here.
const SPEED: f64 = 10.0;

/// From two runs of the program: what is not the same in both varies.
pub fn draft(
    program: &Program,
    description: &str,
    limit: Option<Duration>,
    orders: &Orders,
) -> Result<String> {
    let built = Built::new(std::slice::from_ref(program))?;
    let command = built.command(program, SPEED)?;
    let this = this_program()?;
    let run = || -> Result<Ran> {
        golden::watch(&this, &command, orders)
            .with_context(|| format!("cannot run {}", program.title()))
    };
    let (first, second) = (run()?, run()?);
    golden::draft(description, limit, &first.run, &second.run)
        .map_err(|why| anyhow!("no golden file can be written for this run.\n{why}"))
}
