//! Two writers put into one queue. Main, which knows when both have ended, shuts it down.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, say};

fn first(queue: &Queue<u32>, done: &Event) -> Result<()> {
    say!("puts 0");
    queue.put(0)?;
    say!("is done");
    done.set();
    Ok(())
}

fn second(queue: &Queue<u32>, done: &Event) {
    // However late it comes, the queue is still open.
    done.wait();
    match queue.put(1) {
        Ok(()) => say!("has put 1"),
        Err(_) => say!("cannot put 1: the queue was shut down"),
    }
}

fn main() -> Result<()> {
    let (queue, done) = (Queue::unbounded()?, Event::new()?);
    say!("two writers, one queue");
    let one = Process::new(|| first(&queue, &done)).name("writer-1").start()?;
    let other = Process::new(|| second(&queue, &done)).name("writer-2").start()?;
    one.join()?;
    other.join()?;
    say!("both have ended: shuts the queue down");
    queue.shutdown();
    while let Ok(item) = queue.get() {
        say!("got {item}");
    }
    Ok(())
}
