//! A report and an explanation are wrapped between words, at any width.

use std::fs;

use golden::{Golden, Language, Run};
use lesson::wrapped;

use crate::root;

const WIDTHS: [usize; 3] = [60, 100, 200];

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[track_caller]
fn fits(whole: &str, wrapped: &str, width: usize) {
    assert_eq!(words(whole), words(wrapped), "a word is broken at {width} columns");
    for line in wrapped.lines() {
        let fits = line.chars().count() <= width || words(line).len() == 1;
        assert!(fits, "more than {width} columns: {line}");
    }
}

/// Of each golden file: a legal run, one the other way round, one of which only the end came, and the
/// explanation.
#[test]
fn no_word_is_broken() {
    let mut paths = vec![root().join("tests/golden")];
    while let Some(path) = paths.pop() {
        if let Ok(folder) = fs::read_dir(&path) {
            paths.extend(folder.map(|entry| entry.expect("its entries").path()));
            continue;
        }
        // Beside them lie the pictures.
        if path.extension().is_none_or(|end| end != "txt") {
            continue;
        }
        let source = fs::read_to_string(&path).expect("the file");
        for language in [Language::Rust, Language::Python] {
            let golden = Golden::parse("file.txt", &source, language).expect("a right file");
            let legal = golden.another(3);
            let mut turned = legal.clone();
            turned.out.reverse();
            let end = legal.out.last().cloned().into_iter().collect();
            let end = Run { out: end, more: 1, ..legal.clone() };
            for run in [legal, turned, end] {
                let report = golden.check(&run);
                let whole = report.to_string();
                let at = |width| wrapped(&report.rows(), width);
                WIDTHS.iter().for_each(|&width| fits(&whole, &at(width), width));
            }
            let rows = golden.explain(&source).expect("its own text");
            let whole: String = rows.iter().map(|row| format!("{row}\n")).collect();
            WIDTHS.iter().for_each(|&width| fits(&whole, &wrapped(&rows, width), width));
        }
    }
}

/// On a narrow terminal the text goes on below its beginning, not below the names.
#[test]
fn the_columns_of_a_run_stay_columns() {
    let file = "main | says one thing and another and one more\nmain | ends\n";
    let golden = Golden::parse("file.txt", file, Language::Rust).expect("a right file");
    let run = "main | says one thing and another and one more\nmain | stops here\n";
    let report = wrapped(&golden.check(&Run::printed(run, "")).rows(), 60);
    let rows = "
  The run, line by line:
  golden line 1  1  main       | says one thing and another
                                 and one more
  unexpected     2  main       | stops here
";
    assert!(report.contains(rows), "{report}");
}
