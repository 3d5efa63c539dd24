//! Run a function in a child process.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Process, pause, say};

fn work() {
    say!("runs the function");
    // Only so that you can watch: no order depends on this pause.
    pause(Duration::from_millis(500));
    say!("is done");
}

fn main() -> Result<()> {
    let process = Process::new(work).name("child");
    say!("has made a process: nothing runs yet");

    let child = process.start()?;
    work();
    // Two processes run from here on. Nothing orders this line against the child's.
    say!("has started it and goes on");

    child.join()?;
    say!("the child has ended");
    Ok(())
}
