//! A process that was stopped holds what it holds: nobody steals it, and nobody burns a processor
//! or oversleeps for it.
#![allow(unsafe_code)]

mod harness;
mod tools;

use multiprocessing::{
    Barrier, Bytes, Condition, Event, GetError, Lock, Process, PutError, Queue, Semaphore,
};
use nix::sys::signal::{SigHandler, SigSet, Signal, kill, signal};
use nix::unistd::Pid;
use std::time::Duration;
use tools::{
    LONG, all_succeed, churn, cpu_time, drain, go_on, in_the_end, ms, quantile, runs_out_on_time,
    stop, stop_inside, timed, two_large, until, until_it_has_slept,
};

fn calls_with_a_limit_return_on_time_and_say_why() {
    let queue = two_large();
    let child = Process::new(|| churn(&queue)).start().unwrap();
    stop_inside(&queue, child.pid());
    runs_out_on_time("get_timeout, one inside stopped", |limit| {
        // There are messages: `None` would be wrong.
        let error = queue.get_timeout(limit).expect_err("it stands still inside");
        assert!(matches!(error, GetError::Busy { pid } if pid == child.pid()));
    });
    runs_out_on_time("put_timeout, one inside stopped", |limit| {
        let error = queue.put_timeout(Bytes::default(), limit).expect_err("it stands still inside");
        assert!(matches!(error, PutError::Busy { pid } if pid == child.pid()));
    });
    child.kill().unwrap();
}

fn try_calls_say_busy_and_by_whom() {
    let queue = two_large();
    let child = Process::new(|| churn(&queue)).start().unwrap();
    stop_inside(&queue, child.pid());
    in_the_end(|| {
        let (refusal, took) = timed(|| queue.try_put(Bytes::default()));
        let error = refusal.expect_err("it stands still inside");
        let text = error.to_string();
        assert!(matches!(error, PutError::Busy { pid } if pid == child.pid()));
        assert!(text.contains(&format!("kill -CONT {}", child.pid())));
        let (refusal, took_too) = timed(|| queue.try_get());
        let error = refusal.expect_err("it stands still inside");
        assert!(matches!(error, GetError::Busy { pid } if pid == child.pid()));
        println!("{took:?} and {took_too:?}");
        took.max(took_too) < ms(500)
    });
    // Looking needs nobody's leave.
    in_the_end(|| {
        let (len, took) = timed(|| queue.len());
        assert!((1..=60).contains(&len));
        took < ms(100)
    });
    child.kill().unwrap();
}

/// Not stopped, but it does not go on either, as one that gets no processor: a handler of its own
/// holds it up. That may be over soon, so whoever cannot wait still waits a second.
fn one_that_is_held_up_inside_is_given_a_second() {
    extern "C" fn hold_up(_: i32) {
        // SAFETY: an empty set, and a call that a handler may make: it waits for SIGUSR2.
        unsafe {
            let mut none: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&mut none);
            libc::sigsuspend(&none);
        }
    }
    extern "C" fn let_go(_: i32) {}
    let (queue, ready) = (two_large(), Event::new().unwrap());
    let child = Process::new(|| -> anyhow::Result<()> {
        SigSet::from(Signal::SIGUSR2).thread_block()?;
        // SAFETY: what the handlers call is allowed in them.
        unsafe {
            signal(Signal::SIGUSR1, SigHandler::Handler(hold_up))?;
            signal(Signal::SIGUSR2, SigHandler::Handler(let_go))?;
        }
        ready.set();
        churn(&queue)
    });
    let child = child.start().unwrap();
    let pid = child.pid();
    let send = |signal| kill(Pid::from_raw(pid), signal).unwrap();
    ready.wait();
    for attempt in 1.. {
        assert!(attempt <= 50, "in 50 attempts, it was never inside");
        send(Signal::SIGUSR1);
        let (put, took) = timed(|| queue.try_put(Bytes::default()));
        if let Err(PutError::Busy { pid: by }) = put {
            assert_eq!(by, pid);
            assert!(took >= ms(1000), "{took:?}");
            break;
        }
        send(Signal::SIGUSR2);
        std::thread::sleep(Duration::from_micros(1000 + 770 * attempt));
    }
    let (got, took) = timed(|| queue.try_get());
    assert!(matches!(got, Err(GetError::Busy { pid: by }) if by == pid), "{got:?}");
    assert!(took >= ms(1000), "{took:?}");
    send(Signal::SIGUSR2);
    queue.put(Bytes::default()).unwrap(); // nobody stands still any more
    child.kill().unwrap();
}

