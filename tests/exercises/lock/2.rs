//! One at a time: what is done under a lock stays in one piece.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Value, pause, say};

fn work(balance: &Value<u32>) {
    say!("opens the book");
    pause(Duration::from_millis(300));
    say!("adds 1 to what it has read");
    // Reads and writes in one step.
    balance.fetch_add(1);
    say!("closes the book");
}

fn main() -> Result<()> {
    let balance = Value::new(0)?;
    say!("three clerks, one book, one lock");
    let clerks = [
        Process::new(|| work(&balance)).name("clerk-1").start()?,
        Process::new(|| work(&balance)).name("clerk-2").start()?,
        Process::new(|| work(&balance)).name("clerk-3").start()?,
    ];
    for clerk in &clerks {
        clerk.join()?;
    }
    say!("the book says {}", balance.get());
    Ok(())
}
