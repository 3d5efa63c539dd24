//! One flag, many waiters: it stays set until it is cleared.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, pause, say};

fn run(go: &Event) {
    say!("waits");
    go.wait();
    say!("goes on");
}

fn main() -> Result<()> {
    let go = Event::new()?;
    say!("is it set? {}", go.is_set());
    let first = Process::new(|| run(&go)).name("runner-1").start()?;
    let second = Process::new(|| run(&go)).name("runner-2").start()?;
    pause(Duration::from_millis(500));
    go.set();
    say!("sets it");
    first.join()?;
    second.join()?;

    say!("is it still set? {}", go.is_set());
    let late = Process::new(|| run(&go)).name("late").start()?;
    late.join()?;

    say!("clears it");
    go.clear();
    let next = Process::new(|| run(&go)).name("next").start()?;
    pause(Duration::from_millis(500));
    say!("sets it again");
    go.set();
    next.join()?;
    say!("all have gone on");
    Ok(())
}
