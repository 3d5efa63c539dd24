//! A worker that is told to end finishes the item in hand, and leaves nothing undone.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use std::{env, fs};

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, current, pause, say};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

// A handler ends no wait. So nobody waits for longer than this without a look at its flag.
const LOOK: Duration = Duration::from_millis(100);

fn work(items: &Queue<u32>, in_hand: &Event, half: &Event, told: &AtomicBool) -> Result<()> {
    let file = env::temp_dir().join(format!("clean-end-{}", current().pid()));
    fs::write(&file, "")?;
    // Looked at between two items, and never in the middle of one.
    while !told.load(Relaxed) {
        let Some(item) = items.get_timeout(LOOK)? else { continue };
        say!("begins item {item}");
        in_hand.set();
        // This rendezvous makes it certain that the signal comes in the middle of the item.
        half.wait();
        say!("has done item {item}");
    }
    say!("removes its file, and ends");
    if told.load(Relaxed) {
        std::process::exit(128 + SIGTERM);
    }
    fs::remove_file(&file)?;
    Ok(())
}

fn main() -> Result<()> {
    let told = Arc::new(AtomicBool::new(false));
    // Before the fork, so that the worker is never without a handler. Its flag is a copy: each
    // process is told for itself.
    for signal in [SIGTERM, SIGINT] {
        flag::register(signal, Arc::clone(&told))?;
    }

    let (items, in_hand, half) = (Queue::unbounded()?, Event::new()?, Event::new()?);
    for item in 1..=3 {
        items.put(item)?;
    }
    say!("has put 3 items, and starts a worker");
    let worker = Process::new(|| work(&items, &in_hand, &half, &told)).name("worker").start()?;

    // After a Ctrl-C the worker may end before it has anything in hand.
    while !told.load(Relaxed) && !in_hand.wait_timeout(LOOK) {}
    pause(Duration::from_secs(1));
    say!("tells the worker to end");
    worker.terminate()?;
    half.set();
    say!("the worker has ended: exit code {}", worker.join()?.code());
    say!("items that nobody has begun: {}", items.len());
    Ok(())
}
