//! A server keeps the items, and each until it is acknowledged.
#![forbid(unsafe_code)]

use std::env;
use std::time::Duration;

use anyhow::{Context, Result};
use beyond::Server;
use multiprocessing::{Process, pause, say};
use redis::TypedCommands;
use redis::streams::StreamReadOptions;

const READERS: [&str; 3] = ["reader-1", "reader-2", "reader-3"];

fn read(server: &Server, name: &str) -> Result<()> {
    // Each reader has a connection of its own: two that shared one would read each other's answers.
    let mut redis = server.connect()?;
    let options = StreamReadOptions::default().group("readers", name).count(1).block(0);
    loop {
        // `>` is what the group was not given yet. The entry is this reader's now, and still there.
        let reply = redis.xread_options(&["items"], &[">"], &options)?;
        let entry = reply.context("no limit was set")?.keys.remove(0).ids.remove(0);
        let number: Option<u32> = entry.get("number");
        if let Some(n) = number {
            pause(Duration::from_millis(300));
            say!("{n} squared is {}", n * n);
        } else {
            say!("takes a pill and exits");
        }
        redis.xack("items", "readers", &[&entry.id])?;
        if number.is_none() {
            return Ok(());
        }
    }
}

fn main() -> Result<()> {
    let server = &Server::start()?;
    // Those named after the command work on this machine; without names, all do.
    let named: Vec<String> = env::args().skip(1).collect();
    let is_here = |name: &&str| named.is_empty() || named.iter().any(|other| other == name);
    let mut redis = server.connect()?;
    if is_here(&"main") {
        redis.del("items")?;
        redis.xgroup_create_mkstream("items", "readers", "0")?;
    }
    let start = |name| Process::new(move || read(server, name)).name(name).start();
    let readers = READERS.into_iter().filter(is_here).map(start).collect::<Result<Vec<_>, _>>()?;

    if is_here(&"main") {
        say!("adds 2 items, then 3 pills");
        for n in 0..2 {
            redis.xadd("items", "*", &[("number", n)])?;
        }
        redis.xadd("items", "*", &[("pill", "")])?;
    }
    readers.iter().try_for_each(|reader| reader.join().map(drop))?;
    if named.is_empty() {
        let (added, pending) = (redis.xlen("items")?, redis.xpending("items", "readers")?);
        say!("{added} entries, {} pending", pending.count());
    }
    Ok(())
}
