//! Without a handler SIGTERM ends the worker while it waits.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, say};

fn work(items: &Queue<u32>, ready: &Event) -> Result<()> {
    say!("waits for an item");
    ready.set();
    loop {
        let item = items.get()?;
        say!("does item {item}");
    }
}

fn main() -> Result<()> {
    let (items, ready) = (Queue::unbounded()?, Event::new()?);
    say!("starts a worker, and puts nothing");
    let worker = Process::new(|| work(&items, &ready)).name("worker").start()?;
    ready.wait();

    say!("tells the worker to end");
    worker.terminate()?;
    say!("the worker has ended: exit code {}", worker.join()?.code());
    Ok(())
}
