//! Main joins the pool before it ends, and no task is cut off.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Pool, pause, say};

fn work(begun: &Event) -> Result<()> {
    say!("the task begins");
    begun.set();
    pause(Duration::from_millis(500));
    say!("the task ends");
    Ok(())
}

fn main() -> Result<()> {
    let begun = Event::new()?;
    let pool = Pool::new(2, |()| work(&begun))?;
    say!("gives a task");
    let _result = pool.apply_async(())?;
    begun.wait();
    // Longer than the task takes.
    pause(Duration::from_secs(1));
    say!("ends, and has joined the pool");
    Ok(())
}
