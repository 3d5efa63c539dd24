//! A worker is killed in the middle of its task. That task fails, and the pool goes on.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Pool, Queue, active_children, current, pause, say};

fn work(n: u32, at_work: &Queue<i32>) -> Result<u32> {
    say!("task {n} begins");
    if n == 1 {
        say!("tells main who is at it");
        at_work.put(current().pid())?;
        // Longer than anybody waits, so the signal comes in the middle of it.
        pause(Duration::from_secs(36_000));
    }
    Ok(n * n)
}

fn main() -> Result<()> {
    let at_work = Queue::unbounded()?;
    let pool = Pool::new(2, |n| work(n, &at_work))?;

    say!("gives three tasks to two workers");
    let results = [pool.apply_async(1)?, pool.apply_async(2)?, pool.apply_async(3)?];

    // Any process may be killed, by a person or by the system when memory is short.
    let victim = at_work.get()?;
    say!("kills the worker that is at task 1");
    for worker in active_children() {
        if worker.pid() == victim {
            worker.kill()?;
        }
    }

    let [killed, second, third] = results;
    say!("2 squared is {}", second.get()?);
    say!("3 squared is {}", third.get()?);
    say!("asks for the result of task 1");
    match killed.get() {
        Ok(square) => say!("1 squared is {square}"),
        Err(error) => say!("{error}"),
    }
    pool.close();
    pool.join()?;
    say!("the pool has ended");
    Ok(())
}
