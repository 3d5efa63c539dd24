//! How a process ends: main and others, with children of their own, however they end.

use std::io::Read;
use std::process::{Output, Stdio};
use std::time::Duration;

use multiprocessing::{Child, Process, say};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness;

fn forever() {
    loop {
        nix::unistd::pause();
    }
}

fn named<'a, R: multiprocessing::IntoExit>(name: &str, run: impl FnOnce() -> R + 'a) -> Child {
    Process::new(run).name(name).start().unwrap()
}

fn daemon(name: &str) -> Child {
    Process::new(forever).name(name).daemon(true).start().unwrap()
}

/// Gives a signal some time to have an effect.
fn still_runs(child: &Child) {
    assert_eq!(child.join_timeout(Duration::from_millis(50)).unwrap(), None);
}

/// Says so after a time in which everything that does not wait for it would be over.
fn slow() {
    std::thread::sleep(Duration::from_millis(150));
    say!("done");
}

fn run(program: &str) -> Output {
    harness::program(program).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Program: leaves one child at work, one in the background, one that has failed.
fn leaves_them_running() {
    named("slow", slow);
    named("failed", || 3);
    daemon("background");
    let stopped = daemon("stopped");
    kill(Pid::from_raw(stopped.pid()), Signal::SIGSTOP).unwrap();
    say!("main ends");
    match std::env::args().nth(1).as_deref() {
        Some("panic") => panic!("on purpose"),
        Some("exit") => std::process::exit(5),
        _ => {}
    }
}

fn main_ends_after_its_children() {
    for (how, code) in [("return", 0), ("panic", 101), ("exit", 5)] {
        let mut command = harness::program("leaves_them_running");
        let mut main =
            command.arg(how).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        assert_eq!(main.wait().unwrap().code(), Some(code), "{how}");
        // What the pipe holds at this moment: its end is not waited for.
        let mut text = [0; 100];
        let length = main.stdout.unwrap().read(&mut text).unwrap();
        let text = std::str::from_utf8(&text[..length]).unwrap();
        assert_eq!(text, "main       | main ends\nslow       | done\n", "{how}");
        let mut errors = String::new();
        main.stderr.unwrap().read_to_string(&mut errors).unwrap();
        let panicked = errors.contains("thread 'main'") && errors.contains("on purpose");
        assert_eq!(panicked, how == "panic", "main's own panics look as ever: {errors}");
    }
}

/// Program: a child with children of its own.
fn leaves_grandchildren() {
    let middle = named("middle", || {
        named("slow", slow);
        daemon("background");
        let exits = std::env::args().nth(1).as_deref() == Some("exit");
        if exits {
            std::process::exit(4);
        }
        4
    });
    let code = middle.join().unwrap().code();
    say!("middle has ended with {code}");
}

fn a_child_ends_after_its_children() {
    for how in ["return", "exit"] {
        let output = harness::program("leaves_grandchildren").arg(how).output().unwrap();
        let text = "slow       | done\nmain       | middle has ended with 4\n";
        assert_eq!(said(&output), text, "{how}");
    }
}

/// Program: a child ends by `exit`, beside others.
fn one_child_exits() {
    let background = daemon("background");
    named("slow", slow);
    // It has inherited the handler for the end of main, but not the children.
    let exits = named("exits", || std::process::exit(7));
    assert_eq!(exits.join().unwrap().code(), 7);
    still_runs(&background);
}

/// Program: a fork that the crate does not know of ends as main does.
fn raw_fork() {
    let background = daemon("background");
    named("slow", slow);
    // SAFETY: one thread; the child touches nothing of its parent's but runs on to the end of main.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        return;
    }
    nix::sys::wait::waitpid(Pid::from_raw(pid), None).unwrap();
    still_runs(&background);
}

/// Program: the same, and it starts a child of its own.
fn raw_fork_with_a_child() {
    let background = daemon("background");
    // SAFETY: as above.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        named("own", slow);
        return;
    }
    nix::sys::wait::waitpid(Pid::from_raw(pid), None).unwrap();
    say!("the fork has ended");
    still_runs(&background);
}

