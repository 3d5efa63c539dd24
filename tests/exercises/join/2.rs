//! Join waits for one child to end; everybody else goes on.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, pause, say};

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
    say!("starts two, and joins the first");
    let done = Event::new()?;
    let first = Process::new(|| wait_for(&done)).name("first").start()?;
    let second = Process::new(|| tell(&done)).name("second").start()?;
    second.join()?;
    say!("the second has ended, too");
    first.join()?;
    say!("the first has ended");
    Ok(())
}
