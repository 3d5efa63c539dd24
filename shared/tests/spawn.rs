//! Fresh program images: their argument, what they do not inherit, and mains that forgot them.
#![allow(unsafe_code)]

mod harness;

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipc_channel::ipc::{self, IpcSender};
use multiprocessing::spawn::{Spawn, entry};
use multiprocessing::{Exit, Process, ProcessError, active_children, current, say};
use serde::{Deserialize, Serialize};

fn argument() -> String {
    std::env::args().nth(1).unwrap_or_default()
}

/// A directory that only this case uses, as TMPDIR: what is left in it shows.
fn new_directory() -> PathBuf {
    nix::unistd::mkdtemp(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("t-XXXXXX")).unwrap()
}

fn own_temporary_directory() -> PathBuf {
    let path = new_directory();
    // SAFETY: each case runs in a process of its own, which has one thread.
    unsafe { std::env::set_var("TMPDIR", &path) };
    path
}

fn remove_if_empty(path: PathBuf) {
    std::fs::remove_dir(path).expect("nothing was left in it");
}

#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
struct Order {
    numbers: Vec<u64>,
    text: Option<String>,
    answer: i32,
}

fn answer(order: Order) -> i32 {
    assert_eq!(nix::unistd::alarm::cancel(), None, "nothing will kill this process later");
    assert_eq!(order.text.as_deref(), Some("two\nlines"));
    order.answer + order.numbers.len() as i32
}

fn the_argument_arrives() {
    let directory = own_temporary_directory();
    let order = Order { numbers: vec![1, 2], text: Some("two\nlines".into()), answer: 40 };
    let child = Spawn::new(answer, order).start().unwrap();
    assert_eq!(child.join().unwrap(), Exit::Code(42));
    assert_eq!(child.join_timeout(Duration::ZERO).unwrap(), Some(Exit::Code(42)));
    remove_if_empty(directory);
}

fn length(bytes: Vec<u8>) -> i32 {
    (bytes.len() >> 20) as i32 * i32::from(bytes.iter().all(|&byte| byte == 7))
}

fn longer(text: String) -> i32 {
    i32::from(text.len() > 1000)
}

fn a_large_argument() {
    let child = Spawn::new(length, vec![7; 8 << 20]).start().unwrap();
    assert_eq!(child.join().unwrap(), Exit::Code(8));
}

fn reply(to: IpcSender<(String, i32, bool, i32)>) {
    let me = current();
    to.send((me.name().to_owned(), me.pid(), me.is_daemon(), me.parent_pid())).unwrap();
}

fn who_it_is() {
    let (sender, receiver) = ipc::channel().unwrap();
    let child = Spawn::new(reply, sender.clone()).start().unwrap();
    let expected = ("Process-1".to_owned(), child.pid(), false, current().pid());
    assert_eq!(receiver.recv().unwrap(), expected);
    assert_eq!(child.name(), "Process-1");
    child.join().unwrap();
    let child = Spawn::new(reply, sender).name("helper").daemon(true).start().unwrap();
    let expected = ("helper".to_owned(), child.pid(), true, current().pid());
    assert_eq!(receiver.recv().unwrap(), expected);
    child.join().unwrap();
    assert!(active_children().is_empty());
}

static mut CHANGED: i32 = 1;

/// The value of a global, how many descriptors there are, whether a secret shows.
fn look(secret: String) -> i32 {
    let read = |file: &str| std::fs::read(format!("/proc/self/{file}")).unwrap();
    for file in ["cmdline", "environ"] {
        assert!(!String::from_utf8_lossy(&read(file)).contains(&secret), "{file}");
    }
    assert!(std::env::vars_os().all(|(name, _)| name != "MULTIPROCESSING_SPAWN"));
    assert_eq!(std::env::var_os("TMPDIR"), None, "as in its parent");
    assert_eq!(read("comm"), b"Process-1\n", "ps shows its name");
    // SAFETY: this process has one thread.
    10 * descriptors() + unsafe { CHANGED }
}

