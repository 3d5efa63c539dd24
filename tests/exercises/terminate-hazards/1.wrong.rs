//! What SIGTERM leaves undone: no cleanup, lost output, a lock that nobody releases.
#![forbid(unsafe_code)]

use std::io::{BufWriter, Write};

use anyhow::Result;
use multiprocessing::{Event, Lock, LockError, Process, active_children, current, say, stdout};

struct CleanUp;

impl Drop for CleanUp {
    fn drop(&mut self) {
        say!("cleans up");
    }
}

fn work(lock: &Lock, ready: &Event, end: &Event) -> Result<()> {
    // Locals are dropped in reverse: the lock is released last, after all else is done.
    let _held = lock.lock()?;
    let mut buffer = BufWriter::new(stdout());
    let _cleanup = CleanUp;
    say!("holds the lock, and has a line in a buffer");
    writeln!(buffer, "{:<10} | this line was in the buffer", current().name())?;
    ready.set();
    buffer.flush()?;
    end.wait();
    Ok(())
}

fn main() -> Result<()> {
    let lock = Lock::new()?;

    say!("starts one that will be asked to end");
    let (ready, end) = (Event::new()?, Event::new()?);
    let asked = Process::new(|| work(&lock, &ready, &end)).name("asked").start()?;
    ready.wait();
    say!("asks it");
    end.set();
    say!("asked: exit code {}", asked.join()?.code());

    say!("starts one that will be terminated");
    let (ready, end) = (Event::new()?, Event::new()?);
    let victim = Process::new(|| work(&lock, &ready, &end)).name("victim").start()?;
    ready.wait();
    say!("terminates it");
    victim.terminate()?;
    say!("victim: exit code {}", victim.join()?.code());

    if let Err(LockError::HolderDied { pid }) = lock.lock() {
        say!("the lock: process {pid} died with it");
    }
    // Whatever the lock protects may be half changed. It is now up to us to check it.
    let _held = lock.recover();
    say!("holds the lock");
    say!("children that are left: {}", active_children().len());
    Ok(())
}
