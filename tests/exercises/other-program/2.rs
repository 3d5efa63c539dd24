//! A thread writes while main reads: no pipe stays full.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result};
use multiprocessing::say;

fn main() -> Result<()> {
    let text = "pear\n".repeat(100_000);
    let mut tr = Command::new("tr")
        .args(["a-z", "A-Z"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = tr.stdin.take().context("tr has no input")?;

    say!("writes {} bytes", text.len());
    let writer = thread::spawn(move || input.write_all(text.as_bytes()));
    let output = tr.wait_with_output()?;
    writer.join().expect("it does not panic")?;
    say!("has read {} bytes", output.stdout.len());
    say!("tr has ended, {}", output.status);
    Ok(())
}
