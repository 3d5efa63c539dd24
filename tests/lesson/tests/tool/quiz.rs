//! The quiz, in a pipe.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::root;

fn quiz(arguments: &str, progress: &Path, answers: &str) -> String {
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
    lesson.arg("quiz").args(arguments.split(' ')).current_dir(root());
    lesson.env("LESSON_PROGRESS", progress).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut lesson = lesson.stderr(Stdio::null()).spawn().expect("the command");
    lesson.stdin.take().expect("a pipe").write_all(answers.as_bytes()).expect("it reads");
    let output = lesson.wait_with_output().expect("it ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}

/// Whoever knows the answers gets them right, and that is kept.
#[test]
fn a_seed_is_a_quiz() {
    let progress = env::temp_dir().join(format!("quiz-{}.txt", std::process::id()));
    let first = quiz("queue 7", &progress, "y\ny\ny\ny\ny\na\n");
    assert!(!progress.exists(), "not all was right: {first}");
    let right = |told: &str| -> Vec<&str> {
        let answers = told.lines().filter_map(|line| match line.trim() {
            line if line.ends_with("It can, and now it does:") => Some("y"),
            line if line.ends_with("It cannot:") => Some("n"),
            line => line.split_once(" It is ").and_then(|(_, rest)| rest.get(..1)),
        });
        let known = ["y", "n", "a", "b", "c"];
        answers
            .map(|answer| known.into_iter().find(|known| *known == answer).unwrap_or("?"))
            .collect()
    };
    let answers = right(&first);
    assert_eq!(answers.len(), 6, "{first}");
    assert!(answers.contains(&"y") && answers.contains(&"n"), "{first}");
    let again = quiz("queue 7", &progress, &(answers.join("\n") + "\n"));
    assert!(again.ends_with("\n6 of 6 answers right.\n"), "{again}");
    let kept = fs::read_to_string(&progress).expect("it was kept");
    fs::remove_file(&progress).expect("it is ours");
    assert_eq!(kept, "queue, the quiz\n");
    assert_ne!(right(&quiz("queue 8", &progress, "y\ny\ny\ny\ny\na\n")), Vec::<&str>::new());
    // Nobody answers, or something else for ever.
    assert!(quiz("queue 7", &progress, &"?\n".repeat(20)).ends_with("0 of 0 answers right.\n"));
    assert!(quiz("queue 7", &progress, "").ends_with("0 of 0 answers right.\n"));
    assert!(!progress.exists());
}

/// A lesson with one order is asked about what there is.
#[test]
fn one_order() {
    let progress = env::temp_dir().join(format!("quiz-one-{}.txt", std::process::id()));
    let told = quiz("start-args", &progress, &"n\n".repeat(6));
    let _ = fs::remove_file(&progress);
    assert!(told.contains("It cannot:") && told.contains("It can, and now it does:"), "{told}");
    assert!(told.contains("its lines have only one order"), "{told}");
}
