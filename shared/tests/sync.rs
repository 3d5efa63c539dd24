//! What events, locks, semaphores, conditions, barriers and values promise.
#![allow(unsafe_code)]

mod harness;
mod tools;

use multiprocessing::{
    Array, Barrier, Child, Condition, Event, Lock, LockError, Process, Queue, Semaphore, Value, say,
};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::os::fd::AsRawFd;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tools::{
    LONG, all_succeed, go_on, in_the_end, kill_unjoined, ms, quantile, runs_out_on_time, stop,
    timed, until, until_it_has_slept,
};

fn started<'a>(number: usize, run: impl Fn() + Copy + 'a) -> Vec<Child> {
    (0..number).map(|_| Process::new(run).start().unwrap()).collect()
}

fn all_asleep(children: &[Child]) {
    for child in children {
        until_it_has_slept(child.pid(), 1);
    }
}

/// Without a ring, a waiter looks only every 20 ms, or every 5 to 20 ms at a lock.
fn quick(what: &str, limit: Duration, round: impl FnMut(u32) -> Duration) -> bool {
    let mut took: Vec<_> = (0..100).map(round).collect();
    let median = quantile(&mut took, 0.5);
    println!("{what}: {median:?}");
    median < limit
}

fn an_event_stays_set_until_it_is_cleared() {
    let event = Event::new().unwrap();
    assert!(!event.is_set());
    event.set();
    event.set();
    for _ in 0..3 {
        assert!(event.is_set() && event.wait_timeout(Duration::ZERO));
        event.wait();
    }
    all_succeed(started(1, || event.wait()));
    event.clear();
    event.clear();
    assert!(!event.is_set());
    runs_out_on_time("Event::wait_timeout", |limit| {
        assert!(!event.wait_timeout(limit));
    });
}

fn an_event_wakes_everyone() {
    in_the_end(|| {
        let events: Vec<_> = (0..12).map(|_| Event::new().unwrap()).collect();
        let woken = Value::new(0u32).unwrap();
        let waiters = started(6, || {
            for event in &events {
                event.wait();
                woken.fetch_add(1);
            }
        });
        let mut took = Vec::new();
        for (round, event) in (1..).zip(&events) {
            all_asleep(&waiters);
            took.push(timed(|| {
                event.set();
                until("all are awake", || woken.get() == 6 * round);
            }));
        }
        all_succeed(waiters);
        // A process that is not rung looks only every 20 ms.
        let mut took: Vec<_> = took.into_iter().map(|((), took)| took).collect();
        let median = quantile(&mut took, 0.5);
        println!("until all six are awake: {median:?}");
        median < ms(12)
    });
}

fn an_event_set_and_cleared_at_once_wakes_all_who_waited() {
    let event = Event::new().unwrap();
    for _ in 0..10 {
        let waiters = started(4, || event.wait());
        let timed = started(2, || assert!(event.wait_timeout(LONG)));
        all_asleep(&waiters);
        all_asleep(&timed);
        event.set();
        event.clear();
        all_succeed(waiters);
        all_succeed(timed);
        assert!(!event.is_set() && !event.wait_timeout(ms(1)));
    }
}

fn an_event_rings() {
    in_the_end(|| {
        let (there, back) = (Event::new().unwrap(), Event::new().unwrap());
        let echo = started(1, || {
            for _ in 0..100 {
                there.wait();
                there.clear();
                back.set();
            }
        });
        let quick = quick("an event there and one back", ms(8), |_| {
            std::thread::sleep(ms(1)); // it has gone to sleep
            back.clear();
            there.set();
            timed(|| back.wait()).1
        });
        all_succeed(echo);
        quick
    });
}

fn a_lock_excludes() {
    const ROUNDS: u32 = 20_000;
    let lock = Lock::new().unwrap();
    let (count, inside) = (Value::new(0u32).unwrap(), Value::new(0u32).unwrap());
    let begin = Event::new().unwrap();
    let work = || {
        begin.wait(); // all at once
        for i in 0..ROUNDS {
            let guard = match i % 3 {
                0 => lock.lock().unwrap(),
                1 => lock.lock_timeout(LONG).unwrap().unwrap(),
                _ => loop {
                    if let Some(guard) = lock.try_lock().unwrap() {
                        break guard;
                    }
                },
            };
            assert_eq!(inside.fetch_add(1), 0);
            count.set(count.get() + 1); // two steps, which only a lock makes one
            inside.set(0);
            drop(guard);
        }
    };
    let workers = started(4, work);
    begin.set();
    all_succeed(workers);
    assert_eq!(count.get(), 4 * ROUNDS);
}

