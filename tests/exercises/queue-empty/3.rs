//! Is the queue empty? The answer is about a moment that has passed.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, PutError, Queue, pause, say};

fn write(queue: &Queue<u32>) -> Result<()> {
    say!("puts 1");
    queue.put(1)?;
    Ok(())
}

fn read(queue: &Queue<u32>) -> Result<()> {
    pause(Duration::from_millis(500));
    say!("got {}", queue.get()?);
    Ok(())
}

fn put_if_empty(queue: &Queue<u32>) -> Result<()> {
    // Looks for room and puts, in one step.
    match queue.try_put(7) {
        Err(PutError::Full) => say!("finds one there"),
        put => {
            put?;
            say!("has put one");
        }
    }
    say!("is done");
    Ok(())
}

fn main() -> Result<()> {
    let queue = Queue::unbounded()?;
    say!("a new queue is empty: {}", queue.is_empty());

    let writer = Process::new(|| write(&queue)).name("writer").start()?;
    writer.join()?;
    let empty = queue.is_empty();
    say!("has looked, empty: {empty}");

    let reader = Process::new(|| read(&queue)).name("reader").start()?;
    reader.join()?;
    // What it saw was right then, and is no use now.
    say!("it said empty: {empty}, and now it takes");
    match queue.try_get()? {
        Some(item) => say!("got {item}"),
        None => say!("nothing is there"),
    }

    say!("puts 2 and looks at once");
    queue.put(2)?;
    say!("empty: {}", queue.is_empty());

    let one = Queue::bounded(1)?;
    let first = Process::new(|| put_if_empty(&one)).name("putter-1").start()?;
    let second = Process::new(|| put_if_empty(&one)).name("putter-2").start()?;
    first.join()?;
    second.join()?;
    say!("both have ended: {} in it", one.len());
    Ok(())
}
