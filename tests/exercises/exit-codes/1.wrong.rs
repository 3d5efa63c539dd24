//! How a process ended: zero, a number, or minus a signal.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::{Result, bail};
use multiprocessing::{Process, pause, say};

// Python ignores what the function returns. Here an integer is the exit code.
fn returns() -> i32 {
    say!("returns -1");
    256
}

fn exits() {
    say!("exits with 3");
    std::process::exit(3);
}

fn fails() -> Result<()> {
    say!("reports an error");
    bail!("no such file");
}

fn crashes() {
    say!("crashes");
    panic!("this cannot be");
}

// Says nothing: the signal may arrive before it could write a line.
fn sleeps() {
    loop {
        pause(Duration::from_secs(1));
    }
}

fn main() -> Result<()> {
    say!("starts six processes");
    let children = [
        Process::new(|| say!("returns nothing")).name("ends").start()?,
        Process::new(returns).name("returns").start()?,
        Process::new(exits).name("exits").start()?,
        Process::new(fails).name("fails").start()?,
        Process::new(crashes).name("crashes").start()?,
        Process::new(sleeps).name("sleeps").start()?,
    ];

    let sleeper = &children[5];
    say!("sleeps: exit code {:?}, and is told to end", sleeper.exit());
    sleeper.terminate()?;

    // In the order of the joins, whatever order they ended in.
    for child in &children {
        say!("{}: exit code {}", child.name(), child.join()?.code());
    }
    Ok(())
}