fn descriptors() -> i32 {
    std::fs::read_dir("/proc/self/fd").unwrap().count() as i32
}

fn nothing_is_inherited() {
    // SAFETY: this process has one thread.
    unsafe {
        CHANGED = 2;
        std::env::remove_var("TMPDIR");
    }
    open_without_care();
    let child = Spawn::new(look, "sesame".to_owned()).start().unwrap();
    // The three of every process, and the directory that is read.
    assert_eq!(child.join().unwrap(), Exit::Code(10 * 4 + 1));
}

/// Two descriptors that any program would inherit.
fn open_without_care() {
    for number in [9, 60] {
        // SAFETY: these numbers are not in use.
        assert_eq!(unsafe { libc::dup2(0, number) }, number);
    }
}

/// Two functions of one name: `spawn::two_of_one_name::work`.
fn two_of_one_name() -> (impl Fn(i32) -> i32, impl Fn(i32) -> i32) {
    let first = {
        fn work(number: i32) -> i32 {
            number + 1
        }
        work
    };
    let second = {
        fn work(number: i32) -> i32 {
            number + 2
        }
        work
    };
    (first, second)
}

fn the_right_one_of_two_functions_of_one_name() {
    let (first, second) = two_of_one_name();
    let second = Spawn::new(second, 0).start().unwrap();
    assert_eq!(second.join().unwrap(), Exit::Code(2));
    assert_eq!(Spawn::new(first, 0).start().unwrap().join().unwrap(), Exit::Code(1));
}

/// Program: its file is another program by now, then none.
fn file_was_replaced() {
    let file = std::env::current_exe().unwrap();
    std::fs::remove_file(&file).unwrap();
    std::fs::copy("/bin/false", &file).unwrap();
    say!("{}", Spawn::new(longer, String::new()).start().unwrap().join().unwrap());
    std::fs::remove_file(&file).unwrap();
    say!("{}", Spawn::new(longer, "x".repeat(2000)).start().unwrap().join().unwrap());
}

fn the_same_program_though_its_file_was_replaced() {
    let directory = new_directory();
    let file = directory.join("program");
    std::fs::hard_link(std::env::current_exe().unwrap(), &file).unwrap();
    let mut program = std::process::Command::new(&file);
    for (name, value) in harness::program("file_was_replaced").get_envs() {
        program.env(name, value.unwrap());
    }
    let output = program.output().unwrap();
    let text = "main       | exit code 0\nmain       | exit code 1\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), text, "{output:?}");
    remove_if_empty(directory);
}

struct PanicsWhenWritten;

impl Serialize for PanicsWhenWritten {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("while it is written")
    }
}

impl<'de> Deserialize<'de> for PanicsWhenWritten {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(PanicsWhenWritten)
    }
}

fn ignores(_: PanicsWhenWritten) {}

fn a_panic_while_the_argument_is_written_leaves_nothing() {
    let directory = own_temporary_directory();
    let start = || Spawn::new(ignores, PanicsWhenWritten).start().map(drop);
    std::panic::catch_unwind(start).unwrap_err();
    assert!(active_children().is_empty());
    let masked = nix::sys::signal::SigSet::thread_get_mask().unwrap();
    assert_eq!(masked.iter().count(), 0);
    remove_if_empty(directory);
}

/// A start works, or it is an error: for each number of descriptors that are left.
fn few_descriptors_left() {
    let directory = own_temporary_directory();
    let few = libc::rlimit { rlim_cur: 64, rlim_max: 64 };
    // SAFETY: the limit is read during the call.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &few) }, 0);
    let mut all: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    let mut last = None;
    for _ in 0..12 {
        let started = Spawn::new(longer, "x".repeat(1 << 20)).start();
        match &started {
            Ok(child) => assert_eq!(child.join().unwrap(), Exit::Code(1)),
            Err(error) => assert!(error.to_string().contains("Too many open files"), "{error}"),
        }
        last = Some(started);
        all.pop();
    }
    assert!(matches!(last, Some(Ok(_))));
    assert!(active_children().is_empty());
    remove_if_empty(directory);
}

