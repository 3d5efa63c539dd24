//! Can a line come before another? The answer, and what is wrong with the question.

use std::process::{Command, Output};

use crate::{read, root};

fn can(arguments: &[&str]) -> (Option<i32>, String) {
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
    let output: Output =
        lesson.arg("can").args(arguments).current_dir(root()).output().expect("the command");
    let told = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&told);
    (output.status.code(), words.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn yes_and_the_program_does_it() {
    let (code, told) = can(&["queue", "got 1", "before", "got 0"]);
    assert_eq!(code, Some(0), "{told}");
    let (one, other) = (told.find("| got 1"), told.find("| got 0"));
    assert!(told.starts_with("Yes: the program does it now."), "{told}");
    assert!(one < other && one.is_some(), "{told}");
    assert_eq!(told.matches("> reader-").count(), 2, "{told}");
    // The same again: the other command shows the same lines.
    let (_, rest) = told.split_once("cargo lesson run queue --schedule ").expect("a code");
    let schedule = rest.split(' ').next().expect("a code");
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
    lesson.args(["run", "queue", "--schedule", schedule]).current_dir(root());
    let again = lesson.output().expect("the command").stdout;
    let again = String::from_utf8_lossy(&again);
    let again = again.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.replace("> ", "").contains(&again), "{told}\nand\n{again}");
}

#[test]
fn no_and_the_causes_that_forbid_it() {
    for (arguments, why) in [
        (
            ["queue", "everything was read", "before", "puts 0"],
            "writer | puts 0 main | the writer has ended, 6 items wait main joined writer. join returns \
             only when writer has ended, so writer has said everything. main | everything was read main \
             says its lines in this order.",
        ),
        (["join", "5", "before", "4"], "second woke first. This can come only after second's set"),
        (["lock", "5", "before", "3"], "clerk-1 says its lines in this order."),
        // No cause, but what one process sends keeps its order.
        (["queue-basics", "got a2", "before", "got a1"], "because one process sent both"),
        // On standard error.
        (["logging", "3", "before", "2"], "main started worker-1."),
        // What nobody has proved.
        (["terminate", "6", "before", "4"], "main joined clock."),
        // A broken variant: its runs are explored.
        (["queue --broken check-then-get", "5", "before", "4"], "So it is in all"),
    ] {
        let words: Vec<&str> =
            arguments[0].split(' ').chain(arguments[1..].iter().copied()).collect();
        let (code, told) = can(&words);
        assert!(code == Some(1) && told.contains("No"), "{arguments:?}: {told}");
        assert!(told.contains(why), "{arguments:?}: {told}");
    }
}

#[test]
fn what_cannot_be_asked() {
    for (arguments, why) in [
        (
            &["queue", "got 17", "before", "got 0"][..],
            "says `got 17`. Did you mean `got 1`? It has: 2 main | one",
        ),
        (&["queue", "99", "before", "got 0"], "has no line 99. It has: 2 main | one writer"),
        (&["queue", "got 0", "before", "got 0"], "are the same line"),
        (
            &["parallel-speedup", "ends", "before", "2"],
            "several say `ends`. Name one by its number:",
        ),
        (&["logging", "2", "before", "5"], "nothing orders the two streams"),
        (&["queue", "got 0", "after", "got 1"], "[possible values: before]"),
    ] {
        let (code, told) = can(arguments);
        assert!(code == Some(2) && told.contains(why), "{arguments:?}: {told}");
    }
}

/// What the README shows of it.
#[test]
fn the_transcripts() {
    for arguments in [
        ["join", "is done", "before", "the first has ended"],
        ["join", "the second has ended, too", "before", "goes on"],
    ] {
        let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
        let output = lesson.arg("can").args(arguments).current_dir(root()).output();
        let told = String::from_utf8(output.expect("the command").stdout).expect("text");
        // What stands there if something was edited.
        let told = told.split("\n\n  So it is in").next().unwrap_or_default();
        assert!(read("README.md").contains(told.trim_end()), "not in README.md:\n{told}");
    }
}

#[test]
fn of_what_nobody_drives_only_a_no_is_known() {
    let (code, told) = can(&["stream", "6 entries, 0 pending", "before", "3 squared is 9"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.ends_with("it is not proved, for nobody drives it."), "{told}");
    let (code, told) = can(&["stream", "1 squared is 1", "before", "0 squared is 0"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(
        told.contains("no cause in its golden file forbids it: stream is not driven"),
        "{told}"
    );
}
