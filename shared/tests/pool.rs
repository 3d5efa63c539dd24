//! The pool: order, errors, dead workers, its end.
#![allow(unsafe_code)]

mod harness;

use multiprocessing::{
    Event, Exit, GetError, Pool, PoolError, Process, ProcessError, PutError, Queue, Signal, Value,
    active_children, current,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

fn main() {
    let cases = harness::cases![
        results_are_in_order_for_every_chunk,
        results_come_one_by_one,
        results_keep_the_order_in_which_they_came,
        each_task_has_one_item,
        items_survive_many_killed_workers,
        workers_exist_from_new_on_and_are_reused,
        the_default_chunk_is_cpythons,
        an_error_or_a_panic_fails_one_task_only,
        a_killed_worker_fails_one_task_and_is_replaced,
        a_map_survives_many_killed_workers,
        a_worker_killed_while_idle_costs_no_task,
        close_then_join_then_results,
        misuse_is_an_error,
        joining_many_tasks_is_quick,
        only_the_creator_can_use_it,
        dropping_terminates,
        terminate_fails_what_is_not_done,
        a_stopped_worker_can_be_terminated,
        more_tasks_and_results_than_memory,
        larger_tasks_and_results_than_memory,
        an_abandoned_result_is_no_leak_and_no_hang,
        get_timeout_is_never_early,
        a_result_that_is_too_large_is_an_error,
        workers_that_die_make_room,
        a_dead_worker_is_replaced_while_results_flow,
        a_dead_worker_is_replaced_while_tasks_are_given,
        who_only_looks_replaces_the_dead_too,
        what_cannot_travel_fails_its_task_only,
        a_task_that_cannot_be_sent_fails_alone,
        a_panic_in_the_middle_of_an_error_fails_its_task_only,
        a_killed_worker_is_noticed_where_sigchld_is_ignored,
        a_task_is_where_its_dead_worker_left_it,
        workers_do_not_outlive_a_killed_main,
        a_childs_workers_live_and_die_with_it,
    ];
    let programs = harness::cases![main_with_a_pool, main_with_a_childs_pool];
    harness::run_within(Duration::from_secs(30), cases, programs);
}

fn kill(pid: i32, signal: Signal) {
    let signal = nix::sys::signal::Signal::try_from(signal.0).unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal).unwrap();
}

fn results_are_in_order_for_every_chunk() {
    let pool = Pool::new(3, |n: u64| Ok(n * n)).unwrap();
    let squares: Vec<u64> = (0..1000).map(|n| n * n).collect();
    assert_eq!(pool.map(0..1000).unwrap(), squares);
    for chunk in [0, 1, 7, 999, 1000, 5000] {
        assert_eq!(pool.map_chunked(0..1000, chunk).unwrap(), squares, "chunk {chunk}");
    }
    assert_eq!(pool.map([]).unwrap(), Vec::<u64>::new());
    assert_eq!(pool.apply(12).unwrap(), 144);
}

fn workers_exist_from_new_on_and_are_reused() {
    let pool = Pool::new(3, |_: u32| Ok((current().pid(), current().name().to_owned()))).unwrap();
    let workers = active_children();
    let names: HashSet<String> = workers.iter().map(|worker| worker.name().to_owned()).collect();
    assert_eq!(names, ["worker-1", "worker-2", "worker-3"].map(String::from).into());
    let pids: HashSet<i32> = workers.iter().map(|worker| worker.pid()).collect();
    for (pid, name) in pool.map_chunked(0..300, 1).unwrap() {
        assert!(pids.contains(&pid) && names.contains(&name), "{name} {pid}");
    }
    assert_eq!(active_children().len(), 3);
}

fn the_default_chunk_is_cpythons() {
    // 4 chunks for each worker, rounded up: 9 tasks of 2 workers travel in chunks of 2. The tasks
    // behind a failed one in its chunk are not done, which shows where the chunks end.
    let done = Value::new(0u32).unwrap();
    let pool = Pool::new(2, |n: u32| {
        anyhow::ensure!(n != 2, "two");
        done.fetch_add(1 << n);
        Ok(())
    })
    .unwrap();
    assert!(matches!(pool.map(0..9), Err(PoolError::Task(message)) if message == "two"));
    assert_eq!(done.get(), 0b1_1111_0011);
}

