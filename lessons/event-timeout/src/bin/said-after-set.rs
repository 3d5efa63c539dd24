//! Broken: main says that it has set the event only afterwards. The waiter may be faster, and is.
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
    // This rendezvous makes the rare order certain: some time always passes between the set and
    // main's line, and here it is enough.
    woken.wait();
    say!("has set the event");
    waiter.join()?;
    Ok(())
}
