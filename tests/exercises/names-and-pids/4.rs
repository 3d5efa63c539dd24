//! A process asks for its number itself.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Process, current, say};

fn main() -> Result<()> {
    let pid = current().pid();
    say!("I am process {pid}");

    let introduce = || {
        // Asked in the child: the number is the child's.
        say!("I am process {}, my parent is {}", current().pid(), current().parent_pid());
    };
    let child = Process::new(introduce).name("child").start()?;
    child.join()?;
    say!("the child was process {}", child.pid());
    Ok(())
}
