//! Lines: their form, that they stay whole, and what happens when nobody can take them.

use std::fs::File;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::process::{Command, Output, Stdio};
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use multiprocessing::{Child, Process, Queue, pause, say, say_err};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn named<'a, R: multiprocessing::IntoExit>(name: &str, run: impl FnOnce() -> R + 'a) -> Child {
    Process::new(run).name(name).start().unwrap()
}

fn argument() -> String {
    std::env::args().nth(1).unwrap_or_default()
}

/// Runs a program with stdout and stderr in one pipe, and gives its reading end.
fn piped(command: &mut Command) -> (std::process::Child, PipeReader) {
    let (reader, writer) = std::io::pipe().unwrap();
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let child = command.spawn().unwrap();
    command.stdout(Stdio::null()).stderr(Stdio::null());
    (child, reader)
}

/// Program: all forms of a line.
fn forms() {
    say!("put {}", 0);
    say!();
    say!("two\nlines");
    say_err!("raw {}", 1);
    named("a-name-longer-than-ten", || say!("x")).join().unwrap();
    named("写者", || say!("é")).join().unwrap();
    Process::new(|| say!("unnamed")).start().unwrap().join().unwrap();
}

fn a_line_has_the_name_before_it() {
    let output = harness::program("forms").output().unwrap();
    let text = "main       | put 0\n\
                main       | \n\
                main       | two\n\
                main       | lines\n\
                a-name-longer-than-ten | x\n\
                写者         | é\n\
                Process-3  | unnamed\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
    assert_eq!(output.stderr, b"raw 1\n");
}

fn colours_only_on_a_terminal() {
    let run = |environment: &[(&str, &str)]| {
        let (mut master, mut slave) = (0, 0);
        // SAFETY: two descriptors are written, and nothing is read through the null pointers.
        let refused =
            unsafe { libc::openpty(&mut master, &mut slave, null_mut(), null_mut(), null_mut()) };
        assert_eq!(refused, 0);
        // SAFETY: both were made just now and have no other owner.
        let (mut master, slave) =
            unsafe { (File::from_raw_fd(master), OwnedFd::from_raw_fd(slave)) };
        let mut command = harness::program("forms");
        command.env_remove("NO_COLOR").env("TERM", "xterm").envs(environment.iter().copied());
        let status = command.stdout(slave).stderr(Stdio::null()).status().unwrap();
        assert!(status.success());
        // Once nobody has the terminal any more, Linux ends it with an error, after all the text.
        drop(command);
        let mut text = Vec::new();
        let _ = master.read_to_end(&mut text);
        String::from_utf8(text).unwrap()
    };
    let coloured = run(&[]);
    let lines: Vec<&str> = coloured.lines().collect();
    assert!(lines[0].starts_with("\x1b[38;5;31mmain       |\x1b[0m put 0"), "{coloured:?}");
    let colour = |line: &str| line.split_once('m').expect("a colour").0.to_owned();
    assert_ne!(colour(lines[4]), colour(lines[0]), "each process has its own");
    assert_ne!(colour(lines[5]), colour(lines[4]), "each process has its own");
    for off in [("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "")] {
        assert!(!run(&[off]).contains('\x1b'), "{off:?}");
    }
    assert_eq!(run(&[("NO_COLOR", "")]), coloured, "empty counts as not set");
}

const LONG: usize = 10_000;

/// Program: four processes, whose long and short lines go to stdout and stderr.
fn four_writers() {
    for letter in ["a", "b", "c", "d"] {
        named(letter, move || {
            for round in 0..150 {
                match round % 3 {
                    0 => say!("{}.", letter.repeat(LONG)),
                    1 => say_err!("{letter}          | {}.", letter.repeat(LONG)),
                    _ => say!("{letter}."),
                }
            }
        });
    }
}

/// Reads all lines of [`four_writers`]; how many are not whole, and how many there are.
fn torn(lines: impl Iterator<Item = std::io::Result<String>>) -> (usize, usize) {
    let (mut torn, mut all) = (0, 0);
    for line in lines {
        let line = line.unwrap();
        all += 1;
        let whole = ["a", "b", "c", "d"].iter().any(|letter| {
            let long = line.len() == 13 + LONG + 1 && line[13..13 + LONG] == letter.repeat(LONG);
            let short = line[13..] == format!("{letter}.");
            line.starts_with(&format!("{letter}          | ")) && (long || short)
        });
        torn += usize::from(!whole);
    }
    (torn, all)
}

fn lines_are_never_torn() {
    let (mut child, reader) = piped(&mut harness::program("four_writers"));
    assert_eq!(torn(BufReader::new(reader).lines()), (0, 600));
    assert!(child.wait().unwrap().success());
}

/// A slow reader keeps one writer in the middle of its line for longer than others are patient.
fn lines_are_not_torn_by_a_slow_reader() {
    let (mut child, reader) = piped(&mut harness::program("four_writers"));
    let lines = BufReader::with_capacity(4096, reader).lines().enumerate().map(|(number, line)| {
        if number == 20 {
            std::thread::sleep(ms(2500));
        }
        line
    });
    assert_eq!(torn(lines), (0, 600));
    assert!(child.wait().unwrap().success());
}

/// Whoever made the pipe non-blocking: what does not fit at once is written later.
fn a_full_pipe_that_does_not_block() {
    let (reader, writer) = std::io::pipe().unwrap();
    let flags = nix::fcntl::OFlag::O_NONBLOCK;
    nix::fcntl::fcntl(&writer, nix::fcntl::FcntlArg::F_SETFL(flags)).unwrap();
    let mut command = harness::program("four_writers");
    let mut child = command.stdout(writer.try_clone().unwrap()).stderr(writer).spawn().unwrap();
    drop(command);
    std::thread::sleep(ms(100));
    assert_eq!(torn(BufReader::new(reader).lines()), (0, 600));
    assert!(child.wait().unwrap().success());
}

/// Program: one writer is interrupted by signals all the time, one is stopped for ever.
fn disturbed() {
    let stopped = Process::new(|| say!("{}", "s".repeat(300_000))).name("stopped");
    // A daemon, so that this program ends even when an assertion fails.
    let stopped = stopped.daemon(true).start().unwrap();
    // Its line is longer than the pipe, and nobody reads yet: it is in the middle of it.
    while harness::Stat::of(stopped.pid()).is_none_or(|stat| stat.state != 'S') {
        std::thread::sleep(ms(1));
    }
    std::thread::sleep(ms(50));
    kill(Pid::from_raw(stopped.pid()), Signal::SIGSTOP).unwrap();
    let begin = Instant::now();
    say_err!("stopped");
    let waited = begin.elapsed();
    assert!(waited < ms(800), "for a stopped process it waited {waited:?}");
    let interrupted = named("i", || {
        harness::interrupt_every(300);
        for _ in 0..3 {
            say!("{}", "i".repeat(500_000));
        }
    });
    assert!(interrupted.join().unwrap().success());
    say!("goes on");
    stopped.kill().unwrap();
}

fn a_stopped_writer_does_not_silence_the_others() {
    let mut command = harness::program("disturbed");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    // The line on stderr comes although the stopped one has the turn.
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "stopped\n");
    // The next writer finds the pipe full, so that signals come before its first byte, too.
    std::thread::sleep(ms(300));
    let mut text = String::new();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_to_string(&mut text).unwrap();
    let line = format!("i          | {}\n", "i".repeat(500_000));
    assert!(text.starts_with("stopped    | sss") && text.contains(&(line.repeat(3))));
    assert!(text.ends_with("main       | goes on\n"));
    assert!(child.wait().unwrap().success());
}

