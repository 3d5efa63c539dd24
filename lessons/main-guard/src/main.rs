//! A spawned child is the program from its first line: what only main may do stands below a guard.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::spawn::{self, Spawn};
use multiprocessing::{current, say};

fn work(number: i32) {
    say!("was sent {number}, as process {}", current().pid());
}

fn main() -> Result<()> {
    // The child comes here, too, and does not know yet that it is one: it says so as `main`.
    say!("begins at the top, as process {}", current().pid());

    // The guard: a program that was started to run `work` does so here, and never returns. One that
    // you have started goes on.
    spawn::entry(work);

    // Only the first process comes here.
    say!("is past the guard, spawns a child");
    let child = Spawn::new(work, 7).name("child").start()?;
    child.join()?;
    say!("the child has ended");
    Ok(())
}
