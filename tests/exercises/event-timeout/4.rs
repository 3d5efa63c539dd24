//! Main says that it sets the event before it does. No waiter can be faster.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, say};

fn wait(event: &Event) {
    event.wait();
    say!("goes on");
}

fn main() -> Result<()> {
    let event = Event::new()?;
    say!("one waits for an event");
    let waiter = Process::new(|| wait(&event)).name("waiter").start()?;
    say!("sets the event");
    event.set();
    waiter.join()?;
    Ok(())
}
