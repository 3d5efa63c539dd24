//! A run that is driven: each process stands still before each operation, and one goes on at a time.
//! So a seed is a run, a wait for ever is seen at once, and no time passes.

mod harness;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use multiprocessing::{Event, Lock, Pool, PoolError, Process, Queue, now, pause, pipe, say};

/// How a process stands, seen from outside.
enum Stands {
    /// Before an operation.
    Before(String),
    /// It waits, perhaps up to a moment of the clock.
    Waits { until: Option<u64>, what: String },
}

struct Driven {
    pid: i32,
    link: BufReader<UnixStream>,
    stands: Stands,
}

impl Driven {
    fn hears(&mut self, line: &str) {
        writeln!(self.link.get_mut(), "{line}").unwrap();
    }

    /// None: it has ended.
    fn says(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.link.read_line(&mut line).expect("within its time");
        (read > 0).then(|| line.trim_end().to_owned())
    }

    fn can_go_on(&mut self) -> bool {
        if let Stands::Before(_) = self.stands {
            return true;
        }
        self.hears("look");
        self.says().as_deref() == Some("yes")
    }

    /// Waits until it has ended for the system, too.
    fn is_gone(&self) {
        let gone = |state: char| matches!(state, 'Z' | 'X');
        while harness::Stat::of(self.pid).is_some_and(|stat| !gone(stat.state)) {
            std::thread::yield_now();
        }
    }
}

/// A whole run: what was printed, and who still waited for what at its end.
#[derive(PartialEq, Debug)]
struct Run {
    printed: String,
    stuck: Vec<String>,
    clock: Duration,
}

/// A small conductor: of those who can go on, the seed chooses.
fn drive(program: &str, mut seed: u64) -> Run {
    let path = std::env::temp_dir().join(format!("driven-{}-{seed}", std::process::id()));
    let socket = UnixListener::bind(&path).unwrap();
    let mut command: Command = harness::program(program);
    let mut main = command.env("LESSON_CONDUCTOR", &path).stdout(Stdio::piped()).spawn().unwrap();
    let mut all: BTreeMap<String, Driven> = BTreeMap::new();
    let meet = |all: &mut BTreeMap<String, Driven>| {
        let (stream, _) = socket.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let stands = Stands::Before("hello".into());
        let mut new = Driven { pid: 0, link: BufReader::new(stream), stands };
        let hello = new.says().unwrap();
        let [_, pid, place, _] = hello.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{hello}")
        };
        new.pid = pid.parse().unwrap();
        all.insert(place.to_owned(), new);
    };
    meet(&mut all);
    let mut clock = 0;
    while !all.is_empty() {
        let mut free: Vec<String> = Vec::new();
        for (place, one) in &mut all {
            if one.can_go_on() {
                free.push(place.clone());
            }
        }
        if free.is_empty() {
            // Time passes only when nobody can go on.
            let until = |one: &Driven| match one.stands {
                Stands::Waits { until, .. } => until,
                Stands::Before(_) => None,
            };
            let next = all.iter().filter_map(|(place, one)| Some((until(one)?, place))).min();
            let Some((until, place)) = next else { break };
            clock = until.max(clock);
            free.push(place.clone());
        }
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let chosen = free[(seed >> 33) as usize % free.len()].clone();
        let mut running = all.remove(&chosen).unwrap();
        running.hears(&format!("go {clock}"));
        loop {
            let Some(line) = running.says() else {
                running.is_gone();
                break;
            };
            if line.starts_with("about") {
                running.stands = Stands::Before(line);
            } else if let Some(wait) = line.strip_prefix("waits ") {
                let (until, what) = wait.split_once(' ').unwrap();
                running.stands = Stands::Waits { until: until.parse().ok(), what: what.to_owned() };
            } else {
                if line.contains("Start {") {
                    meet(&mut all);
                }
                // No program here handles a signal or refuses it.
                if let Some((_, target)) = line.split_once("Signal { target: ") {
                    let pid: i32 = target.split(',').next().unwrap().parse().unwrap();
                    all.values().filter(|one| one.pid == pid).for_each(Driven::is_gone);
                    all.retain(|_, one| one.pid != pid);
                }
                continue;
            }
            all.insert(chosen, running);
            break;
        }
    }
    std::fs::remove_file(&path).unwrap();
    let stuck = all.iter().map(|(place, one)| match &one.stands {
        Stands::Waits { what, .. } => format!("{place} waits: {what}"),
        Stands::Before(what) => format!("{place}: {what}"),
    });
    let stuck = stuck.collect();
    // Without a conductor they end.
    drop(all);
    let mut printed = String::new();
    main.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    main.wait().unwrap();
    Run { printed, stuck, clock: Duration::from_nanos(clock) }
}

/// Program: who gets what, and when?
fn two_readers() {
    let queue = Queue::<u32>::unbounded().unwrap();
    let writer = Process::new(|| (0..4).for_each(|i| queue.put(i).unwrap())).start().unwrap();
    let read = || {
        for _ in 0..2 {
            say!("got {}", queue.get().unwrap());
        }
    };
    let readers = ["a", "b"].map(|name| Process::new(read).name(name).start().unwrap());
    writer.join().unwrap();
    readers.iter().for_each(|reader| assert!(reader.join().unwrap().success()));
    say!("all was read");
}

