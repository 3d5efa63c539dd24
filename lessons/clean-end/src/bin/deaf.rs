//! Broken: the handler sets the flag, but the worker looks at it only when a message comes.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, say};
use signal_hook::{consts::SIGTERM, flag};

fn work(items: &Queue<u32>, ready: &Event, told: &AtomicBool) -> Result<()> {
    say!("waits for an item");
    while !told.load(Relaxed) {
        // This rendezvous makes the bad outcome certain: the signal comes after the look.
        ready.set();
        // The signal runs the handler, and then the wait goes on.
        let item = items.get()?;
        say!("does item {item}");
    }
    Ok(())
}

fn main() -> Result<()> {
    let told = Arc::new(AtomicBool::new(false));
    flag::register(SIGTERM, Arc::clone(&told))?;

    let (items, ready) = (Queue::unbounded()?, Event::new()?);
    say!("starts a worker, and puts nothing");
    let worker = Process::new(|| work(&items, &ready, &told)).name("worker").start()?;
    ready.wait();

    say!("tells the worker to end");
    worker.terminate()?;
    say!("the worker has ended: exit code {}", worker.join()?.code());
    Ok(())
}
