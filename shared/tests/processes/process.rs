//! Processes: start, names, exit codes, join, signals, what is and is not inherited.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use multiprocessing::{
    Child, Event, Exit, Process, ProcessError, Queue, Run, Signal, State, active_children, current,
    say, state,
};
use nix::sys::signal::Signal::{SIGALRM, SIGCHLD, SIGKILL, SIGSTOP};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::harness;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn forever() -> i32 {
    loop {
        nix::unistd::pause();
    }
}

fn start<'a, R: multiprocessing::IntoExit>(run: impl FnOnce() -> R + 'a) -> Child {
    Process::new(run).start().unwrap()
}

fn code_of<'a, R: multiprocessing::IntoExit>(run: impl FnOnce() -> R + 'a) -> i32 {
    start(run).join().unwrap().code()
}

/// Comes back when `child` is in this state, as /proc shows it; the case's time limit watches.
fn until_state(child: &Child, state: char) {
    while harness::Stat::of(child.pid()).is_none_or(|stat| stat.state != state) {
        std::thread::yield_now();
    }
}

fn descriptors() -> Vec<String> {
    let entries = std::fs::read_dir("/proc/self/fd").unwrap();
    let targets = entries.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    // Without the one by which the directory is read.
    let targets = targets.map(|target| target.to_string_lossy().into_owned());
    targets.filter(|target| !target.ends_with("/fd")).collect()
}

fn zombies() -> usize {
    let me = std::process::id() as i32;
    let stats = harness::pids().into_iter().filter_map(harness::Stat::of);
    stats.filter(|stat| stat.parent == me && stat.state == 'Z').count()
}

fn exit_codes() {
    assert_eq!(code_of(|| ()), 0);
    assert_eq!(code_of(|| 3), 3);
    assert_eq!(code_of(|| 7_u8), 7);
    assert_eq!(code_of(|| -1), 255);
    assert_eq!(code_of(|| 256), 0);
    assert_eq!(code_of(|| Ok::<i32, String>(4)), 4);
    assert_eq!(code_of(|| Err::<(), _>("no")), 1);
    assert_eq!(code_of(|| -> () { panic!("no") }), 101);
    assert_eq!(code_of(|| std::process::exit(9)), 9);
    assert_eq!(code_of(|| std::process::abort()), -6);
    assert_eq!(code_of(|| Exit::Signal(Signal::SIGTERM)), 128 + 15);
    assert_eq!(code_of(|| multiprocessing::raise(Signal::SIGKILL).unwrap()), -9);
    let real_time = Signal(libc::SIGRTMIN() + 3);
    let exit = start(|| multiprocessing::raise(real_time).unwrap()).join().unwrap();
    assert_eq!(exit, Exit::Signal(real_time));
    assert_eq!(exit.to_string(), format!("killed by signal {0} (-{0})", real_time.0));
    assert!(multiprocessing::raise(Signal(1000)).is_err());
    assert_eq!(Exit::Signal(Signal::SIGTERM).to_string(), "killed by SIGTERM (-15)");
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("in a destructor");
    }
}

/// Program: each child fails in its own way.
fn failing() {
    let run = |name, run: fn() -> anyhow::Result<()>| {
        Process::new(run).name(name).start().unwrap().join().unwrap();
    };
    run("chain", || Err(anyhow::anyhow!("no such file").context("reading the list")));
    run("text", || panic!("no {}", "luck"));
    run("lines", || {
        assert_eq!(1, 2);
        Ok(())
    });
    run("payload", || std::panic::panic_any(5));
    run("drop", || {
        let _kept = PanicsWhenDropped;
        Ok(())
    });
    say!("main goes on, once");
}

fn failures_are_one_line_each() {
    let output = harness::program("failing").env("RUST_BACKTRACE", "1").output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "chain: reading the list: no such file\n\
         text: no luck\n\
         lines: assertion `left == right` failed, left: 1, right: 2\n\
         payload: panicked without a text\n\
         drop: in a destructor\n"
    );
    assert_eq!(output.stdout, b"main       | main goes on, once\n");
    assert!(output.status.success());
}

