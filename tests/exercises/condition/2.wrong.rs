//! Wait until it is so: look under the lock, and again after each wait.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Condition, Lock, Process, Value, pause, say};

fn eat(lock: &Lock, changed: &Condition, plates: &Value<i32>) -> Result<()> {
    say!("is hungry");
    let mut held = lock.lock()?;
    // To be woken is only a hint: somebody else may have been faster.
    if plates.get() == 0 {
        // Releases the lock, but not before it stands in the queue of those to be woken.
        held = changed.wait(held)?;
    }
    // Said while the plate is still there, because after that the cook may be faster than this line.
    say!("eats");
    plates.set(0);
    changed.notify_all();
    drop(held);
    Ok(())
}

fn cook(lock: &Lock, changed: &Condition, plates: &Value<i32>) -> Result<()> {
    pause(Duration::from_millis(300));
    say!("brings a plate");
    let mut held = lock.lock()?;
    plates.set(1);
    changed.notify_all();
    while plates.get() != 0 {
        held = changed.wait(held)?;
    }
    say!("brings another plate");
    plates.set(1);
    changed.notify_all();
    drop(held);
    Ok(())
}

fn main() -> Result<()> {
    let (lock, changed) = (Lock::new()?, Condition::new()?);
    let plates = Value::new(0)?;
    say!("two guests, one cook");
    let all = [
        Process::new(|| eat(&lock, &changed, &plates)).name("guest-1").start()?,
        Process::new(|| eat(&lock, &changed, &plates)).name("guest-2").start()?,
        Process::new(|| cook(&lock, &changed, &plates)).name("cook").start()?,
    ];
    for process in &all {
        process.join()?;
    }
    say!("plates left: {}", plates.get());
    Ok(())
}
