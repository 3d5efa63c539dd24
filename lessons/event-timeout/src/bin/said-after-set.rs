//! Broken: main says that it has set the event after it has. The waiter may be faster, and is.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, say};

fn wait(event: &Event, woken: &Event) {
    event.wait();
    say!("goes on");
    woken.set();
}

fn main() -> Result<()> {
    let (event, woken) = (Event::new()?, Event::new()?);
    say!("one waits for an event");
    let waiter = Process::new(|| wait(&event, &woken)).name("waiter").start()?;
    event.set();
    // The rendezvous that makes the rare order certain: between the set and main's line there is
    // always some time, and here it is enough.
    woken.wait();
    say!("has set the event");
    waiter.join()?;
    Ok(())
}