fn an_error_or_a_panic_fails_one_task_only() {
    let pool = Pool::new(2, |n: u32| match n {
        3 => Err(anyhow::anyhow!("inner").context("outer")),
        5 => panic!("five is right out"),
        n => Ok(n),
    })
    .unwrap();
    let tasks: Vec<_> = (0..8).map(|n| pool.apply_async(n).unwrap()).collect();
    for (n, task) in tasks.into_iter().enumerate() {
        match (n, task.get()) {
            (3, Err(PoolError::Task(message))) => assert_eq!(message, "outer: inner"),
            (5, Err(PoolError::Panic(message))) => assert_eq!(message, "five is right out"),
            (n, got) => assert_eq!(got.unwrap(), n as u32),
        }
    }
    // Of several failures, map reports the first in the order of the tasks.
    assert!(matches!(pool.map_chunked([0, 5, 3], 1), Err(PoolError::Panic(_))));
}

fn a_killed_worker_fails_one_task_and_is_replaced() {
    let pool = Pool::new(2, |n: u32| {
        if n == 4 {
            kill(current().pid(), Signal::SIGKILL);
        }
        if n == 6 {
            std::process::abort();
        }
        Ok(n)
    })
    .unwrap();
    let tasks: Vec<_> = (0..100).map(|n| pool.apply_async(n).unwrap()).collect();
    for (n, task) in tasks.into_iter().enumerate() {
        match (n, task.get()) {
            (4, Err(PoolError::WorkerDied(exit))) => {
                assert_eq!(exit, Exit::Signal(Signal::SIGKILL))
            }
            (6, Err(PoolError::WorkerDied(exit))) => {
                assert_eq!(exit, Exit::Signal(Signal::SIGABRT))
            }
            (n, got) => assert_eq!(got.unwrap(), n as u32),
        }
    }
    // Two are there, and the fourth that was ever hired is one of them. Not always the third: it may
    // have taken task 6, and died.
    let names: Vec<String> = active_children().iter().map(|worker| worker.name().into()).collect();
    assert_eq!((names.len(), names.iter().max()), (2, Some(&"worker-4".into())), "{names:?}");
}

/// Who has the one result is not kept from it by a task that waits: for that result, at last.
fn results_come_one_by_one() {
    let go_on = Event::new().unwrap();
    let work = |n: u32| {
        if n == 2 {
            go_on.wait();
        }
        Ok(n)
    };
    let pool = Pool::new(2, work).unwrap();
    let mut results = pool.imap(1..=3);
    assert_eq!((results.len(), results.next().unwrap().unwrap()), (3, 1));
    go_on.set();
    assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [2, 3]);
    go_on.clear();
    let mut results = pool.imap_unordered(1..=3);
    let first = [results.next(), results.next()].map(|result| result.unwrap().unwrap());
    assert_eq!((results.len(), first), (1, [1, 3]));
    go_on.set();
    assert_eq!((results.next().unwrap().unwrap(), results.next().is_none()), (2, true));
    assert_eq!((pool.imap([]).count(), pool.imap_unordered([]).count()), (0, 0));
    drop(pool.imap_unordered(4..=9));
    pool.close();
    pool.join().unwrap();
}

fn results_keep_the_order_in_which_they_came() {
    let go_on = Event::new().unwrap();
    let work = |n: u32| {
        if n == 0 {
            go_on.wait();
        }
        Ok(n)
    };
    let pool = Pool::new(2, work).unwrap();
    let results = pool.imap_unordered(0..5);
    // One worker did all of them but the first, and so their results are taken in with this one.
    assert_eq!(pool.apply(7).unwrap(), 7);
    go_on.set();
    pool.close();
    pool.join().unwrap();
    assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [1, 2, 3, 4, 0]);
}

