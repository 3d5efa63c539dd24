//! A run that is stepped from outside: who can go on, what is undone, and what a kill leaves.

mod harness;

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use driving::{Can, End, Event as Step, MakeCommand, Op, Schedule, Steered, Went, drive_once};
use multiprocessing::{Lock, Process, Queue, pause, say};

fn command(program: &'static str) -> MakeCommand {
    Box::new(move || Ok(harness::program(program)))
}

fn begin(program: &'static str) -> Steered {
    Steered::begin(command(program), Arc::new(AtomicBool::new(false))).unwrap()
}

fn by_code(program: &'static str, code: &str) -> io::Result<Steered> {
    Steered::by_code(command(program), Arc::new(AtomicBool::new(false)), code)
}

/// How somebody stands.
fn can(run: &Steered, name: &str) -> Option<Can> {
    run.standing().iter().find(|one| one.name == name).map(|one| one.can)
}

fn go(run: &mut Steered, name: &str) -> Went {
    let who = run.standing().into_iter().find(|one| one.name == name);
    run.go(&who.unwrap_or_else(|| panic!("{name} has ended")).place).unwrap()
}

/// Lets the first of these go on who can, until nobody can.
fn finish(run: &mut Steered, names: &[&str]) {
    while run.end().is_none() {
        let may = |name: &&&str| matches!(can(run, name), Some(Can::Now | Can::Late));
        let next = names.iter().find(may).unwrap_or_else(|| panic!("{:?}", run.standing()));
        go(run, next);
    }
}

fn lines(events: &[Step]) -> Vec<String> {
    let did = events.iter().flat_map(|event| &event.did);
    did.filter_map(|did| match &did.op {
        Op::Line { text, .. } => Some(text.clone()),
        _ => None,
    })
    .collect()
}

/// Program: who gets what?
fn two_readers() {
    let queue = Queue::<u32>::unbounded().unwrap();
    (0..3).for_each(|i| queue.put(i).unwrap());
    let read = |name: &str| {
        while let Some(item) = queue.try_get().unwrap() {
            say!("{name} got {item}");
        }
    };
    let a = Process::new(|| read("a")).name("a").start().unwrap();
    let b = Process::new(|| read("b")).name("b").start().unwrap();
    a.join().unwrap();
    b.join().unwrap();
}

fn whoever_is_chosen_goes_on() {
    for (first, second) in [("a", "b"), ("b", "a")] {
        let mut run = begin("two_readers");
        finish(&mut run, &["main", first, second]);
        let got = [0, 1, 2].map(|item| format!("{first} got {item}"));
        assert_eq!(lines(&run.events()), got);
        assert_eq!((run.end(), run.exit_code()), (Some(&End::Over), Some(0)));
        assert!(run.standing().is_empty());
        // By its code it is the same again, here and wherever else a code is taken.
        let code = run.code().unwrap();
        let again = by_code("two_readers", &code).unwrap();
        assert_eq!((again.events(), again.code()), (run.events(), Some(code.clone())));
        let driven = drive_once(harness::program("two_readers"), Schedule::Code(code)).unwrap();
        assert_eq!((driven.end, driven.steps), (End::Over, run.events().len()));
    }
}

/// Program: each has what the other wants.
fn two_locks() {
    let (one, other) = (Lock::new().unwrap(), Lock::new().unwrap());
    let both = |first: &Lock, second: &Lock| {
        let _first = first.lock().unwrap();
        let _second = second.lock().unwrap();
    };
    let a = Process::new(|| both(&one, &other)).name("a").start().unwrap();
    let b = Process::new(|| both(&other, &one)).name("b").start().unwrap();
    a.join().unwrap();
    b.join().unwrap();
}

