//! Nobody goes on before all are there.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Barrier, Process, pause, say};

fn run(bridge: &Barrier, tenths: u64) -> Result<()> {
    for leg in 1..=2 {
        pause(Duration::from_millis(100 * tenths));
        // Said before it arrives, because after that the others may be faster than this line.
        say!("has run leg {leg}");
        bridge.wait()?;
    }
    say!("goes home");
    Ok(())
}

fn main() -> Result<()> {
    // The barrier counts those who come. It does not know who they are.
    let bridge = Barrier::new(4)?;
    say!("three runners, two legs");
    let runners = [
        Process::new(|| run(&bridge, 1)).name("runner-1").start()?,
        Process::new(|| run(&bridge, 3)).name("runner-2").start()?,
        Process::new(|| run(&bridge, 5)).name("runner-3").start()?,
    ];
    for leg in 1..=2 {
        bridge.wait()?;
        say!("leg {leg} is over");
    }
    for runner in &runners {
        runner.join()?;
    }
    say!("all are home");
    Ok(())
}