fn calls_without_a_limit_wait_and_go_on() {
    let queue = two_large();
    let child = Process::new(|| churn(&queue)).start().unwrap();
    stop_inside(&queue, child.pid());
    let through = Queue::<i32>::unbounded().unwrap();
    let put = Process::new(|| -> anyhow::Result<()> {
        queue.put(Bytes::default())?;
        Ok(through.put(1)?)
    });
    let get = Process::new(|| -> anyhow::Result<()> {
        queue.put(queue.get()?)?;
        Ok(through.put(2)?)
    });
    let waiters = vec![put.start().unwrap(), get.start().unwrap()];
    for waiter in &waiters {
        until_it_has_slept(waiter.pid(), 10);
    }
    // Nothing is stolen, however many want it.
    let refusal = queue.try_put(Bytes::default()).expect_err("Busy");
    assert!(matches!(refusal, PutError::Busy { pid } if pid == child.pid()));
    assert!(through.is_empty());
    go_on(child.pid());
    all_succeed(waiters);
    assert_eq!(through.len(), 2);
    // The one who stood still goes on as if nothing had been.
    stop_inside(&queue, child.pid());
    go_on(child.pid());
    std::thread::sleep(ms(20));
    assert!(child.is_alive().unwrap());
    child.kill().unwrap();
    child.join().unwrap();
    let large = drain(&queue);
    assert!(large == 2 || large == 1, "{large}: one may have been in its hand");
}

fn a_waiter_burns_next_to_nothing() {
    let queue = two_large();
    let empty = Queue::<u8>::unbounded().unwrap();
    let child = Process::new(|| churn(&queue)).start().unwrap();
    stop_inside(&queue, child.pid());
    let waiters = vec![
        Process::new(|| queue.get().map(drop)).start().unwrap(),
        Process::new(|| queue.put(Bytes::default())).start().unwrap(),
        Process::new(|| queue.get_timeout(LONG).map(drop)).start().unwrap(),
        // Nobody is inside here, but there is nothing to get either.
        Process::new(|| empty.get().map(drop)).start().unwrap(),
    ];
    for waiter in &waiters {
        until_it_has_slept(waiter.pid(), 2);
    }
    // The least of five looks: what a waiter burns is in each of them, and a virtual machine that
    // stands still for a moment charges it to whoever was at work: up to 30 ms a second.
    let mut used = vec![Vec::new(); waiters.len()];
    for _ in 0..5 {
        let before: Vec<_> = waiters.iter().map(|waiter| cpu_time(waiter.pid())).collect();
        let ((), lived) = timed(|| std::thread::sleep(ms(200)));
        for ((waiter, used), before) in waiters.iter().zip(&mut used).zip(before) {
            used.push((cpu_time(waiter.pid()) - before).div_f64(lived.as_secs_f64()));
        }
    }
    for (waiter, used) in waiters.iter().zip(&mut used) {
        let percent = 100.0 * quantile(used, 0.0).as_secs_f64();
        println!("{}: {percent:.2} % of a core", waiter.name());
        assert!(percent < 2.0, "{}: {percent:.2} %", waiter.name());
        waiter.kill().unwrap();
    }
    child.kill().unwrap();
}

fn a_stopped_waiter_is_in_nobodys_way() {
    let (queue, narrow) = (Queue::unbounded().unwrap(), Queue::bounded(1).unwrap());
    let semaphore = Semaphore::new(1).unwrap();
    let (event, lock) = (Event::new().unwrap(), Lock::new().unwrap());
    let guard = lock.lock().unwrap();
    narrow.put(0).unwrap();
    let permit = semaphore.acquire();
    let waiters = vec![
        Process::new(|| queue.get().map(drop)).start().unwrap(),
        Process::new(|| narrow.put(1)).start().unwrap(),
        Process::new(|| drop(semaphore.acquire())).start().unwrap(),
        Process::new(|| event.wait()).start().unwrap(),
        Process::new(|| lock.lock().map(drop)).start().unwrap(),
    ];
    for waiter in &waiters {
        until_it_has_slept(waiter.pid(), 4); // the last one has asked for the next turn
        stop(waiter.pid());
    }
    let through = Queue::unbounded().unwrap();
    let others = Process::new(|| -> anyhow::Result<()> {
        for i in 0..50 {
            assert_eq!(queue.get()?, i);
            through.put(i)?;
        }
        let _permit = semaphore.acquire();
        event.wait();
        drop(lock.lock()?);
        Ok(narrow.put(2)?)
    });
    let others = others.start().unwrap();
    let mut took = Vec::new();
    for i in 0..50 {
        // The ring may be meant for the one that stands still: a slice later it is noticed.
        let (back, time) = timed(|| {
            queue.put(i).unwrap();
            through.get_timeout(LONG).unwrap()
        });
        assert_eq!(back, Some(i));
        took.push(time);
    }
    let median = quantile(&mut took, 0.5);
    println!("there and back past a stopped getter: {median:?}");
    assert!(median < ms(60), "{median:?}");
    drop(permit);
    event.set();
    drop(guard);
    assert_eq!(narrow.get().unwrap(), 0);
    all_succeed(vec![others]);
    assert_eq!(narrow.get_timeout(LONG).unwrap(), Some(2));
    // Continued, they get theirs.
    queue.put(99).unwrap();
    event.clear(); // it was set while one waited
    waiters.iter().for_each(|waiter| go_on(waiter.pid()));
    assert_eq!(narrow.get_timeout(LONG).unwrap(), Some(1));
    all_succeed(waiters);
}

