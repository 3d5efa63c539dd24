//! A driven run, as the learner sees it: its code, the same run again, and what cannot go on.

use std::process::{Command, Output};
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
    lesson("run queue --broken check-then-get --seed 3"); // it may have to be built
    let began = Instant::now();
    let told =
        text(&lesson("run queue --broken check-then-get --seed 3").stderr).replace('\n', " ");
    assert!(
        told.contains("Nobody can go on, now or later: main waits for reader-2 to end; reader-2 waits in `get`"),
        "{told}"
    );
    assert!(began.elapsed() < Duration::from_secs(4), "its limit is 5 s: {:?}", began.elapsed());
}
