//! The broken variant: main joins one child after the other, and does not notice who has died.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, Signal, raise, say};

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
    // The server ends when main tells it to, which main does when it has joined the server.
    for child in [&server, &worker] {
        let exit = child.join()?;
        say!("{} has ended, exit code {}: stops the other", child.name(), exit.code());
        stop.set();
    }
    say!("both have ended");
    Ok(())
}
