//! A pool from its first worker to its last: close and join, or terminate.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Pool, active_children, current, pause, say};

fn work(n: u32) -> Result<(u32, i32)> {
    say!("task {n} begins");
    pause(Duration::from_millis(300));
    say!("task {n} ends");
    Ok((n * n, current().pid()))
}

fn work_for_ever(begun: &Event) -> Result<()> {
    say!("an endless task begins");
    begun.set();
    loop {
        pause(Duration::from_secs(1));
    }
}

fn main() -> Result<()> {
    let pool = Pool::new(2, work)?;
    let workers: Vec<i32> = active_children().iter().map(|worker| worker.pid()).collect();
    say!("{} workers, and no task yet", workers.len());

    say!("gives four tasks");
    let results = (1..=4).map(|n| pool.apply_async(n)).collect::<Result<Vec<_>, _>>()?;
    let mut by_them = 0;
    for result in results {
        let (square, pid) = result.get()?;
        say!("a result: {square}");
        by_them += u32::from(workers.contains(&pid));
    }
    say!("{by_them} of 4 tasks were done by the first 2 workers");

    pool.close();
    if let Err(error) = pool.apply_async(5) {
        say!("after close: {error}");
    }
    pool.join()?;
    say!("after join: {} workers", active_children().len());

    let begun = Event::new()?;
    say!("makes another pool, of 1 worker");
    let pool = Pool::new(1, |()| work_for_ever(&begun))?;
    let endless = pool.apply_async(())?;
    begun.wait();
    say!("terminates it");
    pool.terminate()?;
    say!("after terminate: {} workers", active_children().len());
    if let Err(error) = endless.get() {
        say!("{error}");
    }
    Ok(())
}
