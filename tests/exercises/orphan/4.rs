//! A process whose parent has ended goes on, under another parent.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, current, pause, say};

fn work(begun: &Event, finished: &Event) {
    let parent = current().parent_pid();
    say!("my parent is process {parent}");
    begun.set();
    // Nobody tells an orphan: it has to look.
    while current().parent_pid() == parent {
        pause(Duration::from_millis(10));
    }
    say!("my parent is now process {}", current().parent_pid());
    pause(Duration::from_secs(1));
    say!("has finished its work");
    finished.set();
}

fn start_inner(begun: &Event, finished: &Event) -> Result<()> {
    say!("I am process {} and start inner", current().pid());
    Process::new(|| work(begun, finished)).name("inner").start()?.join()?;
    Ok(())
}

fn main() -> Result<()> {
    say!("I am process {}; I start outer, to terminate it", current().pid());
    let (begun, finished) = (Event::new()?, Event::new()?);
    let outer = Process::new(|| start_inner(&begun, &finished)).name("outer").start()?;
    begun.wait();
    outer.terminate()?;
    outer.join()?;
    say!("outer has ended");
    // Only outer could have joined inner. But anybody can wait for an event.
    finished.wait();
    say!("inner has finished");
    Ok(())
}