fn join_twice_remembers() {
    let child = start(|| 3);
    let clone = child.clone();
    assert_eq!(child.join().unwrap(), Exit::Code(3));
    assert_eq!(child.join().unwrap(), Exit::Code(3));
    assert_eq!(clone.join_timeout(Duration::ZERO).unwrap(), Some(Exit::Code(3)));
    assert_eq!(clone.exit(), Some(Exit::Code(3)));
    assert!(!clone.is_alive().unwrap());
}

fn exit_is_none_until_it_ended() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let child = start(|| reader.read(&mut [0]).unwrap() as i32 + 4);
    assert_eq!(child.exit(), None);
    assert!(child.is_alive().unwrap());
    (&writer).write_all(b"x").unwrap();
    while child.exit().is_none() {
        std::thread::yield_now();
    }
    assert_eq!(child.exit(), Some(Exit::Code(5)));
}

fn join_timeout_is_never_early_and_hardly_late() {
    let child = start(forever);
    for timeout in [Duration::ZERO, Duration::from_micros(300), ms(1), ms(15), ms(40)] {
        let late = || {
            let begin = Instant::now();
            assert_eq!(child.join_timeout(timeout).unwrap(), None);
            begin.elapsed().checked_sub(timeout).expect("not early")
        };
        // On a loaded machine now and then, never if it slept in slices of its own: the case's limit.
        while late() >= ms(10) {}
    }
    child.kill().unwrap();
}

fn join_timeout_ends_with_the_child() {
    for timeout in [Duration::from_secs(1000), Duration::MAX] {
        let child = start(|| std::thread::sleep(ms(50)));
        let begin = Instant::now();
        assert_eq!(child.join_timeout(timeout).unwrap(), Some(Exit::Code(0)));
        // Of a thousand; a loaded machine needs a few.
        assert!(begin.elapsed() < Duration::from_secs(25));
    }
    // Its own children do not count, whatever they have inherited.
    let child = start(|| {
        let _grandchild = start(forever);
        // SAFETY: ends this process at once, without the wait for the grandchild.
        unsafe { libc::_exit(6) };
    });
    let begin = Instant::now();
    let exit = child.join_timeout(Duration::from_secs(1000)).unwrap();
    assert_eq!(exit, Some(Exit::Code(6)));
    assert!(begin.elapsed() < Duration::from_secs(25));
    for pid in harness::pids() {
        let group = nix::unistd::getpgrp().as_raw();
        let stat = harness::Stat::of(pid);
        if pid != std::process::id() as i32 && stat.is_some_and(|stat| stat.group == group) {
            kill(Pid::from_raw(pid), SIGKILL).unwrap();
        }
    }
}

fn only_the_creator_may() {
    let first = Process::new(forever).name("first").start().unwrap();
    let main = std::process::id();
    let second = start(|| {
        let text = format!(
            "only process {main} (`main`), which started `first`, can join it; ... terminate it"
        );
        let said = format!(
            "{}; ... {}",
            first.join().unwrap_err(),
            first.terminate().unwrap_err().to_string().split_once("can ").unwrap().1
        );
        assert_eq!(said, text);
        assert!(matches!(first.is_alive(), Err(ProcessError::NotCreator { .. })));
        assert!(matches!(first.join_timeout(ms(1)), Err(ProcessError::NotCreator { .. })));
        assert!(matches!(first.kill(), Err(ProcessError::NotCreator { .. })));
        assert_eq!(first.exit(), None);
        assert!(active_children().is_empty(), "its parent's children are not its own");
    });
    assert!(second.join().unwrap().success());
    assert!(first.is_alive().unwrap());
    first.kill().unwrap();
}

