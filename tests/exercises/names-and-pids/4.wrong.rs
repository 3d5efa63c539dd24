//! A process number that was read before the start is main's.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Process, current, say};

fn main() -> Result<()> {
    let pid = current().pid();
    say!("I am process {pid}");

    let introduce = || {
        let pid = current().pid();
        say!("I am process {pid}, my parent is {pid}");
    };
    let child = Process::new(introduce).name("child").start()?;
    child.join()?;
    say!("the child was process {}", child.pid());
    Ok(())
}
