//! Other programs as children: what goes in, what comes out, and how each of them ended.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result};
use multiprocessing::say;

fn main() -> Result<()> {
    say!("starts sort, tr and uniq, one behind the other");
    let mut sort = Command::new("sort").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = sort.stdin.take().context("sort has no input")?;
    let sorted = sort.stdout.take().context("sort has no output")?;
    // Main's copy of this end is closed behind the line: only uniq reads what sort writes.
    let mut tr =
        Command::new("tr").args(["a-z", "A-Z"]).stdin(sorted).stdout(Stdio::piped()).spawn()?;
    let large = tr.stdout.take().context("tr has no output")?;
    let uniq = Command::new("uniq").arg("-c").stdin(large).stdout(Stdio::piped()).spawn()?;

    // More than a pipe holds. A thread writes it while main reads, so no pipe stays full. It owns
    // its end of the pipe: when it has ended, sort sees the end of its input.
    let text = "pear\nfig\nplum\n".repeat(10_000);
    let writer = thread::spawn(move || input.write_all(text.as_bytes()));
    let counted = uniq.wait_with_output()?;
    writer.join().expect("it does not panic")?;

    for line in String::from_utf8(counted.stdout)?.lines() {
        say!("reads: {}", line.trim());
    }
    // Whoever is not waited for stays behind as a zombie. `wait_with_output` has waited for uniq.
    say!("sort has ended, {}", sort.wait()?);
    say!("tr has ended, {}", tr.wait()?);
    say!("uniq has ended, {}", counted.status);

    say!("asks grep for a word that is not there");
    let grep = Command::new("grep").arg("apple").stdin(Stdio::null()).status()?;
    say!("grep has ended, {grep}");

    say!("starts yes, which never ends by itself, and head behind it");
    let mut yes = Command::new("yes").stdout(Stdio::piped()).spawn()?;
    let endless = yes.stdout.take().context("yes has no output")?;
    let head = Command::new("head").args(["-n", "2"]).stdin(endless).output()?;
    say!("reads {} lines", String::from_utf8(head.stdout)?.lines().count());
    say!("head has ended, {}", head.status);
    say!("yes has ended, {}", yes.wait()?);
    Ok(())
}
