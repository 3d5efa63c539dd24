//! A daemon works in the background until the end of main terminates it.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, ProcessError, pause, say, state};

fn serve(begun: &Event, stop: &Event) {
    say!("begins, and would never end");
    if let Err(ProcessError::Daemon { .. }) = Process::new(|| ()).start() {
        say!("may not start a process");
    }
    begun.set();
    stop.wait();
    say!("ends");
}

fn work(last_word: &Event, daemon: i32) {
    last_word.wait();
    say!("works on after main's last word");
    while state(daemon).is_alive() {
        pause(Duration::from_millis(10));
    }
    say!("the daemon has ended");
    pause(Duration::from_secs(1));
    say!("is done");
}

fn main() -> Result<()> {
    let (begun, last_word) = (Event::new()?, Event::new()?);
    let stop = Event::new()?;
    say!("starts a daemon and a worker");
    let daemon = Process::new(|| serve(&begun, &stop)).name("daemon").daemon(true).start()?;
    let pid = daemon.pid();
    Process::new(|| work(&last_word, pid)).name("worker").start()?;

    begun.wait();
    if daemon.join_timeout(Duration::from_millis(500))?.is_none() {
        say!("has waited half a second: the daemon goes on");
    }
    stop.set();
    // Long enough for one line.
    pause(Duration::from_millis(500));
    say!("has nothing more to do");
    last_word.set();
    // After this return, main waits for the worker.
    Ok(())
}
