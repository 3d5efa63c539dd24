//! Waiting with a time limit: for an item, and for room.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, PutError, Queue, now, pause, say};

const HALF_A_SECOND: Duration = Duration::from_millis(500);

fn write(queue: &Queue<u32>) -> Result<()> {
    pause(HALF_A_SECOND);
    say!("puts 7");
    queue.put(7)?;
    Ok(())
}

fn read(queue: &Queue<u32>) -> Result<()> {
    pause(HALF_A_SECOND);
    say!("takes one out");
    queue.get()?;
    Ok(())
}

fn main() -> Result<()> {
    let queue = Queue::bounded(1)?;

    say!("waits half a second for an item");
    let begin = now();
    if queue.get_timeout(HALF_A_SECOND)?.is_none() {
        say!("no item: waited at least half a second: {}", begin.elapsed() >= HALF_A_SECOND);
    }

    say!("waits up to a minute for an item");
    let writer = Process::new(|| write(&queue)).name("writer").start()?;
    match queue.get_timeout(Duration::from_secs(60))? {
        Some(item) => say!("got {item}"),
        None => say!("no item"),
    }
    writer.join()?;

    say!("puts 8: the queue is full");
    queue.put(8)?;
    say!("waits half a second for room");
    let begin = now();
    if let Err(PutError::Full) = queue.put_timeout(9, HALF_A_SECOND) {
        say!("no room: waited at least half a second: {}", begin.elapsed() >= HALF_A_SECOND);
    }

    say!("waits up to a minute for room");
    let reader = Process::new(|| read(&queue)).name("reader").start()?;
    queue.put_timeout(9, Duration::from_secs(60))?;
    say!("9 is in");
    reader.join()?;
    Ok(())
}
