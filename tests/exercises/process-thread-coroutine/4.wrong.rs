//! The thread has ended before the fork: the child gets a lock that is free.
#![forbid(unsafe_code)]

use std::sync::{Mutex, mpsc};
use std::thread;

use anyhow::Result;
use multiprocessing::{Process, say};

static LOCK: Mutex<()> = Mutex::new(());

fn work() {
    say!("asks for the lock");
    let _turn = LOCK.lock().expect("nobody has panicked");
    say!("has the lock");
}

fn main() -> Result<()> {
    let (locked, is_locked) = mpsc::channel();
    let (end, may_end) = mpsc::channel();
    let holder = thread::spawn(move || -> Result<()> {
        let turn = LOCK.lock().expect("nobody has panicked");
        locked.send(())?;
        // The lock is free now, so the thread may stay.
        drop(turn);
        Ok(may_end.recv()?)
    });
    is_locked.recv()?;

    say!("a thread holds the lock");
    say!("the thread has ended, starts a child");
    Process::new(work).name("child").start()?.join()?;
    say!("the child has ended");
    end.send(())?;
    holder.join().expect("nobody has panicked")?;
    Ok(())
}
