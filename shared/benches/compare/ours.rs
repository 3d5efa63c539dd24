//! This crate's side of the comparison. Each function has its twin in `cpython.py`.

use std::fs;
use std::time::{Duration, Instant};

use multiprocessing::{
    Array, Barrier, Bytes, Condition, Event, Lock, PipeEnd, Pool, Process, Queue, Ready, Value,
    pipe, wait,
};

/// The typed message: two numbers that take eight bytes each when encoded.
pub const PAIR: (u64, u64) = (1 << 55, 1 << 55);

/// A queue of large messages is limited to as many bytes.
const IN_FLIGHT: usize = 4 << 20;

pub fn run(what: &str, size: usize, n: usize) -> anyhow::Result<f64> {
    match what {
        "start" => start(size, n),
        "first" => first(size, n),
        "stream" if size == 16 => {
            let queue = Queue::unbounded()?;
            crew(n, &[&|| queue.put(PAIR).unwrap(), &|| _ = queue.get().unwrap()])
        }
        "stream" => {
            let queue = Queue::<Bytes>::bounded(IN_FLIGHT / size)?;
            let message = Bytes::from(vec![0; size]);
            crew(n, &[&|| queue.put(&message).unwrap(), &|| _ = queue.get().unwrap()])
        }
        "two_to_two" => {
            let queue = Queue::unbounded()?;
            let (put, get) = (|| queue.put(PAIR).unwrap(), || _ = queue.get().unwrap());
            Ok(crew(n / 2, &[&put, &put, &get, &get])? / 2.0)
        }
        "ping_pong" => ping_pong(n),
        "reply" => reply(n),
        "lock" => {
            let lock = Lock::new()?;
            let turn = || drop(lock.lock().unwrap());
            Ok(crew(n / size, &vec![&turn as &dyn Fn(); size])? / size as f64)
        }
        "barrier" => {
            let barrier = Barrier::new(u32::try_from(size)?)?;
            let meet = || barrier.wait().unwrap();
            crew(n, &vec![&meet as &dyn Fn(); size])
        }
        "condition" => condition(n),
        "pool_map" => pool_map(size, n),
        "imap_unordered" => imap_unordered(n),
        "array_add" => {
            let (array, mut place) = (Array::new(&vec![0u64; size])?, 0);
            timed(n, || {
                place = (place + 1) % size;
                array.fetch_add(place, 1);
                Ok(())
            })
        }
        "array_sum" => {
            let array = Array::new(&vec![1u64; size])?;
            timed(n, || {
                assert_eq!(array.iter().sum::<u64>(), size as u64);
                Ok(())
            })
        }
        "deep" => deep(size, n),
        "memory" => memory(size, false),
        "drained" => memory(size, true),
        _ => anyhow::bail!("no benchmark `{what}`"),
    }
}

/// One process for each of `works`, which it does `n` times: nanoseconds from go to the last.
pub fn crew(n: usize, works: &[&dyn Fn()]) -> anyhow::Result<f64> {
    let rounds = [(n / 10, Event::new()?), (n, Event::new()?)]; // the first one warms up
    let done = Queue::unbounded()?;
    let mut members = Vec::new();
    for work in works {
        let member = || {
            for (times, go) in &rounds {
                go.wait();
                (0..*times).for_each(|_| work());
                done.put(()).unwrap();
            }
        };
        members.push(Process::new(member).start()?);
    }
    let mut took = 0.0;
    for (_, go) in &rounds {
        let began = Instant::now();
        go.set();
        for _ in &members {
            done.get()?;
        }
        took = began.elapsed().as_nanos() as f64;
    }
    for member in members {
        member.join()?;
    }
    Ok(took / n as f64)
}

pub fn timed(n: usize, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    for _ in 0..n / 10 {
        work()?;
    }
    let began = Instant::now();
    for _ in 0..n {
        work()?;
    }
    Ok(began.elapsed().as_nanos() as f64 / n as f64)
}

/// Beside `live` children that sleep.
fn start(live: usize, n: usize) -> anyhow::Result<f64> {
    beside(live, || {
        timed(n, || {
            Process::new(|| ()).start()?.join()?;
            Ok(())
        })
    })
}

/// What `measure` says while `live` children sleep.
pub fn beside<R>(live: usize, measure: impl FnOnce() -> R) -> R {
    let sleep = || std::thread::sleep(std::time::Duration::from_secs(600));
    let others: Vec<_> = (0..live).map(|_| Process::new(sleep).start().unwrap()).collect();
    let said = measure();
    for child in others {
        child.kill().and_then(|_| child.join()).unwrap();
    }
    said
}

