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

struct Careful;

// `Run` has no default `run`: leave out the method, and this does not compile (E0046).
impl Run for Careful {
    fn run(&mut self) -> Result<()> {
        say!("has a run of its own");
        Ok(())
    }
}

fn main() -> Result<()> {
    say!("starts three workers, one after another");
    Forgetful.work();
    let processes = [
        Process::new(|| Forgetful.run()).name("forgetful"),
        Process::new(|| Targeted.run()).name("targeted"),
        Process::of(Careful).name("careful"),
    ];
    for process in processes {
        let child = process.start()?;
        let exit = child.join()?;
        say!("{}: exit code {}", child.name(), exit.code());
    }
    Ok(())
}
