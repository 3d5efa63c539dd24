//! Main clears the event only when the runner has gone on.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, pause, say};

fn run(go: &Event, come: &Queue<()>) -> Result<()> {
    // This runner comes late.
    come.get()?;
    say!("waits");
    go.wait();
    say!("goes on");
    Ok(())
}

fn main() -> Result<()> {
    let (go, come) = (Event::new()?, Queue::unbounded()?);
    let runner = Process::new(|| run(&go, &come)).name("runner").start()?;
    say!("sets the event, and clears it when the runner has ended");
    go.set();
    come.put(())?;
    // Time enough for the runner.
    pause(Duration::from_millis(500));
    go.clear();
    runner.join()?;
    say!("the runner has ended");
    Ok(())
}