fn each_task_has_one_item() {
    #[derive(Deserialize)]
    struct Task(u32);
    impl Serialize for Task {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                4 => Err(serde::ser::Error::custom("stays here")),
                n => serializer.serialize_newtype_struct("Task", &n),
            }
        }
    }
    let pool = Pool::new(2, |Task(n): Task| match n {
        1 => Err(anyhow::anyhow!("no")),
        2 => panic!("no"),
        3 => std::process::abort(),
        n => Ok(n),
    });
    let pool = pool.unwrap();
    let said = |result: Result<u32, PoolError>| match result {
        Ok(n) => n.to_string(),
        Err(PoolError::WorkerDied(exit)) => format!("died: {exit}"),
        Err(error) => error.to_string(),
    };
    let expected = [
        "0",
        "the task failed: no",
        "the task panicked: no",
        "died: killed by SIGABRT (-6)",
        "the task cannot be sent: the message cannot be encoded: Serde Serialization Error",
        "5",
    ];
    let tasks = || (0..6).map(Task);
    assert_eq!(pool.imap(tasks()).map(said).collect::<Vec<_>>(), expected);
    let mut items: Vec<String> = pool.imap_unordered(tasks()).map(said).collect();
    items.sort_unstable();
    let mut sorted = expected;
    sorted.sort_unstable();
    assert_eq!(items, sorted);

    // It belongs to whoever made it.
    let results = std::cell::RefCell::new(pool.imap_unordered(tasks()));
    let child = Process::new(|| {
        let mut results = results.borrow_mut();
        let refused = results.all(|item| matches!(item, Err(PoolError::NotCreator(_))));
        i32::from(!refused || pool.imap(tasks()).filter(|item| item.is_ok()).count() > 0)
    });
    assert_eq!(child.start().unwrap().join().unwrap(), Exit::Code(0));
    assert_eq!(results.into_inner().filter(Result::is_ok).count(), 2);

    let later = [pool.imap_unordered(tasks()).count(), pool.imap(tasks()).count()];
    let (ordered, unordered) = (pool.imap(tasks()), pool.imap_unordered(tasks()));
    pool.terminate().unwrap();
    assert_eq!((later, ordered.count(), unordered.count()), ([6, 6], 6, 6));
    let is_closed = |item| matches!(item, Err(PoolError::Closed));
    assert!(pool.imap(tasks()).all(is_closed) && pool.imap_unordered(tasks()).all(is_closed));
    assert_eq!(pool.imap_unordered(tasks()).len(), 6);
}

fn items_survive_many_killed_workers() {
    let pool = Pool::new(3, |n: usize| Ok(n)).unwrap();
    let (mut kills, mut failed, mut random) = (0, 0, 7u64);
    for _ in 0..20 {
        let results = pool.imap_unordered(0..200);
        let mut seen = HashSet::new();
        for result in results {
            match result {
                Ok(n) => assert!(seen.insert(n), "{n} came twice"),
                Err(PoolError::WorkerDied(_)) => failed += 1,
                Err(other) => panic!("{other}"),
            }
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            if random >> 58 == 0 {
                let workers = active_children();
                if let Some(worker) = workers.get((random >> 40) as usize % 3) {
                    worker.kill().unwrap();
                    kills += 1;
                }
            }
        }
    }
    println!("{kills} workers killed, {failed} tasks failed");
    assert!(failed <= kills && kills > 20);
}

