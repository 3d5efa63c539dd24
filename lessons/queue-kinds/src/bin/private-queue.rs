//! Broken: main puts an item into its own copy of the queue, and the child waits at another.
#![forbid(unsafe_code)]

use std::sync::mpsc::{self, Receiver};

use anyhow::Result;
use multiprocessing::{Process, say};

fn take(items: &Receiver<u32>) -> Result<()> {
    say!("waits for an item");
    let item = items.recv()?;
    say!("got {item}");
    Ok(())
}

fn main() -> Result<()> {
    let (to, items) = mpsc::channel();
    say!("starts a child that waits at a queue of threads");
    let child = Process::new(|| take(&items)).name("child").start()?;
    say!("puts 7 and joins the child");
    to.send(7)?;
    child.join()?;
    say!("the child has ended");
    Ok(())
}
