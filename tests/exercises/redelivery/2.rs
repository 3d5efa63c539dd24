//! A reader that dies between delivery and acknowledgement costs no item, but one is worked on twice.
#![forbid(unsafe_code)]

use anyhow::Result;
use beyond::Server;
use multiprocessing::{Process, Signal, raise, say};
use redis::streams::{StreamId, StreamPendingReply, StreamReadReply};
use redis::{Cmd, cmd};

fn read_one(name: &str, from: &str) -> Cmd {
    let words = ["GROUP", "readers", name, "COUNT", "1", "BLOCK", "0", "STREAMS", "items", from];
    cmd("XREADGROUP").arg(&words).take()
}

fn entry_of(reply: StreamReadReply) -> Option<StreamId> {
    reply.keys.into_iter().flat_map(|key| key.ids).next()
}

fn read(server: &Server, name: &str) -> Result<()> {
    let mut redis = server.connect()?;
    loop {
        // First what this reader was given before and has not acknowledged: `0`. Nobody needs a clock.
        let mut entry = entry_of(server.ask(&mut redis, &read_one(name, "0"))?);
        let is_again = entry.is_some();
        if !is_again {
            // Not asked twice: if the answer is lost, the entry is pending.
            entry = server.ask_once(&mut redis, &read_one(name, ">"))?.and_then(entry_of);
        }
        let Some(entry) = entry else { continue };
        let number: Option<u32> = entry.get("number");
        match number {
            Some(n) if is_again => say!("{n} squared is {}, again", n * n),
            Some(n) => say!("{n} squared is {}", n * n),
            None => say!("takes a pill and exits"),
        }
        if let Some(n) = number {
            server.ask::<usize>(&mut redis, cmd("HSET").arg("squares").arg(n).arg(n * n))?;
        }
        if number == Some(1) && !is_again {
            // The work is done, and nobody has been told.
            raise(Signal::SIGKILL)?;
        }
        server.ask::<usize>(&mut redis, cmd("XACK").arg(&["items", "readers", &entry.id]))?;
        if number.is_none() {
            return Ok(());
        }
    }
}

fn main() -> Result<()> {
    let server = &Server::start()?;
    let mut redis = server.connect()?;
    cmd("DEL").arg(&["items", "squares"]).exec(&mut redis)?;
    cmd("XGROUP").arg(&["CREATE", "items", "readers", "0", "MKSTREAM"]).exec(&mut redis)?;

    say!("adds 4 items, then 2 pills");
    let numbers = ["0", "1", "2", "3"].map(|n| ["number", n]);
    for entry in [&numbers[..], &[["pill", ""]; 2]].concat() {
        server.ask::<String>(&mut redis, cmd("XADD").arg(&["items", "*"]).arg(&entry))?;
    }
    let start = |name| Process::new(move || read(server, name)).name(name).start();
    let readers = [("reader-1", start("reader-1")?), ("reader-2", start("reader-2")?)];
    for (name, reader) in &readers {
        if !reader.join()?.success() {
            say!("{name} has died: starts it again");
            start(name)?.join()?;
        }
    }
    let pending: StreamPendingReply =
        server.ask(&mut redis, cmd("XPENDING").arg(&["items", "readers"]))?;
    say!("{} pending", pending.count());
    let squares: usize = server.ask(&mut redis, cmd("HLEN").arg("squares"))?;
    say!("{squares} squares");
    Ok(())
}
