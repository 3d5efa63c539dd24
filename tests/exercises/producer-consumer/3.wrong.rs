//! Broken: main keeps a copy of the producer's end, so the end of file never comes.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{PipeEnd, Process, pipe, say};

fn produce(to: &PipeEnd<u32>) -> Result<()> {
    for i in 0..2 {
        say!("adds {i}");
        to.send(i)?;
    }
    // No end mark: this end of the pipe closes with this process.
    Ok(())
}

fn consume(from: &PipeEnd<u32>) -> Result<()> {
    // The producer adds two, so nothing more can come.
    for _ in 0..2 {
        say!("takes {}", from.recv()?);
    }
    say!("sees the end of file");
    Ok(())
}

fn main() -> Result<()> {
    say!("starts a producer and a consumer");
    let (to, from) = pipe()?;
    // No `move`: the functions borrow their ends, as if they were queues, and main keeps both.
    let producer = Process::new(|| produce(&to)).name("producer").start()?;
    let consumer = Process::new(|| consume(&from)).name("consumer").start()?;
    producer.join()?;
    say!("the producer has ended");
    consumer.join()?;
    say!("the consumer has ended");
    Ok(())
}