/// Workers are killed at random instants from outside. Each kill costs at most one task, nothing
/// is done twice, nobody hangs.
fn a_map_survives_many_killed_workers() {
    let done: Vec<Value<u32>> = (0..2000).map(|_| Value::new(0).unwrap()).collect();
    let pool = Pool::new(3, |n: usize| {
        done[n].fetch_add(1);
        for _ in 0..200 {
            std::hint::black_box(n);
        }
        Ok(n)
    })
    .unwrap();
    let mut kills = 0;
    let (mut failed, mut random) = (0, 7u64);
    for round in 0..10 {
        let tasks: Vec<_> = (0..200).map(|n| pool.apply_async(round * 200 + n).unwrap()).collect();
        for _ in 0..3 {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            std::thread::sleep(Duration::from_micros(random >> 55));
            let workers = active_children();
            if let Some(worker) = workers.get((random >> 40) as usize % 3) {
                worker.kill().unwrap();
                kills += 1;
            }
        }
        for (n, task) in tasks.into_iter().enumerate() {
            match task.get() {
                Ok(result) => assert_eq!(result, round * 200 + n),
                Err(PoolError::WorkerDied(_)) => failed += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    println!("{kills} workers killed, {failed} tasks failed");
    assert!(failed <= kills);
    assert!(done.iter().all(|times| times.get() <= 1), "a task was done twice");
}

fn a_worker_killed_while_idle_costs_no_task() {
    let pool = Pool::new(2, |n: u32| Ok(n)).unwrap();
    for round in 0..5 {
        assert_eq!(pool.map(0..50).unwrap().len(), 50);
        for worker in active_children() {
            worker.kill().unwrap();
        }
        assert_eq!(pool.map(0..50).unwrap().len(), 50, "round {round}");
    }
}

fn close_then_join_then_results() {
    let pool = Pool::new(2, |n: u32| {
        std::thread::sleep(Duration::from_millis(5));
        Ok(n + 1)
    })
    .unwrap();
    let tasks: Vec<_> = (0..20).map(|n| pool.apply_async(n).unwrap()).collect();
    pool.close();
    pool.join().unwrap();
    assert!(active_children().is_empty());
    pool.join().unwrap(); // once more is fine
    let results: Vec<u32> = tasks.into_iter().map(|task| task.get().unwrap()).collect();
    assert_eq!(results, (1..=20).collect::<Vec<_>>());
}

/// A join that looked at all of them for each result took longer than the limit of 30 s, which is
/// some fifty times what it takes now.
fn joining_many_tasks_is_quick() {
    let pool = Pool::new(1, |n: u32| Ok(n)).unwrap();
    let _tasks: Vec<_> = (0..40_000).map(|n| pool.apply_async(n).unwrap()).collect();
    pool.close();
    pool.join().unwrap();
}

fn misuse_is_an_error() {
    assert!(matches!(Pool::new(0, |n: u32| Ok(n)), Err(PoolError::Make(_))));
    assert!(matches!(Pool::new(usize::MAX, |n: u32| Ok(n)), Err(PoolError::Make(_))));
    let pool = Pool::new(1, |n: u32| Ok(n)).unwrap();
    assert!(matches!(pool.join(), Err(PoolError::StillOpen)));
    let task = pool.apply_async(1).unwrap();
    let Ok(outcome) = task.get_timeout(Duration::from_secs(20)) else { panic!("not yet") };
    assert_eq!(outcome.unwrap(), 1);
    pool.close();
    assert!(matches!(pool.apply(1), Err(PoolError::Closed)));
    assert!(matches!(pool.map([1]), Err(PoolError::Closed)));
    pool.join().unwrap();
    assert!(matches!(pool.apply(1), Err(PoolError::Closed)));
}

fn only_the_creator_can_use_it() {
    let pool = Pool::new(1, |n: u32| Ok(n)).unwrap();
    let child = Process::new(|| {
        let refused = matches!(pool.apply(1), Err(PoolError::NotCreator(_)));
        i32::from(!refused || pool.terminate().is_ok())
    });
    assert_eq!(child.start().unwrap().join().unwrap(), Exit::Code(0));
    // A child that drops what it has inherited leaves the workers alone.
    let pool = std::cell::RefCell::new(Some(pool));
    Process::new(|| drop(pool.take())).start().unwrap().join().unwrap();
    let pool = pool.into_inner().unwrap();
    assert_eq!(pool.apply(7).unwrap(), 7);
}

fn dropping_terminates() {
    let pool = Pool::new(2, |_: u32| {
        std::thread::sleep(Duration::from_secs(600));
        Ok(())
    })
    .unwrap();
    let task = pool.apply_async(1).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    drop(task);
    let began = Instant::now();
    drop(pool);
    assert!(active_children().is_empty());
    assert!(began.elapsed() < Duration::from_secs(10));
}

fn terminate_fails_what_is_not_done() {
    let started = Queue::<u32>::unbounded().unwrap();
    let pool = Pool::new(1, |n: u32| {
        started.put(n)?;
        if n == 1 {
            std::thread::sleep(Duration::from_secs(600));
        }
        Ok(n)
    })
    .unwrap();
    let tasks: Vec<_> = (0..3).map(|n| pool.apply_async(n).unwrap()).collect();
    assert_eq!((started.get().unwrap(), started.get().unwrap()), (0, 1));
    pool.terminate().unwrap();
    assert!(active_children().is_empty());
    let mut tasks = tasks.into_iter().map(|task| task.get());
    assert_eq!(tasks.next().unwrap().unwrap(), 0);
    assert!(tasks.all(|result| matches!(result, Err(PoolError::Terminated))));
    assert!(matches!(pool.apply(1), Err(PoolError::Closed)));
}

fn a_stopped_worker_can_be_terminated() {
    let pool = Pool::new(2, |n: u32| Ok(n)).unwrap();
    let workers = active_children();
    for worker in &workers {
        kill(worker.pid(), Signal::SIGSTOP);
    }
    drop(pool);
    assert!(active_children().is_empty());
    // By SIGTERM, which a stopped process takes only when it is continued, not by SIGKILL later.
    for worker in workers {
        assert_eq!(worker.exit(), Some(Exit::Signal(Signal::SIGTERM)));
    }
}

fn more_tasks_and_results_than_memory() {
    // 400 results of 1 MiB do not fit into the result queue at once: whoever gives tasks must take
    // results in, or both sides wait for each other.
    let pool = Pool::new(2, |n: u32| Ok("x".repeat((1 << 20) + n as usize))).unwrap();
    let tasks: Vec<_> = (0..400).map(|n| pool.apply_async(n).unwrap()).collect();
    pool.close();
    pool.join().unwrap();
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.get().unwrap().len(), (1 << 20) + n);
    }
}

/// 80 tasks of 8 MiB and as many results fit into neither queue: the workers wait for room for
/// results, and who gives tasks must make it.
fn larger_tasks_and_results_than_memory() {
    let pool = Pool::new(2, |text: String| Ok(text)).unwrap();
    let text = "x".repeat(8 << 20);
    for _ in 0..80 {
        drop(pool.apply_async(text.clone()).unwrap());
    }
    pool.close();
    pool.join().unwrap();
}

fn an_abandoned_result_is_no_leak_and_no_hang() {
    let done = Value::new(0u32).unwrap();
    let pool = Pool::new(2, |_: u32| {
        done.fetch_add(1);
        Ok(())
    })
    .unwrap();
    for n in 0..100 {
        drop(pool.apply_async(n).unwrap());
    }
    pool.close();
    pool.join().unwrap();
    assert_eq!(done.get(), 100); // done all the same
}

fn get_timeout_is_never_early() {
    let go = Event::new().unwrap();
    let pool = Pool::new(1, |_: u32| {
        go.wait();
        Ok(())
    })
    .unwrap();
    let mut task = pool.apply_async(0).unwrap();
    assert!(!task.ready().unwrap());
    for ms in [0, 1, 30] {
        let (timeout, began) = (Duration::from_millis(ms), Instant::now());
        task = task.get_timeout(timeout).expect_err("it waits for `go`");
        assert!(began.elapsed() >= timeout);
    }
    go.set();
    while !task.ready().unwrap() {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(task.get_timeout(Duration::ZERO).is_ok());
}

fn a_result_that_is_too_large_is_an_error() {
    let pool = Pool::new(1, |n: usize| Ok("x".repeat(n))).unwrap();
    let error = pool.apply(300 << 20).unwrap_err().to_string();
    assert!(error.contains("does not fit"), "{error}");
    assert_eq!(pool.apply(3).unwrap(), "xxx");
}

fn names() -> Vec<String> {
    active_children().iter().map(|worker| worker.name().into()).collect()
}

/// 36 tasks of 8 MiB do not fit into the queue, and every worker dies of the first that it takes.
fn workers_that_die_make_room() {
    let pool = Pool::new(1, |_: String| -> anyhow::Result<()> {
        kill(current().pid(), Signal::SIGKILL);
        Ok(())
    });
    let pool = pool.unwrap();
    let tasks = (0..36).map(|_| "x".repeat(8 << 20));
    let failure = pool.map_chunked(tasks, 1).unwrap_err();
    assert!(matches!(failure, PoolError::WorkerDied(Exit::Signal(Signal::SIGKILL))), "{failure}");
}

/// A pool's first worker is dead when this returns, but the pool has not noticed.
fn kill_the_first() {
    let first = &active_children()[0];
    first.kill().unwrap();
    first.join().unwrap();
}

/// The results come closer together than the workers are looked after (on a machine so loaded that
/// they do not, this is no test, but it does not fail either).
fn a_dead_worker_is_replaced_while_results_flow() {
    let pool = Pool::new(2, |_: u32| {
        std::thread::sleep(Duration::from_millis(5));
        Ok(())
    });
    let pool = pool.unwrap();
    kill_the_first();
    for n in 0..40 {
        pool.apply(n).unwrap();
    }
    assert_eq!(names(), ["worker-2", "worker-3"]);
}

/// Nobody waits here, for room or for a result.
fn a_dead_worker_is_replaced_while_tasks_are_given() {
    let pool = Pool::new(1, |n: u32| Ok(n)).unwrap();
    kill_the_first();
    let tasks: Vec<_> = (0..10)
        .map(|n| {
            std::thread::sleep(Duration::from_millis(5));
            pool.apply_async(n).unwrap()
        })
        .collect();
    assert_eq!(names(), ["worker-2"]);
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.get().unwrap(), n as u32);
    }
}

