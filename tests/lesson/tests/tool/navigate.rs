//! Where am I, and what is next: the list, a lesson by its number, `check` without a lesson, and what
//! counts as checked.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::{Answer, LONG, Workshop};

const SUMMARY: &str = "# Summary

[Before](before.md)

# Greetings

- [Say it](hello.md)
- [To be written]()

# More

- [Say more](more.md)
- [Say nothing](mute.md)

[After](after.md)
";

/// Three lessons, with a chapter that is still to be written between them.
fn three(name: &str) -> Option<Workshop> {
    let twin = "print('main       | hello')\n";
    let workshop = Workshop::new(name, twin, "main | hello\n")?;
    let write = |path: String, text: &str| {
        let path = workshop.0.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(path, text).expect("the file");
    };
    write("book/src/SUMMARY.md".to_owned(), SUMMARY);
    for (slug, description) in [("more", "Say what there is"), ("mute", "Say nothing")] {
        write(format!("lessons/{slug}/Cargo.toml"), &format!("description = \"{description}\"\n"));
        write(format!("lessons/{slug}/lesson.py"), twin);
        write(format!("tests/golden/{slug}.txt"), "main | hello\n");
    }
    write("lessons/more/lesson.toml".to_owned(), "minutes = 15\nafter = [\"hello\"]\n");
    Some(workshop)
}

fn text(Answer(ran): &Answer) -> String {
    ran.printed()
}

#[test]
fn numbers_and_titles_are_those_of_the_book() {
    let Some(workshop) = three("numbers") else { return };
    let rows =
        ["next  1. Say it       hello", "      3. Say more     more", "      4. Say nothing  mute"];
    let list = workshop.lesson("list");
    list.expect(0, &rows).expect(0, &["Greetings\n", "More\n", "checked 0 of 3 lessons"]);
    for name in ["3", "more"] {
        let card = [
            "3. Say more\n",
            "Say what there is.",
            "About 15 minutes, after hello.\n",
            "cargo lesson check more --python",
            "cargo book --open",
        ];
        workshop.lesson(name).expect(0, &card);
    }
    // What the title says is not said again.
    assert_eq!(text(&workshop.lesson("4")).matches("Say nothing").count(), 2, "and in `read`");
    workshop.lesson("check 3 --python").expect(0, &["more, in Python: the same"]);
    for name in ["2", "5", "0"] {
        workshop.lesson(name).expect(2, &["is no command and no lesson", "cargo lesson list"]);
    }
    workshop.lesson("mor").expect(2, &["Did you mean `more`?"]);
    workshop.lesson("exlain 1").expect(2, &["Did you mean `explain`?"]);
    workshop.lesson("more --python").expect(2, &["cargo lesson check more"]);
}

#[test]
fn the_card_counts_goals() {
    let Some(workshop) = three("goals") else { return };
    let goal = |name: &str| format!("[[goals]]\nname = \"{name}\"\nhangs = true\ncode = \"x\"\n");
    fs::write(workshop.0.join("lessons/more/lesson.toml"), goal("one") + &goal("two"))
        .expect("the sheet");
    workshop.lesson("more").expect(0, &["cargo lesson play more  (2 goals, 0 reached)\n"]);
    let progress = workshop.0.join("lesson-progress.txt");
    fs::write(progress, "more\nmore, goal: two\n").expect("the file");
    workshop.lesson("more").expect(0, &["cargo lesson play more  (2 goals, 1 reached)\n"]);
    assert!(!text(&workshop.lesson("hello")).contains("cargo lesson play"));
}

#[test]
fn the_card_has_the_exercises() {
    let Some(workshop) = three("exercises") else { return };
    let sheet = "[[exercises]]\nnumber = 2\n[[exercises]]\nnumber = 5\n";
    fs::write(workshop.0.join("lessons/more/lesson.toml"), sheet).expect("the sheet");
    let progress = workshop.0.join("lesson-progress.txt");
    fs::write(progress, "more, exercise 5\n").expect("the file");
    let rows = [
        "\n      exercise   cargo lesson check more --exercise 2\n",
        "\n  ok  exercise   cargo lesson check more --exercise 5\n",
        "\n      learn      cargo lesson go more\n",
    ];
    workshop.lesson("more").expect(0, &rows);
}

#[test]
fn what_is_next() {
    let Some(workshop) = three("next") else { return };
    let chapter = "  Its chapter: cargo book --open (3. Say more)\n";
    // A learner who begins in the middle goes on from there, and then from the beginning.
    let more = workshop.lesson("check more --python");
    more.expect(0, &[chapter, "  Next: cargo lesson 4 (Say nothing)\n"]);
    workshop.lesson("list").expect(0, &["ok    3. Say more", "next  4. Say nothing"]);
    let named = |heading: &str| format!("The next one that you have not checked: {heading}\n");
    let next = workshop.lesson("check --python");
    next.expect(
        0,
        &[&named("4. Say nothing"), "mute, in Python: the same", "Next: cargo lesson 1 ("],
    );
    fs::write(workshop.0.join("tests/golden/hello.txt"), "main | bye\n").expect("the file");
    let wrong = workshop.lesson("check --python");
    wrong.expect(1, &[&named("1. Say it"), "Its chapter: cargo book --open (1. Say it)"]);
    assert!(!text(&wrong).contains("Next:"), "{}", text(&wrong));
    fs::write(workshop.0.join("tests/golden/hello.txt"), "main | hello\n").expect("the file");
    workshop.lesson("check --python").expect(0, &["That was the last one"]);
    workshop.lesson("check --python").expect(2, &["all lessons are checked. Name one"]);
}

