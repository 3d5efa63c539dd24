//! An iterator is lazy: a collect starts all processes before the first is joined.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, pause, say};

fn work() {
    say!("begins");
    pause(Duration::from_millis(300));
    say!("ends");
}

fn main() -> Result<()> {
    say!("starts three, then joins three, or so it seems");
    let workers = (1..=3)
        .map(|i| Process::new(work).name(format!("worker-{i}")).start())
        .collect::<Result<Vec<_>, _>>()?;

    for worker in workers {
        worker.join()?;
        say!("{} has ended", worker.name());
    }
    Ok(())
}