/// Program: prints for ever, in main, in children, or in grandchildren.
fn endless() {
    let print = || -> () {
        loop {
            match argument().contains("stderr") {
                true => say_err!("line"),
                false => say!("line"),
            }
        }
    };
    match argument().split(' ').next().unwrap() {
        "main" => print(),
        "children" => {
            let children = [named("a", print), named("b", print)];
            for child in children {
                let exit = child.join().unwrap();
                say_err!("nobody hears that it ended with {exit}");
            }
        }
        "grandchildren" => {
            let middle = named("middle", || named("low", print).join().unwrap());
            middle.join().unwrap();
        }
        // Main waits for a message that nobody sends any more.
        "queue" => {
            let queue = Queue::<u8>::unbounded().unwrap();
            named("a", || {
                queue.put(0).unwrap();
                print();
            });
            while queue.get().is_ok() {}
        }
        // Main sleeps, one child speaks, others are stopped or never say anything.
        _ => {
            let silent = named("silent", || pause(Duration::from_secs(3600)));
            kill(Pid::from_raw(silent.pid()), Signal::SIGSTOP).unwrap();
            named("patient", || pause(Duration::from_secs(3600)));
            named("a", print);
            pause(Duration::from_secs(3600));
        }
    }
}

fn a_closed_pipe_ends_the_program_quietly() {
    use std::os::unix::process::ExitStatusExt;
    for who in ["main", "children", "grandchildren", "queue", "pause"] {
        for stream in ["stdout", "stderr"] {
            let how = format!("{who} {stream}");
            let (reader, writer) = std::io::pipe().unwrap();
            let (mut other, other_writer) = std::io::pipe().unwrap();
            let mut command = harness::program("endless");
            command.arg(&how);
            match stream {
                "stdout" => command.stdout(writer).stderr(other_writer),
                _ => command.stderr(writer).stdout(other_writer),
            };
            let mut child = command.spawn().unwrap();
            drop(command);
            let mut line = String::new();
            let mut reader = BufReader::new(reader);
            reader.read_line(&mut line).unwrap();
            assert!(line.ends_with("line\n"), "{how}: {line:?}");
            drop(reader);
            let begin = Instant::now();
            let status = child.wait().unwrap();
            // End of file: no process of the program is left.
            let mut text = String::new();
            other.read_to_string(&mut text).unwrap();
            assert!(begin.elapsed() < Duration::from_secs(3), "{how}: {:?}", begin.elapsed());
            assert_eq!(text, "", "{how}");
            assert_eq!(status.signal(), Some(libc::SIGPIPE), "{how}: {status}");
        }
    }
}

