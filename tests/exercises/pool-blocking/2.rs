//! apply hands over one task and waits: it blocks the caller, not the pool.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Pool, pause, say};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Task {
    Square(u32),
    Wait,
}

fn work(task: Task, go_on: &Event) -> Result<u32> {
    match task {
        Task::Square(n) => {
            say!("task {n} begins");
            pause(Duration::from_millis(500));
            say!("task {n} ends");
            Ok(n * n)
        }
        Task::Wait => {
            say!("the long task begins");
            go_on.wait();
            say!("the long task ends");
            Ok(0)
        }
    }
}

fn main() -> Result<()> {
    let go_on = Event::new()?;
    let pool = Pool::new(3, |task| work(task, &go_on))?;

    let mut results = vec![];
    for n in 1..=2 {
        say!("gives task {n}");
        results.push(pool.apply_async(Task::Square(n))?);
    }
    for (n, result) in (1..).zip(results) {
        say!("{n} squared is {}", result.get()?);
    }

    say!("gives a long task and does not wait");
    let long = pool.apply_async(Task::Wait)?;
    say!("gives task 5 and waits");
    let square = pool.apply(Task::Square(5))?;
    say!("5 squared is {square}");

    say!("lets the long task end");
    go_on.set();
    long.get()?;
    pool.close();
    pool.join()?;
    say!("the pool has ended");
    Ok(())
}
