//! Several children at once: each keeps its own order, and nothing orders one against another.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, pause, say};

fn repeat(what: &str, count: u32) {
    for i in 1..=count {
        say!("{what} {i}");
        // Only so that you can watch. Without it, the lines may or may not mix.
        pause(Duration::from_millis(200));
    }
}

fn main() -> Result<()> {
    say!("starts a dancer and a singer");
    let dancer = Process::new(|| repeat("dances", 5)).name("dancer").start()?;
    // The dancer is already running: it may dance before the singer exists.
    let singer = Process::new(|| repeat("sings", 3)).name("singer").start()?;
    singer.join()?;
    say!("the singer has ended");
    dancer.join()?;

    say!("both have ended, starts five workers");
    let mut workers = Vec::new();
    for n in 1..=5 {
        let worker = Process::new(move || say!("is number {n}")).name(format!("worker-{n}"));
        workers.push(worker.start()?);
    }
    // Before, after or among the workers' lines: main is one process out of six.
    say!("has started five workers");
    for worker in &workers {
        worker.join()?;
    }
    say!("all five have ended");
    Ok(())
}
