//! Broken: two readers are killed in their seats. Nobody gives the seats back, so nobody ever sits again.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, Semaphore, say};

fn stay(seats: &Semaphore, seated: &Queue<()>, never: &Event) -> Result<()> {
    let _seat = seats.acquire();
    say!("sits down");
    seated.put(())?;
    never.wait();
    Ok(())
}

fn read(seats: &Semaphore) {
    say!("looks for a seat");
    let _seat = seats.acquire();
    say!("sits down");
    say!("stands up");
}

fn main() -> Result<()> {
    let (seats, seated, never) = (Semaphore::new(2)?, Queue::unbounded()?, Event::new()?);
    say!("two seats, and two who never stand up");
    let first = Process::new(|| stay(&seats, &seated, &never)).name("reader-1").start()?;
    let second = Process::new(|| stay(&seats, &seated, &never)).name("reader-2").start()?;
    seated.get()?;
    seated.get()?;
    say!("kills both in their seats");
    first.kill()?;
    second.kill()?;
    first.join()?;
    second.join()?;

    say!("nobody sits here now, and two more come");
    let third = Process::new(|| read(&seats)).name("reader-3").start()?;
    let fourth = Process::new(|| read(&seats)).name("reader-4").start()?;
    third.join()?;
    fourth.join()?;
    say!("they have read, too");
    Ok(())
}