fn nested(depth: u32) -> i32 {
    let expected = ["Process-1:1:1", "Process-1:1", "Process-1"][depth as usize];
    assert_eq!(current().name(), expected);
    if depth > 0 {
        let child = Spawn::new(nested, depth - 1).start().unwrap();
        return child.join().unwrap().code() + 1;
    }
    let forked = Process::new(|| assert_eq!(current().name(), "Process-1:1:1:1"));
    i32::from(!forked.start().unwrap().join().unwrap().success())
}

fn a_spawned_process_may_spawn() {
    let child = Spawn::new(nested, 2).start().unwrap();
    assert_eq!(child.join().unwrap(), Exit::Code(2));
}

/// A fresh image opens the file anew, and must not write over what is there.
fn a_spawned_process_is_recorded() {
    let directory = new_directory();
    let path = directory.join("record");
    // SAFETY: each case runs in a process of its own, which has one thread.
    unsafe { std::env::set_var("LESSON_RECORD", &path) };
    assert_eq!(Spawn::new(nested, 2).start().unwrap().join().unwrap(), Exit::Code(2));
    Spawn::new(length, vec![]).start().unwrap().join().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let processes =
        [["main"; 2], ["1", "Process-1"], ["1.1.1.1", "Process-1:1:1:1"], ["2", "Process-2"]];
    for [place, name] in processes {
        let mut lines = text.lines().map(|line| line.split_once(' ').unwrap().1);
        assert!(lines.any(|line| line == format!("{place} hello {name}")), "{place}: {text}");
        let end = format!("{place} did 0 End {{ code: ");
        assert_eq!(lines.any(|line| line.starts_with(&end)), place != "main", "{place}: {text}");
    }
    std::fs::remove_file(path).unwrap();
    remove_if_empty(directory);
}

fn fail(how: String) -> anyhow::Result<()> {
    match how.as_str() {
        "error" => anyhow::bail!("no luck"),
        "panic" => panic!("no {}", "hope"),
        _ => std::process::exit(5),
    }
}

/// Program: its children fail.
fn failing() {
    for how in ["error", "panic", "exit"] {
        let child = Spawn::new(fail, how.to_owned()).name(how).start().unwrap();
        say!("{how} {}", child.join().unwrap());
    }
}

fn it_ends_like_a_forked_one() {
    let output = harness::program("failing").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = ["error exit code 1", "panic exit code 101", "exit exit code 5"];
    assert_eq!(text, lines.map(|line| format!("main       | {line}\n")).concat());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: no luck\npanic: no hope\n");
}

fn forever(_: ()) {
    loop {
        nix::unistd::pause();
    }
}

fn slow_with_children(_: ()) {
    Process::new(|| forever(())).daemon(true).start().unwrap();
    Process::new(|| {
        std::thread::sleep(Duration::from_millis(100));
        say!("grandchild");
    })
    .name("low")
    .start()
    .unwrap();
}

/// Program: ends while its children run.
fn leaves_them_running() {
    Spawn::new(forever, ()).daemon(true).start().unwrap();
    Spawn::new(slow_with_children, ()).start().unwrap();
    say!("main ends");
}

fn the_end_of_main_waits() {
    let output = harness::program("leaves_them_running").output().unwrap();
    let text = "main       | main ends\nlow        | grandchild\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
    assert!(output.status.success());
}

fn allowed_with_threads() {
    std::thread::scope(|scope| {
        let children: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| Spawn::new(length, Vec::new()).start().unwrap()))
            .collect();
        for child in children {
            assert_eq!(child.join().unwrap().join().unwrap(), Exit::Code(0));
        }
    });
}

fn only_functions() {
    let captured = argument();
    let error = Spawn::new(|_: u8| drop(captured.clone()), 1).name("c").start().unwrap_err();
    assert!(matches!(error, ProcessError::NotAFunction { .. }), "{error}");
    let error = Spawn::new(|_: u8| (), 1).start().unwrap_err();
    assert!(matches!(error, ProcessError::NotAFunction { .. }), "{error}");
    let error = Spawn::new(nested as fn(u32) -> i32, 1).name("p").start().unwrap_err();
    assert!(error.to_string().starts_with("`p` was not started: a fresh program finds"), "{error}");
}