fn who_only_looks_replaces_the_dead_too() {
    let pool = Pool::new(1, |n: u32| Ok(n)).unwrap();
    kill_the_first();
    let mut task = pool.apply_async(1).unwrap();
    while let Err(not_yet) = task.get_timeout(Duration::ZERO) {
        task = not_yet;
        std::thread::sleep(Duration::from_millis(1));
    }
    kill_the_first();
    let task = pool.apply_async(2).unwrap();
    while !task.ready().unwrap() {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(task.get().unwrap(), 2);
    assert_eq!(names(), ["worker-3"]);
}

/// What goes wrong when this value travels.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(u8)]
enum Odd {
    Fine,
    PanicsEncoded,
    PanicsDecoded,
    CannotBeEncoded,
    CannotBeDecoded,
}
use Odd::*;

impl Serialize for Odd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            PanicsEncoded => panic!("while encoded"),
            CannotBeEncoded => Err(serde::ser::Error::custom("not encoded")),
            odd => (*odd as u8).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Odd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Odd, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => Ok(Fine),
            2 => panic!("while {}", "decoded"),
            _ => Err(serde::de::Error::custom("not decoded")),
        }
    }
}

fn what_cannot_travel_fails_its_task_only() {
    let results = [Fine, PanicsEncoded, PanicsDecoded, CannotBeEncoded, CannotBeDecoded];
    let pool = Pool::new(2, |(_, result): (Odd, usize)| Ok((result, results[result]))).unwrap();
    let is_right = |task: Odd, result: usize, error: &PoolError| match (task, results[result]) {
        (PanicsEncoded, _) | (Fine, PanicsEncoded) => {
            matches!(error, PoolError::Panic(why) if why == "while encoded")
        }
        (PanicsDecoded, _) | (Fine, PanicsDecoded) => {
            matches!(error, PoolError::Panic(why) if why == "while decoded")
        }
        (CannotBeEncoded, _) => matches!(error, PoolError::Send(PutError::Encode(_))),
        (CannotBeDecoded, _) => {
            matches!(error, PoolError::Task(why) if why.contains("cannot be decoded"))
        }
        (Fine, CannotBeEncoded) => {
            matches!(error, PoolError::Task(why) if why.contains("its result cannot be sent"))
        }
        (Fine, CannotBeDecoded) => matches!(error, PoolError::Receive(GetError::Decode(_))),
        (Fine, Fine) => false,
    };
    let tasks = results[1..].iter().map(|&task| (task, 0));
    for (task, result) in tasks.chain((1..5).map(|result| (Fine, result))) {
        let error = pool.apply((task, result)).unwrap_err();
        assert!(is_right(task, result, &error), "{task:?} {result}: {error}");
        let error = pool.map_chunked([(Fine, 0), (task, result), (Fine, 0)], 1).unwrap_err();
        assert!(is_right(task, result, &error), "{task:?} {result}: {error}");
        let error = pool.map_chunked([(Fine, 0), (task, result), (Fine, 0)], 3).unwrap_err();
        assert!(is_right(task, result, &error), "{task:?} {result}: {error}");
        // Whoever waits for another task has nothing to do with it.
        if let Ok(_asked_for_later) = pool.apply_async((task, result)) {
            assert_eq!(pool.apply((Fine, 0)).unwrap(), (0, Fine));
        }
    }
    pool.close();
    assert_eq!(names(), ["worker-1", "worker-2"]); // nobody died of it
    pool.join().unwrap();
}

