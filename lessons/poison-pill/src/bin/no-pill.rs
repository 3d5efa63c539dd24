//! Broken: one pill for two consumers. The other consumer waits for ever, and main waits for it.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{JoinableQueue, Process, say};

fn consume(tasks: &JoinableQueue<Option<u32>>) -> Result<()> {
    while let Some(n) = tasks.get()? {
        say!("{n} squared is {}", n * n);
        tasks.task_done()?;
    }
    say!("takes a pill and exits");
    tasks.task_done()?;
    Ok(())
}

fn main() -> Result<()> {
    let tasks = JoinableQueue::unbounded()?;
    let consumers = [
        Process::new(|| consume(&tasks)).name("consumer-1").start()?,
        Process::new(|| consume(&tasks)).name("consumer-2").start()?,
    ];
    say!("puts 2 tasks, then 1 pill");
    for n in 0..2 {
        tasks.put(Some(n))?;
    }
    tasks.put(None)?;

    tasks.join();
    say!("every task is done; joins both consumers");
    for consumer in &consumers {
        consumer.join()?;
    }
    say!("both have ended");
    Ok(())
}
