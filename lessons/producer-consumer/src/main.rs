//! One adds, one takes and learns when nothing more will come.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Pipe, PipeEnd, PipeError, Process, Queue, pause, say};

// None is the end mark.
fn produce(queue: &Queue<Option<u32>>) -> Result<()> {
    for i in 0..4 {
        say!("adds {i}");
        queue.put(Some(i))?;
        pause(Duration::from_millis(200));
    }
    say!("adds the end mark");
    queue.put(None)?;
    Ok(())
}

fn consume(queue: &Queue<Option<u32>>) -> Result<()> {
    // Not "until it has been empty for a while": the producer may just be slow.
    while let Some(item) = queue.get()? {
        say!("takes {item}");
        pause(Duration::from_millis(300));
    }
    say!("takes the end mark");
    Ok(())
}

fn send(to: &PipeEnd<u32>) -> Result<()> {
    for i in 0..2 {
        say!("sends {i}");
        to.send(i)?;
    }
    // No end mark: this end of the pipe closes with this process.
    Ok(())
}

fn receive(from: &PipeEnd<u32>) -> Result<()> {
    loop {
        match from.recv() {
            Ok(item) => say!("receives {item}"),
            Err(PipeError::Closed) => break,
            Err(other) => return Err(other.into()),
        }
    }
    say!("sees the end of file");
    Ok(())
}

fn main() -> Result<()> {
    say!("a queue: the end is a message");
    let queue = Queue::unbounded()?;
    let producer = Process::new(|| produce(&queue)).name("producer").start()?;
    let consumer = Process::new(|| consume(&queue)).name("consumer").start()?;
    producer.join()?;
    consumer.join()?;

    say!("a pipe: the end is that the sender has ended");
    let (to, from) = Pipe::new()?;
    // `move`: start() drops what the function owns, so main keeps no copy of the sender's end.
    let sender = Process::new(move || send(&to)).name("sender").start()?;
    let receiver = Process::new(move || receive(&from)).name("receiver").start()?;
    sender.join()?;
    receiver.join()?;
    say!("all have ended");
    Ok(())
}
