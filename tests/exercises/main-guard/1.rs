//! A spawned child runs the program from its first line: a guard protects what only main may do.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::spawn::{self, Spawn};
use multiprocessing::{current, say};

fn work(number: i32) {
    say!("was sent {number}, as process {}", current().pid());
}

fn main() -> Result<()> {
    // The child gets here too, and does not yet know that it is a child: it speaks as `main`.
    say!("begins at the top, as process {}", current().pid());

    say!("is past the guard, spawns a child");

    // The guard: a program that was spawned to run `work` does so here and never returns. The one
    // that you started goes on.
    spawn::entry(work);

    // Only the first process gets here.
    let child = Spawn::new(work, 7).name("child").start()?;
    child.join()?;
    say!("the child has ended");
    Ok(())
}
