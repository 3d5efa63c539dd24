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
    for item in 2..=4 {
        say!("puts {item}");
        queue.put(item)?;
    }
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
    say!("the writer has ended: takes all");
    while let Some(item) = queue.try_get()? {
        say!("got {item}");
    }
    Ok(())
}
