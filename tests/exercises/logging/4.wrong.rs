//! A record goes out in one write, and no other process can write into its middle.
#![forbid(unsafe_code)]

use std::io::Write;

use anyhow::Result;
use multiprocessing::{Process, current, say, stderr};

// There is no buffer: each call is a write of its own.
fn write(piece: &str) -> Result<()> {
    Ok(stderr().write_all(piece.as_bytes())?)
}

fn work(what: &str) -> Result<()> {
    write(&format!("[INFO/{}] ", current().name()))?;
    write(&format!("counts the {what}\n"))
}

fn main() -> Result<()> {
    say!("two workers, each with one record, in one write");
    let one = Process::new(|| work("apples")).name("worker-1").start()?;
    let two = Process::new(|| work("pears")).name("worker-2").start()?;
    one.join()?;
    two.join()?;
    say!("both have ended");
    Ok(())
}
