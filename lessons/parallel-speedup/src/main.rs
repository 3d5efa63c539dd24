//! Two processes: when they are faster than one, and when they are not.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Queue, cpu_count, now, pause, say, yes_or_no};

fn wait() {
    pause(Duration::from_millis(500));
}

fn compute() {
    let mut n = 1_u64;
    for _ in 0..40_000_000 {
        n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    }
    black_box(n); // Nobody uses the result: without this the compiler could leave the work out.
}

fn time(work: fn()) -> Duration {
    let start = now();
    work();
    start.elapsed()
}

fn compare(what: &str, work: fn()) -> Result<()> {
    say!("{what} twice, one after the other");
    let start = now();
    let parts = time(work) + time(work);
    let serial = start.elapsed();
    say!("took {}; at least the sum of both: {}", seconds(serial), yes_or_no(serial >= parts));

    let own = Queue::unbounded()?;
    let run = || {
        say!("begins to {what}");
        let taken = time(work);
        say!("ends");
        own.put(taken)
    };
    say!("{what} in two processes");
    let start = now();
    let first = Process::new(run).name("process-1").start()?;
    let second = Process::new(run).name("process-2").start()?;
    first.join()?;
    second.join()?;
    let both = start.elapsed();
    let longer = own.get()?.max(own.get()?);
    say!("took {}; at least the longer of both: {}", seconds(both), yes_or_no(both >= longer));
    say!("faster than one after the other: {}", yes_or_no(both < serial));
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn main() -> Result<()> {
    compare("wait", wait)?;
    compare("compute", compute)?;
    say!("processors: {}", cpu_count());
    Ok(())
}
