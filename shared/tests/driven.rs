//! A run that is driven: each process stands still before each operation, and one goes on at a time.
//! So a seed is a run, a wait for ever is seen at once, and no time passes.

mod harness;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use driving::{Conductor, End, Schedule};
use multiprocessing::{
    Event, Lock, Pool, PoolError, Process, Queue, now, pause, pipe, say, wait, wait_timeout,
};

/// What a whole run has printed, and how it ended.
fn drive(program: &str, seed: u64) -> (String, End) {
    let conductor = Conductor::new(Schedule::Seed(seed), false).unwrap();
    let mut command = harness::program(program);
    conductor.invite(&mut command);
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), conductor.finish().unwrap().end)
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
        let (printed, end) = drive("two_readers", seed);
        assert_eq!((printed.lines().count(), &end), (5, &End::Over));
        assert_eq!(drive("two_readers", seed), (printed.clone(), end), "seed {seed}");
        *seen.entry(printed).or_insert(0) += 1;
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
    let runs: Vec<End> = (0..20).map(|seed| drive("two_locks", seed).1).collect();
    let stuck: Vec<&End> = runs.iter().filter(|end| **end != End::Over).collect();
    println!("{} of 20 stand still, {:?} for all", stuck.len(), began.elapsed());
    assert!((1..20).contains(&stuck.len()));
    for end in stuck {
        let End::Stuck(who) = end else { panic!("{end:?}") };
        let waits = [
            "main waits for Process-1 to end",
            "Process-1 waits for the lock `other`, which Process-2 holds",
            "Process-2 waits for the lock `one`, which Process-1 holds",
        ];
        assert_eq!(who, &waits);
    }
}

/// Program: waits long, in every way that ends by itself.
fn long_waits() {
    let began = now();
    let hour = Duration::from_secs(3600);
    let (queue, event) = (Queue::<u32>::unbounded().unwrap(), Event::new().unwrap());
    // Nothing was printed or started so far.
    assert!(queue.get_timeout(hour).unwrap().is_none());
    let (ours, theirs) = pipe::<u32>().unwrap();
    pause(hour);
    assert!(!event.wait_timeout(hour));
    assert!(ours.recv_timeout(hour).unwrap().is_none());
    let sleeper = Process::new(|| pause(3 * hour)).start().unwrap();
    assert!(sleeper.join_timeout(hour).unwrap().is_none());
    assert!(wait_timeout(&[&sleeper, &queue, &ours], hour).unwrap().is_empty());
    sleeper.join().unwrap();
    drop(theirs);
    say!("{} hours", began.elapsed().as_secs() / 3600);
}

fn time_passes_when_nobody_can_go_on() {
    let began = Instant::now();
    assert_eq!(drive("long_waits", 1), ("main       | 7 hours\n".to_owned(), End::Over));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

/// Program: each of two is the first, in some orders.
fn the_first_of_two() {
    let queue = Queue::<u32>::unbounded().unwrap();
    let putter = Process::new(|| queue.put(1).unwrap()).start().unwrap();
    let other = Process::new(|| ()).start().unwrap();
    say!("{:?}", wait(&[&queue, &other]).unwrap());
    putter.join().unwrap();
    wait(&[&other]).unwrap();
    say!("{}", wait_timeout(&[&queue, &putter, &other], Duration::ZERO).unwrap().len());
}

fn any_of_two_is_the_first() {
    let run = |seed| {
        let (printed, end) = drive("the_first_of_two", seed);
        assert_eq!((printed.lines().last(), end), (Some("main       | 3"), End::Over));
        printed.lines().next().unwrap().to_owned()
    };
    let seen: std::collections::BTreeSet<String> = (0..40).map(run).collect();
    let all = ["[0, 1]", "[0]", "[1]"].map(|seen| format!("main       | {seen}"));
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
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
        assert_eq!(drive("pool", seed), ("main       | done\n".to_owned(), End::Over));
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
        assert_eq!(drive("a_worker_dies", seed), ("main       | 7\n".to_owned(), End::Over));
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
        assert_eq!(drive("a_holder_dies", seed), ("main       | true\n".to_owned(), End::Over));
    }
}

/// Program: large lines, and many small ones.
fn prints_much() {
    let (large, small) = ("\"x\" ".repeat(250_000), "y".repeat(60));
    for _ in 0..scale(5, 50) {
        say!("{large}");
    }
    for _ in 0..scale(10_000, 200_000) {
        say!("{small}");
    }
}

/// More for measured figures.
fn scale(usual: usize, more: usize) -> usize {
    if std::env::var_os(harness::SHOW).is_some() { more } else { usual }
}

fn much_is_printed() {
    let began = Instant::now();
    let (printed, end) = drive("prints_much", 1);
    println!("{} MB in {:?}; {}", printed.len() / 1_000_000, began.elapsed(), peak());
    assert_eq!((printed.lines().count(), end), (scale(5, 50) + scale(10_000, 200_000), End::Over));
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap().to_owned()
}

