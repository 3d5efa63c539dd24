//! `cargo bench -p beyond`: a stream on a server of this machine beside the crate's queue.
//!
//! Per message: one process puts, another one gets. There and back: a message, and the answer to it. Each figure is
//! the median of five rounds, in which the three take turns.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use beyond::Server;
use multiprocessing::{Process, Queue};
use redis::streams::StreamReadReply;
use redis::{Connection, cmd};

const ROUNDS: usize = 5;
/// Messages in a round through the queue, and through the stream.
const MANY: u32 = 100_000;
const SOME: u32 = 1_000;
const TEXT: &str = "sixteen letters.";

fn add(redis: &mut Connection, stream: &str) -> Result<()> {
    Ok(cmd("XADD").arg(&[stream, "*", "text", TEXT]).exec(redis)?)
}

/// Delivered, and acknowledged.
fn take(redis: &mut Connection, stream: &str) -> Result<()> {
    let words = ["GROUP", "all", "me", "COUNT", "1", "BLOCK", "0", "STREAMS", stream, ">"];
    let reply: StreamReadReply = cmd("XREADGROUP").arg(&words).query(redis)?;
    let entry = reply.keys.first().and_then(|key| key.ids.first()).context("no entry")?;
    Ok(cmd("XACK").arg(&[stream, "all", &entry.id]).exec(redis)?)
}

fn by_queue() -> Result<[Duration; 2]> {
    let (there, back) = (Queue::<String>::unbounded()?, Queue::<String>::unbounded()?);
    let put = || (0..MANY).try_for_each(|_| there.put(TEXT.to_owned()));
    let begun = Instant::now();
    let child = Process::new(put).start()?;
    (0..MANY).try_for_each(|_| there.get().map(drop))?;
    let one = begun.elapsed() / MANY;
    child.join()?;
    let answer = || (0..MANY).try_for_each(|_| anyhow::Ok(back.put(there.get()?)?));
    let child = Process::new(answer).start()?;
    let begun = Instant::now();
    for _ in 0..MANY {
        there.put(TEXT.to_owned())?;
        back.get()?;
    }
    let both = begun.elapsed() / MANY;
    child.join()?;
    Ok([one, both])
}

/// `sync`: when the server has the disk keep what it was told: always, or each second.
fn by_stream(server: &Server, sync: &str) -> Result<[Duration; 2]> {
    let mut redis = server.connect()?;
    cmd("CONFIG").arg(&["SET", "appendfsync", sync]).exec(&mut redis)?;
    for stream in ["there", "back"] {
        cmd("DEL").arg(stream).exec(&mut redis)?;
        cmd("XGROUP").arg(&["CREATE", stream, "all", "0", "MKSTREAM"]).exec(&mut redis)?;
    }
    let put = || {
        let mut redis = server.connect()?;
        (0..SOME).try_for_each(|_| add(&mut redis, "there"))
    };
    let begun = Instant::now();
    let child = Process::new(put).start()?;
    (0..SOME).try_for_each(|_| take(&mut redis, "there"))?;
    let one = begun.elapsed() / SOME;
    child.join()?;
    let answer = || {
        let mut redis = server.connect()?;
        (0..SOME).try_for_each(|_| take(&mut redis, "there").and_then(|()| add(&mut redis, "back")))
    };
    let child = Process::new(answer).start()?;
    let begun = Instant::now();
    for _ in 0..SOME {
        add(&mut redis, "there")?;
        take(&mut redis, "back")?;
    }
    let both = begun.elapsed() / SOME;
    child.join()?;
    Ok([one, both])
}

fn main() -> Result<()> {
    let server = &Server::start()?;
    let mut all = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        all[0].push(by_queue()?);
        all[1].push(by_stream(server, "everysec")?);
        all[2].push(by_stream(server, "always")?);
    }
    let median = |rounds: &[[Duration; 2]], which: usize| {
        let mut times: Vec<Duration> = rounds.iter().map(|round| round[which]).collect();
        times.sort();
        times[ROUNDS / 2].as_secs_f64()
    };
    let names = ["queue", "stream, on the disk each second", "stream, on the disk always"];
    for (which, what) in ["per message", "there and back"].into_iter().enumerate() {
        println!("{what}");
        for (name, rounds) in names.iter().zip(&all) {
            let time = median(rounds, which);
            let ratio = time / median(&all[0], which);
            let (micros, a_second) = (time * 1e6, 1.0 / time);
            println!("  {name:34}{micros:10.2} µs{a_second:12.0} a second{ratio:8.0} times");
        }
    }
    Ok(())
}
