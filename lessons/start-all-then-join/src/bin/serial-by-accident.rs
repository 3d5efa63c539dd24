//! An iterator is lazy: this one starts each process only after the join of the one before.
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
    // Missing here: a collect into a Vec, which would start all three at once.
    let workers = (1..=3).map(|i| Process::new(work).name(format!("worker-{i}")).start());

    for worker in workers {
        let worker = worker?;
        worker.join()?;
        say!("{} has ended", worker.name());
    }
    Ok(())
}