fn a_status_that_is_gone_is_an_error() {
    use nix::sys::signal::{SigHandler, signal};
    let child = Process::new(forever).name("lost").start().unwrap();
    // SAFETY: no handler, so no code runs inside a signal.
    unsafe { signal(SIGCHLD, SigHandler::SigIgn) }.unwrap();
    child.kill().unwrap();
    let error = child.join().unwrap_err();
    assert!(error.to_string().contains("how `lost` (process "), "{error}");
    assert!(error.to_string().contains("Is SIGCHLD ignored"), "{error}");
    assert!(matches!(child.join_timeout(ms(100)), Err(ProcessError::Lost { .. })));
    assert!(matches!(child.kill(), Err(ProcessError::Lost { .. })));
    let child = start(|| ());
    nix::sys::wait::wait().unwrap();
    assert!(matches!(child.is_alive(), Err(ProcessError::Lost { .. })));
    assert_eq!(child.exit(), None);
}

/// Has the system throw away how children end: by a program's own call, and as it is inherited.
fn throw_statuses_away(flags: i32, handler: libc::sighandler_t) -> std::io::Result<()> {
    // SAFETY: a plain struct of which all zeroes are a value, and no handler but the system's.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        (action.sa_flags, action.sa_sigaction) = (flags, handler);
        libc::sigaction(libc::SIGCHLD, &action, std::ptr::null_mut());
    }
    Ok(())
}

/// Program: its children end in two ways.
fn asks_how_they_ended() {
    let killed = start(forever);
    killed.kill().unwrap();
    say!("{}, {}", start(|| 3).join().unwrap(), killed.join().unwrap());
}

fn an_ignored_sigchld_costs_no_status() {
    use std::os::unix::process::CommandExt;
    let mut program = harness::program("asks_how_they_ended");
    // SAFETY: between fork and exec only sigaction is called, which is async-signal-safe.
    unsafe { program.pre_exec(|| throw_statuses_away(0, libc::SIG_IGN)) };
    let output = program.output().unwrap();
    let text = "main       | exit code 3, killed by SIGKILL (-9)\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), text, "{output:?}");
    for (flags, handler) in [(0, libc::SIG_IGN), (libc::SA_NOCLDWAIT, libc::SIG_DFL)] {
        throw_statuses_away(flags, handler).unwrap();
        assert_eq!(code_of(|| 3), 3);
    }
}

/// Of a child of a child, and of a process that somebody else has waited for.
fn any_process_has_a_state() {
    let (queue, end) = (Queue::unbounded().unwrap(), Event::new().unwrap());
    let child = start(|| {
        let grandchild = Process::new(|| end.wait()).start().unwrap();
        queue.put(grandchild.pid()).unwrap();
        grandchild.join().unwrap();
    });
    let grandchild = queue.get().unwrap();
    let becomes = |pid, wanted| {
        while state(pid) != wanted {
            std::thread::yield_now();
        }
        assert_eq!(wanted.is_alive(), ![State::Zombie, State::Gone].contains(&wanted));
    };
    becomes(grandchild, State::Sleeping);
    kill(Pid::from_raw(grandchild), SIGSTOP).unwrap();
    becomes(grandchild, State::Stopped);
    kill(Pid::from_raw(grandchild), SIGKILL).unwrap();
    becomes(grandchild, State::Gone);
    becomes(child.pid(), State::Zombie);
    child.join().unwrap();
    assert_eq!(state(child.pid()), State::Gone);
    let busy = start(|| while !end.is_set() {});
    becomes(busy.pid(), State::Running);
    end.set();
    busy.join().unwrap();
}

fn stopped_is_alive() {
    let child = start(forever);
    kill(Pid::from_raw(child.pid()), SIGSTOP).unwrap();
    until_state(&child, 'T');
    assert!(child.is_alive().unwrap());
    assert_eq!(child.exit(), None);
    assert_eq!(child.join_timeout(ms(20)).unwrap(), None);
    child.kill().unwrap();
    assert_eq!(child.join().unwrap().code(), -9);
}

