//! Join waits for one child to end; everybody else goes on.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, pause, say};

fn work() {
    for step in 1..=2 {
        say!("step {step}");
        pause(Duration::from_millis(200));
    }
}

fn wait_for(done: &Event) {
    say!("waits for the second");
    done.wait();
    say!("goes on");
}

fn tell(done: &Event) {
    say!("works: nobody has joined it yet");
    done.set();
    pause(Duration::from_millis(200));
    say!("is done");
}

fn main() -> Result<()> {
    say!("starts a worker, and joins it");
    let worker = Process::new(work).name("worker").start()?;
    worker.join()?;
    say!("the worker has ended");
    // Nothing is started, so nothing is to be joined: main itself speaks in an ordinary call.
    work();

    say!("starts two, and joins the first");
    let done = Event::new()?;
    let first = Process::new(|| wait_for(&done)).name("first").start()?;
    let second = Process::new(|| tell(&done)).name("second").start()?;
    // If this held up the second too, it would never return: the first waits for the second.
    let exit = first.join()?;
    say!("the first has ended: exit code {}", exit.code());
    second.join()?;
    say!("the second has ended, too");
    say!("asked again, the first: exit code {}", first.join()?.code());
    Ok(())
}
