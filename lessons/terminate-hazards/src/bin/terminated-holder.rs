//! A process is terminated while it holds a lock. Whoever asks for the lock now is told so.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Lock, Process, say};

fn main() -> Result<()> {
    let (lock, ready, never) = (Lock::new()?, Event::new()?, Event::new()?);
    say!("starts one that takes the lock and keeps it");
    let holder = Process::new(|| -> Result<()> {
        let _held = lock.lock()?;
        say!("holds the lock");
        ready.set();
        never.wait();
        Ok(())
    })
    .name("holder")
    .start()?;

    ready.wait();
    say!("terminates it");
    holder.terminate()?;
    holder.join()?;

    say!("asks for the lock");
    // Python waits here for ever. This returns an error, which ends main with exit status 1.
    let _held = lock.lock()?;
    say!("holds the lock");
    Ok(())
}
