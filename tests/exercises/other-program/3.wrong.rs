//! The process of its own is forked first, when there is no pipe yet.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use multiprocessing::{Event, Process, say};

fn main() -> Result<()> {
    say!("starts sort, and a process of its own");
    let end = Event::new()?;
    let mut sort = Command::new("sort").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = sort.stdin.take().context("sort has no input")?;
    // A fork copies all descriptors. Only a program that is executed has them closed.
    let helper = Process::new(|| {
        say!("helps until it is told to end");
        end.wait();
    })
    .name("helper")
    .start()?;

    say!("writes 3 words, closes its end, and reads");
    input.write_all(b"pear\nfig\nplum\n")?;
    drop(input);
    let sorted = sort.wait_with_output()?;
    for word in String::from_utf8(sorted.stdout)?.lines() {
        say!("reads: {word}");
    }

    say!("tells the helper to end");
    end.set();
    helper.join()?;
    say!("the helper has ended");
    Ok(())
}
