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
        // In this order: when the last task is marked, the last result is there.
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
    ];

    say!("puts 4 tasks");
    for n in 0..4 {
        tasks.put(Some(n))?;
    }
    tasks.join();
    say!("every task is done: puts 2 pills");
    // A consumer that has taken its pill takes nothing more, so there is one left for each.
    for _ in &consumers {
        tasks.put(None)?;
    }

    while let Some(result) = results.try_get()? {
        say!("result {result}");
    }
    say!("4 results");
    for consumer in &consumers {
        consumer.join()?;
    }
    Ok(())
}
