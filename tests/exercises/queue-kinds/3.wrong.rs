//! Main puts an item into the queue at which the child waits: both processes share it.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::{Context, Result};
use multiprocessing::{Process, Queue, say};

fn take(items: &Queue<u32>) -> Result<()> {
    say!("waits for an item");
    // It should not take that long.
    let item = items.get_timeout(Duration::from_secs(1))?.context("nothing has come")?;
    say!("got {item}");
    Ok(())
}

fn main() -> Result<()> {
    let items = Queue::unbounded()?;
    say!("starts a child that waits at a queue of processes");
    let child = Process::new(|| take(&items)).name("child").start()?;
    say!("puts 7 and joins the child");
    items.put(7)?;
    child.join()?;
    say!("the child has ended");
    Ok(())
}