#[derive(Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not today"))
    }
}

fn never(_: Unwritable) {}

fn an_argument_that_cannot_be_written() {
    let directory = own_temporary_directory();
    let error = Spawn::new(never, Unwritable).name("u").start().unwrap_err();
    assert!(matches!(error, ProcessError::Argument { .. }), "{error:?}");
    assert!(error.to_string().starts_with("`u` was not started: its argument"), "{error}");
    assert!(active_children().is_empty());
    remove_if_empty(directory);
}

fn forgotten(_: ()) {}

/// Program: its main has no entry line for the function.
fn forgetful() {
    let fresh = std::env::var_os("MULTIPROCESSING_SPAWN").is_some();
    say!("{}", if fresh { "fresh" } else { "first" });
    if argument() == "fork" && fresh {
        let _ = Process::new(|| say!("never")).start();
        unreachable!();
    }
    match Spawn::new(forgotten, ()).name("child").start() {
        Ok(_) => say!("started"),
        Err(error) => say!("{error}"),
    }
}

fn a_forgotten_entry_line_is_caught_at_depth_one() {
    for how in ["spawn", "fork"] {
        let output = harness::program("forgetful").arg(how).output().unwrap();
        let text = "main       | first\n\
                    main       | fresh\n\
                    main       | `child` was not started: the fresh program ended (exit code 1) \
                    before it took its argument. Does `main` begin with `spawn::entry(forgotten);`?\n";
        assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        let text = "spawn: this program was started to run `forgotten`, but `main` went past it: \
                    write `spawn::entry(forgotten);` at the top of `main`\n";
        assert_eq!(String::from_utf8(output.stderr).unwrap(), text);
    }
}

/// Program: what it does as a fresh image, before any entry line.
fn dies_before_it_connects() {
    if std::env::var_os("MULTIPROCESSING_SPAWN").is_some() {
        match argument().as_str() {
            "returns" => return,
            "is killed" => nix::sys::signal::raise(nix::sys::signal::SIGKILL).unwrap(),
            _ => forever(()),
        }
    }
    let directory = own_temporary_directory();
    let spawn = Spawn::new(forgotten, ()).name("child");
    // One that hangs is to be given up soon; the others may take their time on a loaded machine.
    let spawn = if argument() == "hangs" { spawn.limit(Duration::from_secs(2)) } else { spawn };
    let error = spawn.start().unwrap_err();
    assert!(active_children().is_empty());
    println!("{error}");
    remove_if_empty(directory);
}

fn a_child_that_dies_before_it_connects_is_an_error() {
    for (how, text) in [
        ("returns", "`child` was not started: the fresh program ended (exit code 0) before"),
        ("is killed", "`child` was not started: the fresh program ended (killed by SIGKILL (-9))"),
        ("hangs", "`child` was not started: the fresh program was silent for 2 seconds before"),
    ] {
        let output = harness::program("dies_before_it_connects").arg(how).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with(text), "{how}: {said}");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Program: a line before the entry, where nobody reads.
fn speaks_to_nobody() {
    if std::env::var_os("MULTIPROCESSING_SPAWN").is_some() {
        say!("fresh");
    }
    let error = Spawn::new(forgotten, ()).name("child").start().unwrap_err();
    eprintln!("{error}");
}

fn a_closed_pipe_ends_the_starter_too() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let directory = new_directory();
    let mut starter = harness::program("speaks_to_nobody");
    let output = starter.env("TMPDIR", &directory).stdout(writer).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.signal(), Some(libc::SIGPIPE), "{}", output.status);
    remove_if_empty(directory);
}

fn interruptions_never_surface() {
    harness::interrupt_every(500);
    // More than a socket holds, so that the sender waits.
    for _ in 0..10 {
        let child = Spawn::new(length, vec![7; 1 << 20]).start().unwrap();
        assert_eq!(child.join().unwrap(), Exit::Code(1));
    }
}

