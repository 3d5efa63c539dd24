//! A driven run, as the learner sees it: its code, the same run again, and what cannot go on.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::root;

fn lesson(arguments: &str) -> Output {
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
    lesson.args(arguments.split(' ')).current_dir(root()).output().expect("the command")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_code_is_a_run() {
    let first = lesson("run poison-pill --seed 3");
    let told = text(&first.stderr);
    let code = told.split_whitespace().last().unwrap_or_default().to_owned();
    assert!(code.len() > 3 && first.status.success(), "{told}");
    let again = lesson(&format!("run poison-pill --schedule {code}"));
    assert_eq!(text(&again.stdout), text(&first.stdout));
    let other = lesson("run poison-pill --seed 4");
    assert_ne!(text(&other.stdout), text(&first.stdout));
}

#[test]
fn two_runs_stand_beside_each_other() {
    let told = text(&lesson("draw queue --seed 2 --svg -").stderr);
    let code = told.split_whitespace().last().unwrap_or_default().to_owned();
    let two = text(&lesson(&format!("draw queue --seed 1 --beside {code}")).stdout);
    let is_parting = |line: &&str| line.starts_with("> ") && line.contains(" │ > ");
    assert_eq!(two.lines().filter(is_parting).count(), 1, "{two}");
    assert!(two.contains("They part at >: on the left comes `reader-"), "{two}");
}

#[test]
fn the_code_of_another_lesson() {
    for arguments in ["check queue --schedule 9999", "run queue --schedule 9999"] {
        let answer = lesson(arguments);
        let told = text(&answer.stderr).replace('\n', " ");
        assert_eq!(answer.status.code(), Some(2), "{told}");
        assert!(told.contains("the code is of another lesson or version"), "{told}");
    }
    for arguments in ["check queue --schedule A!", "check queue --python --seed 1"] {
        assert_eq!(lesson(arguments).status.code(), Some(2), "{arguments}");
    }
}

#[test]
fn a_deadlock_needs_no_time_limit() {
    lesson("run queue --broken check-then-get --seed 3 --limit 100"); // it may have to be built
    let began = Instant::now();
    let told = text(&lesson("run queue --broken check-then-get --seed 3 --limit 100").stderr)
        .replace('\n', " ");
    assert!(
        told.contains("Nobody can go on, now or later: main waits for reader-2 to end; reader-2 waits for an item of `queue`"),
        "{told}"
    );
    assert!(began.elapsed() < Duration::from_secs(50), "its limit is 100 s: {:?}", began.elapsed());
}

/// The socket of whoever drives is no file that could be left behind.
#[test]
#[cfg(target_os = "linux")]
fn a_killed_tool_leaves_nothing() {
    // It hangs, and is to be watched doing so.
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
    lesson.args(["check", "queue", "--broken", "check-then-get", "--seed", "3"]);
    let mut lesson = lesson.current_dir(root()).stdout(Stdio::null()).spawn().expect("the command");
    let name = format!("conductor-{}-", lesson.id());
    let sockets = || std::fs::read_to_string("/proc/net/unix").unwrap_or_default();
    let began = Instant::now();
    while !sockets().contains(&format!("@{name}")) {
        assert!(began.elapsed() < Duration::from_secs(60), "it drives nothing");
        std::thread::sleep(Duration::from_millis(5));
    }
    lesson.kill().and_then(|()| lesson.wait()).expect("it is killed");
    let files = std::fs::read_dir(std::env::temp_dir()).expect("a directory").flatten();
    let left: Vec<_> = files
        .map(|file| file.file_name())
        .filter(|file| file.to_string_lossy().starts_with(&name))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Nothing is built or run for that, and so it is said without the server, too.
#[test]
fn what_nobody_drives_is_said_in_one_line() {
    for arguments in [
        "prove stream",
        "play stream",
        "mutants redelivery",
        "run stream --seed 1",
        "record stream --schedule x1",
    ] {
        let answer = lesson(arguments);
        let told = text(&answer.stderr).replace('\n', " ");
        assert_eq!(answer.status.code(), Some(2), "{arguments}: {told}");
        let why = "is not driven: it waits for a server, which nobody drives.";
        assert!(told.trim_end().ends_with(why), "{arguments}: {told}");
    }
}