fn a_held_lock_is_not_had() {
    let lock = Lock::new().unwrap();
    let guard = lock.lock().unwrap();
    let others = || {
        let mut took: Vec<_> = (0..200)
            .map(|_| {
                let (refusal, took) = timed(|| lock.try_lock().unwrap());
                assert!(refusal.is_none());
                took
            })
            .collect();
        assert!(quantile(&mut took, 0.5) < ms(1));
        runs_out_on_time("lock_timeout", |limit| {
            assert!(lock.lock_timeout(limit).unwrap().is_none());
        });
    };
    all_succeed(started(1, others));
    // This process waits for itself.
    assert!(lock.try_lock().unwrap().is_none());
    assert!(lock.lock_timeout(ms(5)).unwrap().is_none());
    let waiter = started(1, || drop(lock.lock().unwrap()));
    all_asleep(&waiter);
    drop(guard);
    all_succeed(waiter);
    assert!(lock.try_lock().unwrap().is_some());
}

fn a_lock_rings() {
    in_the_end(|| {
        let lock = Lock::new().unwrap();
        let turn = Value::new(0u32).unwrap();
        let other = started(1, || {
            for i in 0..100 {
                until("its turn", || turn.get() == 2 * i + 1);
                drop(lock.lock().unwrap());
                turn.fetch_add(1);
            }
        });
        let quick = quick("a lock, from release to holder", ms(3), |i| {
            let guard = lock.lock().unwrap();
            turn.fetch_add(1);
            until_it_has_slept(other[0].pid(), 4); // now it looks every 5 ms at most
            drop(guard);
            timed(|| {
                while turn.get() != 2 * i + 2 {
                    std::hint::spin_loop();
                }
            })
            .1
        });
        all_succeed(other);
        quick
    });
}

fn errors_and_panics_release() {
    let lock = Lock::new().unwrap();
    let panics = Process::new(|| {
        let _held = lock.lock().unwrap();
        panic!("as it should");
    });
    assert_eq!(panics.start().unwrap().join().unwrap().code(), 101);
    drop(lock.lock().unwrap());
    let fails = Process::new(|| -> anyhow::Result<()> {
        let _held = lock.lock()?;
        anyhow::bail!("as it should")
    });
    assert_eq!(fails.start().unwrap().join().unwrap().code(), 1);
    assert!(lock.try_lock().unwrap().is_some());
}

fn an_inherited_guard_releases_nothing() {
    let lock = Lock::new().unwrap();
    let guard = lock.lock().unwrap();
    // SAFETY: this process has one thread.
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            drop(guard);
            let still_held = lock.try_lock().unwrap().is_none();
            // SAFETY: it takes any number.
            unsafe { libc::_exit(if still_held { 0 } else { 1 }) }
        }
        ForkResult::Parent { child } => {
            let status = waitpid(child, None).unwrap();
            assert_eq!(status, nix::sys::wait::WaitStatus::Exited(child, 0));
            // Also the end of such a child, in whatever way, is not the end of the holder.
            all_succeed(started(1, || assert!(lock.try_lock().unwrap().is_none())));
            drop(guard);
            all_succeed(started(1, || assert!(lock.try_lock().unwrap().is_some())));
        }
    }
}

/// A child that holds the lock, and does not let go of it.
fn holder(lock: &Lock) -> Child {
    let held = Event::new().unwrap();
    let child = Process::new(|| {
        let _held = lock.lock().unwrap();
        held.set();
        std::thread::sleep(Duration::from_secs(3600));
    });
    let child = child.start().unwrap();
    assert!(held.wait_timeout(LONG));
    child
}

