//! What a teacher uses: golden files of one's own, and what a class has done.

use std::fs;

use crate::command::Workshop;

const TWIN: &str = "print('main       | hello')\n";

#[test]
fn a_golden_file_of_ones_own() {
    let Some(workshop) = Workshop::new("own-golden", TWIN, "main | hello\n") else { return };
    let write = |name: &str, text: &str| fs::write(workshop.0.join(name), text).expect("the file");
    write("mine.txt", "main | good morning\n");
    write("saved.txt", "main       | good morning\n");
    workshop.lesson("compare hello saved.txt").expect(1, &["is unexpected"]);
    workshop.lesson("compare hello saved.txt --golden mine.txt").expect(0, &["the same"]);
    write("mine.txt", "main | good morning  <- joned x\n");
    let wrong = workshop.lesson("compare hello saved.txt --golden mine.txt");
    wrong.expect(2, &["mine.txt", "nearest valid form: joined x"]);
    let missing = workshop.lesson("compare hello saved.txt --golden none.txt");
    missing.expect(2, &["cannot read the golden file", "none.txt"]);
}

#[test]
fn what_a_class_has_done() {
    let Some(workshop) = Workshop::new("class", TWIN, "main | hello\n") else { return };
    let learner = |name: &str, progress: Option<&str>| {
        let folder = workshop.0.join("class").join(name);
        fs::create_dir_all(folder.join("lessons")).expect("the folder");
        if let Some(progress) = progress {
            fs::write(folder.join("lesson-progress.txt"), progress).expect("the file");
        }
    };
    learner("zoe", Some("hello\nhello, exercise 2\nhello, goal: it hangs\nhello, the quiz\n"));
    learner("ann", None);
    fs::create_dir_all(workshop.0.join("class/notes")).expect("the folder");
    let table = "      lessons  exercises  goals  quizzes  last\n\
                 ann      0/1          0      0        0  -\n\
                 zoe      1/1          1      1        1  hello, the quiz\n";
    workshop.lesson("class class").expect(0, &[table]);
    let list = workshop.lesson("class class --json").json();
    assert_eq!(list[1]["name"], "zoe");
    assert_eq!((&list[1]["lessons"], &list[1]["of"]), (&1.into(), &1.into()));
    // One that cannot be read costs only itself.
    fs::create_dir_all(workshop.0.join("class/bob/lessons")).expect("the folder");
    fs::create_dir_all(workshop.0.join("class/bob/lesson-progress.txt")).expect("the folder");
    workshop.lesson("class class").expect(0, &[table, "warning: bob is left out"]);
    workshop.lesson("class lessons").expect(2, &["lessons holds no checkout of the lessons"]);
    workshop.lesson("class nowhere").expect(2, &["cannot read the folder nowhere"]);
}
