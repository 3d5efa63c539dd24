//! A signal ends main, which then does not wait for its child.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, Signal, current, pause, raise, say};

fn work(begun: &Event, main: i32) {
    say!("works; my parent is process {main}");
    begun.set();
    while current().parent_pid() == main {
        pause(Duration::from_millis(10));
    }
    say!("works on; my parent is now process {}", current().parent_pid());
    pause(Duration::from_secs(1));
    say!("is done, and nobody has waited");
}

fn main() -> Result<()> {
    let begun = Event::new()?;
    let main = current().pid();
    say!("I am process {main}; I start a child, and nobody joins it");
    Process::new(|| work(&begun, main)).name("child").start()?;
    begun.wait();
    say!("ends by SIGTERM");
    // Handlers given to atexit run when main chooses to end. A signal leaves no time for them.
    raise(Signal::SIGTERM)?;
    Ok(())
}