/// From now on, what this process says on the stream `fd` goes into this pipe.
fn redirect(fd: i32, pipe: PipeWriter) {
    // SAFETY: both numbers are open, and whoever owns `fd` goes on owning that number.
    assert_eq!(unsafe { libc::dup2(pipe.as_raw_fd(), fd) }, fd);
}

/// Program: a child has redirected its own output to where nobody reads, and main has not. What
/// main does meanwhile is in the argument.
fn own_pipe() {
    let child = |stream: &'static str| {
        named("child", move || {
            redirect(if stream == "stdout" { 1 } else { 2 }, std::io::pipe().unwrap().1);
            match stream {
                "stdout" => say!("for nobody"),
                _ => say_err!("for nobody"),
            }
            pause(Duration::from_secs(60));
        })
    };
    for stream in ["stdout", "stderr"] {
        let queue = Queue::<u8>::unbounded().unwrap();
        let child = child(stream);
        match argument().as_str() {
            "join" => {}
            "pause" => {
                child.join().unwrap();
                pause(ms(150));
            }
            _ => {
                child.join().unwrap();
                assert_eq!(queue.get_timeout(ms(50)).unwrap(), None);
            }
        }
        say!("{stream}: {}", child.join().unwrap());
    }
}

fn who_redirects_its_output_ends_alone() {
    for what in ["join", "pause", "queue"] {
        for unread in [false, true] {
            // Main's stderr may be closed, too: main has nothing to say there.
            let mut command = harness::program("own_pipe");
            if unread {
                command.stderr(std::io::pipe().unwrap().1);
            }
            let output = command.arg(what).stdout(Stdio::piped()).output().unwrap();
            assert!(output.status.success(), "{what}: {}", output.status);
            let text = "main       | stdout: killed by SIGPIPE (-13)\n\
                        main       | stderr: killed by SIGPIPE (-13)\n";
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text, "{what}");
        }
    }
}

/// Program: main reads what its child says through a pipe, and passes each line on.
fn echoes() {
    let (reader, writer) = std::io::pipe().unwrap();
    let child = named("child", move || {
        redirect(1, writer);
        // When main has read the first of both lines, this process is in the middle of the second.
        (0..6).for_each(|_| say!("short\n{}", "x".repeat(300_000)));
    });
    for line in BufReader::new(reader).lines() {
        say!("{} bytes", line.unwrap().len());
    }
    child.join().unwrap();
}

fn each_sink_has_a_turn_of_its_own() {
    let begin = Instant::now();
    let output = harness::program("echoes").stdout(Stdio::piped()).output().unwrap();
    let took = begin.elapsed();
    assert_eq!(output.stdout, b"main       | 18 bytes\nmain       | 300013 bytes\n".repeat(6));
    // If the child's turn held main up, each short line would take a second.
    assert!(took < Duration::from_secs(4), "{took:?}");
}

/// Program: a child is in the middle of a line that nobody reads, on a stream of its own. The
/// others speak on theirs.
fn one_pipe_is_full() {
    let fd = if argument() == "stdout" { 1 } else { 2 };
    let (reader, writer) = std::io::pipe().unwrap();
    let stuck = named("stuck", || {
        redirect(fd, writer.try_clone().unwrap());
        let text = "s".repeat(300_000);
        if fd == 1 { say!("{text}") } else { say_err!("{text}") }
    });
    // The pipe is full once it has taken as much as a pipe takes: 65,536 bytes at most.
    let is_full = || {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        let mut writer = [PollFd::new(writer.as_fd(), PollFlags::POLLOUT)];
        poll(&mut writer, PollTimeout::ZERO) == Ok(0)
    };
    while !is_full() {
        std::thread::sleep(ms(1));
    }
    named("other", || (0..3).for_each(|i| say!("out {i}"))).join().unwrap();
    (0..3).for_each(|i| say_err!("err {i}"));
    stuck.kill().unwrap();
    stuck.join().unwrap();
    drop(reader);
}

