//! When main ends, it waits for a child that nobody joined.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, current, pause, say};

fn work(last_word: &Event) -> i32 {
    say!("works");
    last_word.wait();
    say!("works on after main's last word");
    pause(Duration::from_secs(2));
    say!("is done; my parent is still process {}", current().parent_pid());
    7
}

fn main() -> Result<()> {
    let last_word = Event::new()?;
    say!("I am process {}; I start a child, and nobody joins it", current().pid());
    let child = Process::new(|| work(&last_word)).name("child").start()?;
    say!("has nothing more to do");
    last_word.set();
    std::process::exit(child.join()?.code())
}
