//! Broken: one of the three gives up on its way. The others wait for it forever.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Barrier, Process, say};

fn run(bridge: &Barrier) -> Result<()> {
    say!("has run leg 1");
    bridge.wait()?;
    say!("goes home");
    Ok(())
}

fn main() -> Result<()> {
    let bridge = Barrier::new(3)?;
    say!("three runners, one leg");
    let runners = [
        Process::new(|| run(&bridge)).name("runner-1").start()?,
        Process::new(|| run(&bridge)).name("runner-2").start()?,
        // It ends, and the barrier does not know that it would have come.
        Process::new(|| say!("gives up")).name("runner-3").start()?,
    ];
    for runner in &runners {
        runner.join()?;
    }
    say!("all are home");
    Ok(())
}
