//! How a process ended: zero, a number, or minus a signal.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::{Result, bail};
use multiprocessing::{Process, pause, say};

fn ends() {
    say!("returns nothing");
}

// Python ignores what the function returns. Here an integer is the exit code.
fn returns() -> i32 {
    say!("returns 3");
    3
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

// Says nothing: the signal may arrive before a line could be written.
fn sleeps() {
    loop {
        pause(Duration::from_secs(1));
    }
}

fn main() -> Result<()> {
    say!("starts six processes");
    let children = [
        Process::new(ends).name("ends").start()?,
        Process::new(returns).name("returns").start()?,
        Process::new(exits).name("exits").start()?,
        Process::new(fails).name("fails").start()?,
        Process::new(crashes).name("crashes").start()?,
        Process::new(sleeps).name("sleeps").start()?,
    ];

    let sleeper = &children[5];
    let while_it_ran = sleeper.exit();
    sleeper.terminate()?;
    if while_it_ran.is_none() {
        say!("sleeps: no exit code while it ran");
    }

    // In the order of the joins, whatever the order in which they ended.
    for child in &children {
        say!("{}: exit code {}", child.name(), child.join()?.code());
    }
    Ok(())
}
