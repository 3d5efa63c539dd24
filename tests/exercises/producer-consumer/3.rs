//! Main keeps no copy of the producer's end, so the end of file comes when the producer has ended.
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
    while let Ok(item) = from.recv() {
        say!("takes {item}");
    }
    say!("sees the end of file");
    Ok(())
}

fn main() -> Result<()> {
    say!("starts a producer and a consumer");
    let (to, from) = pipe()?;
    // `move`: each end goes to the process that uses it, and main keeps none.
    let producer = Process::new(move || produce(&to)).name("producer").start()?;
    let consumer = Process::new(move || consume(&from)).name("consumer").start()?;
    producer.join()?;
    say!("the producer has ended");
    consumer.join()?;
    say!("the consumer has ended");
    Ok(())
}
