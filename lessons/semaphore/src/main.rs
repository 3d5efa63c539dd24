//! At most two at a time: a semaphore has a fixed number of permits.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Semaphore, pause, say};

fn read(seats: &Semaphore) {
    // The seat is free again when this is dropped, even if something below panics.
    let _seat = seats.acquire();
    say!("sits down");
    pause(Duration::from_millis(300));
    say!("stands up");
}

fn main() -> Result<()> {
    let seats = Semaphore::new(2)?;
    say!("four readers, two seats");
    let readers = [
        Process::new(|| read(&seats)).name("reader-1").start()?,
        Process::new(|| read(&seats)).name("reader-2").start()?,
        Process::new(|| read(&seats)).name("reader-3").start()?,
        Process::new(|| read(&seats)).name("reader-4").start()?,
    ];
    for reader in &readers {
        reader.join()?;
    }
    say!("all have read");
    Ok(())
}
