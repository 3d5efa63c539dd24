//! Broken: main keeps a copy of the sender's end, so the end of file never comes.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Pipe, PipeEnd, Process, say};

fn send(to: &PipeEnd<u32>) -> Result<()> {
    for i in 0..2 {
        say!("sends {i}");
        to.send(i)?;
    }
    Ok(())
}

fn receive(from: &PipeEnd<u32>) -> Result<()> {
    while let Ok(item) = from.recv() {
        say!("receives {item}");
    }
    say!("sees the end of file");
    Ok(())
}

fn main() -> Result<()> {
    say!("starts a sender and a receiver");
    let (to, from) = Pipe::new()?;
    // No `move`: the functions borrow their ends, as if they were queues, and main keeps both.
    let sender = Process::new(|| send(&to)).name("sender").start()?;
    let receiver = Process::new(|| receive(&from)).name("receiver").start()?;
    sender.join()?;
    say!("the sender has ended, main still holds a copy of its end");
    receiver.join()?;
    say!("the receiver has ended");
    Ok(())
}
