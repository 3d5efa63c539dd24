//! A worker type of your own, with a run method.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, Queue, Run, pause, say};

#[derive(Clone)]
struct Worker<'a> {
    who: &'static str,
    done: u32,
    results: &'a Queue<(String, u32)>,
}

impl Run for Worker<'_> {
    fn run(&mut self) -> Result<()> {
        say!("{} begins", self.who);
        pause(Duration::from_millis(500));
        self.done += 1;
        say!("{} ends with {} done", self.who, self.done);
        self.results.put((self.who.to_string(), self.done))?;
        Ok(())
    }
}

fn main() -> Result<()> {
    let results = Queue::unbounded()?;
    let workers = ["ann", "ben", "eve"].map(|who| Worker { who, done: 0, results: &results });
    say!("has made three workers: nothing runs yet");

    let mut children = Vec::new();
    for (i, worker) in workers.iter().enumerate() {
        let process = Process::of(worker.clone()).name(format!("worker-{}", i + 1));
        children.push(process.start()?);
    }
    say!("has started them and goes on");

    for child in &children {
        child.join()?;
    }
    for _ in &children {
        let (who, done) = results.get()?;
        say!("{who}: {done} done");
    }
    Ok(())
}
