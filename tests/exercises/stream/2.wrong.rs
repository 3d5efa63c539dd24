//! Broken: the readers acknowledge nothing. All goes well, and the server keeps every item as unfinished.
#![forbid(unsafe_code)]

use anyhow::{Context, Result};
use beyond::Server;
use multiprocessing::{Process, say};
use redis::TypedCommands;
use redis::streams::StreamReadOptions;

fn read(server: &Server, name: &str) -> Result<()> {
    let mut redis = server.connect()?;
    let options = StreamReadOptions::default().group("readers", name).count(1).block(0);
    loop {
        let reply = redis.xread_options(&["items"], &[">"], &options)?;
        let entry = reply.context("no limit was set")?.keys.remove(0).ids.remove(0);
        let number: Option<u32> = entry.get("number");
        let Some(n) = number else {
            say!("takes a pill and exits");
            return Ok(());
        };
        say!("{n} squared is {}", n * n);
        redis.xack("items", "readers", &[&entry.id])?;
    }
}

fn main() -> Result<()> {
    let server = &Server::start()?;
    let mut redis = server.connect()?;
    redis.del("items")?;
    redis.xgroup_create_mkstream("items", "readers", "0")?;
    let readers = [
        Process::new(|| read(server, "reader-1")).name("reader-1").start()?,
        Process::new(|| read(server, "reader-2")).name("reader-2").start()?,
    ];

    say!("adds 4 items, then 2 pills");
    for n in 0..4 {
        redis.xadd("items", "*", &[("number", n)])?;
    }
    for _ in &readers {
        redis.xadd("items", "*", &[("pill", "")])?;
    }
    for reader in &readers {
        reader.join()?;
    }
    let (added, pending) = (redis.xlen("items")?, redis.xpending("items", "readers")?);
    say!("{added} entries, {} pending", pending.count());
    Ok(())
}
