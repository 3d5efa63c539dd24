//! A worker that forgot its run method.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Process, Run, say};

/// What a class inherits from Python's `Process`: a `run` that calls the target, if there is one.
trait LikePython {
    fn target(&self) -> Option<fn()> {
        None
    }

    fn run(&mut self) {
        if let Some(target) = self.target() {
            target();
        }
    }
}

struct Forgetful;

#[expect(dead_code, reason = "this is the mistake: nobody calls it")]
impl Forgetful {
    fn work(&mut self) {
        say!("works");
    }
}

impl LikePython for Forgetful {}

struct Targeted;

impl LikePython for Targeted {
    fn target(&self) -> Option<fn()> {
        Some(|| say!("was given a target"))
    }
}

struct Careful {
    limit: u32,
}

// `Run` has no default `run`: leave out the method, and this does not compile (E0046).
impl Run for Careful {
    fn run(&mut self) -> Result<()> {
        say!("has a run of its own");
        for step in 1..=self.limit {
            say!("step {step} of {}", self.limit);
        }
        Ok(())
    }
}

fn main() -> Result<()> {
    say!("starts three workers, one after another");
    let processes = [
        Process::new(|| Forgetful.run()).name("forgetful"),
        Process::new(|| Targeted.run()).name("targeted"),
        Process::of(Careful { limit: 3 }).name("careful"),
    ];
    for process in processes {
        let child = process.start()?;
        let exit = child.join()?;
        say!("{}: exit code {}", child.name(), exit.code());
    }
    Ok(())
}