/// A task of which number 3 cannot be encoded.
#[derive(Deserialize)]
struct NotThree(u32);

impl Serialize for NotThree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(self.0 != 13, "thirteen");
        match self.0 {
            3 => Err(serde::ser::Error::custom("three")),
            n => n.serialize(serializer),
        }
    }
}

fn a_task_that_cannot_be_sent_fails_alone() {
    // As behind a task that fails: those behind it in its chunk are not done, all others are.
    for (chunk, expected) in [(1, 0b11_0111), (2, 0b11_0111), (3, 0b00_0111), (4, 0b11_0111)] {
        let done = Value::new(0u32).unwrap();
        let pool = Pool::new(2, |NotThree(n)| {
            done.fetch_add(1 << n);
            Ok(n)
        });
        let pool = pool.unwrap();
        let failure = pool.map_chunked((0..6).map(NotThree), chunk).unwrap_err();
        assert!(matches!(failure, PoolError::Send(PutError::Encode(_))), "{failure}");
        assert_eq!(done.get(), expected, "chunk {chunk}");
    }
    let pool = Pool::new(2, |NotThree(n)| {
        anyhow::ensure!(n != 1 && n != 5, "no {n}");
        Ok(n)
    });
    let pool = pool.unwrap();
    // The first error in the order of the tasks is told, wherever it came up.
    for (tasks, chunk, expected) in [
        (vec![0, 1, 2, 3, 4, 5], 1, "the task failed: no 1"),
        (vec![0, 1, 2, 3, 4, 5], 6, "the task failed: no 1"),
        (vec![1, 5, 0], 1, "the task failed: no 1"),
        (vec![1, 3], 2, "the task failed: no 1"),
        (vec![13, 5, 3], 1, "the task panicked: thirteen"),
        (vec![0, 13, 3, 5], 2, "the task panicked: thirteen"),
        (vec![0, 2, 5, 13], 2, "the task failed: no 5"),
    ] {
        let failure = pool.map_chunked(tasks.into_iter().map(NotThree), chunk).unwrap_err();
        assert_eq!(failure.to_string(), expected);
    }
    assert!(matches!(pool.apply(NotThree(3)), Err(PoolError::Send(_))));
    assert!(matches!(pool.apply_async(NotThree(3)), Err(PoolError::Send(_))));
    assert_eq!(pool.map((6..12).map(NotThree)).unwrap(), [6, 7, 8, 9, 10, 11]);
}

