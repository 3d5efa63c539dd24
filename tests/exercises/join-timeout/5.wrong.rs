//! Join with a time limit ends the wait, not the child.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Child, Event, Process, now, pause, say, yes_or_no};

fn count(go_on: &Event) {
    say!("item 0");
    // This makes certain that it has not ended when main's first limit is up.
    go_on.wait();
    say!("item 1");
}

fn join_for(child: &Child, limit: Duration) -> Result<()> {
    let begin = now();
    let exit = child.join_timeout(limit)?;
    let waited = begin.elapsed();
    say!("the child has ended: {}", yes_or_no(exit.is_some()));
    say!("waited for the whole limit: {}", yes_or_no(waited >= limit));
    Ok(())
}

fn main() -> Result<()> {
    let go_on = Event::new()?;
    say!("starts a child that waits for main");
    let child = Process::new(|| count(&go_on)).name("child").start()?;

    // The time that passes here does not count: the limit starts with the join.
    pause(Duration::from_millis(200));
    say!("joins it for at most 0.3 s");
    join_for(&child, Duration::from_millis(300))?;

    say!("terminates it, and joins it for at most 60 s");
    go_on.set();
    child.terminate()?;
    join_for(&child, Duration::from_secs(60))?;
    Ok(())
}
