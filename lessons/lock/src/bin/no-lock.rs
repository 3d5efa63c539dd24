//! Broken: two processes read, then both write. One of the two additions is lost.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, Value, say};

fn work(balance: &Value<u32>, mine: &Event, other: &Event) {
    let before = balance.get();
    say!("reads {before}");
    // This rendezvous makes the bad outcome certain: nobody writes before both have read.
    mine.set();
    other.wait();
    say!("writes {}", before + 1);
    balance.set(before + 1);
}

fn main() -> Result<()> {
    let balance = Value::new(0)?;
    let (one, two) = (Event::new()?, Event::new()?);
    say!("two clerks, one book, no lock");
    let first = Process::new(|| work(&balance, &one, &two)).name("clerk-1").start()?;
    let second = Process::new(|| work(&balance, &two, &one)).name("clerk-2").start()?;
    first.join()?;
    second.join()?;
    say!("both have added 1, and the book says {}", balance.get());
    Ok(())
}