fn others_children_are_left_alone() {
    for program in ["one_child_exits", "raw_fork"] {
        let output = run(program);
        assert_eq!(said(&output), "slow       | done\n", "{program}: {output:?}");
        assert!(output.status.success(), "{program}: {output:?}");
    }
    let output = run("raw_fork_with_a_child");
    assert_eq!(said(&output), "own        | done\nmain       | the fork has ended\n");
}

/// Program: ends in ways that nobody can prepare for.
fn ends_at_once() {
    let background = daemon("background");
    let slow = named("slow", slow);
    println!("{} {}", background.pid(), slow.pid());
    match std::env::args().nth(1).as_deref() {
        // SAFETY: ends this process.
        Some("_exit") => unsafe { libc::_exit(3) },
        Some("SIGTERM") => kill(Pid::this(), Signal::SIGTERM).unwrap(),
        _ => kill(Pid::this(), Signal::SIGKILL).unwrap(),
    }
    forever();
}

/// As in CPython: such an end passes over everything, and daemons live on, too.
fn children_survive_a_main_that_is_killed() {
    for how in ["_exit", "SIGTERM", "SIGKILL"] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let mut command = harness::program("ends_at_once");
        let mut main = command.arg(how).stdout(writer).spawn().unwrap();
        // This process holds no copy of the writing end, so the end of file comes from the dead.
        drop(command);
        main.wait().unwrap();
        let mut text = Vec::new();
        while !text.ends_with(b"\n") {
            let mut byte = [0];
            assert_eq!(reader.read(&mut byte).unwrap(), 1, "{how}");
            text.extend(byte);
        }
        let pids = String::from_utf8(text).unwrap();
        let pids: Vec<i32> = pids.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
        kill(Pid::from_raw(pids[0]), None).expect("the daemon lives");
        kill(Pid::from_raw(pids[0]), Signal::SIGKILL).unwrap();
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "slow       | done\n", "{how}");
    }
}

/// Program: text in a buffer, on both sides of a fork.
fn buffers() {
    print!("[once");
    named("child", || print!(" child]")).join().unwrap();
    print!(" more]");
    let _ = named("child", || print!(" second]")).join();
}

fn buffers_are_written_once() {
    assert_eq!(said(&run("buffers")), "[once child] more] second]");
}

/// Program: a daemon that ends in its own way when it is told to.
fn obeys_slowly() {
    extern "C" fn end(_: i32) {
        // SAFETY: write and _exit may be called in a handler, and the text is constant.
        unsafe {
            libc::write(1, c"bye\n".as_ptr().cast(), 4);
            libc::_exit(0)
        }
    }
    let (mut reader, writer) = std::io::pipe().unwrap();
    let wait = Process::new(move || {
        // SAFETY: the handler calls only what may be called in one.
        unsafe { libc::signal(libc::SIGTERM, end as *const () as libc::sighandler_t) };
        drop(writer);
        forever();
    });
    wait.daemon(true).start().unwrap();
    assert_eq!(reader.read(&mut [0]).unwrap(), 0);
}

fn daemons_are_asked_and_waited_for() {
    let output = run("obeys_slowly");
    assert_eq!((said(&output).as_str(), output.status.code()), ("bye\n", Some(0)));
}

pub const CASES: &[harness::Case] = harness::cases![
    main_ends_after_its_children,
    a_child_ends_after_its_children,
    others_children_are_left_alone,
    children_survive_a_main_that_is_killed,
    buffers_are_written_once,
    daemons_are_asked_and_waited_for,
];

pub const PROGRAMS: &[harness::Case] = harness::cases![
    leaves_them_running,
    leaves_grandchildren,
    one_child_exits,
    raw_fork,
    raw_fork_with_a_child,
    ends_at_once,
    buffers,
    obeys_slowly,
];