fn a_wait_is_no_step() {
    let mut run = begin("two_locks");
    while can(&run, "b").is_none() {
        go(&mut run, "main");
    }
    for name in ["a", "a", "b", "b"] {
        assert_eq!(go(&mut run, name), Went::Did);
    }
    let before = run.events();
    let code = run.code().unwrap();
    assert_eq!((can(&run, "a"), run.end()), (Some(Can::Now), None));
    assert_eq!(go(&mut run, "a"), Went::Waits);
    assert_eq!((can(&run, "a"), go(&mut run, "a")), (Some(Can::Not), Went::Cannot));
    assert_eq!((run.events(), run.code()), (before, Some(code)));
    let a = &run.standing()[1];
    assert_eq!((a.act.as_str(), a.waits.is_some()), ("Acquire", true));
    go(&mut run, "b");
    go(&mut run, "main");
    let Some(End::Stuck(who)) = run.end() else { panic!("{:?}", run.end()) };
    assert_eq!(who.len(), 3);
    // The code of a run that cannot go on leads to there.
    let again = by_code("two_locks", &run.code().unwrap()).unwrap();
    assert_eq!((again.end(), again.events()), (run.end(), run.events()));
}

fn a_code_that_is_too_short_leads_to_a_choice() {
    let mut run = begin("two_readers");
    for name in ["main"; 7] {
        go(&mut run, name);
    }
    let here = by_code("two_readers", &run.code().unwrap()).unwrap();
    assert_eq!((here.end(), here.events()), (None, run.events()));
    for wrong in ["x9999", "0101"] {
        assert!(by_code("two_readers", wrong).is_err(), "{wrong}");
    }
}

/// Program: one waits for long, one for ever, one not at all.
fn waits() {
    let (one, other) = (Queue::<u32>::unbounded().unwrap(), Queue::<u32>::unbounded().unwrap());
    let limit = Duration::from_secs(5);
    let late = Process::new(|| {
        assert_eq!(one.get_timeout(limit).unwrap(), None);
        other.put(1).unwrap();
    });
    let late = late.name("late").start().unwrap();
    let get = Process::new(|| assert_eq!(other.get().unwrap(), 1)).name("get").start().unwrap();
    late.join().unwrap();
    get.join().unwrap();
}

fn a_limit_is_over_when_nobody_else_can_go_on() {
    let mut run = begin("waits");
    while can(&run, "get").is_none() {
        go(&mut run, "main");
    }
    go(&mut run, "late");
    assert_eq!((go(&mut run, "late"), can(&run, "late")), (Went::Waits, Some(Can::Not)));
    go(&mut run, "get");
    assert_eq!((go(&mut run, "get"), can(&run, "late")), (Went::Waits, Some(Can::Not)));
    assert_eq!((go(&mut run, "main"), can(&run, "late")), (Went::Waits, Some(Can::Late)));
    assert_eq!((go(&mut run, "late"), can(&run, "late")), (Went::Did, Some(Can::Now)));
    finish(&mut run, &["late", "get", "main"]);
    assert_eq!((run.end(), run.exit_code()), (Some(&End::Over), Some(0)));
}

/// Program: many steps.
fn many_steps() {
    let queue = Queue::<u32>::unbounded().unwrap();
    let count = |name: &str| {
        for i in 0..40 {
            say!("{name} {i}");
            queue.put(i).unwrap();
            pause(Duration::from_millis(200));
        }
    };
    let a = Process::new(|| count("a")).name("a").start().unwrap();
    let b = Process::new(|| count("b")).name("b").start().unwrap();
    a.join().unwrap();
    b.join().unwrap();
}

