//! Can a line come before another? The answer, and what is wrong with the question.

use std::process::{Command, Output};

use crate::root;

fn can(arguments: &[&str]) -> (Option<i32>, String) {
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
    let output: Output =
        lesson.arg("can").args(arguments).current_dir(root()).output().expect("the command");
    let told = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&told);
    (output.status.code(), words.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn yes_and_a_run_that_does_it() {
    let (code, told) = can(&["queue", "got 1", "before", "got 0"]);
    assert_eq!(code, Some(0), "{told}");
    let (one, other) = (told.find("> reader-1 | got 1"), told.find("> reader-2 | got 0"));
    assert!(told.starts_with("Yes, for instance so:") && one < other && one.is_some(), "{told}");
    assert!(told.contains("cargo lesson run queue --schedule x"), "{told}");
}

#[test]
fn no_and_what_is_in_the_way() {
    for (arguments, why) in [
        (["queue", "got 0", "before", "9"], "because main has to start reader-1 first"),
        (["join", "5", "before", "4"], "because second has to wake first first"),
        (["lock", "5", "before", "3"], "keep their order"),
        // On standard error.
        (["logging", "3", "before", "2"], "because main has to start worker-1 first"),
    ] {
        let (code, told) = can(&arguments);
        assert!(code == Some(1) && told.starts_with("No, "), "{arguments:?}: {told}");
        assert!(told.contains(why), "{arguments:?}: {told}");
    }
}

#[test]
fn what_cannot_be_asked() {
    for (arguments, why) in [
        (&["queue", "got 17", "before", "got 0"][..], "says `got 17`. Did you mean `got 1`?"),
        (&["queue", "99", "before", "got 0"], "has no line 99. It has 2 main | one writer"),
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
