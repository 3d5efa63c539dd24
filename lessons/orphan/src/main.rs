//! A process whose parent dies goes on, under another parent.
#![forbid(unsafe_code)]

use std::fs;
use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Queue, Signal, current, pause, say};
use nix::sys::signal::raise;

const MOMENT: Duration = Duration::from_millis(10);

/// Linux's letter for a process: R running, S sleeping, Z ended but not joined; - if it is gone.
fn state(pid: i32) -> char {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").and_then(|(_, state)| state.chars().next()).unwrap_or('-')
}

fn work(pids: &Queue<i32>) -> Result<()> {
    let parent = current().parent_pid();
    say!("my parent is process {parent}");
    pids.put(current().pid())?;
    // Nobody tells an orphan: it has to look.
    while current().parent_pid() == parent {
        pause(MOMENT);
    }
    say!("my parent is now process {}", current().parent_pid());
    pause(Duration::from_secs(1));
    say!("has finished its work");
    Ok(())
}

fn outer(pids: &Queue<i32>) -> Result<()> {
    say!("I am process {} and start inner", current().pid());
    Process::new(|| work(pids)).name("inner").start()?.join()?;
    Ok(())
}

fn main() -> Result<()> {
    say!("I am process {}; I start outer, to terminate it", current().pid());
    let pids = Queue::unbounded()?;

    let outer = Process::new(|| outer(&pids)).name("outer").start()?;
    let inner = pids.get()?;
    outer.terminate()?;
    // Not is_alive(): it would collect the exit code and so remove the zombie.
    while !matches!(state(outer.pid()), 'Z' | '-') {
        pause(MOMENT);
    }
    say!("outer has ended: state {}", state(outer.pid()));
    outer.join()?;
    say!("outer is joined: state {}", state(outer.pid()));
    // Main cannot join its grandchild: it has to look, too.
    while !matches!(state(inner), 'Z' | '-') {
        pause(MOMENT);
    }
    say!("inner has ended by itself");

    let child = Process::new(|| work(&pids)).name("child").start()?;
    pids.get()?;
    say!("kills itself while {} works", child.name());
    raise(Signal::SIGKILL)?;
    Ok(())
}
