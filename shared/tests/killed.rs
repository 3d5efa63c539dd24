//! A process may be killed at any instant: the others go on, and nothing they get is corrupt.
#![allow(unsafe_code)]

mod harness;
mod tools;

use multiprocessing::{
    Barrier, Bytes, Child, Condition, Event, JoinableQueue, Lock, LockError, LockGuard, PipeEnd,
    PipeError, Process, PutError, Queue, Semaphore, Value, pipe,
};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::time::{Duration, Instant};
use tools::{
    LARGE, LONG, all_succeed, churn, drain, kill_unjoined, ms, quantile, stop_inside, timed,
    two_large, until, until_it_has_slept,
};

/// Generous: the others ask every 5 to 20 ms who is dead.
const SOON: Duration = Duration::from_secs(10);

fn inside() {
    for unlimited in [true, false, true] {
        let queue = two_large();
        let child = Process::new(|| churn(&queue)).start().unwrap();
        stop_inside(&queue, child.pid());
        // The dead process is not waited for: it is a zombie, and its number is taken.
        kill_unjoined(child.pid());
        let (outcome, took) = timed(|| {
            if unlimited {
                queue.put(Bytes::default())
            } else {
                queue.put_timeout(Bytes::default(), SOON)
            }
        });
        outcome.unwrap();
        println!("a put after the death of the one inside: {took:?}");
        assert!(took < SOON);
        assert_eq!(queue.taken_over(), 1);
        let large = drain(&queue);
        assert!(large == 1 || large == 2, "{large} of 2 are left");
        // As good as new.
        for byte in [1, 2, 1] {
            queue.put(Bytes::from(vec![byte; LARGE])).unwrap();
        }
        assert_eq!(drain(&queue), 3);
        child.join().unwrap();
    }
}

fn inside_while_others_wait() {
    let queue = two_large();
    let child = Process::new(|| churn(&queue)).start().unwrap();
    stop_inside(&queue, child.pid());
    let pass = || -> anyhow::Result<()> { Ok(queue.put(queue.get()?)?) };
    let waiters: Vec<_> = (0..4).map(|_| Process::new(pass).start().unwrap()).collect();
    for waiter in &waiters {
        until_it_has_slept(waiter.pid(), 4);
    }
    kill_unjoined(child.pid());
    let ((), took) = timed(|| all_succeed(waiters));
    println!("four waiters, each with up to 40 MiB to copy: {took:?}");
    assert!(took < 2 * SOON);
    assert!(drain(&queue) >= 1);
    child.join().unwrap();
}

/// Calls that are not ready to wait do not wait for the dead either.
fn inside_while_others_only_look_in() {
    for _ in 0..3 {
        let queue = two_large();
        let child = Process::new(|| churn(&queue)).start().unwrap();
        stop_inside(&queue, child.pid());
        // One who has asked for the next turn dies as well.
        let waiter = Process::new(|| queue.get().map(drop)).start().unwrap();
        until_it_has_slept(waiter.pid(), 4);
        kill_unjoined(waiter.pid());
        kill_unjoined(child.pid());
        let put = queue.put_timeout(Bytes::default(), Duration::ZERO);
        assert!(put.is_ok(), "{put:?}");
        let got = queue.get_timeout(Duration::ZERO).unwrap();
        assert!(got.is_some(), "a message waits, and nobody alive is inside");
        child.join().unwrap();
        waiter.join().unwrap();
    }
}

/// Whoever is told of it: an end that is under way to a killed process, or with it, is closed.
fn at_any_instant_with_the_end_of_a_pipe() {
    let mut answered = 0;
    for round in 0..200u64 {
        let (server, requests) = pipe::<PipeEnd<u64>>().unwrap();
        let victim = Process::new(move || -> anyhow::Result<()> {
            loop {
                requests.recv()?.send(round)?;
            }
        });
        let victim = victim.start().unwrap();
        let killer = Process::new(|| {
            std::thread::sleep(Duration::from_micros(200 + 97 * (round % 13)));
            nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(victim.pid()),
                nix::sys::signal::SIGKILL,
            )
        });
        let killer = killer.start().unwrap();
        let began = Instant::now();
        loop {
            let (answer, theirs) = pipe().unwrap();
            if server.send(theirs).is_err() {
                break;
            }
            match answer.recv_timeout(LONG) {
                Ok(message) => assert_eq!(message.expect("an answer, or the end"), round),
                Err(PipeError::Closed) => continue,
                Err(error) => panic!("{error}"),
            }
            answered += 1;
        }
        assert!(began.elapsed() < SOON);
        killer.join().unwrap();
        victim.join().unwrap();
    }
    println!("{answered} answers before 200 ends");
    assert!(answered > 200);
}

