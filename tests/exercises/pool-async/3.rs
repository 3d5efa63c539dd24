//! A pool: main hands over tasks and goes on, and a free worker takes the next.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Pool, pause, say};
use serde::{Deserialize, Serialize};

// The workers' function is fixed when they are forked, so both kinds of task share one type.
#[derive(Serialize, Deserialize)]
enum Task {
    Long(u32),
    Short(u32),
}

fn work(task: Task, go_on: &Event) -> Result<u32> {
    match task {
        Task::Long(n) => {
            say!("long task {n} begins");
            go_on.wait();
            say!("long task {n} ends");
            Ok(n * n)
        }
        Task::Short(n) => {
            say!("short task {n} begins");
            pause(Duration::from_millis(500));
            assert!(n != 5, "five is too much");
            say!("short task {n} ends");
            Ok(n * n)
        }
    }
}

fn main() -> Result<()> {
    let go_on = Event::new()?;
    let pool = Pool::new(3, |task| work(task, &go_on))?;

    say!("gives five tasks to three workers");
    let [mut long, mut short] = [vec![], vec![]];
    for n in 1..=2 {
        long.push(pool.apply_async(Task::Long(n))?);
    }
    for n in 3..=5 {
        short.push(pool.apply_async(Task::Short(n))?);
    }
    say!("goes on, and asks for the results of the short ones");
    for (n, result) in (3..).zip(short) {
        match result.get() {
            Ok(square) => say!("{n} squared is {square}"),
            Err(error) => say!("{n}: {error}"),
        }
    }

    say!("lets the long tasks end");
    go_on.set();
    for (n, result) in (1..).zip(long) {
        say!("{n} squared is {}", result.get()?);
    }
    pool.close();
    pool.join()?;
    say!("the pool has ended");
    Ok(())
}
