//! Why a line came after another one.

use std::process::{Command, Output};

use serde_json::Value;

use crate::root;

fn why(arguments: &[&str]) -> Output {
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
    lesson.arg("why").args(arguments).current_dir(root()).output().expect("the command")
}

#[track_caller]
fn assert_says(arguments: &[&str], beginning: &str) {
    let answer = why(arguments);
    let said = String::from_utf8_lossy(&answer.stdout);
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    let said = lines.join("\n");
    assert!(said.starts_with(beginning), "{said}\n{}", String::from_utf8_lossy(&answer.stderr));
}

#[test]
fn the_operations_between_two_lines() {
    assert_says(
        &["queue", "9", "8"],
        "\
main       | the writer has ended, 6 items wait  came after
writer     | puts 5                              because
  writer ended
  main joined writer
  main said the line
",
    );
    // Whatever is named first: what came later is told first.
    assert_says(
        &["queue", "puts 1", "main | the writer has ended, 6 items wait"],
        "main       | the",
    );
    assert_says(
        &["queue", "puts 1", "puts 0"],
        "\
writer     | puts 1  came after
writer     | puts 0  because
  writer said both, one after the other
",
    );
}

#[test]
fn by_the_message_and_not_by_a_longer_way() {
    let answer = why(&["queue", "got 1", "puts 1", "--json"]);
    let json: Value = serde_json::from_slice(&answer.stdout).expect("JSON");
    assert_eq!(json["golden_line"], 11);
    let after = &json["after"][0];
    assert_eq!((&after["is_needed"], &after["earlier_golden_line"]), (&true.into(), &4.into()));
    assert_eq!(after["chain"][0], "writer put 1 into `queue`");
    assert_eq!(after["chain"].as_array().map(Vec::len), Some(3), "{after}");
}

#[test]
fn what_one_line_needed() {
    assert_says(
        &["start-function", "the child has ended"],
        "\
main       | the child has ended

after  child      | is done
       child ended
       main joined child
       main said the line
",
    );
    assert_says(
        &["start-function", "2"],
        "main       | has made a process: nothing runs yet\n  It is the first",
    );
}

#[test]
fn nothing_orders_them() {
    let answer = why(&["start-function", "runs the function", "has started it and goes on"]);
    let said = String::from_utf8_lossy(&answer.stdout).replace('\n', " ");
    assert!(said.contains("needed nothing for it that came after this"), "{said}");
}

#[test]
fn lines_that_are_not_there() {
    for (arguments, reason) in [
        (["queue", "got"], "`got` may be one of several lines"),
        (["queue", "got 9"], "nobody said `got 9` in this run"),
        (["queue", "99"], "line 99 of the golden file did not come in this run"),
    ] {
        let answer = why(&arguments);
        let told = String::from_utf8_lossy(&answer.stderr).into_owned();
        assert_eq!(answer.status.code(), Some(2), "{told}");
        assert!(told.contains(reason) && told.contains("reader-1   | got 0"), "{told}");
    }
    assert_eq!(why(&["queue", "8", "puts 5"]).status.code(), Some(2));
}
