//! Main stops the server first, and then waits for the worker.
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
    // So nobody waits forever: but the server has stopped before anybody has died.
    stop.set();
    server.join()?;
    say!("worker has ended, exit code {}: stops the other", worker.join()?.code());
    say!("both have ended");
    Ok(())
}