fn a_zombie_is_not_alive() {
    let child = start(|| 3);
    until_state(&child, 'Z');
    assert!(!child.is_alive().unwrap());
    assert!(harness::Stat::of(child.pid()).is_none(), "it was reaped");
    assert_eq!(child.join().unwrap(), Exit::Code(3));
}

fn terminate_and_kill() {
    let child = start(forever);
    child.terminate().unwrap();
    assert_eq!(child.join().unwrap(), Exit::Signal(Signal::SIGTERM));
    let child = start(forever);
    child.kill().unwrap();
    assert_eq!(child.join().unwrap().code(), -9);
}

/// The number of an ended child may be another process's by now.
fn no_signal_reaches_a_stranger() {
    // Numbers of their own: what is asked for here must not be given to another test's process.
    // SAFETY: the call takes a number; it concerns the children of this process only.
    let _only_for_root = unsafe { libc::unshare(libc::CLONE_NEWPID) };
    let output = harness::program("meets_a_stranger").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Program: a child gets the number of one that has ended.
fn meets_a_stranger() {
    let child = start(|| ());
    child.join().unwrap();
    let stranger = loop {
        // Only who has numbers of its own may ask for one; others go round all of them, or for ten
        // seconds.
        if std::process::id() == 1 {
            let _ = std::fs::write("/proc/sys/kernel/ns_last_pid", (child.pid() - 1).to_string());
        }
        let next = start(forever);
        if next.pid() == child.pid() {
            break next;
        }
        next.kill().unwrap();
        next.join().unwrap();
    };
    child.kill().unwrap();
    child.terminate().unwrap();
    assert_eq!(stranger.join_timeout(ms(50)).unwrap(), None);
    assert_eq!(child.join().unwrap(), Exit::Code(0));
    stranger.kill().unwrap();
}

/// Has a signal interrupt every wait of this process, again and again.
fn storm() {
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, sigaction};
    extern "C" fn nothing(_: i32) {}
    let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(SIGALRM, &action) }.unwrap();
    let every = libc::timeval { tv_sec: 0, tv_usec: 300 };
    let timer = libc::itimerval { it_interval: every, it_value: every };
    // SAFETY: the timer is read during the call only.
    let refused = unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut()) };
    assert_eq!(refused, 0);
}

fn interruptions_never_surface() {
    storm();
    for round in 0..100 {
        let child = start(|| {
            storm();
            std::thread::sleep(ms(5));
            round
        });
        let begin = Instant::now();
        if child.join_timeout(ms(2)).unwrap().is_none() {
            assert!(begin.elapsed() >= ms(2));
        }
        child.is_alive().unwrap();
        assert_eq!(child.join().unwrap(), Exit::Code(round));
    }
}

fn a_daemon_starts_nobody() {
    let daemon = Process::new(|| {
        assert!(current().is_daemon());
        let error = Process::new(|| ()).name("grandchild").start().unwrap_err();
        assert!(matches!(error, ProcessError::Daemon { .. }));
        let text = "`grandchild` was not started: `helper` is a daemon";
        assert!(error.to_string().starts_with(text), "{error}");
    });
    let daemon = daemon.name("helper").daemon(true).start().unwrap();
    assert!(daemon.join().unwrap().success());
    assert!(!current().is_daemon());
}

fn names() {
    assert_eq!(current().name(), "main");
    let own = |name: &str| assert_eq!(current().name(), name);
    let first = start(|| {
        own("Process-1");
        assert_eq!(start(|| own("Process-1:1")).name(), "Process-1:1");
        let second = start(|| {
            own("Process-1:2");
            assert!(start(|| own("Process-1:2:1")).join().unwrap().success());
        });
        assert!(second.join().unwrap().success());
        active_children().iter().for_each(|child| assert!(child.join().unwrap().success()));
    });
    assert_eq!(first.name(), "Process-1");
    assert!(first.join().unwrap().success());
    // A name of its own does not change its place in the family, nor its brothers' names.
    let named = Process::new(|| start(|| own("Process-2:1")).join().unwrap());
    let named = named.name("reader").start().unwrap();
    assert_eq!(named.name(), "reader");
    assert!(named.join().unwrap().success());
    assert_eq!(start(|| own("Process-3")).join().unwrap(), Exit::Code(0));
}

