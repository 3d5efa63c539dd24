//! The transcripts of `cargo lesson check` in the README and in the book are what it says; the picture in the
//! README is what is drawn of the run that is kept.

use golden::{Golden, Language, Report};
use lesson::{WIDEST, wrapped};

use crate::read;

#[track_caller]
fn assert_shown(report: &Report) {
    let report = format!("start-function: {}", wrapped(&report.rows(), WIDEST));
    for page in ["README.md", "book/src/golden-files.md"] {
        assert!(read(page).contains(report.trim_end()), "not in {page}:\n{report}");
    }
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
    assert_shown(&golden.check_printed(legal));
    let not_legal = "main       | has made a process: nothing runs yet
main       | has started it and goes on
main       | the child has ended
child      | runs the function
child      | is done
";
    assert_shown(&golden.check_printed(not_legal));
}

#[test]
fn the_picture() {
    let kept = drawing::from_json(&read("tests/golden/start-function.json")).expect("a picture");
    let picture = drawing::terminal(&kept, 80);
    assert!(read("README.md").contains(picture.trim_end()), "not in the README:\n{picture}");
}

#[test]
fn the_rust_version_that_is_needed() {
    let manifest = read("Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let needed = format!("You need Rust {} or newer", version.expect("it").trim_matches('"'));
    assert!(read("README.md").contains(&needed), "not in the README: {needed}");
}
