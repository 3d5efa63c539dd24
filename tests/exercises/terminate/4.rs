//! SIGTERM ends a process wherever it is, a moment later.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, pause, say, yes_or_no};

fn tick(begun: &Event) {
    say!("begins");
    begun.set();
    for i in 0.. {
        say!("tick {i}");
        pause(Duration::from_millis(100));
    }
}

fn work(begun: &Event) {
    say!("begins");
    begun.set();
    // Alive until it is terminated, however slow main is.
    loop {
        pause(Duration::from_millis(100));
    }
}

fn main() -> Result<()> {
    say!("starts a clock that would tick for ever");
    let begun = Event::new()?;
    let clock = Process::new(|| tick(&begun)).name("clock").start()?;
    begun.wait();
    pause(Duration::from_millis(350));
    say!("terminates it");
    clock.terminate()?;
    say!("it has ended: exit code {}", clock.join()?.code());

    say!("starts a worker, and terminates it when it has begun");
    let begun = Event::new()?;
    let worker = Process::new(|| work(&begun)).name("worker").start()?;
    begun.wait();
    let before = worker.is_alive()?;
    worker.terminate()?;
    let right_after = worker.is_alive()?;
    say!("alive before: {}", yes_or_no(before));
    // The signal has been sent, but perhaps not delivered yet.
    say!("alive right after: {}", yes_or_no(right_after));
    worker.join()?;
    say!("alive after the join: {}", yes_or_no(worker.is_alive()?));
    Ok(())
}
