//! Every golden file of the project, and the examples: what it shows is legal, and a run with one
//! slip is not.

mod folder;

use std::fs;

use folder::golden_files;
use golden::{Golden, Language, Run, Verdict};

/// Calls `check` with each file as it stands for each language, and the rows of its run.
fn each_file(check: impl Fn(&Golden, &[&str])) {
    for path in golden_files() {
        let source = fs::read_to_string(&path).expect("a golden file");
        for (language, other) in [(Language::Rust, "python"), (Language::Python, "rust")] {
            let golden = Golden::parse(&path.display().to_string(), &source, language)
                .unwrap_or_else(|error| panic!("{error}"));
            let other = format!("{other} only");
            let is_row = |row: &&str| {
                let mut words = row.split(' ').filter(|word| !word.is_empty()).skip(1);
                matches!(words.next(), Some("|" | "!")) && !row.starts_with('#')
            };
            let rows: Vec<&str> =
                source.lines().filter(is_row).filter(|row| !row.contains(&other)).collect();
            check(&golden, &rows);
        }
    }
}

fn varies(row: &str) -> bool {
    ["perhaps", "once or more", "any number of times"].iter().any(|note| row.contains(note))
}

#[track_caller]
fn assert_refused(golden: &Golden, run: &Run, slip: &str) {
    let report = golden.check(run);
    assert!(!report.is_legal(), "{}: {slip} was accepted\n{run:?}", golden.file);
    assert!(report.verdict() >= Verdict::NotLegal);
}

#[test]
fn what_a_file_shows_is_legal() {
    each_file(|golden, rows| {
        let run = golden.as_written();
        assert_eq!(run.out.len() + run.err.len(), rows.len(), "{}", golden.file);
        assert_eq!(golden.check(&run).verdict(), Verdict::Same, "{}", golden.file);
        assert!(golden.warnings.is_empty(), "{:?}", golden.warnings);
    });
}

#[test]
fn a_lost_and_a_doubled_line_are_caught() {
    each_file(|golden, rows| {
        let right = golden.as_written();
        let of_stream = |mark: &'static str| {
            rows.iter().filter(move |row| row.split_whitespace().nth(1) == Some(mark))
        };
        for (at, row) in of_stream("|").enumerate().filter(|(_, row)| !varies(row)) {
            let mut lost = right.clone();
            lost.out.remove(at);
            assert_refused(golden, &lost, &format!("losing {row:?}"));
            let mut doubled = right.clone();
            doubled.out.insert(at, right.out[at].clone());
            assert_refused(golden, &doubled, &format!("doubling {row:?}"));
        }
        for (at, row) in of_stream("!").enumerate().filter(|(_, row)| !varies(row)) {
            let mut lost = right.clone();
            lost.err.remove(at);
            // `[text]`, any number of times, takes what nothing else takes; a loss remains one.
            assert_refused(golden, &lost, &format!("losing {row:?}"));
        }
    });
}

#[test]
fn two_swapped_lines_of_one_process_are_caught() {
    each_file(|golden, rows| {
        let right = golden.as_written();
        for at in 0..right.out.len() {
            let mine = &right.out[at];
            let next = (at + 1..right.out.len()).find(|&n| right.out[n].process == mine.process);
            let Some(next) = next.filter(|&next| right.out[next].text != mine.text) else {
                continue;
            };
            let row = |at: usize| rows.iter().filter(|row| row.contains(" | ")).nth(at);
            let free = |at| row(at).is_some_and(|row| row.contains("any order"));
            let mut swapped = right.clone();
            swapped.out.swap(at, next);
            let slip = format!("swapping {mine:?} and {:?}", right.out[next]);
            if free(at) && free(next) {
                continue;
            }
            assert_refused(golden, &swapped, &slip);
        }
    });
}

#[test]
fn another_end_is_caught() {
    each_file(|golden, _| {
        let mut run = golden.as_written();
        run.end = golden::End::Code(77);
        assert_refused(golden, &run, "another exit code");
        let mut run = golden.as_written();
        run.outlived_main.push("somebody".into());
        assert_refused(golden, &run, "an orphan");
    });
}
