//! Main says that the child has ended, but has not joined it.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, say};

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

    // A join is missing here.
    say!("the child has ended");
    go_on.set();
    Ok(())
}
