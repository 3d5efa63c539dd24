//! One adds, one takes, and an end mark says that nothing more will come.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Queue, pause, say};

// None is the end mark.
fn produce(queue: &Queue<Option<u32>>) -> Result<()> {
    for i in 0..4 {
        say!("adds {i}");
        queue.put(Some(i))?;
        pause(Duration::from_millis(200));
    }
    say!("adds two end marks");
    queue.put(None)?;
    queue.put(None)?;
    Ok(())
}

fn consume(queue: &Queue<Option<u32>>) -> Result<()> {
    // Not "until it has been empty for a while": the producer may just be slow.
    while let Some(item) = queue.get()? {
        say!("takes {item}");
        pause(Duration::from_millis(300));
    }
    say!("takes an end mark");
    Ok(())
}

fn main() -> Result<()> {
    say!("starts a producer and two consumers");
    let queue = Queue::unbounded()?;
    let producer = Process::new(|| produce(&queue)).name("producer").start()?;
    let first = Process::new(|| consume(&queue)).name("consumer-1").start()?;
    let second = Process::new(|| consume(&queue)).name("consumer-2").start()?;
    producer.join()?;
    first.join()?;
    second.join()?;
    say!("all three have ended");
    Ok(())
}
