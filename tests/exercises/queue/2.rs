//! Two readers share one queue: each item reaches exactly one of them.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Queue, pause, say};

fn write(queue: &Queue<u32>) -> Result<()> {
    for i in 0..4 {
        say!("puts {i}");
        queue.put(i)?;
        pause(Duration::from_millis(200));
    }
    Ok(())
}

fn read(queue: &Queue<u32>) -> Result<()> {
    // Not `while !queue.is_empty()`: the other reader may get in between the look and the get.
    while let Some(item) = queue.try_get()? {
        say!("got {item}");
        pause(Duration::from_millis(300));
    }
    Ok(())
}

fn main() -> Result<()> {
    let queue = Queue::unbounded()?;
    say!("one writer, two readers");

    let writer = Process::new(|| write(&queue)).name("writer").start()?;
    writer.join()?;
    say!("the writer has ended, {} items wait", queue.len());

    // Nothing is put from here on, so a reader that finds the queue empty may leave.
    let first = Process::new(|| read(&queue)).name("reader-1").start()?;
    let second = Process::new(|| read(&queue)).name("reader-2").start()?;
    let third = Process::new(|| read(&queue)).name("reader-3").start()?;
    first.join()?;
    second.join()?;
    third.join()?;
    say!("everything was read");
    Ok(())
}
