//! Waiting for the first of several: who is ready, when, and that nothing is taken.
#![allow(unsafe_code)]

mod harness;
mod tools;

use multiprocessing::{
    Child, Event, JoinableQueue, Process, ProcessError, Queue, Ready, State, pipe, state, wait,
    wait_timeout,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::panic::catch_unwind;
use std::time::Duration;
use tools::{LONG, cpu_time, go_on, in_the_end, ms, quantile, runs_out_on_time, stop, timed};

fn main() {
    harness::run(harness::cases![
        the_first_to_end,
        the_end_of_a_parent,
        a_message_or_the_end_of_file,
        nothing_is_taken,
        a_message_is_noticed_soon,
        a_message_that_is_under_way,
        the_same_twice,
        nothing_to_wait_for,
        only_the_creator,
        never_early,
        killed_at_any_instant,
        a_stopped_child_has_not_ended,
        an_interruption_is_no_answer,
        without_a_descriptor_it_looks,
        it_sleeps,
    ]);
}

const NONE: [usize; 0] = [];

fn sleeper() -> Child {
    Process::new(|| std::thread::sleep(4 * LONG)).start().unwrap()
}

fn end(child: &Child) {
    child.kill().unwrap();
    child.join().unwrap();
}

fn the_first_to_end() {
    let children: Vec<Child> = (0..5).map(|_| sleeper()).collect();
    let mut left: Vec<&dyn Ready> = children.iter().map(|child| child as _).collect();
    assert_eq!(wait_timeout(&left, Duration::ZERO).unwrap(), NONE);
    for at in [3, 0, 1] {
        let (all, before) = (children.len(), left.len());
        let victim = &children[[3, 0, 2][all - before]];
        kill(Pid::from_raw(victim.pid()), Signal::SIGKILL).unwrap();
        assert_eq!(wait(&left).unwrap(), [at]);
        assert_eq!(state(victim.pid()), State::Zombie);
        // It is there as long as nobody has joined it, and after that, too.
        assert_eq!(wait(&left).unwrap(), [at]);
        assert_eq!(victim.join().unwrap().code(), -9);
        assert_eq!(wait(&left).unwrap(), [at]);
        left.remove(at);
    }
    assert_eq!(wait_timeout(&left, ms(1)).unwrap(), NONE);
    [1, 4].iter().for_each(|&at| end(&children[at]));
    assert_eq!(wait(&left).unwrap(), [0, 1]);
}

/// It may have started processes that go on.
fn the_end_of_a_parent() {
    let over = Event::new().unwrap();
    let parent = Process::new(|| -> anyhow::Result<()> {
        Process::new(|| over.wait()).start()?;
        nix::sys::signal::raise(Signal::SIGKILL)?;
        Ok(())
    });
    let parent = parent.start().unwrap();
    assert_eq!(wait_timeout(&[&parent], LONG).unwrap(), [0]);
    parent.join().unwrap();
    over.set();
}

fn a_message_or_the_end_of_file() {
    let (queue, tasks) = (Queue::unbounded().unwrap(), JoinableQueue::unbounded().unwrap());
    let (ours, theirs) = pipe::<u32>().unwrap();
    let (other, others) = pipe::<u32>().unwrap();
    let go = [(); 4].map(|()| Event::new().unwrap());
    let child = Process::new(|| {
        let (theirs, others) = (theirs, others);
        go[0].wait();
        queue.put(1u32).unwrap();
        go[1].wait();
        tasks.put(2u32).unwrap();
        go[2].wait();
        theirs.send(3).unwrap();
        go[3].wait();
        drop(others);
        std::thread::sleep(4 * LONG);
    });
    let child = child.start().unwrap();
    let all: [&dyn Ready; 5] = [&queue, &tasks, &ours, &other, &child];
    for at in 0..4 {
        assert_eq!(wait_timeout(&all[at..], ms(20)).unwrap(), NONE);
        go[at].set();
        assert_eq!(wait(&all[at..]).unwrap(), [0]);
        assert_eq!(wait(&all).unwrap(), (0..=at).collect::<Vec<_>>());
    }
    assert!(other.try_recv().is_err());
    child.kill().unwrap();
    assert_eq!(wait(&all[4..]).unwrap(), [0]);
    assert_eq!(wait(&all).unwrap(), [0, 1, 2, 3, 4]);
    child.join().unwrap();
}

fn nothing_is_taken() {
    let queue = Queue::unbounded().unwrap();
    let (ours, theirs) = pipe::<u32>().unwrap();
    let child = Process::new(|| 7).start().unwrap();
    queue.put(1).unwrap();
    theirs.send(2).unwrap();
    theirs.send(3).unwrap();
    while wait(&[&queue, &ours, &child]).unwrap().len() < 3 {}
    assert_eq!((queue.get().unwrap(), ours.recv().unwrap()), (1, 2));
    assert_eq!(wait(&[&queue, &ours, &child]).unwrap(), [1, 2]);
    assert_eq!((ours.recv().unwrap(), child.join().unwrap().code()), (3, 7));
    assert_eq!(wait(&[&queue, &ours, &child]).unwrap(), [2]);
    queue.shutdown();
    assert_eq!(wait(&[&queue, &ours]).unwrap(), [0]);
}

/// Though nothing wakes whoever waits.
fn a_message_is_noticed_soon() {
    let queue = Queue::unbounded().unwrap();
    let round = |_| {
        let late = || {
            std::thread::sleep(ms(5));
            queue.put(7).unwrap();
        };
        let child = Process::new(late).start().unwrap();
        let took = timed(|| assert_eq!(wait(&[&queue]).unwrap(), [0])).1;
        assert_eq!(queue.get().unwrap(), 7);
        child.join().unwrap();
        took
    };
    in_the_end(|| {
        let quick = quantile(&mut (0..20).map(round).collect::<Vec<_>>(), 0.25);
        println!("a message put after 5 ms is noticed after {quick:?}");
        quick < ms(15)
    });
}

/// A call that would have to wait for the rest of it would be none that does not wait.
fn a_message_that_is_under_way() {
    let (ours, theirs) = pipe::<String>().unwrap();
    let child = Process::new(move || theirs.send("x".repeat(8 << 20))).start().unwrap();
    assert_eq!(wait(&[&ours]).unwrap(), [0]);
    assert_eq!(ours.try_recv().unwrap().unwrap().len(), 8 << 20);
    child.join().unwrap();
    let (ours, theirs) = pipe::<String>().unwrap();
    let child = Process::new(move || theirs.send("x".repeat(8 << 20))).start().unwrap();
    // It has begun to send.
    assert_eq!(child.join_timeout(ms(100)).unwrap(), None);
    stop(child.pid());
    assert_eq!(wait_timeout(&[&ours, &child], ms(100)).unwrap(), NONE);
    assert!(ours.try_recv().unwrap().is_none());
    child.kill().unwrap();
    while wait(&[&ours, &child]).unwrap() != [0, 1] {}
    assert!(ours.recv().is_err());
    child.join().unwrap();
}

fn the_same_twice() {
    let child = Process::new(|| ()).start().unwrap();
    let other = sleeper();
    assert_eq!(wait(&[&child, &other, &child, &child.clone()]).unwrap(), [0, 2, 3]);
    end(&other);
}

fn nothing_to_wait_for() {
    std::panic::set_hook(Box::new(|_| ()));
    let panic = catch_unwind(|| wait(&[]).map(drop)).unwrap_err();
    let text = panic.downcast_ref::<&str>().unwrap();
    assert!(text.contains("nothing in the list"), "{text}");
    runs_out_on_time("an empty list", |limit| {
        assert!(wait_timeout(&[], limit).unwrap().is_empty())
    });
}

fn only_the_creator() {
    let child = sleeper();
    let other = Process::new(|| -> anyhow::Result<()> {
        let queue = Queue::unbounded()?;
        queue.put(1u8)?;
        let error = wait(&[&queue, &child]).unwrap_err();
        assert!(matches!(error, ProcessError::NotCreator { .. }));
        assert!(error.to_string().ends_with("can wait for it"), "{error}");
        Ok(())
    });
    assert!(other.start().unwrap().join().unwrap().success());
    end(&child);
}

fn never_early() {
    let (queue, child) = (Queue::<u32>::unbounded().unwrap(), sleeper());
    let (ours, _theirs) = pipe::<u32>().unwrap();
    let lists: [(&str, &[&dyn Ready]); 4] = [
        ("a child", &[&child]),
        ("a queue", &[&queue]),
        ("a pipe", &[&ours]),
        ("all of them", &[&ours, &queue, &child]),
    ];
    for (what, list) in lists {
        runs_out_on_time(what, |limit| assert!(wait_timeout(list, limit).unwrap().is_empty()));
    }
    for list in [&[&child as &dyn Ready][..], &[&queue]] {
        for us in [0, 300, 1500, 45_000].map(Duration::from_micros) {
            let (ready, took) = timed(|| wait_timeout(list, us).unwrap());
            assert!(ready.is_empty() && took >= us, "{took:?} is earlier than {us:?}");
        }
    }
    end(&child);
}

/// Somebody else kills one of three, a little earlier or later; with a queue in the list, or none.
fn killed_at_any_instant() {
    let queue = Queue::<u32>::unbounded().unwrap();
    let mut took = [Vec::new(), Vec::new()];
    for round in 0..200u64 {
        let children = [(); 3].map(|()| sleeper());
        let [a, b, c] = &children;
        let victim = Pid::from_raw(children[round as usize % 3].pid());
        let killer = Process::new(|| {
            std::thread::sleep(Duration::from_micros(97 * (round % 13)));
            kill(victim, Signal::SIGKILL).unwrap();
        });
        let killer = killer.start().unwrap();
        let with_queue = round % 2 == 1;
        let all: [&dyn Ready; 4] = [a, b, c, &queue];
        let list = if with_queue { &all } else { &all[..3] };
        let (ready, time) = timed(|| wait_timeout(list, LONG).unwrap());
        assert_eq!(ready, [round as usize % 3], "round {round}");
        took[usize::from(with_queue)].push(time);
        assert!(killer.join().unwrap().success());
        children.iter().for_each(end);
    }
    let median = took.map(|mut took| quantile(&mut took, 0.5));
    println!("until it is known: {:?} in the median, {:?} with a queue", median[0], median[1]);
}

fn a_stopped_child_has_not_ended() {
    let child = sleeper();
    stop(child.pid());
    assert_eq!(wait_timeout(&[&child], ms(100)).unwrap(), NONE);
    go_on(child.pid());
    assert_eq!(wait_timeout(&[&child], ms(100)).unwrap(), NONE);
    stop(child.pid());
    child.kill().unwrap();
    assert_eq!(wait(&[&child]).unwrap(), [0]);
    child.join().unwrap();
}

/// A handler without SA_RESTART, every millisecond.
fn an_interruption_is_no_answer() {
    let child = sleeper();
    let (ours, theirs) = pipe::<u32>().unwrap();
    let sender = Process::new(move || {
        std::thread::sleep(ms(300));
        theirs.send(7)
    });
    let sender = sender.start().unwrap();
    harness::interrupt_every(1_000);
    let (ready, took) = timed(|| wait_timeout(&[&child], ms(200)).unwrap());
    assert!(ready.is_empty() && took >= ms(200), "{took:?}");
    assert_eq!(wait(&[&child, &ours]).unwrap(), [1]);
    assert_eq!(ours.recv().unwrap(), 7);
    sender.join().unwrap();
    end(&child);
}

fn without_a_descriptor_it_looks() {
    let (ours, theirs) = pipe::<u32>().unwrap();
    let sender = Process::new(move || {
        std::thread::sleep(ms(50));
        theirs.send(7)
    });
    let sender = sender.start().unwrap();
    let few = libc::rlimit { rlim_cur: 64, rlim_max: 64 };
    // SAFETY: the limit is read during the call.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &few) }, 0);
    let all: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    assert_eq!(wait(&[&ours]).unwrap(), [0]);
    assert_eq!(wait(&[&sender]).unwrap(), [0]);
    drop(all);
    sender.join().unwrap();
}

fn it_sleeps() {
    let (queue, child) = (Queue::<u32>::unbounded().unwrap(), sleeper());
    let me = std::process::id() as i32;
    for (what, most, list) in [
        ("a child", ms(20), &[&child as &dyn Ready][..]),
        ("a child and a queue", ms(100), &[&child, &queue]),
    ] {
        in_the_end(|| {
            let before = cpu_time(me);
            assert!(wait_timeout(list, ms(1000)).unwrap().is_empty());
            let used = cpu_time(me) - before;
            println!("{what}: {used:?} of the processor in a second");
            used <= most
        });
    }
    end(&child);
}