fn at_any_instant_with_messages_up_to_a_mebibyte() {
    let queue = Queue::<Bytes>::unbounded().unwrap();
    let whole = |message: &Bytes| {
        let byte = message.first().copied().unwrap_or(0);
        message.0 == vec![byte; message.len()]
    };
    for i in 1..=6 {
        queue.put(Bytes::from(vec![i; 170_000 * usize::from(i)])).unwrap();
    }
    let (mut waits, mut lost) = (Vec::new(), 0);
    for round in 0..60u64 {
        let victim = Process::new(|| churn(&queue)).start().unwrap();
        std::thread::sleep(Duration::from_micros(500 + 97 * (round % 13)));
        // While it is being killed, this process puts and gets.
        victim.kill().unwrap();
        for _ in 0..3 {
            let (message, took) = timed(|| queue.get_timeout(LONG).unwrap().expect("one of six"));
            assert!(whole(&message), "round {round}");
            waits.push(took);
            let (outcome, took) = timed(|| queue.put(&message));
            outcome.unwrap();
            waits.push(took);
        }
        victim.join().unwrap();
        // At most the one in its hand is lost: it is made up for.
        let len = queue.len();
        assert!((5..=6).contains(&len), "round {round}: {len} of 6 are left");
        if len == 5 {
            lost += 1;
            queue.put(Bytes::from(vec![7; 900_000])).unwrap();
        }
    }
    let (median, most) = (quantile(&mut waits, 0.5), quantile(&mut waits, 1.0));
    println!("60 killed, {lost} messages lost; a wait: {median:?} in the median, {most:?} at most");
    assert!(median < ms(50) && most < SOON, "{median:?}, {most:?}");
}

/// Whoever is killed while it shuts a queue down has done so, and all are told, or has not.
fn at_any_instant_of_a_shutdown() {
    let mut shut = 0;
    for round in 0..60u64 {
        let queue = Queue::<u32>::unbounded().unwrap();
        let get = || std::process::exit(i32::from(queue.get().is_ok()));
        let getters: Vec<_> = (0..2).map(|_| Process::new(get).start().unwrap()).collect();
        getters.iter().for_each(|getter| until_it_has_slept(getter.pid(), 1));
        let victim = Process::new(|| queue.shutdown()).start().unwrap();
        std::thread::sleep(Duration::from_micros(150 * round));
        victim.kill().unwrap();
        victim.join().unwrap();
        let is_shut = matches!(queue.try_put(7), Err(PutError::ShutDown));
        shut += usize::from(is_shut);
        // If not, the queue is whole: one gets that, and the other waits until it is shut down.
        queue.shutdown();
        let codes = getters.iter().map(|one| one.join_timeout(LONG).unwrap().unwrap().code());
        let got: i32 = codes.sum();
        assert_eq!(got, i32::from(!is_shut), "round {round}");
    }
    println!("60 killed, {shut} of them had shut the queue down");
    assert!(shut > 0, "none of 60: kill them later");
}

/// Of eight that wait, the first six are killed: also the one that has asked for the next turn.
fn survivors(wait: impl Fn() + Copy) -> Vec<Child> {
    let start = |_| Process::new(wait).start().unwrap();
    let mut waiters: Vec<_> = (0..8).map(start).collect();
    for waiter in &waiters {
        until_it_has_slept(waiter.pid(), 1);
    }
    for victim in waiters.drain(..6) {
        kill_unjoined(victim.pid());
        victim.join().unwrap();
    }
    waiters
}

fn while_waiting() {
    let queue = Queue::unbounded().unwrap();
    let left = survivors(|| queue.get().map(drop).unwrap());
    (0..2).for_each(|i| queue.put(i).unwrap());
    all_succeed(left);
    assert!(queue.is_empty());

    let full = Queue::bounded(1).unwrap();
    full.put(0).unwrap();
    let left = survivors(|| full.put(1).unwrap());
    for expected in [0, 1, 1] {
        assert_eq!(full.get_timeout(LONG).unwrap(), Some(expected));
    }
    all_succeed(left);

    let event = Event::new().unwrap();
    let left = survivors(|| event.wait());
    event.set();
    all_succeed(left);

    let semaphore = Semaphore::new(1).unwrap();
    let permit = semaphore.acquire();
    let left = survivors(|| drop(semaphore.acquire()));
    drop(permit);
    all_succeed(left);
    let permit = semaphore.try_acquire();
    assert!(permit.is_some() && semaphore.try_acquire().is_none());

    let tasks = JoinableQueue::unbounded().unwrap();
    tasks.put(0).unwrap();
    let left = survivors(|| tasks.join());
    tasks.task_done().unwrap();
    all_succeed(left);

    let lock = Lock::new().unwrap();
    let guard = lock.lock().unwrap();
    let left = survivors(|| drop(lock.lock().unwrap()));
    drop(guard);
    all_succeed(left);
}

