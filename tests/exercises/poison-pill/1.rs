//! One pill for each consumer ends them all, and nothing is lost.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{JoinableQueue, Process, Queue, pause, say};

// None is the pill.
type Task = Option<u32>;

fn consume(tasks: &JoinableQueue<Task>, results: &Queue<u32>) -> Result<()> {
    while let Some(n) = tasks.get()? {
        pause(Duration::from_millis(300));
        say!("{n} squared is {}", n * n);
        // The order of these two does not matter here: main waits for each result with `get`.
        results.put(n * n)?;
        tasks.task_done()?;
    }
    say!("takes a pill and exits");
    tasks.task_done()?;
    Ok(())
}

fn main() -> Result<()> {
    let tasks = JoinableQueue::unbounded()?;
    let results = Queue::unbounded()?;
    let consumers = [
        Process::new(|| consume(&tasks, &results)).name("consumer-1").start()?,
        Process::new(|| consume(&tasks, &results)).name("consumer-2").start()?,
        Process::new(|| consume(&tasks, &results)).name("consumer-3").start()?,
    ];

    say!("puts 2 tasks, then 3 pills");
    for n in 0..2 {
        tasks.put(Some(n))?;
    }
    // A consumer that has taken its pill takes nothing more, so there is one left for each.
    for _ in &consumers {
        tasks.put(None)?;
    }

    tasks.join();
    say!("every task is done");
    for _ in 0..2 {
        say!("result {}", results.get()?);
    }
    say!("2 results");
    for consumer in &consumers {
        consumer.join()?;
    }
    Ok(())
}
