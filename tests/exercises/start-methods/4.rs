//! What a child gets: a fork gets all that main has, a fresh program only what it is sent.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use anyhow::Result;
use multiprocessing::spawn::{self, Spawn};
use multiprocessing::{Process, current, say};

static NUMBER: AtomicI64 = AtomicI64::new(10);

fn look(main: i32) {
    let parent = if current().parent_pid() == main { "main" } else { "another process" };
    say!("my number is {}, my parent is {parent}", NUMBER.load(Relaxed));
}

// A fork server: small and fresh, with nothing of main's in it. This one serves one request.
fn serve(main: i32) -> Result<()> {
    Process::new(|| look(main)).name("served").start()?.join()?;
    Ok(())
}

fn main() -> Result<()> {
    // Nothing is changed above these lines: the fresh programs run them too.
    spawn::entry(look);
    spawn::entry(serve);
    let main = current().pid();

    say!("my number is {}, changes it to 11", NUMBER.load(Relaxed));
    NUMBER.store(11, Relaxed);

    say!("fork");
    let forked = Process::new(|| look(main)).name("forked").start()?;

    say!("spawn");
    let spawned = Spawn::new(look, main).name("spawned").start()?;
    forked.join()?;
    spawned.join()?;

    say!("fork server");
    Spawn::new(serve, main).name("server").start()?.join()?;

    say!("my number is {}", NUMBER.load(Relaxed));
    Ok(())
}