fn what_is_undone_is_as_before() {
    let mut run = begin("many_steps");
    let mut took = Vec::new();
    while run.events().len() < 200 {
        let at = run.events().len();
        let names = if at.is_multiple_of(2) { ["main", "a", "b"] } else { ["main", "b", "a"] };
        let began = Instant::now();
        let next = names.iter().find(|name| can(&run, name) == Some(Can::Now)).unwrap();
        go(&mut run, next);
        took.push(began.elapsed());
    }
    took.sort();
    let median = took[took.len() / 2];
    let (events, code) = (run.events(), run.code());
    let who = format!("{:?}", run.standing().iter().map(|one| one.can).collect::<Vec<_>>());
    let last = events[199].place.clone();
    let began = Instant::now();
    run.undo().unwrap();
    let undone = began.elapsed();
    println!(
        "a step: {median:?} (the longest {:?}), undo after 200: {undone:?}",
        took[took.len() - 1]
    );
    assert_eq!(run.events(), events[..199]);
    assert_eq!(run.go(&last).unwrap(), Went::Did);
    assert_eq!((run.events(), run.code()), (events, code));
    assert_eq!(format!("{:?}", run.standing().iter().map(|one| one.can).collect::<Vec<_>>()), who);
    // Loaded machines are slower; these are four and ten times what a learner is promised.
    assert!(median < Duration::from_millis(200) && undone < Duration::from_secs(5));
    while !run.events().is_empty() && run.events().len() > 190 {
        run.undo().unwrap();
    }
    run.restart().unwrap();
    assert!(run.events().is_empty());
    run.undo().unwrap();
    assert!(run.events().is_empty());
}

/// Kills one of the run, and waits until that is seen.
fn kill(run: &mut Steered, name: &str) {
    let pid = run.standing().iter().find(|one| one.name == name).unwrap().pid;
    let pid = nix::unistd::Pid::from_raw(pid);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    while !run.look_around().unwrap() {
        std::thread::yield_now();
    }
}

fn a_kill_from_outside_is_seen() {
    let mut run = begin("two_readers");
    while can(&run, "b").is_none() {
        go(&mut run, "main");
    }
    assert_eq!(go(&mut run, "main"), Went::Waits);
    let before = run.events();
    kill(&mut run, "a");
    assert_eq!((can(&run, "a"), can(&run, "main")), (None, Some(Can::Now)));
    assert_eq!(run.code(), None);
    let is_end = |event: &Step| event.ended.len() == 1 && event.did.is_empty();
    assert!(is_end(&run.events()[before.len()]));
    finish(&mut run, &["main", "b"]);
    assert_eq!(lines(&run.events()), ["b got 0", "b got 1", "b got 2"]);
    assert_eq!((run.end(), run.exit_code()), (Some(&End::Over), Some(0)));
    // What cannot be repeated is taken back as a whole.
    run.undo().unwrap();
    assert_eq!(run.events(), before);
    assert_eq!(can(&run, "main"), Some(Can::Not));
    // And if nobody is left to go on, that is the end.
    for name in ["a", "b", "main"] {
        kill(&mut run, name);
    }
    assert_eq!((run.end(), run.exit_code()), (Some(&End::Over), Some(-9)));
}

fn a_program_that_cannot_be_driven_is_no_run() {
    let not_the_crates: MakeCommand = Box::new(|| Ok(std::process::Command::new("true")));
    let over = Arc::new(AtomicBool::new(false));
    assert!(Steered::begin(not_the_crates, over).is_err());
}

/// Whatever is left, the harness finds.
fn a_run_can_be_dropped_at_any_moment() {
    for steps in 0..14 {
        let mut run = begin("two_readers");
        for _ in 0..steps {
            let next = run.standing().into_iter().rfind(|one| one.can == Can::Now).unwrap();
            run.go(&next.place).unwrap();
        }
    }
}

fn main() {
    harness::run_within(
        Duration::from_secs(30),
        harness::cases![
            whoever_is_chosen_goes_on,
            a_wait_is_no_step,
            a_code_that_is_too_short_leads_to_a_choice,
            a_limit_is_over_when_nobody_else_can_go_on,
            what_is_undone_is_as_before,
            a_kill_from_outside_is_seen,
            a_program_that_cannot_be_driven_is_no_run,
            a_run_can_be_dropped_at_any_moment,
        ],
        harness::cases![two_readers, two_locks, waits, many_steps],
    );
}
