//! Ctrl-C at any instant of the lesson on a clean end: the terminal sends SIGINT to main and to its worker, and
//! whatever they have begun is finished.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{env, fs, thread};

use golden::Language;
use lesson::{Built, Curriculum, Program};
use nix::sys::signal::{Signal, killpg};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use nix::unistd::{Pid, mkdtemp};
use pty_process::blocking;

use crate::command::LONG;
use crate::root;

/// `CTRL_C_RUNS=200` tries it so many times.
fn runs() -> u64 {
    env::var("CTRL_C_RUNS").map_or(10, |runs| runs.parse().expect("a number"))
}

/// When somebody presses Ctrl-C.
#[derive(Clone, Copy, Debug)]
enum After {
    Start(Duration),
    FirstLine(Duration),
}

/// What the program printed until nobody had its terminal any more, and how it ended.
fn interrupted(program: &Program, built: &Built, after: After) -> (String, Option<i32>) {
    let shown = built.command(program, 10.0).expect("the command");
    let folder = mkdtemp(&env::temp_dir().join("ctrl-c-XXXXXX")).expect("a folder");
    let (terminal, other_end) = blocking::open().expect("a terminal");
    // Else the key would throw away what is printed and has not been read yet.
    let mut keys = tcgetattr(&terminal).expect("its settings");
    keys.local_flags.insert(LocalFlags::NOFLSH);
    tcsetattr(&terminal, SetArg::TCSANOW, &keys).expect("other settings");
    let variables = shown.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let command = blocking::Command::new(shown.get_program()).args(shown.get_args());
    let command = command.envs(variables).env("TMPDIR", &folder).current_dir(root());
    let mut main = command.spawn(other_end).expect("the program");
    let group = Pid::from_raw(main.id().cast_signed());
    let terminal = Arc::new(terminal);
    let (sender, all) = mpsc::channel();
    let (begins, begun) = mpsc::channel();
    let theirs = Arc::clone(&terminal);
    thread::spawn(move || {
        let (mut seen, mut bytes) = (Vec::new(), [0; 4096]);
        // It fails as soon as nobody has the other end.
        while let Ok(many @ 1..) = (&*theirs).read(&mut bytes) {
            seen.extend(&bytes[..many]);
            // Nobody may want to know.
            let _ = begins.send(());
        }
        sender.send(String::from_utf8_lossy(&seen).into_owned())
    });
    match after {
        After::Start(time) => thread::sleep(time),
        After::FirstLine(time) => {
            begun.recv_timeout(LONG).expect("its first line");
            thread::sleep(time);
        }
    }
    // It may have ended before.
    let _ = (&*terminal).write_all(b"\x03");
    let printed = all.recv_timeout(LONG).unwrap_or_else(|_| {
        let _ = killpg(group, Signal::SIGKILL);
        panic!("{}, Ctrl-C after {after:?}: somebody is still there", program.title())
    });
    let code = main.wait().expect("its end").code();
    let left: Vec<_> = fs::read_dir(&folder).expect("the folder").flatten().collect();
    assert!(left.is_empty(), "{}, Ctrl-C after {after:?}: {left:?}\n{printed}", program.title());
    fs::remove_dir(&folder).expect("it is empty");
    (printed, code)
}

fn ends_clean(language: Language) {
    let curriculum = Curriculum::read().expect("the lessons");
    let lesson = curriculum.lesson("clean-end").expect("the lesson");
    let program = Program::new(&curriculum, lesson, language, None).expect("the program");
    let built = Built::new(std::slice::from_ref(&program)).expect("it compiles");
    let mut in_the_middle = 0;
    for seed in 0..runs() {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut time = |most| Duration::from_millis(most).mul_f64(random.f64());
        let after = match seed % 2 {
            0 => After::Start(time(300)),
            _ => After::FirstLine(time(100)),
        };
        let (printed, code) = interrupted(&program, &built, after);
        let told = format!("{}, Ctrl-C after {after:?}: {code:?}\n{printed}", program.title());
        let count = |words: &str| printed.matches(words).count();
        if count("has put 3 items") == 0 {
            // Before there was a handler, or anything to finish.
            continue;
        }
        assert_eq!(count("begins item"), count("has done item"), "{told}");
        assert_eq!(count("removes its file"), 1, "{told}");
        assert_eq!(count("the worker has ended: exit code 0"), 1, "{told}");
        assert_eq!(count("items that nobody has begun"), 1, "{told}");
        // At its very end Python takes its handlers away.
        assert!(code == Some(0) || language == Language::Python && code.is_none(), "{told}");
        in_the_middle += u32::from(count("^C") == 1);
    }
    eprintln!("{}: {in_the_middle} of {} in the middle", program.title(), runs());
    assert!(in_the_middle > 0, "no Ctrl-C came in the middle");
}

#[test]
fn at_ctrl_c_everybody_finishes_what_it_has_begun() {
    ends_clean(Language::Rust);
}

#[test]
fn at_ctrl_c_everybody_finishes_what_it_has_begun_in_python() {
    if lesson::has_python() {
        ends_clean(Language::Python);
    }
}