/// An error whose text cannot be had, and a panic whose payload cannot be dropped.
#[derive(Debug)]
struct Unspeakable;
impl std::fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("unspeakable")
    }
}
impl std::error::Error for Unspeakable {}
impl Drop for Unspeakable {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "undroppable");
    }
}

fn a_panic_in_the_middle_of_an_error_fails_its_task_only() {
    let pool = Pool::new(1, |n: u32| match n {
        0 => Err(Unspeakable.into()),
        1 => std::panic::panic_any(Unspeakable),
        n => Ok(n),
    })
    .unwrap();
    let failure = pool.apply(0).unwrap_err();
    assert!(matches!(&failure, PoolError::Panic(why) if why == "unspeakable"), "{failure}");
    let failure = pool.apply(1).unwrap_err();
    assert!(matches!(&failure, PoolError::Panic(_)), "{failure}");
    assert_eq!(pool.apply(2).unwrap(), 2);
    assert_eq!(names(), ["worker-1"]);
}

/// The system keeps nobody's end then. A start sets it back, so it is ignored after that.
fn a_killed_worker_is_noticed_where_sigchld_is_ignored() {
    use nix::sys::signal::{SigHandler, Signal::SIGCHLD, signal};
    // SAFETY: no handler of ours runs.
    let ignore = || unsafe { signal(SIGCHLD, SigHandler::SigIgn) }.unwrap();
    let work = |n: u32| {
        if n == 3 {
            kill(current().pid(), Signal::SIGKILL);
        }
        Ok(n)
    };
    ignore();
    let pool = Pool::new(2, work).unwrap();
    let failure = pool.apply(3).unwrap_err();
    assert!(matches!(failure, PoolError::WorkerDied(Exit::Signal(Signal::SIGKILL))), "{failure}");
    ignore();
    let failure = pool.apply(3).unwrap_err();
    assert!(matches!(failure, PoolError::Process(ProcessError::Lost { .. })), "{failure}");
    assert_eq!(pool.map(4..20).unwrap(), Vec::from_iter(4..20));
    ignore();
    pool.close();
    pool.join().unwrap();
    let pool = Pool::new(2, work).unwrap();
    ignore();
    let workers: Vec<i32> = active_children().iter().map(|worker| worker.pid()).collect();
    pool.terminate().unwrap();
    assert_all_gone(&workers);
}

