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
    let workers: Vec<_> = (1..=3).map(|i| Process::new(work).name(format!("worker-{i}"))).collect();

    for worker in workers {
        let worker = worker.start()?;
        worker.join()?;
        say!("{} has ended", worker.name());
    }
    Ok(())
}
