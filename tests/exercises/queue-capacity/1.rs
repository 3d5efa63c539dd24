//! A bounded queue holds a fixed number of items: the next put waits for room.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, PutError, Queue, pause, say};

fn write(queue: &Queue<u32>) -> Result<()> {
    say!("puts item 4, and waits for room");
    queue.put(4)?;
    say!("item 4 is in");
    Ok(())
}

fn main() -> Result<()> {
    let queue = Queue::bounded(4)?;
    for item in 1..=3 {
        say!("puts item {item}");
        queue.put(item)?;
        say!("{item} of 4 are in, full: {}", queue.is_full());
    }

    match queue.try_put(4) {
        Err(PutError::Full) => say!("item 4 does not fit now"),
        put => put?,
    }

    let writer = Process::new(|| write(&queue)).name("writer").start()?;
    pause(Duration::from_millis(500));
    // However long the pause, nobody has taken anything, so the writer cannot have ended.
    say!("the writer has ended: {}", !writer.is_alive()?);

    say!("takes one out");
    let item = queue.get()?;
    say!("it was item {item}");
    writer.join()?;
    say!("the writer has ended, full: {}", queue.is_full());
    Ok(())
}
