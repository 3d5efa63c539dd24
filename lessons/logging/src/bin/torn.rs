//! Broken: a record goes out in two writes, and another process writes in between.
#![forbid(unsafe_code)]

use std::io::Write;

use anyhow::Result;
use multiprocessing::{Event, Process, say, stderr};

// There is no buffer: each call is a write of its own.
fn write(piece: &str) -> Result<()> {
    Ok(stderr().write_all(piece.as_bytes())?)
}

fn first(begun: &Event, torn: &Event, done: &Event) -> Result<()> {
    write("[INFO/worker-1] ")?;
    begun.set();
    // This rendezvous makes the bad outcome certain: the other writes now, not sooner or later.
    torn.wait();
    write("counts the apples\n")?;
    done.set();
    Ok(())
}

fn second(begun: &Event, torn: &Event, done: &Event) -> Result<()> {
    begun.wait();
    write("[INFO/worker-2] ")?;
    torn.set();
    done.wait();
    write("counts the pears\n")?;
    Ok(())
}

fn main() -> Result<()> {
    let (begun, torn, done) = (Event::new()?, Event::new()?, Event::new()?);
    say!("two workers, each with one record, in two writes");
    let one = Process::new(|| first(&begun, &torn, &done)).name("worker-1").start()?;
    let two = Process::new(|| second(&begun, &torn, &done)).name("worker-2").start()?;
    one.join()?;
    two.join()?;
    say!("both have ended");
    Ok(())
}
