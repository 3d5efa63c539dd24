//! The transcripts of `cargo lesson check` in the README are what it says.

use std::fs;
use std::path::Path;

use golden::{Golden, Language, Report};

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn assert_in_readme(report: &Report) {
    let (readme, report) = (read("README.md"), format!("start-function: {report}"));
    assert!(readme.contains(report.trim_end()), "not in README.md:\n{report}");
}

#[test]
fn the_transcripts() {
    let file = read("tests/golden/start-function.txt");
    let golden = Golden::parse("start-function.txt", &file, Language::Rust);
    let golden = golden.unwrap_or_else(|error| panic!("{error}"));
    let legal = "main       | has made a process: nothing runs yet
child      | runs the function
main       | has started it and goes on
child      | is done
main       | the child has ended
";
    assert_in_readme(&golden.check_printed(legal));
    let not_legal = "main       | has made a process: nothing runs yet
main       | has started it and goes on
main       | the child has ended
child      | runs the function
child      | is done
";
    assert_in_readme(&golden.check_printed(not_legal));
}
