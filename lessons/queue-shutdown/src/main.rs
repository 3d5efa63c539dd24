//! Close the queue instead of putting pills: nobody counts the readers.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{GetError, Process, Queue, pause, say};

fn write(queue: &Queue<u32>) -> Result<()> {
    for i in 0..4 {
        say!("puts {i}");
        queue.put(i)?;
        pause(Duration::from_millis(200));
    }
    say!("shuts the queue down");
    queue.shutdown();
    Ok(())
}

fn read(queue: &Queue<u32>) -> Result<()> {
    loop {
        match queue.get() {
            Ok(item) => say!("got {item}"),
            // Nothing waits, and nothing will come.
            Err(GetError::ShutDown) => break,
            Err(error) => return Err(error.into()),
        }
        pause(Duration::from_millis(300));
    }
    say!("nothing more will come");
    Ok(())
}

fn main() -> Result<()> {
    let queue = Queue::unbounded()?;
    say!("one writer, two readers, no pill");
    let processes = [
        Process::new(|| write(&queue)).name("writer").start()?,
        Process::new(|| read(&queue)).name("reader-1").start()?,
        Process::new(|| read(&queue)).name("reader-2").start()?,
    ];
    for process in &processes {
        process.join()?;
    }
    say!("everything was read");
    Ok(())
}
