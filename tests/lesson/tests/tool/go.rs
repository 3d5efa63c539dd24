//! `cargo lesson go`, by keys and saves alone.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lesson::{Curriculum, Program};
use nix::sys::signal::{Signal, kill};
use pty_process::blocking;

use crate::command::wait_until;
use crate::play::Player;
use crate::root;

/// Under each verdict.
const KEYS: &str = "n next";

fn go(checkout: &Path, progress: &Path, arguments: &[&str]) -> Player {
    // From the run before.
    let _ = fs::remove_file(progress);
    let lesson = blocking::Command::new(env!("CARGO_BIN_EXE_lesson"));
    let lesson = lesson.arg("go").args(arguments).current_dir(checkout);
    let lesson = lesson.env("LESSON_PROGRESS", progress).env("TERM", "xterm-256color");
    Player::at(90, 60, lesson)
}

#[test]
fn keys_lead_from_lesson_to_exercise() {
    let progress = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-keys.txt");
    let player = go(root(), &progress, &["join"]);
    player.shows("Wait for a child");
    player.shows(KEYS);
    player.types("n");
    player.shows("Wait for a child, exercise 2");
    player.shows("Swap the two joins");
    player.types("h");
    player.shows("1 of 3: ");
    player.types("l");
    player.shows("lessons.");
    // A key that has no meaning, and one that is taken back.
    player.types("#r");
    player.shows("y or n");
    player.types("n");
    player.types("d");
    player.shows("The same again: cargo lesson draw join");
    player.types("x");
    let (status, left) = player.ends();
    assert_eq!(status, Some(0), "{left}");
    assert!(fs::read_to_string(progress).is_ok_and(|text| text == "join\n"));
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let progress = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-signal.txt");
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let player = go(root(), &progress, &["join"]);
        player.shows(KEYS);
        kill(player.pid(), signal).expect("the signal");
        let (status, left) = player.ends();
        assert_eq!(status, Some(130), "{left}");
    }
}

#[test]
fn without_a_terminal_there_is_nothing_to_press() {
    let mut go = Command::new(env!("CARGO_BIN_EXE_lesson"));
    let go = go.arg("go").current_dir(root()).stdin(Stdio::null()).output().expect("the command");
    assert_eq!(go.status.code(), Some(2));
    let text = String::from_utf8_lossy(&go.stderr);
    assert!(text.contains("go needs a terminal. Without one: cargo lesson check"), "{text}");
}

/// What git has of this checkout, as it is now, and committed.
fn copied(name: &str) -> PathBuf {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // From the run before.
    let _ = fs::remove_dir_all(&copy);
    let git = |folder: &Path, arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=A", "-c", "user.email=a@b"]).args(arguments);
        let output = git.current_dir(folder).output().expect("git");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for path in git(root(), &["ls-files", "-z"]).split_terminator('\0') {
        let to = copy.join(path);
        fs::create_dir_all(to.parent().expect("a folder")).expect("the folder");
        fs::copy(root().join(path), to).expect("the file");
    }
    git(&copy, &["init", "-q"]);
    git(&copy, &["add", "."]);
    git(&copy, &["commit", "-qm", "All of it"]);
    copy
}

/// Each lesson of the first part, and each of its exercises, solved, reset and left behind.
#[test]
#[ignore = "builds and proves some thirty programs"]
fn the_first_part_is_learned_by_keys_and_saves_alone() {
    let checkout = copied("go-checkout");
    let progress = checkout.join("lesson-progress.txt");
    let has = |title: &str| {
        let text = fs::read_to_string(&progress).unwrap_or_default();
        text.lines().any(|line| line == title)
    };
    let stored = |slug: &str, file: String| {
        let path = root().join("tests/exercises").join(slug).join(file);
        fs::read_to_string(path).expect("a solution")
    };
    let player = go(&checkout, &progress, &[]);
    let curriculum = Curriculum::read().expect("the lessons");
    let mut exercises = 0;
    for lesson in &curriculum.parts[0].lessons {
        player.shows(&format!("to change: lessons/{}/src/main.rs", lesson.slug));
        wait_until("the lesson is checked", || has(&lesson.slug));
        player.shows(KEYS);
        let mut all = lesson.sheet(&curriculum).expect("the sheet").exercises;
        all.sort_by_key(|exercise| exercise.number);
        for exercise in all {
            let number = exercise.number;
            player.types("n");
            player.shows(&format!(", exercise {number}   "));
            player.shows(KEYS);
            let program = Program::of_exercise(&curriculum, lesson, number).expect("the exercise");
            let source = checkout.join(program.source_path());
            if exercises == 0 {
                // It hangs. The next save ends it.
                let hangs = "fn main() { std::thread::sleep(std::time::Duration::MAX) }\n";
                fs::write(&source, hangs).expect("a save");
                player.shows("Ctrl-C ends it");
            }
            if exercise.writes {
                let golden = fs::read_to_string(root().join(program.golden_path()));
                let own = checkout.join(program.own_golden());
                fs::write(own, golden.expect("a golden file")).expect("a save");
            }
            fs::write(&source, stored(&lesson.slug, format!("{number}.rs"))).expect("a save");
            wait_until("it is solved", || has(&program.title()));
            player.shows("solved");
            player.shows(KEYS);
            player.types("r");
            player.shows("y or n");
            player.types("y");
            player.sees("the lesson as it was", |seen| {
                let screen = seen.screen.screen().contents();
                screen.contains(KEYS) && !screen.contains("y or n")
            });
            exercises += 1;
        }
        player.types("n");
    }
    player.shows(&format!(" lessons, {exercises} of "));
    player.sees("eight lessons are done", |seen| {
        seen.screen.screen().contents().contains("   8 of ")
    });
    assert!(exercises >= 16, "only {exercises}");
    player.types("x");
    let (status, left) = player.ends();
    assert_eq!(status, Some(0), "{left}");
    // What it has left is what git knows, and the learner's own.
    let mut git = Command::new("git");
    git.args(["status", "--porcelain"]).current_dir(&checkout);
    let changed = git.output().expect("git").stdout;
    assert!(changed.is_empty(), "{}", String::from_utf8_lossy(&changed));
}