fn pids() {
    let main = current().pid();
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    let child = start(|| {
        let me = current();
        assert_eq!(me.parent_pid(), main);
        writer.write_all(&me.pid().to_ne_bytes()).unwrap();
    });
    assert!(child.join().unwrap().success());
    let mut pid = [0; 4];
    reader.read_exact(&mut pid).unwrap();
    assert_eq!(i32::from_ne_bytes(pid), child.pid());
    assert_ne!(child.pid(), main);
}

fn a_thousand_starts_leak_nothing() {
    start(|| ()).join().unwrap();
    let before = descriptors().len();
    for _ in 0..1000 {
        start(|| ()).join_timeout(Duration::from_secs(20)).unwrap().unwrap();
    }
    assert_eq!(descriptors().len(), before);
    assert_eq!(zombies(), 0);
    // Those that nobody joins are noticed at later starts.
    for _ in 0..1000 {
        drop(start(|| ()));
    }
    assert!(zombies() < 50, "{} zombies", zombies());
    while !active_children().is_empty() {}
    assert_eq!(zombies(), 0);
    assert_eq!(descriptors().len(), before);
}

fn descriptors_are_not_inherited() {
    let first = start(|| std::process::exit(descriptors().len() as i32));
    let alone = first.join().unwrap().code();
    let others: Vec<Child> = (0..5).map(|_| start(forever)).collect();
    others.iter().for_each(|child| assert_eq!(child.join_timeout(ms(1)).unwrap(), None));
    let among = code_of(|| std::process::exit(descriptors().len() as i32));
    assert_eq!(among, alone);
    let grandchild = code_of(|| start(|| descriptors().len() as i32).join().unwrap().code());
    assert_eq!(grandchild, alone);
    others.iter().for_each(|child| child.kill().unwrap());
}

fn active_children_reaps() {
    let (alive, done) = (start(forever), start(|| ()));
    until_state(&done, 'Z');
    let pids: Vec<i32> = active_children().iter().map(Child::pid).collect();
    assert_eq!(pids, [alive.pid()]);
    assert_eq!(zombies(), 0);
    assert_eq!(done.join().unwrap(), Exit::Code(0));
    alive.kill().unwrap();
    alive.join().unwrap();
    assert!(active_children().is_empty());
}

fn refused_with_several_threads() {
    std::thread::scope(|scope| {
        let (keep, kept) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || kept.recv());
        let error = Process::new(|| ()).name("late").start().unwrap_err();
        assert!(matches!(error, ProcessError::Threads { threads: 2, .. }), "{error:?}");
        let text = "`late` was not started: this process has 2 threads";
        assert!(error.to_string().starts_with(text), "{error}");
        drop(keep);
    });
}

/// The system counts a thread for some microseconds after it was joined. Here they are many:
/// a thread that ends has a table of descriptors of its own to close.
fn a_joined_thread_does_not_count() {
    let _many: Vec<_> = (0..900).map(|_| std::io::stdout().as_fd().try_clone_to_owned()).collect();
    for _ in 0..50 {
        let thread = std::thread::spawn(|| {
            // SAFETY: the call takes a number; this thread uses no descriptor from here on.
            assert_eq!(unsafe { libc::unshare(libc::CLONE_FILES) }, 0);
        });
        thread.join().unwrap();
        assert_eq!(code_of(|| 5), 5);
    }
}

fn another_thread_may_kill_what_one_joins() {
    let child = start(forever);
    std::thread::scope(|scope| {
        let joins = scope.spawn(|| child.join().unwrap());
        let waits = scope.spawn(|| child.join_timeout(Duration::from_secs(100)).unwrap());
        std::thread::sleep(ms(50));
        child.kill().unwrap();
        assert_eq!(joins.join().unwrap().code(), -9);
        assert_eq!(waits.join().unwrap().unwrap().code(), -9);
    });
}

