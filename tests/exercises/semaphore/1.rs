//! At most two at a time: whoever wants to sit takes a token, and there are two.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Queue, pause, say};

fn read(tokens: &Queue<()>) -> Result<()> {
    tokens.get()?;
    say!("sits down");
    pause(Duration::from_millis(300));
    say!("stands up");
    tokens.put(())?;
    Ok(())
}

fn main() -> Result<()> {
    let tokens = Queue::unbounded()?;
    for _ in 0..2 {
        tokens.put(())?;
    }
    say!("four readers, two seats");
    let readers = [
        Process::new(|| read(&tokens)).name("reader-1").start()?,
        Process::new(|| read(&tokens)).name("reader-2").start()?,
        Process::new(|| read(&tokens)).name("reader-3").start()?,
        Process::new(|| read(&tokens)).name("reader-4").start()?,
    ];
    for reader in &readers {
        reader.join()?;
    }
    say!("all have read");
    Ok(())
}
