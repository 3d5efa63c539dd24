//! Main takes what the writer put, and then joins the writer.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Process, Queue, say};

fn write(queue: &Queue<String>) -> Result<()> {
    say!("puts a million bytes");
    // When put returns, they are in memory that all processes share, so the writer may end.
    queue.put("x".repeat(1_000_000))?;
    say!("put has returned");
    Ok(())
}

fn main() -> Result<()> {
    let queue = Queue::unbounded()?;
    say!("takes, then joins the writer");
    let writer = Process::new(|| write(&queue)).name("writer").start()?;
    say!("took {} bytes", queue.get()?.len());
    writer.join()?;
    say!("the writer has ended");
    Ok(())
}
