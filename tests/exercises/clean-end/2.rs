//! A worker that waits for an item looks at its flag now and then.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, say};
use signal_hook::{consts::SIGTERM, flag};

const LOOK: Duration = Duration::from_millis(100);

fn work(items: &Queue<u32>, ready: &Event, told: &AtomicBool) -> Result<()> {
    say!("waits for an item");
    while !told.load(Relaxed) {
        ready.set();
        // The signal runs the handler, and the flag is seen when this wait is over.
        if let Some(item) = items.get_timeout(LOOK)? {
            say!("does item {item}");
        }
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
