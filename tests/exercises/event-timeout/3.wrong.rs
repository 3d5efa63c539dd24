//! A wait with a time limit says whether the event was set.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, now, say, yes_or_no};

fn wait(event: &Event) {
    say!("waits, however long it takes");
    event.wait();
    say!("goes on: it is set");
}

fn wait_at_most(event: &Event, limit: Duration) {
    say!("waits {} s at most", limit.as_secs_f64());
    let start = now();
    // The answer belongs to this wait. Asking `is_set` afterwards is about a later moment.
    match event.wait_timeout(limit) {
        true => say!("goes on: it was set in time"),
        false => say!("gives up; the limit has passed: {}", yes_or_no(start.elapsed() >= limit)),
    }
}

fn main() -> Result<()> {
    let event = Event::new()?;
    let (short, long) = (Duration::from_millis(500), Duration::from_secs(20));
    say!("three wait for one event");
    say!("sets the event");
    let patient = Process::new(|| wait(&event)).name("patient").start()?;
    let hasty = Process::new(|| wait_at_most(&event, short)).name("hasty").start()?;
    let calm = Process::new(|| wait_at_most(&event, long)).name("calm").start()?;

    event.set();
    hasty.join()?;
    patient.join()?;
    calm.join()?;
    say!("all have ended");
    Ok(())
}
