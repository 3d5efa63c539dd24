//! One at a time: what is done under a lock stays in one piece.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Lock, Process, Value, pause, say};

fn work(lock: &Lock, balance: &Value<u32>) -> Result<()> {
    // Held until the guard is dropped, even if something below fails.
    let turn = lock.lock()?;
    say!("opens the book");
    let before = balance.get();
    // Time enough for another clerk to come in between, if it could.
    pause(Duration::from_millis(300));
    say!("adds 1 to what it has read");
    balance.set(before + 1);
    drop(turn);
    say!("closes the book");
    Ok(())
}

fn main() -> Result<()> {
    let lock = Lock::new()?;
    let balance = Value::new(0)?;
    say!("three clerks, one book, one lock");
    let clerks = [
        Process::new(|| work(&lock, &balance)).name("clerk-1").start()?,
        Process::new(|| work(&lock, &balance)).name("clerk-2").start()?,
        Process::new(|| work(&lock, &balance)).name("clerk-3").start()?,
    ];
    for clerk in &clerks {
        clerk.join()?;
    }
    say!("the book says {}", balance.get());
    Ok(())
}
