//! A queue carries items between processes, in the order in which each process put them.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Queue, pause, say};

fn write(queue: &Queue<String>, items: &[&str]) -> Result<()> {
    for item in items {
        // Said before the put, so this line comes before everything that the item causes.
        say!("puts {item}");
        queue.put(item.to_string())?;
    }
    Ok(())
}

fn read(queue: &Queue<String>, asked: &Queue<()>) -> Result<()> {
    for _ in 0..3 {
        say!("got {}", queue.get()?);
    }
    say!("{} items wait: asks for one more", queue.len());
    asked.put(())?;
    // The queue is empty, and main pauses before it puts more: this get normally has to wait.
    say!("got {}", queue.get()?);
    Ok(())
}

fn main() -> Result<()> {
    let queue = Queue::unbounded()?;
    write(&queue, &["one", "two", "three"])?;
    say!("{} items wait", queue.len());

    let asked = Queue::unbounded()?;
    let reader = Process::new(|| read(&queue, &asked)).name("reader").start()?;
    asked.get()?;
    pause(Duration::from_millis(500));
    write(&queue, &["four", "five"])?;
    reader.join()?;
    say!("the reader has ended");

    let first = Process::new(|| write(&queue, &["a1", "a2"])).name("writer-1").start()?;
    let second = Process::new(|| write(&queue, &["b1", "b2"])).name("writer-2").start()?;
    // Then everything is there.
    first.join()?;
    second.join()?;
    for _ in 0..5 {
        say!("got {}", queue.get()?);
    }
    say!("{} items wait", queue.len());
    Ok(())
}
