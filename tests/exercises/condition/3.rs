//! The guest looks under the lock, and keeps it until it waits.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Condition, Lock, Process, Value, pause, say};

fn eat(lock: &Lock, changed: &Condition, plates: &Value<i32>) -> Result<()> {
    say!("is hungry");
    let mut held = lock.lock()?;
    while plates.get() == 0 {
        held = changed.wait(held)?;
    }
    plates.set(0);
    drop(held);
    say!("eats");
    Ok(())
}

fn cook(lock: &Lock, changed: &Condition, plates: &Value<i32>) -> Result<()> {
    // Time enough for the guest to wait, as a rule.
    pause(Duration::from_millis(300));
    say!("brings a plate");
    let held = lock.lock()?;
    plates.set(1);
    changed.notify_one();
    drop(held);
    Ok(())
}

fn main() -> Result<()> {
    let (lock, changed) = (Lock::new()?, Condition::new()?);
    let plates = Value::new(0)?;
    say!("one guest, one cook");
    let guest = Process::new(|| eat(&lock, &changed, &plates)).name("guest").start()?;
    let cook = Process::new(|| cook(&lock, &changed, &plates)).name("cook").start()?;
    guest.join()?;
    cook.join()?;
    Ok(())
}