/// A handler without SA_RESTART for a signal that usually ends a program, again and again.
fn a_handler_for_the_end_of_the_program_breaks_nothing_off() {
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
    extern "C" fn nothing(_: i32) {}
    let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(Signal::SIGTERM, &action) }.unwrap();
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // So it is the other thread that is interrupted.
            SigSet::from(Signal::SIGTERM).thread_block().unwrap();
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                kill(nix::unistd::Pid::this(), Signal::SIGTERM).unwrap();
                std::thread::sleep(Duration::from_micros(300));
            }
        });
        for _ in 0..10 {
            let started = Spawn::new(longer, "x".repeat(8 << 20)).start();
            let exit = started.map(|child| child.join().unwrap());
            over.store(exit.is_err(), std::sync::atomic::Ordering::Relaxed);
            assert_eq!(exit.unwrap(), Exit::Code(1));
        }
        over.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

/// The fresh program is killed at many instants of the handshake, and on a loaded machine, where
/// that takes longer, at later ones, until some were too early and some too late.
fn killed_at_any_instant_leaves_nothing() {
    let directory = own_temporary_directory();
    let me = std::process::id() as i32;
    let (mut started, mut failed) = (0, 0);
    while started + failed < 60 || started == 0 || failed == 0 {
        let round: u64 = started + failed;
        let killer = std::thread::spawn(move || {
            let child = loop {
                let path = format!("/proc/{me}/task/{me}/children");
                let pids = std::fs::read_to_string(path).expect("a system that lists children");
                if let Some(pid) = pids.split_whitespace().next() {
                    break pid.parse().unwrap();
                }
            };
            std::thread::sleep(Duration::from_micros(100 * (round % 60) * (1 + round / 60)));
            // An error says that it has ended already.
            let _ = nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(child),
                nix::sys::signal::SIGKILL,
            );
        });
        match Spawn::new(forever, ()).start() {
            Ok(child) => {
                started += 1;
                assert_eq!(child.join().unwrap().code(), -9);
            }
            Err(error) => {
                failed += 1;
                assert!(matches!(error, ProcessError::NoEntry { .. }), "{error}");
            }
        }
        killer.join().unwrap();
    }
    assert!(active_children().is_empty());
    remove_if_empty(directory);
}

fn a_missing_temporary_directory_is_named() {
    // SAFETY: this process has one thread.
    unsafe { std::env::set_var("TMPDIR", "/nonexistent") };
    let error = Spawn::new(length, vec![]).name("worker").start().unwrap_err().to_string();
    let text = "cannot start `worker`: nothing can be made in the directory for temporary files, \
                /nonexistent: ";
    assert!(error.starts_with(text) && error.contains("variable TMPDIR"), "{error}");
}

fn say_descriptors(_: String) {
    say!("{} descriptors", descriptors());
}

/// Has the system refuse this call to this process and to all it starts, as an old kernel or a
/// container does.
fn refuse(call: i64, errno: i32) {
    let step =
        |code: u32, jump_over, k| libc::sock_filter { code: code as u16, jt: 0, jf: jump_over, k };
    let mut steps = [
        // The number of the call is the first word of what is looked at.
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, call as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ERRNO | errno as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog { len: steps.len() as u16, filter: steps.as_mut_ptr() };
    // SAFETY: the filter and its steps outlive the calls, which only read them.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &filter), 0);
    }
}

