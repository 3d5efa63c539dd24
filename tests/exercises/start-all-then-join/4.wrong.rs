//! Start all, then join all: they run at the same time.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, now, pause, say, yes_or_no};

const WORK: Duration = Duration::from_millis(500);

fn meet(mine: &Event, others: &Event) {
    say!("begins");
    mine.set();
    // Returns only if the other one has begun before this one has ended.
    others.wait();
    pause(WORK);
    say!("ends");
}

fn work() {
    say!("begins");
    pause(WORK);
    say!("ends");
}

fn main() -> Result<()> {
    let (one, two) = (Event::new()?, Event::new()?);

    say!("starts both, then joins both");
    let begin = now();
    let first = Process::new(|| meet(&one, &two)).name("pair-1").start()?;
    let second = Process::new(|| meet(&two, &one)).name("pair-2").start()?;
    second.join()?;
    say!("pair-1 has ended");
    first.join()?;
    let together = begin.elapsed();

    say!("starts one, joins it, and only then starts the other");
    let begin = now();
    let first = Process::new(work).name("lone-1").start()?;
    first.join()?;
    say!("the first has ended");
    let second = Process::new(work).name("lone-2").start()?;
    second.join()?;
    let in_turn = begin.elapsed();

    // Expected, not certain: on a busy computer the pair may get too little time.
    say!("the pair took less time: {}", yes_or_no(together < in_turn));
    Ok(())
}
