//! Broken: the second reader leaves when it finds its queue empty, but it has looked too early.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, say};

fn relay(from: &Queue<u32>, to: &Queue<u32>, looked: &Event) -> Result<()> {
    // This rendezvous makes the bad outcome certain: the first reader is a little late.
    looked.wait();
    while let Some(item) = from.try_get()? {
        say!("reads {item} and hands it on");
        to.put(item)?;
    }
    Ok(())
}

fn read(from: &Queue<u32>, looked: &Event) -> Result<()> {
    while let Some(item) = from.try_get()? {
        say!("reads {item}");
    }
    say!("finds nothing and leaves");
    looked.set();
    Ok(())
}

fn main() -> Result<()> {
    let (first, second, looked) = (Queue::unbounded()?, Queue::unbounded()?, Event::new()?);
    say!("puts 3 items");
    for i in 0..3 {
        first.put(i)?;
    }
    let relay = Process::new(|| relay(&first, &second, &looked)).name("reader-1").start()?;
    let reader = Process::new(|| read(&second, &looked)).name("reader-2").start()?;
    relay.join()?;
    reader.join()?;
    say!("{} items were handed on and never read", second.len());
    Ok(())
}
