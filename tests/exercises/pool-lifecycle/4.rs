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
    pool.close();
    pool.join()?;
    say!("ends, and has joined the pool");
    Ok(())
}