fn a_full_pipe_holds_up_only_those_who_print_there() {
    for stream in ["stdout", "stderr"] {
        let begin = Instant::now();
        let output = harness::program("one_pipe_is_full").arg(stream).output().unwrap();
        let took = begin.elapsed();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(output.stdout, b"other      | out 0\nother      | out 1\nother      | out 2\n");
        assert_eq!(output.stderr, b"err 0\nerr 1\nerr 2\n");
        // Held up, each of the six lines would take a second.
        assert!(took < Duration::from_secs(4), "{stream}: {took:?}");
    }
}

/// Program: main and a child print a few lines.
fn few_lines() {
    if argument() == "closed" {
        // The first start opens files; later ones do not, so the number stays free.
        named("first", || ()).join().unwrap();
        nix::unistd::close(1).unwrap();
    }
    let child = named("child", || {
        say!("one");
        say_err!("two");
    });
    let exit = child.join().unwrap();
    if argument() == "report" {
        std::process::exit(exit.code() + 10);
    }
    say!("three");
}

fn run_with(stdout: impl Into<Stdio>, argument: &str) -> Output {
    harness::program("few_lines").arg(argument).stdout(stdout).output().unwrap()
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

fn a_full_disk_is_reported() {
    let message = "cannot write to stdout: No space left on device (os error 28)";
    let output = run_with(full(), "");
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, format!("child: {message}\nmain: {message}\n"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(run_with(full(), "report").status.code(), Some(11));
    // Nobody is left to tell when it is stderr.
    let mut command = harness::program("few_lines");
    let output = command.arg("report").stdout(Stdio::piped()).stderr(full()).output().unwrap();
    assert_eq!(output.stdout, b"child      | one\n");
    assert_eq!(output.status.code(), Some(11));
}

fn a_closed_stdout_swallows_everything() {
    let output = run_with(Stdio::piped(), "closed");
    assert_eq!(output.stdout, b"");
    assert_eq!(output.stderr, b"two\n");
    assert!(output.status.success());
}

/// Program: mixes lines of the standard library with ours.
fn mixed() {
    print!("begin ");
    say!("one");
    println!("two");
    print!("three ");
    say_err!("error");
    say!("four");
}

fn order_is_kept_with_the_standard_library() {
    let output = harness::program("mixed").output().unwrap();
    let text = "begin main       | one\ntwo\nthree main       | four\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
}

/// Program: pauses, in main or in a child only.
fn pauses() {
    if argument() != "child" {
        let begin = Instant::now();
        pause(Duration::from_secs(20));
        println!("{}", begin.elapsed().as_millis());
        pause(Duration::ZERO);
    }
    Process::new(|| pause(ms(1))).start().unwrap().join().unwrap();
}

fn lesson_speed() {
    let run = |speed: &str, how: &str| {
        harness::program("pauses").arg(how).env("LESSON_SPEED", speed).output().unwrap()
    };
    let output = run("200", "");
    let elapsed: u64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    assert!((100..2000).contains(&elapsed), "{elapsed} ms");
    assert!(output.status.success());
    for wrong in ["", "fast", "0", "-1", "inf", "NaN", "1e999"] {
        for how in ["", "child"] {
            let output = run(wrong, how);
            assert_eq!(output.status.code(), Some(2), "{wrong:?}");
            let text = String::from_utf8(output.stderr).unwrap();
            let message = format!("main: LESSON_SPEED is {wrong:?}: set it to a number above 0");
            assert!(text.starts_with(&message) && text.lines().count() == 1, "{text}");
        }
    }
}

pub const CASES: &[harness::Case] = harness::cases![
    a_line_has_the_name_before_it,
    colours_only_on_a_terminal,
    lines_are_never_torn,
    lines_are_not_torn_by_a_slow_reader,
    a_full_pipe_that_does_not_block,
    a_stopped_writer_does_not_silence_the_others,
    a_closed_pipe_ends_the_program_quietly,
    who_redirects_its_output_ends_alone,
    each_sink_has_a_turn_of_its_own,
    a_full_pipe_holds_up_only_those_who_print_there,
    a_full_disk_is_reported,
    a_closed_stdout_swallows_everything,
    order_is_kept_with_the_standard_library,
    lesson_speed,
];

pub const PROGRAMS: &[harness::Case] = harness::cases![
    forms,
    four_writers,
    disturbed,
    endless,
    own_pipe,
    echoes,
    one_pipe_is_full,
    few_lines,
    mixed,
    pauses,
];
