//! The second reader leaves at the end mark, however late the first one is.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Process, Queue, say};

fn relay(from: &Queue<u32>, to: &Queue<Option<u32>>) -> Result<()> {
    while let Some(item) = from.try_get()? {
        to.put(Some(item))?;
        say!("reads {item} and hands it on");
    }
    say!("hands the end mark on");
    to.put(None)?;
    Ok(())
}

fn read(from: &Queue<Option<u32>>) -> Result<()> {
    while let Some(item) = from.get()? {
        say!("reads {item}");
    }
    say!("sees the end mark");
    Ok(())
}

fn main() -> Result<()> {
    let (first, second) = (Queue::unbounded()?, Queue::unbounded()?);
    say!("puts 3 items");
    for i in 0..3 {
        first.put(i)?;
    }
    let relay = Process::new(|| relay(&first, &second)).name("reader-1").start()?;
    let reader = Process::new(|| read(&second)).name("reader-2").start()?;
    relay.join()?;
    reader.join()?;
    say!("{} items were handed on and never read", second.len());
    Ok(())
}
