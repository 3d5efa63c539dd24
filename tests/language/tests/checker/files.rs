//! Every golden file of the project, and the examples: what it shows is legal, another end is not.

use std::fs;

use crate::folder::golden_files;
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

#[test]
fn a_name_that_the_kernel_cut_is_known() {
    let golden = "outlives main: prüfer-der-Größe\n";
    let golden = Golden::parse("it.txt", golden, Language::Rust).expect("right");
    let is_legal = |name: &str| {
        let outlived_main = vec![format!("{name} (pid 7, waiting)")];
        golden.check(&Run { outlived_main, ..Run::default() }).is_legal()
    };
    assert!(is_legal("prüfer-der-Größe") && is_legal("prüfer-der-Gr"));
    assert!(!is_legal("prüfer") && !is_legal("prüfer-der-Gro"), "these were not cut there");
}