/// From the death of one to the knowledge of it, beside `live` others that might have died.
fn first(live: usize, n: usize) -> anyhow::Result<f64> {
    let sleep = || std::thread::sleep(Duration::from_secs(600));
    let mut all: Vec<_> =
        (0..live).map(|_| Process::new(sleep).start()).collect::<Result<_, _>>()?;
    let mut took = Duration::ZERO;
    for _ in 0..n {
        let victim = Process::new(sleep).start()?;
        std::thread::sleep(Duration::from_millis(1));
        all.push(victim.clone());
        let list: Vec<&dyn Ready> = all.iter().map(|child| child as _).collect();
        let began = Instant::now();
        victim.kill()?;
        wait(&list)?;
        took += began.elapsed();
        all.pop();
        victim.join()?;
    }
    for child in all {
        child.kill().and_then(|_| child.join())?;
    }
    Ok(took.as_nanos() as f64 / n as f64)
}

fn ping_pong(n: usize) -> anyhow::Result<f64> {
    let (there, back) = (Queue::<(u64, u64)>::unbounded()?, Queue::<(u64, u64)>::unbounded()?);
    let echo = || {
        loop {
            back.put(there.get().unwrap()).unwrap();
        }
    };
    let child = Process::new(|| -> () { echo() }).start()?;
    let took = timed(n, || {
        there.put(PAIR)?;
        back.get()?;
        Ok(())
    });
    child.kill()?;
    child.join()?;
    took
}

/// A turn that two processes pass to each other.
fn condition(n: usize) -> anyhow::Result<f64> {
    let (lock, changed, turn) = (Lock::new()?, Condition::new()?, Value::new(0)?);
    let pass = |mine: u32, next: u32| {
        let mut held = lock.lock().unwrap();
        while turn.get() != mine {
            held = changed.wait(held).unwrap();
        }
        turn.set(next);
        changed.notify_one();
    };
    crew(n, &[&|| pass(0, 1), &|| pass(1, 0)])
}

/// Each question brings along the end of a new pipe, on which its answer comes.
fn reply(n: usize) -> anyhow::Result<f64> {
    let (server, requests) = pipe::<(u64, PipeEnd<u64>)>()?;
    let child = Process::new(move || {
        while let Ok((question, reply)) = requests.recv() {
            reply.send(question + 1).unwrap();
        }
    });
    let child = child.start()?;
    let took = timed(n, || {
        let (answer, reply) = pipe()?;
        server.send((7, reply))?;
        anyhow::ensure!(answer.recv()? == 8);
        Ok(())
    });
    drop(server);
    child.join()?;
    took
}

/// Chunk 0 is the default.
fn pool_map(chunk: usize, n: usize) -> anyhow::Result<f64> {
    let pool = Pool::new(2, |x: u64| Ok(x * x))?;
    let map = |n: usize| match chunk {
        0 => pool.map(0..n as u64),
        _ => pool.map_chunked(0..n as u64, chunk),
    };
    map(n / 10)?;
    let began = Instant::now();
    map(n)?;
    Ok(began.elapsed().as_nanos() as f64 / n as f64)
}

fn imap_unordered(n: usize) -> anyhow::Result<f64> {
    let pool = Pool::new(2, |x: u64| Ok(x * x))?;
    let sum = |n: usize| pool.imap_unordered(0..n as u64).sum::<Result<u64, _>>();
    sum(n / 10)?;
    let began = Instant::now();
    sum(n)?;
    Ok(began.elapsed().as_nanos() as f64 / n as f64)
}

/// A put and a get while `waiting` messages wait.
fn deep(waiting: usize, n: usize) -> anyhow::Result<f64> {
    let queue = Queue::unbounded()?;
    for _ in 0..waiting {
        queue.put(PAIR)?;
    }
    timed(n, || {
        queue.put(PAIR)?;
        queue.get()?;
        Ok(())
    })
}

/// How many bytes `waiting` messages occupy; with `drain`, how many they leave behind.
fn memory(waiting: usize, drain: bool) -> anyhow::Result<f64> {
    let queue = Queue::unbounded()?;
    queue.put(PAIR)?;
    queue.get()?;
    let before = resident()?;
    for _ in 0..waiting {
        queue.put(PAIR)?;
    }
    while drain && queue.try_get()?.is_some() {}
    Ok(resident()?.saturating_sub(before) as f64)
}

/// The memory of this process, what it shares with others included.
fn resident() -> anyhow::Result<u64> {
    let mut bytes = 0;
    for line in fs::read_to_string("/proc/self/status")?.lines() {
        let mut words = line.split_whitespace();
        if let Some("RssAnon:" | "RssShmem:") = words.next() {
            bytes += words.next().unwrap_or_default().parse::<u64>()? * 1024;
        }
    }
    Ok(bytes)
}
