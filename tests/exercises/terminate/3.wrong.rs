//! A process may refuse SIGTERM. Whoever terminates it and then joins it waits for ever.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, pause, say, yes_or_no};
use nix::sys::signal::{SigSet, Signal};

fn work(ready: &Event) -> Result<()> {
    let mut refused = SigSet::empty();
    refused.add(Signal::SIGTERM);
    // From here on the signal stays pending, because nothing ever unblocks it.
    refused.thread_block()?;
    say!("has blocked SIGTERM");
    ready.set();
    loop {
        pause(Duration::from_secs(1));
    }
}

fn main() -> Result<()> {
    say!("starts a worker");
    let ready = Event::new()?;
    let worker = Process::new(|| work(&ready)).name("worker").start()?;
    ready.wait();

    say!("terminates it");
    worker.kill()?;
    let exit = worker.join_timeout(Duration::from_millis(200))?;
    say!("alive after 0.2 s: {}", yes_or_no(exit.is_none()));

    say!("joins it");
    say!("it has ended: exit code {}", worker.join()?.code());
    Ok(())
}