fn a_seed_is_a_run() {
    let mut seen = BTreeMap::new();
    for seed in 0..40 {
        let run = drive("two_readers", seed);
        assert_eq!(run.stuck, [""; 0]);
        assert_eq!(run.printed.lines().count(), 5);
        assert_eq!(drive("two_readers", seed), run, "seed {seed}");
        *seen.entry(run.printed).or_insert(0) += 1;
    }
    println!("{} different runs with 40 seeds", seen.len());
    assert!(seen.len() > 10);
}

/// Program: each has what the other wants, in some orders.
fn two_locks() {
    let (one, other) = (Lock::new().unwrap(), Lock::new().unwrap());
    let both = |first: &Lock, second: &Lock| {
        let _first = first.lock().unwrap();
        let _second = second.lock().unwrap();
    };
    let a = Process::new(|| both(&one, &other)).start().unwrap();
    let b = Process::new(|| both(&other, &one)).start().unwrap();
    a.join().unwrap();
    b.join().unwrap();
}

fn a_deadlock_is_seen_at_once() {
    let began = Instant::now();
    let runs: Vec<Run> = (0..20).map(|seed| drive("two_locks", seed)).collect();
    let stuck: Vec<&Run> = runs.iter().filter(|run| !run.stuck.is_empty()).collect();
    println!("{} of 20 stand still, {:?} for all", stuck.len(), began.elapsed());
    assert!((1..20).contains(&stuck.len()));
    for run in stuck {
        assert!(run.stuck[0].starts_with("1 waits: "), "{run:?}");
        assert!(run.stuck.iter().filter(|one| one.contains("Lock(")).count() == 2, "{run:?}");
        assert!(run.stuck[2].starts_with("main waits: 0 End("), "{run:?}");
    }
}

/// Program: waits long, in every way that ends by itself.
fn long_waits() {
    let began = now();
    let hour = Duration::from_secs(3600);
    let (queue, event) = (Queue::<u32>::unbounded().unwrap(), Event::new().unwrap());
    let (ours, theirs) = pipe::<u32>().unwrap();
    pause(hour);
    assert!(queue.get_timeout(hour).unwrap().is_none());
    assert!(!event.wait_timeout(hour));
    assert!(ours.recv_timeout(hour).unwrap().is_none());
    let sleeper = Process::new(|| pause(3 * hour)).start().unwrap();
    assert!(sleeper.join_timeout(hour).unwrap().is_none());
    sleeper.join().unwrap();
    drop(theirs);
    say!("{} hours", began.elapsed().as_secs() / 3600);
}

fn time_passes_when_nobody_can_go_on() {
    let began = Instant::now();
    let run = drive("long_waits", 1);
    assert_eq!((run.printed.as_str(), run.stuck.len()), ("main       | 7 hours\n", 0));
    assert_eq!(run.clock.as_secs(), 7 * 3600);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

/// Program: a pool, whose workers wait for tasks and end when they are told to.
fn pool() {
    let pool = Pool::new(2, |n: u32| Ok(n * n)).unwrap();
    assert_eq!(pool.map_chunked(0..4, 1).unwrap(), [0, 1, 4, 9]);
    pool.close();
    pool.join().unwrap();
    say!("done");
}

fn a_pool_is_driven() {
    for seed in 0..10 {
        let run = drive("pool", seed);
        assert_eq!((run.printed.as_str(), run.stuck.as_slice()), ("main       | done\n", &[][..]));
    }
}

/// Program: the worker dies at its task, and another one does the next.
fn a_worker_dies() {
    let pool = Pool::new(1, |n: u32| match n {
        0 => std::process::abort(),
        n => Ok(n),
    });
    let pool = pool.unwrap();
    assert!(matches!(pool.apply(0), Err(PoolError::WorkerDied(_))));
    say!("{}", pool.apply(7).unwrap());
}

fn a_dead_worker_is_replaced() {
    for seed in 0..10 {
        let run = drive("a_worker_dies", seed);
        assert_eq!((run.printed.as_str(), run.stuck.as_slice()), ("main       | 7\n", &[][..]));
    }
}

/// Program: the holder of a lock dies with it, killed while it waits.
fn a_holder_dies() {
    let (lock, ready, never) = (Lock::new().unwrap(), Event::new().unwrap(), Event::new().unwrap());
    let hold = || {
        let _held = lock.lock().unwrap();
        ready.set();
        never.wait();
    };
    let holder = Process::new(hold).start().unwrap();
    ready.wait();
    holder.kill().unwrap();
    say!("{}", lock.lock().is_err());
    holder.join().unwrap();
}

fn a_dead_holder_is_seen() {
    for seed in 0..10 {
        let run = drive("a_holder_dies", seed);
        assert_eq!((run.printed.as_str(), run.stuck.as_slice()), ("main       | true\n", &[][..]));
    }
}

fn main() {
    harness::run_within(
        Duration::from_secs(60),
        harness::cases![
            a_seed_is_a_run,
            a_deadlock_is_seen_at_once,
            time_passes_when_nobody_can_go_on,
            a_pool_is_driven,
            a_dead_worker_is_replaced,
            a_dead_holder_is_seen
        ],
        harness::cases![two_readers, two_locks, long_waits, pool, a_worker_dies, a_holder_dies],
    );
}