fn dies_with_its_parent() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let parent = start(move || {
        let child = Process::new(forever).die_with_parent(true).start().unwrap();
        (&writer).write_all(&child.pid().to_ne_bytes()).unwrap();
        forever()
    });
    let mut pid = [0; 4];
    reader.read_exact(&mut pid).unwrap();
    parent.kill().unwrap();
    // End of file: nobody holds the other end any more, so the grandchild is dead too.
    assert_eq!(reader.read(&mut pid).unwrap(), 0);
    parent.join().unwrap();
}

fn the_parent_drops_what_the_child_was_given() {
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    let child = start(move || writer.write_all(b"all").unwrap());
    let mut text = String::new();
    // Ends only if this process has no copy of the writing end left.
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "all");
    assert!(child.join().unwrap().success());
}

struct Counter<'a> {
    from: i32,
    sink: &'a std::io::PipeWriter,
}

impl Run for Counter<'_> {
    fn run(&mut self) -> anyhow::Result<()> {
        self.from += 1;
        let mut sink = self.sink;
        sink.write_all(&self.from.to_ne_bytes())?;
        anyhow::ensure!(self.from < 5, "too far");
        Ok(())
    }
}

fn a_worker_type_of_ones_own() {
    let (mut reader, sink) = std::io::pipe().unwrap();
    let start = |from| Process::of(Counter { from, sink: &sink }).start().unwrap();
    assert_eq!(start(1).join().unwrap(), Exit::Code(0));
    assert_eq!(start(4).join().unwrap(), Exit::Code(1));
    let mut both = [0; 8];
    reader.read_exact(&mut both).unwrap();
    assert_eq!(both, [2, 0, 0, 0, 5, 0, 0, 0]);
}

/// The documentation of `start` says so: the generator is copied with the memory.
fn all_draw_the_same_number_once_main_has_drawn() {
    let drawn = |generator_is_new: bool| {
        let (mut reader, writer) = std::io::pipe().unwrap();
        for _ in 0..2 {
            let mut writer = &writer;
            assert_eq!(code_of(|| writer.write_all(&rand::random::<[u8; 8]>()).unwrap()), 0);
        }
        let mut both = [[0; 8]; 2];
        reader.read_exact(both.as_flattened_mut()).unwrap();
        assert_eq!(both[0] == both[1], !generator_is_new);
    };
    drawn(true);
    let _ = rand::random::<u64>();
    drawn(false);
}

/// Program: main reads a line, and so does each of its children, then main again.
fn readers_of_stdin() {
    let read = || {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        say!("{}", line.trim());
    };
    read();
    Process::new(read).name("first").start().unwrap().join().unwrap();
    Process::new(read).name("second").start().unwrap().join().unwrap();
    read();
}

/// The documentation of `start` says so: what was read ahead is copied with the memory.
fn all_read_the_same_line_once_main_has_read() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"one\ntwo\nthree\n").unwrap();
    drop(writer);
    let output = harness::program("readers_of_stdin").stdin(reader).output().unwrap();
    let text = "main       | one\nfirst      | two\nsecond     | two\nmain       | two\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), text);
}

/// The documentation of `start` says so. The thread sleeps for longer than a case may take.
fn a_child_waits_for_no_thread_and_runs_no_exit_handler() {
    extern "C" fn spoils_the_exit_code() {
        // SAFETY: it takes any number.
        unsafe { libc::_exit(9) }
    }
    // SAFETY: the function is there as long as the program.
    assert_eq!(unsafe { libc::atexit(spoils_the_exit_code) }, 0);
    let by_return = code_of(|| {
        std::thread::spawn(|| std::thread::sleep(Duration::from_secs(1000)));
        3
    });
    let by_exit = code_of(|| std::process::exit(3));
    assert_eq!((by_return, by_exit), (3, 9));
    // This process itself must not end by it.
    // SAFETY: as above.
    unsafe { libc::_exit(0) }
}

