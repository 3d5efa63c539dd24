//! Main says that the child has ended when it has joined it.
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
    let child = Process::new(work).name("child").start()?;

    // Before the join: the child waits for it.
    go_on.set();
    child.join()?;
    say!("the child has ended");
    Ok(())
}
