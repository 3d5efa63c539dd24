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
fn what_is_not_noticed_survives() {
    let (code, fates) = fates(&["lock", "--sample", "5"]);
    assert_eq!(
        fates,
        [
            "11 lock removed: killed",
            "16 said after what it announces: survives",
            "23 neighbours swapped: survives",
            "27 process removed: killed",
            "31 neighbours swapped: killed",
        ]
    );
    assert_eq!(code, Some(1));
}

#[test]
fn what_does_not_compile_holds_up_nobody() {
    let (code, fates) = fates(&["start-struct", "--sample", "2"]);
    assert_eq!(fates, ["19 neighbours swapped: killed", "32 process removed: does not compile"]);
    assert_eq!(code, Some(0));
}
