//! Main says that the child has ended, but has not joined it.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, pause, say};

fn main() -> Result<()> {
    let go_on = Event::new()?;
    let work = || {
        say!("runs the function");
        // Not part of the mistake: it makes certain what a missing join makes likely.
        go_on.wait();
        say!("is done");
    };

    say!("starts a child");
    Process::new(work).name("child").start()?;

    go_on.set();
    // Long enough for the child to print one line.
    pause(Duration::from_secs(1));
    say!("the child has ended");
    Ok(())
}
