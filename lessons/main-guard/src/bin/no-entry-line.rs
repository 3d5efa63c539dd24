//! Without the guard, the child would spawn a child of its own. It is stopped at the first one.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::say;
use multiprocessing::spawn::Spawn;

fn work(number: i32) {
    say!("was sent {number}");
}

fn main() -> Result<()> {
    say!("begins at the top");

    // Here `spawn::entry(work);` is missing: the child goes on as main does.
    say!("spawns a child");
    match Spawn::new(work, 7).name("child").start() {
        Ok(child) => say!("the child has ended: {}", child.join()?),
        Err(error) => say!("{error}"),
    }
    say!("goes on without it");
    Ok(())
}
