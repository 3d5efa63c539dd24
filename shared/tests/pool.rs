//! The pool: order, errors, dead workers, its end.

mod harness;

use multiprocessing::{
    Event, Exit, Pool, PoolError, Process, Queue, Signal, Value, active_children, current,
};
use std::collections::HashSet;
use std::time::{Duration, Instant};

fn main() {
    harness::run(harness::cases![
        results_are_in_order_for_every_chunk,
        workers_exist_from_new_on_and_are_reused,
        the_default_chunk_is_cpythons,
        an_error_or_a_panic_fails_one_task_only,
        a_killed_worker_fails_one_task_and_is_replaced,
        a_map_survives_many_killed_workers,
        a_worker_killed_while_idle_costs_no_task,
        close_then_join_then_results,
        misuse_is_an_error,
        only_the_creator_can_use_it,
        dropping_terminates,
        terminate_fails_what_is_not_done,
        a_stopped_worker_can_be_terminated,
        more_tasks_and_results_than_memory,
        larger_tasks_and_results_than_memory,
        an_abandoned_result_is_no_leak_and_no_hang,
        get_timeout_is_never_early,
        a_result_that_is_too_large_is_an_error,
    ]);
}

fn kill(pid: i32, signal: Signal) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal).unwrap();
}

fn results_are_in_order_for_every_chunk() {
    let pool = Pool::new(3, |n: u64| Ok(n * n)).unwrap();
    let squares: Vec<u64> = (0..1000).map(|n| n * n).collect();
    assert_eq!(pool.map(0..1000).unwrap(), squares);
    for chunk in [0, 1, 7, 999, 1000, 5000] {
        assert_eq!(pool.map_chunked(0..1000, chunk).unwrap(), squares, "chunk {chunk}");
    }
    assert_eq!(pool.map([]).unwrap(), []);
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
        done.add(1 << n);
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

/// Workers are killed at random instants from outside. Each kill costs at most one task, nothing
/// is done twice, nobody hangs.
fn a_map_survives_many_killed_workers() {
    let done: Vec<Value<u32>> = (0..2000).map(|_| Value::new(0).unwrap()).collect();
    let pool = Pool::new(3, |n: usize| {
        done[n].add(1);
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

fn misuse_is_an_error() {
    assert!(matches!(Pool::new(0, |n: u32| Ok(n)), Err(PoolError::Make(_))));
    assert!(matches!(Pool::new(usize::MAX, |n: u32| Ok(n)), Err(PoolError::Make(_))));
    let pool = Pool::new(1, |n: u32| Ok(n)).unwrap();
    assert!(matches!(pool.join(), Err(PoolError::StillOpen)));
    let task = pool.apply_async(1).unwrap();
    assert_eq!(task.get_timeout(Duration::from_secs(20)).unwrap(), Some(1));
    assert!(matches!(task.get_timeout(Duration::ZERO), Err(PoolError::Taken)));
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
        done.add(1);
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
    let task = pool.apply_async(0).unwrap();
    assert!(!task.ready().unwrap());
    for ms in [0, 1, 30] {
        let (timeout, began) = (Duration::from_millis(ms), Instant::now());
        assert!(task.get_timeout(timeout).unwrap().is_none());
        assert!(began.elapsed() >= timeout);
    }
    go.set();
    while !task.ready().unwrap() {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(task.get_timeout(Duration::ZERO).unwrap().is_some());
}

fn a_result_that_is_too_large_is_an_error() {
    let pool = Pool::new(1, |n: usize| Ok("x".repeat(n))).unwrap();
    let error = pool.apply(300 << 20).unwrap_err().to_string();
    assert!(error.contains("does not fit"), "{error}");
    assert_eq!(pool.apply(3).unwrap(), "xxx");
}