#[test]
fn a_course_is_some_of_the_lessons_in_an_order_of_its_own() {
    let Some(workshop) = three("course") else { return };
    let course = |text: &str| {
        fs::write(workshop.0.join("course.toml"), text).expect("the course");
    };
    course("title = \"Two of them\"\nlessons = [\"mute\", \"hello\"]\n");
    let list = workshop.lesson("list");
    list.expect(
        0,
        &["Two of them\nnext  4. Say nothing", "checked 0 of 2 lessons of this course", "--all"],
    );
    assert!(!text(&list).contains("Say more"), "{}", text(&list));
    workshop.lesson("list --all").expect(0, &["Greetings\n", "Say more", "0 of 2", "your course"]);
    workshop.lesson("check --python").expect(0, &["mute, in Python", "Next: cargo lesson 1 ("]);
    workshop.lesson("check --python").expect(0, &["hello, in Python", "That was the last one"]);
    // What is not in it is still there.
    workshop.lesson("check more --python").expect(0, &["more, in Python: the same"]);
    let sheet = |text| fs::write(workshop.0.join("lessons/mute/lesson.toml"), text).expect("it");
    sheet("minutes = 12\nafter = [\"hello\"]\n");
    workshop.lesson("list").expect(0, &["Say nothing  mute   12 min after 1\n"]);
    sheet("minuets = 12\n");
    workshop.lesson("list").expect(0, &["Say nothing  mute\n"]);
    workshop.lesson("mute").expect(0, &["cargo lesson check mute", "warning:", "minuets"]);
    sheet("");
    // A wrong one costs no verdict.
    course("title = \"Two of them\"\nlessons = [\n\"mut\",\n]\n");
    workshop.lesson("check more --python").expect(0, &["more, in Python: the same"]);
    workshop.lesson("list").expect(
        0,
        &[
            "Say more",
            "warning:",
            "course.toml, line 3: there is no lesson `mut`",
            "Did you mean `mute`?",
        ],
    );
}

#[test]
fn only_what_the_learner_checks_counts() {
    let Some(workshop) = three("counts") else { return };
    // All are twins here: nothing is built, and main.rs of the other two is missing.
    for slug in ["more", "mute"] {
        fs::remove_dir_all(workshop.0.join("lessons").join(slug)).expect("the lesson");
    }
    let mut all = workshop.command("check --all");
    all.env("CARGO", "true");
    let all = Answer(running::run(&mut all, LONG, false).expect("the command"));
    all.expect(2, &["hello, in Python  legal"]);
    workshop.lesson("list").expect(0, &["checked 0 of 1 lessons."]);
    assert!(!workshop.0.join("lesson-progress.txt").exists());
    workshop
        .lesson("check hello --python")
        .expect(0, &["That was the last one: you have checked all lessons"]);
    // Not in target: `cargo clean` leaves it alone.
    assert!(workshop.0.join("lesson-progress.txt").exists());
    workshop.lesson("hello").expect(0, &["ok  in Python", "    check "]);
}

#[test]
fn a_built_chapter_is_shown_by_its_file() {
    let Some(workshop) = three("built-book") else { return };
    let target = workshop.0.join("target");
    for folder in ["debug", "book"] {
        fs::create_dir_all(target.join(folder)).expect("the folder");
    }
    fs::write(target.join("book/hello.html"), "").expect("the page");
    fs::copy(env!("CARGO_BIN_EXE_lesson"), target.join("debug/lesson")).expect("a copy");
    let mut command = Command::new(target.join("debug/lesson"));
    command.arg("1").env("LESSON_ROOT", &workshop.0).current_dir(&workshop.0);
    let answer = Answer(running::run(&mut command, LONG, false).expect("the command"));
    answer.expect(0, &["read       target/book/hello.html\n"]);
}

#[test]
fn an_edited_lesson_can_be_got_back() {
    let Some(workshop) = three("edited") else { return };
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=A", "-c", "user.email=a@b"]).args(arguments);
        git.current_dir(&workshop.0).output().is_ok_and(|output| output.status.success())
    };
    if !git(&["init", "-q"]) {
        eprintln!("not tested: there is no git");
        return;
    }
    assert!(git(&["add", "lessons"]) && git(&["commit", "-qm", "All of it"]));
    let edited = |folder| lesson::edited(&workshop.0, folder);
    assert_eq!(edited("lessons"), None);
    fs::write(workshop.0.join("lessons/hello/lesson.py"), "print()\n").expect("the file");
    fs::write(workshop.0.join("lessons/hello/new.py"), "print()\n").expect("the file");
    let parts = [
        "Edited since the last commit: lessons/hello/lesson.py.\n",
        "git checkout HEAD -- lessons/hello/lesson.py\n",
    ];
    workshop.lesson("hello").expect(0, &parts);
    assert_eq!(edited("lessons/more"), None);
    assert!(git(&["checkout", "HEAD", "--", "lessons/hello"]));
    assert_eq!(edited("lessons"), None);
    assert_eq!(lesson::edited(Path::new("/"), "lessons"), None);
}
