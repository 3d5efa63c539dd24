//! A process that asks gets its turn, however busy the others are.

mod harness;
mod tools;

use multiprocessing::{Event, Lock, Process, Queue, Value};
use std::time::Duration;
use tools::{LONG, all_succeed, in_the_end, ms, quantile, timed, until, until_it_has_slept};

/// Beside four that enter and leave without pause.
fn a_fifth(what: &str, others: &dyn Fn(u32), mut enter: impl FnMut()) {
    const TIMES: usize = 400;
    in_the_end(|| {
        let over = Event::new().unwrap();
        let begun = Queue::unbounded().unwrap();
        let busy = || {
            for i in 0.. {
                others(i);
                if i == 100 {
                    begun.put(()).unwrap();
                }
                if over.is_set() {
                    break;
                }
            }
        };
        let others: Vec<_> = (0..4).map(|_| Process::new(busy).start().unwrap()).collect();
        until("all four are busy", || begun.len() == 4);
        let mut waits = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            std::thread::sleep(Duration::from_micros(500));
            waits.push(timed(&mut enter).1);
        }
        over.set();
        all_succeed(others);
        let [median, p99, most] = [0.5, 0.99, 1.0].map(|part| quantile(&mut waits, part));
        println!("{what}: a fifth waits {median:?} in the median, p99 {p99:?}, {most:?} at most");
        median < ms(30) && p99 < ms(300)
    });
}

fn at_a_lock() {
    let lock = Lock::new().unwrap();
    let enter = || drop(lock.lock().unwrap());
    a_fifth("a lock", &|_| enter(), enter);
}

/// Whoever has waited for long goes before the one who lets go and at once asks again.
fn after_a_long_wait() {
    const ROUNDS: u32 = 60;
    let lock = Lock::new().unwrap();
    let (rounds, turns) = (Queue::unbounded().unwrap(), Value::new(0u32).unwrap());
    let other = Process::new(|| -> anyhow::Result<()> {
        for _ in 0..ROUNDS {
            rounds.get()?;
            let _held = lock.lock()?;
            turns.fetch_add(1);
        }
        Ok(())
    });
    let other = other.start().unwrap();
    let mut went_before = 0;
    for round in 0..ROUNDS {
        let guard = lock.lock().unwrap();
        rounds.put(()).unwrap();
        std::thread::sleep(ms(1));
        until_it_has_slept(other.pid(), 2);
        drop(guard);
        let guard = lock.lock().unwrap();
        went_before += turns.get() - round;
        drop(guard);
        until("it had its turn", || turns.get() > round);
    }
    all_succeed(vec![other]);
    println!("after a long wait, {went_before} of {ROUNDS} went first");
    assert!(went_before > ROUNDS * 3 / 4);
}

fn at_a_lock_that_is_held_for_some_time() {
    // Nearly always held: without turns, the fifth finds it free once in a blue moon.
    let lock = Lock::new().unwrap();
    let hold = || {
        let _held = lock.lock().unwrap();
        for _ in 0..3000 {
            std::hint::spin_loop();
        }
    };
    a_fifth("a lock held for long", &|_| hold(), || {
        drop(lock.lock_timeout(LONG).unwrap().expect("a turn"));
    });
}

fn at_a_queue() {
    let queue = Queue::<Vec<u64>>::unbounded().unwrap();
    let message = vec![7; 100];
    (0..10).for_each(|_| queue.put(&message).unwrap());
    let pass = |i| {
        if i % 2 == 0 {
            queue.put(&message).unwrap();
        } else {
            queue.get().unwrap();
        }
    };
    a_fifth("a queue", &pass, || queue.put(&message).unwrap());
}

fn main() {
    // One after the other: each wants the processors for itself.
    harness::run(harness::cases![in_turn]);
}

fn in_turn() {
    after_a_long_wait();
    at_a_lock();
    at_a_lock_that_is_held_for_some_time();
    at_a_queue();
}