fn while_waiting_for_a_notify() {
    let (lock, changed) = (Lock::new().unwrap(), Condition::new().unwrap());
    let wait = || {
        let held = lock.lock().unwrap();
        drop(changed.wait(held).unwrap());
    };
    let mut waiters: Vec<_> = (0..8).map(|_| Process::new(wait).start().unwrap()).collect();
    until("all wait", || {
        format!("{changed:?}").ends_with(", waiting: 8 }") && lock.try_lock().unwrap().is_some()
    });
    kill_and_join(waiters.drain(..6));
    // The dead swallow none of them.
    (0..2).for_each(|_| changed.notify_one());
    all_succeed(waiters);
}

fn while_waiting_at_a_barrier() {
    let barrier = Barrier::new(9).unwrap();
    let wait = || barrier.wait().unwrap();
    let mut waiters: Vec<_> = (0..8).map(|_| Process::new(wait).start().unwrap()).collect();
    until("all are there", || format!("{barrier:?}").contains(", there: 8, "));
    kill_and_join(waiters.drain(..6));
    // They had come.
    barrier.wait_timeout(LONG).unwrap();
    all_succeed(waiters);
    // In the next round they are missing.
    let mut waiters = vec![Process::new(|| barrier.wait()).start().unwrap()];
    until("it is there", || format!("{barrier:?}").contains(", there: 1, "));
    assert!(barrier.wait_timeout(ms(20)).is_err());
    assert_eq!(waiters.remove(0).join().unwrap().code(), 1);
}

fn kill_and_join(victims: impl Iterator<Item = Child>) {
    for victim in victims {
        kill_unjoined(victim.pid());
        victim.join().unwrap();
    }
}

/// Takes the lock, if need be from a dead holder.
fn take(lock: &Lock) -> LockGuard<'_> {
    lock.lock().unwrap_or_else(|_: LockError| lock.recover())
}

/// Some who wait and notify are killed at any instant. Whoever lives is woken by each notify of all.
fn at_any_instant_with_a_condition() {
    let (lock, changed) = (Lock::new().unwrap(), Condition::new().unwrap());
    let (rounds, seen) = (Value::new(0u32).unwrap(), Value::new(0u32).unwrap());
    let wait_for_more_than = |known: u32| {
        let mut held = take(&lock);
        while rounds.get() == known {
            held = match changed.wait(held) {
                Ok(held) => held,
                Err(_) => take(&lock),
            };
        }
        rounds.get()
    };
    let survivor = || {
        let mut known = 0;
        while known < 200 {
            known = wait_for_more_than(known);
            seen.fetch_add(1);
        }
    };
    let survivors: Vec<_> = (0..3).map(|_| Process::new(survivor).start().unwrap()).collect();
    let victim = || loop {
        let known = rounds.get();
        changed.notify_one();
        wait_for_more_than(known);
        let held = take(&lock);
        changed.notify_one();
        drop(held);
    };
    for round in 1..=200 {
        let victims: Vec<_> = (0..3).map(|_| Process::new(victim).start().unwrap()).collect();
        std::thread::sleep(Duration::from_micros(u64::from(round) * 37 % 2000));
        let held = take(&lock);
        rounds.set(round);
        changed.notify_all();
        drop(held);
        // Some of them are just waking up.
        std::thread::sleep(Duration::from_micros(u64::from(round) * 13 % 300));
        kill_and_join(victims.into_iter());
        until("each has seen it", || seen.get() == 3 * round);
    }
    all_succeed(survivors);
}