/// Whoever copies a task of 8 MiB out of the queue has claimed it, and is killed in the middle of
/// that if the pauses hit: then the task is still in the queue, or another worker has it by now. Where
/// they do not hit, this is no test, but it does not fail either.
fn a_task_is_where_its_dead_worker_left_it() {
    let done: Vec<Value<u32>> = (0..18).map(|_| Value::new(0).unwrap()).collect();
    let pool = Pool::new(2, |(n, _): (usize, String)| {
        std::thread::sleep(Duration::from_millis(40)); // longer than between two looks at workers
        done[n].fetch_add(1);
        Ok(())
    });
    let pool = pool.unwrap();
    let text = "x".repeat(8 << 20);
    let mut died = Vec::new();
    for (n, done) in done.iter().enumerate() {
        let task = pool.apply_async((n, text.clone())).unwrap();
        std::thread::sleep(Duration::from_micros(n as u64 * 500));
        // One of the two, or both.
        for worker in active_children().iter().skip(n % 3) {
            worker.kill().unwrap();
        }
        match task.get() {
            Ok(()) => {}
            Err(PoolError::WorkerDied(_)) => died.push((n, done.get())),
            Err(other) => panic!("{other}"),
        }
    }
    pool.close();
    pool.join().unwrap();
    println!("died of {}: {died:?}", done.len());
    assert!(done.iter().all(|times| times.get() <= 1), "a task was done twice");
    for (n, times) in died {
        assert_eq!(done[n].get(), times, "task {n} was done after it was called dead");
    }
}

/// What the pool of the program that is to be killed is at.
const AT: &str = "POOL_IS_AT";

fn main_with_a_pool() {
    let at = std::env::var(AT).unwrap();
    // Where the system does not kill it, a worker first ends its task, but begins no other.
    let system_kills = cfg!(target_os = "linux");
    let long = Duration::from_secs(if system_kills { 600 } else { 2 });
    let pool = Pool::new(2, |_: u32| {
        match at.as_str() {
            "long tasks" => {
                let _ = writeln!(std::io::stdout(), "{}", current().pid()); // until nobody reads
                std::thread::sleep(long);
            }
            "large results" => return Ok("x".repeat(8 << 20)),
            _ => {}
        }
        Ok(String::new())
    });
    let pool = pool.unwrap();
    if at != "long tasks" {
        pool.apply(0).unwrap();
        active_children().iter().for_each(|worker| println!("{}", worker.pid()));
    }
    // The large results fill the queue, and the workers wait for room.
    let _tasks: Vec<_> = (0..40).map(|n| pool.apply_async(n).unwrap()).collect();
    std::thread::sleep(Duration::from_secs(600));
}

fn workers_do_not_outlive_a_killed_main() {
    for at in ["nothing", "large results", "long tasks"] {
        let mut main = harness::program("main_with_a_pool");
        let mut main = main.env(AT, at).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(main.stdout.take().unwrap()).lines();
        let workers: Vec<i32> = lines.take(2).map(|pid| pid.unwrap().parse().unwrap()).collect();
        main.kill().unwrap();
        main.wait().unwrap();
        assert_all_gone(&workers);
    }
}

fn main_with_a_childs_pool() {
    let main = current().pid();
    let child = Process::new(|| -> anyhow::Result<()> {
        let pool = Pool::new(2, |n: u32| Ok(n + 1))?;
        println!("{}", current().pid());
        active_children().iter().for_each(|worker| println!("{}", worker.pid()));
        while current().parent_pid() == main {
            std::thread::sleep(Duration::from_millis(1));
        }
        println!("{}", pool.apply(6)?);
        std::thread::sleep(Duration::from_secs(600));
        Ok(())
    });
    child.start().unwrap().join().unwrap();
}

/// The pool is the child's: its workers live and die with it, not with main.
fn a_childs_workers_live_and_die_with_it() {
    let mut main = harness::program("main_with_a_childs_pool");
    let mut main = main.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(main.stdout.take().unwrap()).lines();
    let mut number = || lines.next().unwrap().unwrap().parse::<i32>().unwrap();
    let (child, workers) = (number(), [number(), number()]);
    main.kill().unwrap();
    main.wait().unwrap();
    assert_eq!(number(), 7);
    assert!(workers.iter().all(|&worker| is_there(worker)));
    kill(child, Signal::SIGKILL);
    assert_all_gone(&workers);
}

fn is_there(pid: i32) -> bool {
    harness::Stat::of(pid).is_some_and(|stat| !matches!(stat.state, 'Z' | 'X'))
}

/// Waits for it: a second is enough, but a loaded machine may need more.
fn assert_all_gone(pids: &[i32]) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while pids.iter().any(|&pid| is_there(pid)) {
        assert!(Instant::now() < deadline, "of {pids:?} some live on");
        std::thread::sleep(Duration::from_millis(2));
    }
}
