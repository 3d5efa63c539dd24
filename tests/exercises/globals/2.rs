//! Each process has its own copy of every variable, except what was made to be shared.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use anyhow::Result;
use multiprocessing::{Process, Value, say};

// Atomic for threads, yet private to each process: fork copies it like all memory.
static NUMBER: AtomicI64 = AtomicI64::new(10);

fn add(n: i64, shared: &Value<i64>) {
    NUMBER.fetch_add(n, Relaxed);
    shared.fetch_add(n);
    say!("adds {n}: my number is {}", NUMBER.load(Relaxed));
}

fn main() -> Result<()> {
    let shared = Value::new(10)?;
    say!("my number is {}", NUMBER.load(Relaxed));
    say!("the shared value is {}", shared.get());

    let first = Process::new(|| add(1, &shared)).name("adder-1").start()?;
    NUMBER.fetch_add(5, Relaxed);
    let second = Process::new(|| add(2, &shared)).name("adder-2").start()?;
    first.join()?;
    second.join()?;

    say!("my number is still {}", NUMBER.load(Relaxed));
    say!("the shared value is now {}", shared.get());
    Ok(())
}
