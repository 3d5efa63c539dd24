//! A worker type of your own, with a run method.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Run, pause, say};

#[derive(Clone)]
struct Worker {
    who: &'static str,
    done: u32,
}

impl Run for Worker {
    fn run(&mut self) -> Result<()> {
        say!("{} begins", self.who);
        pause(Duration::from_millis(500));
        self.done += 1;
        say!("{} ends with {} done", self.who, self.done);
        Ok(())
    }
}

fn main() -> Result<()> {
    let workers = ["ann", "ben", "eve"].map(|who| Worker { who, done: 0 });
    say!("has made three workers: nothing runs yet");

    let mut children = Vec::new();
    for worker in &workers {
        // A clone: the process takes its worker, and main still needs the original below.
        let child = Process::of(worker.clone()).start()?;
        child.join()?;
        children.push(child);
    }
    say!("has started them and goes on");

    for child in &children {
        child.join()?;
    }
    for worker in &workers {
        say!("{}: {} done", worker.who, worker.done);
    }
    Ok(())
}