/// The child has its own copy, which is not dropped in a process that runs for ever.
fn a_destructor_that_panics_here_loses_no_child() {
    let mine = std::process::id();
    struct PanicsInMain(u32);
    impl Drop for PanicsInMain {
        fn drop(&mut self) {
            assert_ne!(self.0, std::process::id(), "in a destructor");
        }
    }
    let captured = PanicsInMain(mine);
    let run = move || {
        let _whole = &captured;
        forever()
    };
    let start = || Process::new(run).start().map(drop);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(start)).unwrap_err();
    let children = active_children();
    assert_eq!(children.len(), 1);
    children[0].kill().unwrap();
    assert_eq!(children[0].join().unwrap().code(), -9);
}

/// Who says a line stands before it, so nobody may forge that.
fn names_that_would_forge_a_line_are_refused() {
    for name in ["reader\nmain       | all is well", "main\r", "\x1b[2Kmain", "main | it", " "] {
        let error = Process::new(|| ()).name(name).start().unwrap_err();
        assert!(matches!(error, ProcessError::Name { .. }), "{error:?}");
        let text = format!("{name:?} was not started: ");
        assert!(
            error.to_string().starts_with(&text) && !error.to_string().contains('\n'),
            "{error}"
        );
    }
    // As in Python: no name.
    assert_eq!(Process::new(|| ()).name("").start().unwrap().name(), "Process-6");
}

/// The system keeps 15 bytes of a name.
fn a_name_is_cut_between_two_letters() {
    for (name, shown) in [
        ("prüfer-der-Größe", "prüfer-der-Gr"),
        ("pruefer-der-Größe", "pruefer-der-Gr"),
        ("äääääääö", "äääääää"),
        ("short", "short"),
    ] {
        let child = Process::new(forever).name(name).start().unwrap();
        let comm = std::fs::read(format!("/proc/{}/comm", child.pid())).unwrap();
        child.kill().unwrap();
        assert_eq!(String::from_utf8(comm).unwrap(), format!("{shown}\n"));
    }
}

/// Starts may be made while a panic unwinds: the child must not abort for that.
fn a_start_in_a_destructor_during_a_panic() {
    struct Starts;
    impl Drop for Starts {
        fn drop(&mut self) {
            assert_eq!(code_of(|| 3), 3);
        }
    }
    std::panic::catch_unwind(|| {
        let _starts = Starts;
        panic!("on purpose");
    })
    .unwrap_err();
}

pub const CASES: &[harness::Case] = harness::cases![
    exit_codes,
    failures_are_one_line_each,
    join_twice_remembers,
    exit_is_none_until_it_ended,
    join_timeout_is_never_early_and_hardly_late,
    join_timeout_ends_with_the_child,
    only_the_creator_may,
    a_status_that_is_gone_is_an_error,
    an_ignored_sigchld_costs_no_status,
    any_process_has_a_state,
    stopped_is_alive,
    a_zombie_is_not_alive,
    terminate_and_kill,
    no_signal_reaches_a_stranger,
    interruptions_never_surface,
    a_daemon_starts_nobody,
    names,
    pids,
    a_thousand_starts_leak_nothing,
    descriptors_are_not_inherited,
    active_children_reaps,
    refused_with_several_threads,
    a_joined_thread_does_not_count,
    another_thread_may_kill_what_one_joins,
    dies_with_its_parent,
    the_parent_drops_what_the_child_was_given,
    a_worker_type_of_ones_own,
    all_draw_the_same_number_once_main_has_drawn,
    all_read_the_same_line_once_main_has_read,
    a_child_waits_for_no_thread_and_runs_no_exit_handler,
    a_destructor_that_panics_here_loses_no_child,
    names_that_would_forge_a_line_are_refused,
    a_name_is_cut_between_two_letters,
    a_start_in_a_destructor_during_a_panic,
];

pub const PROGRAMS: &[harness::Case] =
    harness::cases![failing, asks_how_they_ended, readers_of_stdin, meets_a_stranger];