/// Program: a little of everything, where one call is refused.
fn works_without_a_call() {
    let numbers: Vec<i64> =
        std::env::args().skip(1).map(|number| number.parse().unwrap()).collect();
    if std::env::var_os("MULTIPROCESSING_SPAWN").is_none() {
        refuse(numbers[0], numbers[1] as i32);
    }
    let queue = multiprocessing::Queue::unbounded().unwrap();
    let child = Process::new(|| queue.get().map(|_: i32| 4)).name("reader").start().unwrap();
    assert_eq!(child.join_timeout(Duration::from_millis(30)).unwrap(), None);
    queue.put(7).unwrap();
    say!("{:?}", child.join_timeout(Duration::MAX / 4).unwrap());
    let killed = Process::new(|| forever(())).start().unwrap();
    killed.kill().unwrap();
    say!("{:?}", killed.join_timeout(Duration::from_secs(20)).unwrap());
    let (ours, theirs) = multiprocessing::pipe::<u8>().unwrap();
    let sender = Process::new(move || theirs.send(7)).start().unwrap();
    say!("{} {}", ours.recv().unwrap(), sender.join().unwrap());
    if numbers[0] == libc::SYS_prctl {
        let error = Process::new(|| ()).die_with_parent(true).start().unwrap_err();
        assert!(matches!(error, ProcessError::DieWithParent { .. }), "{error}");
    }
    let pool = multiprocessing::Pool::new(2, |number: u32| Ok(number + 1)).unwrap();
    say!("{:?}", pool.map([1, 2, 3]).unwrap());
    open_without_care();
    let spawned = Spawn::new(say_descriptors, "x".repeat(1 << 20)).name("spawned").start().unwrap();
    say!("{}", spawned.join().unwrap());
}

/// The calls that this crate or the standard library makes and that a kernel may lack or a
/// container refuse: there is another way for each, with the same output.
fn refused_calls_change_nothing() {
    let calls = [
        libc::SYS_pidfd_open,
        libc::SYS_memfd_create,
        libc::SYS_close_range,
        libc::SYS_unshare,
        libc::SYS_clone3,
        libc::SYS_statx,
        libc::SYS_madvise,
        libc::SYS_prctl,
    ];
    let errors = [libc::ENOSYS, libc::EPERM];
    let all = calls.into_iter().flat_map(|call| errors.map(|errno| (call, errno)));
    let running = all.map(|(call, errno)| {
        let mut program = harness::program("works_without_a_call");
        program.arg(call.to_string()).arg(errno.to_string()).stdout(std::process::Stdio::piped());
        (call, program.spawn().unwrap())
    });
    // Beside each other: each of them waits a little.
    for (call, program) in running.collect::<Vec<_>>() {
        let output = program.wait_with_output().unwrap();
        let text = "main       | Some(Code(4))\n\
                    main       | Some(Signal(SIGKILL))\n\
                    main       | 7 exit code 0\n\
                    main       | [2, 3, 4]\n\
                    spawned    | 4 descriptors\n\
                    main       | exit code 0\n";
        assert_eq!(String::from_utf8_lossy(&output.stdout), text, "{call}: {output:?}");
    }
}

fn main() {
    entry(answer);
    entry(length);
    entry(longer);
    entry(reply);
    entry(look);
    entry(nested);
    entry(fail);
    entry(forever);
    entry(slow_with_children);
    entry(never);
    entry(ignores);
    entry(say_descriptors);
    let (first, second) = two_of_one_name();
    entry(first);
    entry(second);
    harness::run_within(
        Duration::from_secs(60),
        harness::cases![
            the_argument_arrives,
            a_large_argument,
            who_it_is,
            nothing_is_inherited,
            a_spawned_process_may_spawn,
            a_spawned_process_is_recorded,
            it_ends_like_a_forked_one,
            the_end_of_main_waits,
            allowed_with_threads,
            only_functions,
            an_argument_that_cannot_be_written,
            a_forgotten_entry_line_is_caught_at_depth_one,
            a_child_that_dies_before_it_connects_is_an_error,
            a_closed_pipe_ends_the_starter_too,
            interruptions_never_surface,
            killed_at_any_instant_leaves_nothing,
            a_missing_temporary_directory_is_named,
            the_right_one_of_two_functions_of_one_name,
            the_same_program_though_its_file_was_replaced,
            a_panic_while_the_argument_is_written_leaves_nothing,
            few_descriptors_left,
            a_handler_for_the_end_of_the_program_breaks_nothing_off,
            refused_calls_change_nothing,
        ],
        harness::cases![
            failing,
            leaves_them_running,
            forgetful,
            dies_before_it_connects,
            speaks_to_nobody,
            file_was_replaced,
            works_without_a_call,
        ],
    );
}