fn a_dead_holder_is_named_and_the_lock_recovered() {
    let lock = Lock::new().unwrap();
    for unjoined in [true, false] {
        let child = holder(&lock);
        let waiter = Process::new(|| lock.lock().map(drop)).start().unwrap();
        until_it_has_slept(waiter.pid(), 3);
        kill_unjoined(child.pid());
        if !unjoined {
            child.join().unwrap();
        }
        let died = |outcome: Result<_, LockError>| {
            let error = outcome.expect_err("an error");
            assert!(error.to_string().contains("recover()"));
            let LockError::HolderDied { pid } = error else { panic!("{error}") };
            assert_eq!(pid, child.pid());
        };
        // It stays so until somebody recovers it: for those who waited, and for those who come.
        assert_eq!(waiter.join_timeout(LONG).unwrap().unwrap().code(), 1);
        let ask = || {
            died(lock.try_lock().map(drop));
            died(lock.lock_timeout(Duration::ZERO).map(drop));
            died(lock.lock_timeout(LONG).map(drop));
            died(lock.lock().map(drop));
        };
        ask();
        all_succeed(started(1, ask));
        let guard = lock.recover();
        all_succeed(started(1, || assert!(lock.try_lock().unwrap().is_none())));
        drop(guard);
        drop(lock.lock().unwrap());
        all_succeed(started(1, || assert!(lock.try_lock().unwrap().is_some())));
        child.join().unwrap();
    }
    // Of a lock that nobody died with, recover() is lock().
    drop(lock.recover());
    // It was not only killed ones.
    let exits = Process::new(|| {
        std::mem::forget(lock.lock());
        3
    });
    let exits = exits.start().unwrap();
    exits.join().unwrap();
    let error = lock.lock().expect_err("an error");
    assert!(matches!(error, LockError::HolderDied { pid } if pid == exits.pid()));
}

fn a_holder_that_let_go_and_ended_did_not_die_as_the_holder() {
    let lock = Lock::new().unwrap();
    let (held, let_go) = (Value::new(0u32).unwrap(), Value::new(0u32).unwrap());
    let asks = Process::new(|| -> Result<(), LockError> {
        loop {
            drop(lock.try_lock()?);
        }
    });
    let asks = asks.start().unwrap();
    for round in 1..=250 {
        let holder = Process::new(|| {
            let _held = lock.lock().unwrap();
            held.set(round);
            until("it is told to", || let_go.get() == round);
        });
        let holder = holder.start().unwrap();
        until("the lock is held", || held.get() == round);
        // Perhaps between its look at the owner and the question whether that lives.
        stop(asks.pid());
        let_go.set(round);
        all_succeed(vec![holder]);
        go_on(asks.pid());
        assert!(asks.is_alive().unwrap(), "round {round}");
    }
    asks.kill().unwrap();
    asks.join().unwrap();
}

fn one_recoverer_at_a_time() {
    let lock = Lock::new().unwrap();
    let (inside, errors) = (Value::new(0u32).unwrap(), Value::new(0u32).unwrap());
    for _ in 0..20 {
        let dead = holder(&lock);
        let recover = || {
            let guard = lock.lock().unwrap_or_else(|_| {
                errors.fetch_add(1);
                lock.recover()
            });
            assert_eq!(inside.fetch_add(1), 0);
            std::thread::sleep(ms(1));
            inside.set(0);
            drop(guard);
        };
        let recoverers = started(4, recover);
        all_asleep(&recoverers);
        kill_unjoined(dead.pid());
        all_succeed(recoverers);
        dead.join().unwrap();
    }
    assert!(errors.get() >= 20);
}

fn recoverers_at_the_same_instant() {
    const ROUNDS: u32 = 400;
    let lock = Lock::new().unwrap();
    let [round, inside, done] = [0; 3].map(|zero| Value::new(zero).unwrap());
    let recoverers = started(3, || {
        for now in 1..=ROUNDS {
            while round.get() != now {
                std::thread::yield_now();
            }
            let guard = lock.recover();
            assert_eq!(inside.fetch_add(1), 0, "round {now}");
            let began = Instant::now();
            while began.elapsed() < Duration::from_micros(150) {}
            inside.set(0);
            drop(guard);
            done.fetch_add(1);
        }
    });
    for now in 1..=ROUNDS {
        let dies = Process::new(|| std::mem::forget(lock.lock().unwrap()));
        all_succeed(vec![dies.start().unwrap()]);
        round.set(now);
        until("all three were inside", || done.get() == 3 * now);
    }
    all_succeed(recoverers);
}

