//! Main puts an item into the queue at which the child waits: both processes share it.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Process, Queue, say};

fn take(items: &Queue<u32>) -> Result<()> {
    say!("waits for an item");
    let item = items.get()?;
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
