//! A spawned child runs the program from its first line: a guard protects what only main may do.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::spawn::{self, Spawn};
use multiprocessing::{current, pause, say};

fn work(number: i32) {
    say!("was sent {number}, as process {}", current().pid());
}

fn other(number: i32) {
    say!("was sent {number}, too");
}

fn main() -> Result<()> {
    // The child gets here too, and does not yet know that it is a child: it speaks as `main`.
    say!("begins at the top, as process {}", current().pid());

    // The guard: a program that was spawned to run `work` does so here and never returns. The one
    // that you started goes on.
    spawn::entry(work);
    spawn::entry(other);

    // Only the first process gets here.
    say!("is past the guard, spawns a child");
    let child = Spawn::new(work, 7).name("child").start()?;
    child.join()?;
    say!("the child has ended");
    Spawn::new(other, 8).name("second").start()?;
    // Long enough for one line.
    pause(Duration::from_millis(500));
    say!("the second has ended");
    Ok(())
}