fn a_put_costs_no_more_after_a_hundred_killed_waiters() {
    let (queue, other) = (Queue::unbounded().unwrap(), Queue::unbounded().unwrap());
    // In turn, so that a disturbed moment is one for both.
    let costs = || {
        let mut batches = [Vec::new(), Vec::new()];
        for _ in 0..200 {
            for (queue, batches) in [&queue, &other].into_iter().zip(&mut batches) {
                batches.push(timed(|| (0..100).for_each(|i| queue.put(i).unwrap())).1);
            }
        }
        for queue in [&queue, &other] {
            while queue.try_get().unwrap().is_some() {}
        }
        batches.map(|mut batches| quantile(&mut batches, 0.25) / 100) // the undisturbed ones
    };
    let ping = |there: &Queue<i32>, back: &Queue<i32>| {
        let mut rounds: Vec<_> = (0..300)
            .map(|i| {
                there.put(i).unwrap();
                timed(|| back.get_timeout(LONG).unwrap().expect("an answer")).1
            })
            .collect();
        quantile(&mut rounds, 0.5)
    };
    let back = Queue::unbounded().unwrap();
    let echo = || -> anyhow::Result<()> {
        loop {
            back.put(queue.get()?)?;
        }
    };
    costs();
    let echoing = Process::new(echo).start().unwrap();
    let round_before = ping(&queue, &back);
    echoing.kill().unwrap();
    echoing.join().unwrap();
    for _ in 0..5 {
        let start = |_| Process::new(|| queue.get().map(drop)).start().unwrap();
        let waiters: Vec<_> = (0..20).map(start).collect();
        for waiter in &waiters {
            until_it_has_slept(waiter.pid(), 1);
        }
        for waiter in &waiters {
            waiter.kill().unwrap();
            waiter.join().unwrap();
        }
    }
    let [after, without] = costs();
    let ratio = after.as_secs_f64() / without.as_secs_f64();
    println!("a put: {without:?} without them, {after:?} after: {ratio:.2} times");
    let echoing = Process::new(echo).start().unwrap();
    let round_after = ping(&queue, &back);
    println!("there and back: {round_before:?} before, {round_after:?} after");
    echoing.kill().unwrap();
    // Waiters that are dead and still counted would cost a system call with each put. The two are
    // measured in turn, so load is in both.
    assert!(ratio < 1.5, "{ratio:.2}");
}

fn behind_the_crates_back() {
    let queue = two_large();
    // This process is known to the queue: the child must not pass for it.
    queue.put(Bytes::default()).unwrap();
    // SAFETY: this process has one thread, and the child never returns.
    let child = match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            let _ = churn(&queue);
            // SAFETY: it takes any number.
            unsafe { libc::_exit(1) }
        }
    };
    stop_inside(&queue, child.as_raw()); // it names the child as the one inside
    let refusal = queue.try_put(Bytes::default()).expect_err("Busy");
    assert!(matches!(refusal, PutError::Busy { pid } if pid == child.as_raw()));
    let waiter = Process::new(|| queue.put(Bytes::default())).start().unwrap();
    until_it_has_slept(waiter.pid(), 2);
    kill_unjoined(child.as_raw());
    let (outcome, took) = timed(|| queue.put_timeout(Bytes::default(), LONG));
    outcome.unwrap();
    assert!(took < SOON, "{took:?}");
    all_succeed(vec![waiter]);
    assert!(drain(&queue) >= 1);
    waitpid(child, None).unwrap();
}

fn inside_with_a_child_that_lives_on() {
    // The child has inherited all that its dead parent had open: it must not pass for it.
    let (queue, over) = (two_large(), Event::new().unwrap());
    let parent = Process::new(|| -> anyhow::Result<()> {
        queue.put(Bytes::default())?;
        Process::new(|| over.wait()).start()?;
        churn(&queue)
    });
    let parent = parent.start().unwrap();
    stop_inside(&queue, parent.pid());
    kill_unjoined(parent.pid());
    queue.put_timeout(Bytes::default(), SOON).unwrap();
    assert!(drain(&queue) >= 1);
    parent.join().unwrap();
    over.set();
}

fn main() {
    harness::run(harness::cases![
        inside,
        inside_while_others_wait,
        inside_while_others_only_look_in,
        at_any_instant_with_messages_up_to_a_mebibyte,
        at_any_instant_with_the_end_of_a_pipe,
        at_any_instant_of_a_shutdown,
        while_waiting,
        while_waiting_for_a_notify,
        while_waiting_at_a_barrier,
        at_any_instant_with_a_condition,
        a_put_costs_no_more_after_a_hundred_killed_waiters,
        behind_the_crates_back,
        inside_with_a_child_that_lives_on,
    ]);
}
