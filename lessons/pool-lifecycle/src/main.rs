//! A pool's workers: there before the first task, gone after close and join.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Pool, active_children, current, pause, say};

fn work(n: u32) -> Result<i32> {
    say!("task {n} begins");
    pause(Duration::from_millis(300));
    say!("task {n} ends");
    Ok(current().pid())
}

fn main() -> Result<()> {
    let pool = Pool::new(2, work)?;
    let workers: Vec<i32> = active_children().iter().map(|worker| worker.pid()).collect();
    say!("{} workers, and no task yet", workers.len());

    let results = (1..=4).map(|n| pool.apply_async(n)).collect::<Result<Vec<_>, _>>()?;
    for (n, result) in (1..).zip(results) {
        let who = if workers.contains(&result.get()?) { "one of the 2" } else { "somebody else" };
        say!("task {n} was done by {who}");
    }
    say!("{} workers, and no task left", active_children().len());

    pool.close();
    pool.join()?;
    say!("after close and join: {} workers", active_children().len());
    Ok(())
}
