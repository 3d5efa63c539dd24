//! The sheets of the lessons, beside the book.

use std::fs;

use curriculum::{Curriculum, Lesson};

/// Words a minute, of a text that is new.
const PACE: usize = 150;
/// To run it, to check it, and to look again.
const AT_IT: usize = 5;

/// The words of a chapter up to its exercises, without programs and golden files.
fn words(curriculum: &Curriculum, lesson: &Lesson) -> usize {
    let chapter = curriculum.root.join(format!("book/src/{}.md", lesson.slug));
    let chapter = fs::read_to_string(chapter).unwrap();
    let lesson = chapter.split("\n## Try it").next().unwrap_or_default();
    // Every other piece is the inside of a fence.
    lesson.split("```").step_by(2).map(|prose| prose.split_whitespace().count()).sum()
}

#[test]
fn minutes_are_those_of_the_chapter() {
    let curriculum = Curriculum::read().unwrap();
    for lesson in curriculum.lessons() {
        let minutes = lesson.sheet(&curriculum).unwrap().minutes;
        let minutes = minutes.unwrap_or_else(|| panic!("{} has no minutes", lesson.slug)) as usize;
        // Its program and its golden files take some, too.
        let least = words(&curriculum, lesson) / PACE + AT_IT;
        let most = least + 6;
        assert!(
            (least..=most).contains(&minutes),
            "{} takes {minutes} minutes, and it should be {least} to {most}",
            lesson.slug
        );
    }
}

#[test]
fn what_a_lesson_needs_comes_earlier() {
    let curriculum = Curriculum::read().unwrap();
    let mut earlier: Vec<&str> = Vec::new();
    for lesson in curriculum.lessons() {
        let after = lesson.sheet(&curriculum).unwrap().after;
        for needed in &after {
            assert!(
                earlier.contains(&needed.as_str()),
                "{} needs {needed}, which does not come before it",
                lesson.slug
            );
        }
        assert!(
            earlier.is_empty() || !after.is_empty(),
            "{} needs no lesson, and is not the first one",
            lesson.slug
        );
        earlier.push(&lesson.slug);
    }
}
