//! Main calls run where it should start a process.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Run, active_children, say};

struct Worker {
    who: &'static str,
    done: u32,
}

impl Run for Worker {
    fn run(&mut self) -> Result<()> {
        say!("{} begins", self.who);
        self.done += 1;
        say!("{} ends with {} done", self.who, self.done);
        Ok(())
    }
}

fn main() -> Result<()> {
    let mut worker = Worker { who: "ann", done: 0 };
    say!("has made a worker");
    // A call like any other. It should be `Process::of(worker).start()?`.
    worker.run()?;
    say!("has {} children", active_children().len());
    say!("{}: {} done", worker.who, worker.done);
    Ok(())
}
