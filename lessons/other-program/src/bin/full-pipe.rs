//! Broken: main writes everything before it reads anything. Both sides wait for ever.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::{Command, Stdio};

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
    // tr writes as it reads. When nobody takes what it writes, it reads no more.
    input.write_all(text.as_bytes())?;
    drop(input);

    let output = tr.wait_with_output()?;
    say!("has read {} bytes", output.stdout.len());
    say!("tr has ended, {}", output.status);
    Ok(())
}
