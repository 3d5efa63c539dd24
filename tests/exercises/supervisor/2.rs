//! Main waits for whichever ends first, and then stops the other.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, Signal, raise, say, wait};

fn main() -> Result<()> {
    let stop = Event::new()?;
    let serve = || {
        say!("serves");
        stop.wait();
        say!("is told to stop, and ends");
    };
    let work = || {
        say!("takes a task");
        raise(Signal::SIGKILL)
    };
    say!("starts a server and a worker");
    let server = Process::new(serve).name("server").start()?;
    let worker = Process::new(work).name("worker").start()?;
    // Whichever it is; what is left is the other.
    let children = [server, worker];
    let first = wait(&[&children[0], &children[1]])?[0];
    let (child, other) = (&children[first], &children[1 - first]);
    say!("{} has ended, exit code {}: stops the other", child.name(), child.join()?.code());
    stop.set();
    other.join()?;
    say!("both have ended");
    Ok(())
}
