//! Runs one measurement in a process group of its own, under a time limit, and leaves nothing.

use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// The number that the command prints.
pub fn measure(mut command: Command) -> anyhow::Result<f64> {
    let ran = running::run(&mut command, LIMIT, false)?;
    match ran.code {
        Some(0) => Ok(ran.out.trim().parse()?),
        Some(_) => anyhow::bail!("{command:?}: failed\n{}", ran.err),
        None => anyhow::bail!("{command:?}: no result after {LIMIT:?}"),
    }
}
