//! Two readers look whether an item is there, and then take what there is. It is one.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, say};

fn read(queue: &Queue<u32>, looked: &Queue<()>, go: &Event) -> Result<()> {
    while !queue.is_empty() {
        say!("looks: not empty");
        // Neither goes on until both are here: what chance does now and then happens every time.
        looked.put(())?;
        go.wait();
        // It looks again, right before it gets.
        match queue.is_empty() {
            true => say!("finds nothing"),
            false => say!("got {}", queue.get()?),
        }
    }
    say!("looks: empty, and leaves");
    Ok(())
}

fn main() -> Result<()> {
    let (queue, looked, go) = (Queue::unbounded()?, Queue::unbounded()?, Event::new()?);
    say!("one item, two readers");
    queue.put(0)?;
    let first = Process::new(|| read(&queue, &looked, &go)).name("reader-1").start()?;
    let second = Process::new(|| read(&queue, &looked, &go)).name("reader-2").start()?;

    looked.get()?;
    looked.get()?;
    say!("both have looked: now both get");
    go.set();
    first.join()?;
    second.join()?;
    say!("everything was read");
    Ok(())
}
