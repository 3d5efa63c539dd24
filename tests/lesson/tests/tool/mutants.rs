//! `cargo lesson mutants`: mistakes in real lessons are made, compiled, run and noticed.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::root;

/// The fate of each mutant, with its line and its kind.
fn fates(arguments: &[&str]) -> (Option<i32>, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesson"));
    command.arg("mutants").args(arguments).arg("--json").current_dir(root());
    // The libraries may have to be built.
    let ran = running::run(&mut command, Duration::from_secs(300), false).expect("the command");
    let list: Vec<Value> =
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let text = |mutant: &Value, key: &str| mutant[key].as_str().unwrap_or("?").to_owned();
    let fate =
        |it: &Value| format!("{} {}: {}", it["line"], text(it, "operator"), text(it, "fate"));
    (ran.code, list.iter().map(fate).collect())
}

#[test]
fn what_runs_alike_is_equivalent() {
    let (code, fates) = fates(&["producer-consumer", "--sample", "8", "--seed", "1"]);
    assert_eq!(
        fates,
        [
            "12 said after what it announces: refused by a seed",
            "13 put removed: refused by a seed",
            "17 pill removed: refused by a seed",
            "32 neighbours swapped: equivalent",
            "34 neighbours swapped: equivalent",
            // It can print nothing new, but less: the consumer begins when the producer has ended.
            "35 neighbours swapped: other runs",
            "36 neighbours swapped: equivalent",
            "37 neighbours swapped: refused by a seed",
        ]
    );
    assert_eq!(code, Some(0));
}

#[test]
fn what_was_not_explored_survives() {
    let (code, fates) = fates(&["terminate", "--sample", "1", "--seed", "3"]);
    assert_eq!(fates, ["19 neighbours swapped: survives"]);
    assert_eq!(code, Some(1));
}

#[test]
fn what_does_not_compile_holds_up_nobody() {
    let (code, fates) = fates(&["start-struct", "--sample", "2"]);
    assert_eq!(
        fates,
        ["19 neighbours swapped: refused by a seed", "32 process removed: does not compile"]
    );
    assert_eq!(code, Some(0));
}