/// Program: one after the other.
fn forks_often() {
    for n in 0..scale(200, 1000) {
        assert_eq!(
            Process::new(|| n as u8).start().unwrap().join().unwrap().code(),
            n as i32 % 256
        );
    }
    say!("done");
}

/// Program: all at once.
fn forks_many() {
    let children: Vec<_> =
        (0..200).map(|_| Process::new(|| say!("here")).start().unwrap()).collect();
    children.iter().for_each(|child| assert!(child.join().unwrap().success()));
}

fn many_are_forked() {
    for (program, lines) in [("forks_often", 1), ("forks_many", 200)] {
        let began = Instant::now();
        let (printed, end) = drive(program, 1);
        println!("{program}: {:?}", began.elapsed());
        assert_eq!((printed.lines().count(), end), (lines, End::Over));
    }
}

/// Past the crate, as from outside.
fn kill_from_outside(child: &multiprocessing::Child) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.pid()), nix::sys::signal::SIGKILL)
        .unwrap();
}

/// Program: one that stands at a point is killed, and its daughter with it; and one that waits.
fn killed_from_outside() {
    let (event, never) = (Event::new().unwrap(), Event::new().unwrap());
    let at_a_point = || {
        let daughter = Process::new(|| never.wait()).die_with_parent(true).start().unwrap();
        event.set();
        say!("before the end");
        daughter.join().unwrap();
    };
    let children =
        [Process::new(at_a_point).start().unwrap(), Process::new(|| never.wait()).start().unwrap()];
    event.wait();
    children.iter().for_each(kill_from_outside);
    children.iter().for_each(|child| assert_eq!(child.join().unwrap().code(), -9));
    say!("joined");
}

fn a_kill_from_outside_is_seen() {
    for seed in 0..20 {
        let (printed, end) = drive("killed_from_outside", seed);
        assert_eq!(
            (printed.lines().last(), end),
            (Some("main       | joined"), End::Over),
            "seed {seed}"
        );
    }
}

/// Program: 5 s between two points.
fn computes() {
    let child = Process::new(|| say!("child")).start().unwrap();
    let began = std::time::SystemTime::now();
    while began.elapsed().unwrap() < Duration::from_secs(5) {}
    say!("computed");
    child.join().unwrap();
}

fn one_that_computes_is_waited_for() {
    let (printed, end) = drive("computes", 3);
    assert_eq!((printed.lines().count(), end), (2, End::Over));
}

/// Program: waits for ever, past the crate.
fn waits_outside() {
    let child = Process::new(|| say!("child")).start().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel::<u32>();
    receiver.recv().unwrap();
    drop((sender, child));
}

fn a_wait_outside_is_told() {
    let conductor = Conductor::new(Schedule::Seed(1), false).unwrap();
    let mut command = harness::program("waits_outside");
    conductor.invite(&mut command);
    let mut program = command.stdout(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!(conductor.finish().unwrap().end, End::Outside("main".to_owned()));
}

/// Program: two threads, each of which prints.
fn threads() {
    let both = std::sync::Barrier::new(2);
    let print = |name: &str| {
        both.wait();
        (0..100).for_each(|_| say!("{name}"));
    };
    std::thread::scope(|scope| {
        scope.spawn(|| print("one"));
        scope.spawn(|| print("two"));
    });
    say!("both");
}

fn threads_do_not_hang() {
    for seed in 0..10 {
        let conductor = Conductor::new(Schedule::Seed(seed), false).unwrap();
        let mut command = harness::program("threads");
        conductor.invite(&mut command);
        let output = command.stderr(Stdio::inherit()).output().unwrap();
        let driven = conductor.finish().unwrap();
        assert_eq!((driven.end, driven.threaded), (End::Over, vec!["main".to_owned()]));
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 201);
    }
}

fn main() {
    harness::run_within(
        Duration::from_secs(60),
        harness::cases![
            a_seed_is_a_run,
            a_deadlock_is_seen_at_once,
            time_passes_when_nobody_can_go_on,
            any_of_two_is_the_first,
            a_pool_is_driven,
            a_dead_worker_is_replaced,
            a_dead_holder_is_seen,
            much_is_printed,
            many_are_forked,
            a_kill_from_outside_is_seen,
            one_that_computes_is_waited_for,
            a_wait_outside_is_told,
            threads_do_not_hang
        ],
        harness::cases![
            two_readers,
            two_locks,
            long_waits,
            the_first_of_two,
            pool,
            a_worker_dies,
            a_holder_dies,
            prints_much,
            forks_often,
            forks_many,
            killed_from_outside,
            computes,
            waits_outside,
            threads
        ],
    );
}
