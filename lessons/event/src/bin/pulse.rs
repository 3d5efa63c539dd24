//! Broken: main sets the event and clears it at once. Whoever comes after that waits for ever.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, say};

fn run(go: &Event, come: &Queue<()>) -> Result<()> {
    // This rendezvous makes the bad outcome certain: this runner comes late.
    come.get()?;
    say!("waits");
    go.wait();
    say!("goes on");
    Ok(())
}

fn main() -> Result<()> {
    let (go, come) = (Event::new()?, Queue::unbounded()?);
    let runner = Process::new(|| run(&go, &come)).name("runner").start()?;
    say!("sets the event and clears it at once");
    go.set();
    go.clear();
    come.put(())?;
    runner.join()?;
    say!("the runner has ended");
    Ok(())
}
