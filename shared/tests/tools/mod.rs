//! What tests of shared objects need: looking at other processes, stopping them, and measuring.
// Each test program uses a part of this file.
#![allow(dead_code, unsafe_code)]

use crate::harness::Stat;
use multiprocessing::{Bytes, Child, PutError, Queue};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::time::{Duration, Instant};

/// Longer than anything takes on a machine that still works.
pub const LONG: Duration = Duration::from_secs(15);

pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Waits until something holds that must come to hold.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "after {LONG:?} not yet: {what}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

pub fn timed<R>(call: impl FnOnce() -> R) -> (R, Duration) {
    let began = Instant::now();
    let result = call();
    (result, began.elapsed())
}

/// The value below which this part of all values lies: 0 is the least, 0.5 the median.
pub fn quantile(values: &mut [Duration], part: f64) -> Duration {
    values.sort();
    values[((values.len() - 1) as f64 * part).round() as usize]
}

/// Measures until it comes out well. A loaded machine spoils a measurement now and then; what is slow
/// by itself spoils them all.
#[track_caller]
pub fn in_the_end(mut comes_out_well: impl FnMut() -> bool) {
    let began = Instant::now();
    while !comes_out_well() {
        assert!(began.elapsed() < LONG, "measured for {LONG:?}, and slow each time: see above");
    }
}

/// All of these end, and well.
#[track_caller]
pub fn all_succeed(children: Vec<Child>) {
    for child in children {
        let exit = child.join_timeout(LONG).unwrap();
        assert!(exit.is_some_and(|exit| exit.success()), "{}: {exit:?}", child.name());
    }
}

/// Asks a call with a time limit that must run out: never early, and in the median not much late.
#[track_caller]
pub fn runs_out_on_time(what: &str, mut call: impl FnMut(Duration)) {
    in_the_end(|| {
        let mut late = Vec::new();
        for limit in [0, 1, 2, 3, 7, 19, 20, 21, 45, 60].map(ms) {
            let ((), took) = timed(|| call(limit));
            assert!(took >= limit, "{what}: {took:?} is earlier than {limit:?}");
            late.push(took - limit);
        }
        let (median, most) = (quantile(&mut late, 0.5), quantile(&mut late, 1.0));
        println!("{what}: late by {median:?} in the median, {most:?} at most");
        median < ms(30) && most < ms(2000)
    });
}

fn signal(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).expect("a process of ours that has not been waited for");
}

fn state(pid: i32) -> char {
    Stat::of(pid).expect("a process that exists").state
}

/// Stops a process, and waits until it stands still.
pub fn stop(pid: i32) {
    signal(pid, Signal::SIGSTOP);
    until("the process stands still", || state(pid) == 'T');
}

pub fn go_on(pid: i32) {
    signal(pid, Signal::SIGCONT);
}

/// Kills a process, and waits until it is dead: a zombie, as nobody has waited for it.
pub fn kill_unjoined(pid: i32) {
    signal(pid, Signal::SIGKILL);
    until("the process is a zombie", || state(pid) == 'Z');
}

/// Waits until the process sleeps, then until it has gone to sleep this many times more.
pub fn until_it_has_slept(pid: i32, times: u64) {
    until("the process sleeps", || state(pid) == 'S');
    let began = sleeps(pid);
    until("the process sleeps again and again", || sleeps(pid) >= began + times);
}

/// How often a process has gone to sleep.
fn sleeps(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.unwrap().trim().parse().unwrap()
}

/// The processor time that a process has used so far.
pub fn cpu_time(pid: i32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap();
    let nanoseconds = stat.split(' ').next().unwrap().parse().unwrap();
    Duration::from_nanos(nanoseconds)
}

/// The length of a message that takes milliseconds to copy.
pub const LARGE: usize = 20 << 20;

/// A queue in which two large messages wait.
pub fn two_large() -> Queue<Bytes> {
    let queue = Queue::unbounded().unwrap();
    for byte in [1, 2] {
        queue.put(Bytes::from(vec![byte; LARGE])).unwrap();
    }
    queue
}

/// Takes the oldest message and puts it back, without end: nearly all the time this process is
/// inside the queue, copying. At least one of the two messages always waits.
pub fn churn(queue: &Queue<Bytes>) -> anyhow::Result<()> {
    loop {
        queue.put(queue.get()?)?;
    }
}

/// Stops a process that churns at an instant when it is inside. May leave empty messages.
pub fn stop_inside(queue: &Queue<Bytes>, pid: i32) {
    for attempt in 1.. {
        assert!(attempt <= 50, "in 50 attempts, it was never inside");
        stop(pid);
        match queue.try_put(Bytes::default()) {
            Err(PutError::Busy { pid: inside }) => return assert_eq!(inside, pid),
            outcome => outcome.unwrap(),
        }
        go_on(pid);
        // Any time will do, if it differs from attempt to attempt.
        std::thread::sleep(Duration::from_micros(1000 + 770 * attempt));
    }
}

/// How many large messages waited. They were whole.
pub fn drain(queue: &Queue<Bytes>) -> usize {
    let mut large = 0;
    while let Some(message) = queue.get_timeout(ms(500)).unwrap() {
        if !message.is_empty() {
            let byte = message[0];
            assert!(byte == 1 || byte == 2);
            assert!(message.0 == vec![byte; LARGE], "a message is not whole");
            large += 1;
        }
        if queue.is_empty() {
            break;
        }
    }
    large
}
