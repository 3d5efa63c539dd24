//! Broken: main ends without joining the pool, and a task is cut off in the middle.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Pool, pause, say};

fn work(begun: &Event) -> Result<()> {
    say!("the task begins");
    begun.set();
    // Longer than main will last.
    pause(Duration::from_secs(36_000));
    say!("the task ends");
    Ok(())
}

fn main() -> Result<()> {
    let begun = Event::new()?;
    let pool = Pool::new(2, |()| work(&begun))?;
    say!("gives a task");
    let _result = pool.apply_async(())?;
    begun.wait();
    say!("ends, and has not joined the pool");
    Ok(())
}
