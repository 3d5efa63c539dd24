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
    Process::new(|| wait_for(&done)).name("first").start()?;
    let second = Process::new(|| tell(&done)).name("second").start()?;
    // If this held up the second too, it would never return: the first waits for the second.
    say!("the first has ended");
    second.join()?;
    say!("the second has ended, too");
    Ok(())
}