fn a_stopped_waiter_does_not_keep_a_free_lock() {
    // It had asked for the next turn when it was stopped.
    let lock = Lock::new().unwrap();
    let guard = lock.lock().unwrap();
    let waiter = Process::new(|| lock.lock().map(drop)).start().unwrap();
    let ask: [fn(&Lock) -> bool; 3] = [
        |lock| lock.try_lock().unwrap().is_some(),
        |lock| lock.lock_timeout(Duration::ZERO).unwrap().is_some(),
        |lock| lock.lock_timeout(ms(1)).unwrap().is_some(),
    ];
    let mut guard = Some(guard);
    for has_it in ask {
        until_it_has_slept(waiter.pid(), 4);
        stop(waiter.pid());
        drop(guard.take());
        assert!(has_it(&lock));
        // Taken anew, so that the waiter asks for the next turn anew.
        guard = lock.try_lock().unwrap();
        assert!(guard.is_some());
        go_on(waiter.pid());
    }
    drop(guard);
    all_succeed(vec![waiter]);
}

fn a_process_stopped_and_continued_all_the_time_loses_nothing() {
    let queue = Queue::bounded(3).unwrap();
    let child = Process::new(|| (0..20_000).try_for_each(|i| queue.put(i)));
    let child = child.start().unwrap();
    let disturb = Process::new(|| {
        loop {
            stop(child.pid());
            std::thread::sleep(Duration::from_micros(300));
            go_on(child.pid());
            std::thread::sleep(Duration::from_micros(700));
        }
    });
    let disturb = disturb.daemon(true).start().unwrap();
    for i in 0..20_000 {
        assert_eq!(queue.get_timeout(LONG).unwrap(), Some(i));
    }
    disturb.kill().unwrap();
    disturb.join().unwrap();
    until("the writer has ended", || {
        go_on(child.pid());
        child.exit().is_some()
    });
    all_succeed(vec![child]);
}

fn a_stopped_waiter_does_not_keep_a_notify() {
    let (lock, changed) = (Lock::new().unwrap(), Condition::new().unwrap());
    let wait = || -> anyhow::Result<()> {
        let held = lock.lock()?;
        drop(changed.wait(held)?);
        Ok(())
    };
    let wait = || Process::new(wait).start().unwrap();
    let stopped = wait();
    until_it_has_slept(stopped.pid(), 2);
    stop(stopped.pid());
    let other = wait();
    until_it_has_slept(other.pid(), 2);
    changed.notify_one();
    all_succeed(vec![other]);
    // Nor does anybody take its own who came after that.
    changed.notify_one();
    let late = wait();
    assert!(late.join_timeout(ms(100)).unwrap().is_none());
    go_on(stopped.pid());
    all_succeed(vec![stopped]);
    changed.notify_one();
    all_succeed(vec![late]);
}

fn a_stopped_process_has_come_to_a_barrier() {
    let barrier = Barrier::new(3).unwrap();
    let waiter = Process::new(|| barrier.wait()).start().unwrap();
    until_it_has_slept(waiter.pid(), 2);
    stop(waiter.pid());
    let other = Process::new(|| barrier.wait()).start().unwrap();
    barrier.wait_timeout(LONG).unwrap();
    all_succeed(vec![other]);
    // Whoever gives up does not wait for one that stands still.
    let next = Process::new(|| barrier.wait()).start().unwrap();
    assert!(barrier.wait_timeout(ms(20)).is_err());
    assert_eq!(next.join().unwrap().code(), 1);
    go_on(waiter.pid());
    all_succeed(vec![waiter]);
}

fn main() {
    harness::run(harness::cases![
        calls_with_a_limit_return_on_time_and_say_why,
        try_calls_say_busy_and_by_whom,
        one_that_is_held_up_inside_is_given_a_second,
        calls_without_a_limit_wait_and_go_on,
        a_waiter_burns_next_to_nothing,
        a_stopped_waiter_is_in_nobodys_way,
        a_stopped_waiter_does_not_keep_a_free_lock,
        a_stopped_waiter_does_not_keep_a_notify,
        a_stopped_process_has_come_to_a_barrier,
        a_process_stopped_and_continued_all_the_time_loses_nothing,
    ]);
}