fn a_dead_waiter_does_not_keep_the_lock() {
    // It had asked for the next turn when it was killed. Nobody else needs to wait for that.
    let lock = Lock::new().unwrap();
    for _ in 0..10 {
        let guard = lock.lock().unwrap();
        let waiter = started(1, || drop(lock.lock().unwrap())).remove(0);
        until_it_has_slept(waiter.pid(), 3);
        kill_unjoined(waiter.pid());
        drop(guard);
        let guard = lock.try_lock().unwrap();
        assert!(guard.is_some(), "nobody has it, and nobody will");
        drop(guard);
        waiter.join().unwrap();
    }
}

fn a_stopped_holder_holds() {
    let lock = Lock::new().unwrap();
    let child = holder(&lock);
    stop(child.pid());
    assert!(lock.try_lock().unwrap().is_none());
    runs_out_on_time("lock_timeout, holder stopped", |limit| {
        assert!(lock.lock_timeout(limit).unwrap().is_none());
    });
    go_on(child.pid());
    assert!(lock.lock_timeout(ms(10)).unwrap().is_none());
    child.kill().unwrap();
    let error = lock.lock().expect_err("an error");
    assert!(matches!(error, LockError::HolderDied { pid } if pid == child.pid()));
    child.join().unwrap();
}

/// The number under which this process has the file that shows who lives.
fn life_lock() -> i32 {
    let name = |fd: i32| std::fs::read_link(format!("/proc/self/fd/{fd}")).unwrap_or_default();
    let is_it = |&fd: &i32| name(fd).to_string_lossy().contains("multiprocessing-life");
    (0..4096).find(is_it).expect("its number")
}

/// As some daemons do at their start.
fn close_all_descriptors() {
    for fd in 3..4096 {
        // SAFETY: whoever owns one of these will only find out that it is closed.
        unsafe { libc::close(fd) };
    }
}

/// Program: somebody closes all descriptors, in main or in a child, before or after it has shown
/// that it lives.
fn closes_descriptors() {
    let (queue, lock) = (Queue::unbounded().unwrap(), Lock::new().unwrap());
    all_succeed(started(1, || ()));
    let held = lock.lock().unwrap();
    let exit = |child: Process<'_>| child.name("child").start().unwrap().join().unwrap();
    match std::env::args().nth(1).unwrap().as_str() {
        "a line" => {
            let child = Process::new(|| {
                close_all_descriptors();
                say!("a line");
            });
            std::process::exit(exit(child).code());
        }
        "a put" => {
            let child = Process::new(|| {
                close_all_descriptors();
                queue.put(7u8)
            });
            std::process::exit(exit(child).code());
        }
        "another file" => {
            let child = Process::new(|| {
                let number = life_lock();
                close_all_descriptors();
                let null = std::fs::File::open("/dev/null").unwrap();
                // SAFETY: the number is free, and nobody else in this process will use it.
                assert_eq!(unsafe { libc::dup2(null.as_raw_fd(), number) }, number);
                // It would take the holder for dead.
                lock.lock().map(drop)
            });
            std::process::exit(exit(child).code());
        }
        "a wait" => {
            let child = Process::new(|| {
                say!("lives");
                close_all_descriptors();
                // It could not find out whether the holder lives: it would wait for ever.
                lock.lock().map(drop)
            });
            std::process::exit(exit(child).code());
        }
        "a panic" => {
            let child = Process::new(|| {
                close_all_descriptors();
                panic!("as it should");
            });
            std::process::exit(exit(child).code());
        }
        "main" => {
            drop(held);
            close_all_descriptors();
            say!("a line, for main has shown that it lives");
            let child = Process::new(|| drop(lock.lock().unwrap()));
            let code = exit(child).code();
            std::process::exit(code);
        }
        other => unreachable!("{other}"),
    }
}

fn who_closes_foreign_descriptors_is_told() {
    for what in ["a line", "a put", "another file", "a wait", "a panic", "main"] {
        let output = harness::program("closes_descriptors").arg(what).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}: {text}");
        assert_eq!(text.lines().count(), 1, "{what}: {text}");
        let named = text.starts_with("child: descriptor ") && text.contains("close only");
        assert!(named, "{what}: {text}");
        let said = match what {
            "a wait" => "child      | lives\n",
            "main" => "main       | a line, for main has shown that it lives\n",
            _ => "",
        };
        assert_eq!(String::from_utf8(output.stdout).unwrap(), said, "{what}");
    }
}

