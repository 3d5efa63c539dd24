//! Asking without waiting: an item if one is there now, otherwise nothing.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Queue, pause, say};

fn ask(queue: &Queue<u32>) -> Result<()> {
    match queue.try_get()? {
        Some(item) => say!("got {item}"),
        None => say!("nothing is there"),
    }
    Ok(())
}

fn write(queue: &Queue<u32>) -> Result<()> {
    pause(Duration::from_millis(500));
    say!("puts 2");
    queue.put(2)?;
    Ok(())
}

fn ask_once(queue: &Queue<u32>) -> Result<()> {
    ask(queue)?;
    say!("has asked");
    Ok(())
}

fn main() -> Result<()> {
    let queue = Queue::unbounded()?;
    // Nothing has been put in yet. Asking returns all the same.
    say!("asks a new queue");
    ask(&queue)?;

    say!("puts 1 and asks at once");
    queue.put(1)?;
    ask(&queue)?;

    let writer = Process::new(|| write(&queue)).name("writer").start()?;
    // Before this, "nothing" could mean "not yet".
    writer.join()?;
    say!("the writer has ended: two others ask");
    let first = Process::new(|| ask_once(&queue)).name("asker-1").start()?;
    let second = Process::new(|| ask_once(&queue)).name("asker-2").start()?;
    first.join()?;
    second.join()?;
    say!("both have asked");
    Ok(())
}
