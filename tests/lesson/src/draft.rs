//! `draft`: a first golden file for a new lesson.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use golden::Run;
use running::Orders;

use crate::program::{Built, Program, this_program};
use crate::watched;

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
    let run = || -> Result<Run> {
        let ran = running::watch(&this, &command, orders);
        let ran = ran.with_context(|| format!("cannot run {}", program.title()))?;
        Ok(watched::transcript(&ran))
    };
    let (first, second) = (run()?, run()?);
    golden::draft(description, limit, &first, &second)
        .map_err(|why| anyhow!("no golden file can be written for this run.\n{why}"))
}