/// Program: a child that holds a lock opens the file that shows that it lives anew. Closing that
/// drops its lock on the file.
fn reopens_its_life_lock() {
    let lock = Lock::new().unwrap();
    let [asks, taken] = [0u32; 2].map(|zero| Value::new(zero).unwrap());
    let child = Process::new(|| {
        let held = lock.lock().unwrap();
        assert!(life_lock() >= 100, "where nobody closes it by the way");
        drop(std::fs::File::open(format!("/proc/self/fd/{}", life_lock())).unwrap());
        asks.set(1);
        until("the lock is taken over", || taken.get() == 1);
        drop(held);
        say!("goes on as if nothing had been");
    });
    let child = child.name("child").start().unwrap();
    until("the child has the lock", || asks.get() == 1);
    assert!(matches!(lock.lock(), Err(LockError::HolderDied { pid }) if pid == child.pid()));
    let held = lock.recover();
    taken.set(1);
    let exit = child.join_timeout(LONG).unwrap().expect("it ends");
    drop(held);
    drop(lock.lock().unwrap());
    std::process::exit(exit.code());
}

fn who_is_taken_for_dead_says_so() {
    let output = harness::program("reopens_its_life_lock").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{text}");
    assert!(text.starts_with("child: this process was taken for dead"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

fn never_more_inside_than_permits() {
    let semaphore = Semaphore::new(2).unwrap();
    let (inside, most) = (Value::new(0i32).unwrap(), Value::new(0i32).unwrap());
    let work = || {
        for i in 0..1000 {
            let permit = match i % 3 {
                0 => Some(semaphore.acquire()),
                1 => semaphore.acquire_timeout(LONG),
                _ => std::iter::repeat_with(|| semaphore.try_acquire()).find_map(|permit| permit),
            };
            let now = inside.fetch_add(1) + 1;
            assert!(now <= 2);
            most.fetch_update(|most| most.max(now));
            if i % 10 == 0 {
                std::thread::yield_now();
            }
            inside.fetch_add(-1);
            drop(permit.expect("within a long time"));
        }
    };
    all_succeed(started(4, work));
    assert_eq!((inside.get(), most.get()), (0, 2));
}

fn a_semaphore_counts_from_zero() {
    let semaphore = Semaphore::new(0).unwrap();
    assert!(semaphore.try_acquire().is_none());
    (0..3).for_each(|_| semaphore.release());
    let first = semaphore.acquire();
    let second = semaphore.try_acquire().unwrap();
    let third = semaphore.acquire_timeout(Duration::ZERO).unwrap();
    assert!(semaphore.try_acquire().is_none());
    all_succeed(started(1, || assert!(semaphore.try_acquire().is_none())));
    runs_out_on_time("acquire_timeout", |limit| {
        assert!(semaphore.acquire_timeout(limit).is_none());
    });
    // A child that inherits a permit gives nothing back, even if it drops its copy.
    let mut inherited = Some(second);
    let child = Process::new(|| drop(inherited.take())).start().unwrap();
    all_succeed(vec![child]);
    assert!(semaphore.try_acquire().is_none());
    // Any process may add one, and one who waits goes on.
    let waiter = started(1, || std::mem::forget(semaphore.acquire()));
    all_asleep(&waiter);
    all_succeed(started(1, || semaphore.release()));
    all_succeed(waiter);
    drop((first, inherited, third));
    let all: Vec<_> = std::iter::from_fn(|| semaphore.try_acquire()).collect();
    assert_eq!(all.len(), 3);
}

fn a_free_permit_is_had_at_once() {
    // Others come and go, but there are permits enough for all.
    let semaphore = Semaphore::new(10).unwrap();
    let (busy, over) = (Value::new(0u32).unwrap(), Event::new().unwrap());
    let others = started(3, || {
        busy.fetch_add(1);
        while !over.is_set() {
            drop(semaphore.acquire());
        }
    });
    until("the others are busy", || busy.get() == 3);
    let began = Instant::now();
    while began.elapsed() < ms(400) {
        let (acquired, took) = timed(|| semaphore.try_acquire());
        // On a busy machine it may take long to get in. It must not give up before.
        assert!(acquired.is_some() || took >= ms(100), "no, after {took:?}");
    }
    over.set();
    all_succeed(others);
}

fn a_semaphore_rings() {
    in_the_end(|| {
        let (there, back) = (Semaphore::new(0).unwrap(), Semaphore::new(0).unwrap());
        let echo = started(1, || {
            for _ in 0..100 {
                std::mem::forget(there.acquire());
                back.release();
            }
        });
        let quick = quick("a permit there and one back", ms(8), |_| {
            std::thread::sleep(ms(1)); // it has gone to sleep
            there.release();
            timed(|| std::mem::forget(back.acquire())).1
        });
        all_succeed(echo);
        quick
    });
}

/// Waits once.
fn wait_for(condition: &Condition, lock: &Lock) {
    let held = lock.lock().unwrap();
    drop(condition.wait(held).unwrap());
}

fn a_notify_wakes_only_those_who_wait() {
    let (lock, changed) = (Lock::new().unwrap(), Condition::new().unwrap());
    changed.notify_one();
    changed.notify_all();
    let woken = Value::new(0u32).unwrap();
    let waiters = started(5, || {
        wait_for(&changed, &lock);
        woken.fetch_add(1);
    });
    all_asleep(&waiters);
    assert_eq!(woken.get(), 0, "it was not kept for those who come later");
    for number in 1..=2 {
        changed.notify_one();
        until("one is awake", || woken.get() >= number);
        std::thread::sleep(ms(60)); // three looks of each of the others
        assert_eq!(woken.get(), number);
    }
    changed.notify_one();
    changed.notify_one();
    changed.notify_all();
    all_succeed(waiters);
    let late = started(1, || wait_for(&changed, &lock));
    until_it_has_slept(late[0].pid(), 4);
    changed.notify_one();
    all_succeed(late);
}

fn a_condition_gives_the_lock_back() {
    let (lock, changed) = (Lock::new().unwrap(), Condition::new().unwrap());
    let waiter = started(1, || {
        let held = lock.lock().unwrap();
        let held = changed.wait(held).unwrap();
        std::thread::sleep(ms(300));
        drop(held);
    });
    until("it waits, and has released the lock", || {
        format!("{changed:?}").ends_with(", waiting: 1 }") && lock.try_lock().unwrap().is_some()
    });
    changed.notify_one();
    until("it has the lock again", || lock.try_lock().unwrap().is_none());
    all_succeed(waiter);
    // Whoever finds the lock's holder dead is told.
    let waiter = started(1, || {
        let held = lock.lock().unwrap();
        assert!(matches!(changed.wait(held), Err(LockError::HolderDied { .. })));
    });
    all_asleep(&waiter);
    kill_unjoined(holder(&lock).pid());
    changed.notify_one();
    all_succeed(waiter);
}

fn a_condition_loses_no_plate() {
    let lock = Lock::new().unwrap();
    let (full, empty) = (Condition::new().unwrap(), Condition::new().unwrap());
    let (plates, eaten) = (Value::new(0u32).unwrap(), Value::new(0u32).unwrap());
    let cook = || {
        for _ in 0..300 {
            let mut held = lock.lock().unwrap();
            while plates.get() == 2 {
                held = empty.wait(held).unwrap();
            }
            plates.set(plates.get() + 1);
            full.notify_one();
        }
    };
    let eat = || {
        for _ in 0..200 {
            let mut held = lock.lock().unwrap();
            while plates.get() == 0 {
                held = full.wait(held).unwrap();
            }
            plates.set(plates.get() - 1);
            eaten.fetch_add(1);
            empty.notify_one();
        }
    };
    let (cooks, guests) = (started(2, cook), started(3, eat));
    all_succeed(cooks);
    all_succeed(guests);
    assert_eq!((plates.get(), eaten.get()), (0, 600));
}

fn a_condition_rings() {
    in_the_end(|| {
        let (lock, changed) = (Lock::new().unwrap(), Condition::new().unwrap());
        let turn = Value::new(0u32).unwrap();
        let wait_until = |mine: u32| {
            let mut held = lock.lock().unwrap();
            while turn.get() != mine {
                held = changed.wait(held).unwrap();
            }
            held
        };
        let pass = |to: u32| {
            turn.set(to);
            changed.notify_one();
        };
        let echo = started(1, || {
            for _ in 0..100 {
                let _held = wait_until(1);
                pass(0);
            }
        });
        let quick = quick("a notify there and one back", ms(8), |_| {
            std::thread::sleep(ms(1)); // it has gone to sleep
            timed(|| {
                let held = lock.lock().unwrap();
                pass(1);
                drop(held);
                drop(wait_until(0));
            })
            .1
        });
        all_succeed(echo);
        quick
    });
}

fn nobody_passes_a_barrier_alone() {
    let (barrier, come) = (Barrier::new(4).unwrap(), Value::new(0u32).unwrap());
    let run = || {
        for round in 1..=300 {
            come.fetch_add(1);
            barrier.wait().unwrap();
            let now = come.get();
            assert!((4 * round..=4 * round + 3).contains(&now), "{now} in round {round}");
        }
    };
    all_succeed(started(4, run));
    for alone in [0, 1].map(|parties| Barrier::new(parties).unwrap()) {
        (0..3).for_each(|_| alone.wait().unwrap());
        alone.wait_timeout(Duration::ZERO).unwrap();
    }
}

fn a_barrier_is_broken_by_one_who_gives_up() {
    runs_out_on_time("Barrier::wait_timeout", |limit| {
        let barrier = Barrier::new(2).unwrap();
        assert!(barrier.wait_timeout(limit).is_err());
    });
    let barrier = Barrier::new(4).unwrap();
    let waiters = started(2, || assert!(barrier.wait().is_err()));
    all_asleep(&waiters);
    assert!(barrier.wait_timeout(ms(1)).is_err());
    all_succeed(waiters);
    for _ in 0..2 {
        assert!(barrier.wait().is_err());
    }
    // Too late to break it.
    let barrier = Barrier::new(3).unwrap();
    let waiters = started(2, || barrier.wait_timeout(LONG).unwrap());
    barrier.wait().unwrap();
    all_succeed(waiters);
    assert!(format!("{barrier:?}").ends_with(", broken: false }"), "{barrier:?}");
}

fn a_barrier_rings() {
    in_the_end(|| {
        let (barrier, passed) = (Barrier::new(2).unwrap(), Value::new(0u32).unwrap());
        let other = started(1, || {
            for _ in 0..100 {
                barrier.wait().unwrap();
                passed.fetch_add(1);
            }
        });
        let quick = quick("until one who waits there goes on", ms(8), |round| {
            std::thread::sleep(ms(1)); // it has gone to sleep
            timed(|| {
                barrier.wait().unwrap();
                until("it goes on", || passed.get() > round);
            })
            .1
        });
        all_succeed(other);
        quick
    });
}

fn a_value_loses_nothing() {
    let (sum, float) = (Value::new(0u64).unwrap(), Value::new(0.5f64).unwrap());
    let work = || {
        for _ in 0..20_000 {
            sum.fetch_add(1);
            float.fetch_update(|number| number + 1.0);
        }
    };
    all_succeed(started(4, work));
    assert_eq!((sum.get(), float.get()), (80_000, 80_000.5));
    let value = Value::new(-3i8).unwrap();
    assert_eq!((value.fetch_add(-4), value.get()), (-3, -7));
    assert_eq!(value.fetch_update(|number| number * 2), -7);
    assert_eq!(value.get(), -14);
    let flag = Value::new(true).unwrap();
    all_succeed(started(1, || flag.set(!flag.get())));
    assert!(!flag.get());
}

fn an_array_loses_nothing() {
    let sums = Array::new(&[0u64; 500]).unwrap();
    let floats = Array::new(&[0.5f64, -0.0]).unwrap();
    let add = || {
        (0..50_000).for_each(|i| _ = sums.fetch_add(i % sums.len(), i as u64));
        floats.fetch_update(0, |float| float + 0.25);
    };
    let children = started(4, add);
    // Whoever is killed in the middle of a step keeps nobody from theirs.
    let killed = started(1, || {
        loop {
            sums.fetch_add(0, 0);
        }
    });
    killed[0].kill().unwrap();
    all_succeed(children);
    let right = |i: u64| 4 * (0..100).map(|n| i + 500 * n).sum::<u64>();
    assert!(sums.iter().eq((0..500).map(right)));
    assert!(floats.get(0) == 1.5 && floats.get(1).is_sign_negative());
    let small = Array::new(&[-3i8, 4, i8::MIN]).unwrap();
    assert_eq!(small.fetch_add(0, 5), -3);
    small.set(1, 7);
    assert_eq!(small.iter().collect::<Vec<_>>(), [2, 7, i8::MIN]);
    assert_eq!((small.iter().len(), Array::<bool>::new(&[]).unwrap().iter().count()), (3, 0));
}

/// The message names the place where the element is asked for.
fn what_an_array_does_not_have() {
    static FILES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    std::panic::set_hook(Box::new(|panic| {
        FILES.lock().unwrap().push(panic.location().unwrap().file().to_owned());
    }));
    let (array, empty) = (Array::new(&[1, 2, 3]).unwrap(), Array::<u8>::new(&[]).unwrap());
    let asks: [&dyn Fn(); 5] = [
        &|| _ = array.get(3),
        &|| array.set(4, 0),
        &|| _ = array.fetch_add(usize::MAX, 1),
        &|| _ = array.fetch_update(1 << 32, |n| n),
        &|| _ = empty.get(0),
    ];
    let mut texts = Vec::new();
    for ask in asks {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(ask)).unwrap_err();
        texts.push(*panic.downcast::<String>().unwrap());
    }
    drop(std::panic::take_hook());
    assert_eq!(texts[0], "no element 3 in an array of 3");
    assert!(texts.iter().all(|text| text.starts_with("no element ")), "{texts:?}");
    let files = FILES.lock().unwrap();
    assert!(files.len() == 5 && files.iter().all(|file| file.ends_with("sync.rs")), "{files:?}");
}

/// One mapping, which is touched when it is used; and the numbers of other objects stay small.
fn a_million_numbers_cost_nothing_at_first() {
    let zeros = vec![0u64; 1_000_000];
    let (arrays, took) =
        timed(|| -> Vec<_> { (0..20).map(|_| Array::new(&zeros).unwrap()).collect() });
    println!("20 arrays of a million: {took:?}");
    assert!(took < ms(5000));
    arrays[19].set(999_999, 7);
    assert_eq!(arrays.iter().map(|array| array.get(999_999)).sum::<u64>(), 7);
    let lock = format!("{:?}", Lock::new().unwrap());
    let object: u32 =
        lock.split(|c: char| !c.is_ascii_digit()).find_map(|n| n.parse().ok()).unwrap();
    assert!(object < 100, "{lock}");
}

fn main() {
    let cases = harness::cases![
        an_event_stays_set_until_it_is_cleared,
        an_event_wakes_everyone,
        an_event_set_and_cleared_at_once_wakes_all_who_waited,
        an_event_rings,
        a_lock_excludes,
        a_held_lock_is_not_had,
        a_lock_rings,
        errors_and_panics_release,
        an_inherited_guard_releases_nothing,
        a_dead_holder_is_named_and_the_lock_recovered,
        a_holder_that_let_go_and_ended_did_not_die_as_the_holder,
        one_recoverer_at_a_time,
        recoverers_at_the_same_instant,
        a_dead_waiter_does_not_keep_the_lock,
        a_stopped_holder_holds,
        who_closes_foreign_descriptors_is_told,
        who_is_taken_for_dead_says_so,
        never_more_inside_than_permits,
        a_semaphore_counts_from_zero,
        a_free_permit_is_had_at_once,
        a_semaphore_rings,
        a_notify_wakes_only_those_who_wait,
        a_condition_gives_the_lock_back,
        a_condition_loses_no_plate,
        a_condition_rings,
        nobody_passes_a_barrier_alone,
        a_barrier_is_broken_by_one_who_gives_up,
        a_barrier_rings,
        a_value_loses_nothing,
        an_array_loses_nothing,
        what_an_array_does_not_have,
        a_million_numbers_cost_nothing_at_first,
    ];
    let programs = harness::cases![closes_descriptors, reopens_its_life_lock];
    harness::run_within(Duration::from_secs(30), cases, programs);
}
