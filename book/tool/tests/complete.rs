//! Nothing is missing: every lesson has its parts, every chapter its sections, every broken variant
//! its golden file, and the data file everything that the tutorials say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use book::references;
use book::tutorials::Tutorials;
use book::twin::{PAUSE, SAY};

/// The parts of the book, in this order.
const PARTS: [&str; 8] = [
    "Starting processes",
    "Waiting and ending",
    "Nothing is shared",
    "Pools",
    "Queues",
    "Synchronising and observing",
    "In practice",
    "Beyond one machine",
];

/// What these parts teach, the tutorials do not know.
const BEYOND_THE_TUTORIALS: [&str; 2] = ["In practice", "Beyond one machine"];

/// The sections of a lesson's chapter, in this order, after its title. Where the tutorials say nothing, the
/// last but one is "In Python".
const SECTIONS: [&str; 9] = [
    "The question",
    "Predict",
    "Run it",
    "What you see",
    "Why",
    "The program",
    "Break it",
    "What the tutorials say",
    "Try it",
];

/// So long a description fits into a line of `cargo lesson list`.
const LONGEST: usize = 72;

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn root() -> PathBuf {
    book().parent().expect("book/ has a parent").to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest(lesson: &str) -> String {
    read(&format!("lessons/{lesson}/Cargo.toml"))
}

fn tutorials() -> Tutorials {
    Tutorials::read(&book()).unwrap_or_else(|error| panic!("{error:#}"))
}

/// The names in a folder that end so, without that end. No folder has none.
fn names(folder: &str, end: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(end)?.to_owned()))
        .filter(|name| !name.starts_with('.'))
        .collect()
}

fn lessons() -> BTreeSet<String> {
    // Cargo takes no file for a member either.
    let is_lesson = |name: &String| root().join("lessons").join(name).is_dir();
    names("lessons", "").into_iter().filter(is_lesson).collect()
}

/// A chapter in SUMMARY.md.
struct Listed {
    part: Option<String>,
    title: String,
    name: String,
}

fn summary() -> Vec<Listed> {
    let (mut part, mut listed) = (None, Vec::new());
    for line in read("book/src/SUMMARY.md").lines().skip(1) {
        if let Some(title) = line.strip_prefix("# ") {
            part = Some(title.to_owned());
        } else if line == "---" {
            part = None;
        } else if let Some((title, name)) = line.split_once("](") {
            let title = title.trim_start_matches("- ").trim_start_matches('[').to_owned();
            let name = name.trim_end_matches(')').trim_end_matches(".md").to_owned();
            listed.push(Listed { part: part.clone(), title, name });
        }
    }
    listed
}

/// The lessons that go beyond the tutorials.
fn beyond() -> BTreeSet<String> {
    let is_beyond = |chapter: &Listed| {
        chapter.part.as_deref().is_some_and(|part| BEYOND_THE_TUTORIALS.contains(&part))
    };
    summary().into_iter().filter(is_beyond).map(|chapter| chapter.name).collect()
}

/// A chapter's sections with their titles, without the title of the whole.
fn sections(chapter: &str) -> Vec<(&str, &str)> {
    let mut at: Vec<usize> = Vec::new();
    let (mut place, mut in_fence) = (0, false);
    for line in chapter.split_inclusive('\n') {
        in_fence ^= line.starts_with("```");
        if !in_fence && line.starts_with("## ") {
            at.push(place);
        }
        place += line.len();
    }
    let ends = at.iter().skip(1).copied().chain([chapter.len()]);
    let parts = at.iter().zip(ends).map(|(&begin, end)| &chapter[begin..end]);
    parts.map(|part| part[3..].split_once('\n').unwrap_or((&part[3..], ""))).collect()
}

/// The text that a person reads, without what is between fences or folded away.
fn prose(chapter: &str) -> String {
    let (mut in_fence, mut is_folded) = (false, false);
    let mut prose = String::new();
    for line in chapter.lines() {
        let text = line.trim_start();
        let is_fence = text.starts_with("```");
        in_fence ^= is_fence;
        is_folded |= text == "<details>";
        if text == "</details>" {
            is_folded = false;
        } else if !in_fence && !is_fence && !is_folded {
            prose += &format!("{line}\n");
        }
    }
    prose
}

/// What is wrong, all of it.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn expect(&mut self, is_right: bool, problem: impl Into<String>) {
        if !is_right {
            self.0.push(problem.into());
        }
    }

    #[track_caller]
    fn none(self) {
        assert!(self.0.is_empty(), "\n  {}\n", self.0.join("\n  "));
    }
}

#[test]
fn the_data_file_has_everything() {
    let data = tutorials();
    let counts = (data.listings.len(), data.statements.len(), data.errors.len());
    assert_eq!(counts, (54, 205, 55), "listings, statements and errors");
    // Of each tutorial the statements are numbered without a gap; that none stands there twice
    // was seen when the file was read.
    for (tutorial, statements) in data.tutorials.iter().zip([47, 74, 28, 19, 37]) {
        let (about, name) = (&tutorial.about, format!("tutorial {}", tutorial.number));
        assert!(!about.is_empty(), "{name}");
        for number in 1..=statements {
            let id = format!("C{}-{number}", tutorial.number);
            assert!(data.by_id().contains_key(id.as_str()), "{name}: {id} is missing");
        }
    }
}

#[test]
fn every_lesson_has_its_place_in_the_book() {
    let mut problems = Problems::default();
    let (lessons, summary) = (lessons(), summary());
    let in_parts = || summary.iter().filter(|chapter| chapter.part.is_some());
    for lesson in &lessons {
        let often = in_parts().filter(|chapter| chapter.name == *lesson).count();
        problems.expect(often == 1, format!("SUMMARY.md lists {lesson} {often} times"));
        let manifest = manifest(lesson);
        let description = manifest.lines().find_map(|line| line.strip_prefix("description = "));
        let length = description.map_or(0, |text| text.trim_matches('"').chars().count());
        problems.expect(
            (1..=LONGEST).contains(&length),
            format!("lessons/{lesson}: a description of 1 to {LONGEST} characters, not {length}"),
        );
    }
    for chapter in in_parts() {
        let name = &chapter.name;
        let is_lesson = lessons.contains(name);
        problems.expect(
            is_lesson,
            format!("SUMMARY.md: {name} is no lesson; there is no lessons/{name}"),
        );
    }
    for golden in names("tests/golden", ".txt") {
        let is_lesson = lessons.contains(&golden);
        problems.expect(is_lesson, format!("tests/golden/{golden}.txt is of no lesson"));
    }
    for chapter in &summary {
        let Listed { title, name, .. } = chapter;
        let source = read(&format!("book/src/{name}.md"));
        let heading = source.lines().next().unwrap_or("");
        let right = heading == format!("# {title}");
        problems
            .expect(right, format!("{name}.md begins with `{heading}`; SUMMARY.md says `{title}`"));
    }
    let mut parts: Vec<&str> = summary.iter().filter_map(|c| c.part.as_deref()).collect();
    parts.dedup();
    let right: Vec<&str> = PARTS.into_iter().filter(|part| parts.contains(part)).collect();
    problems.expect(parts == right, format!("SUMMARY.md has the parts {parts:?}, not {PARTS:?}"));
    problems.none();
}

#[test]
fn every_chapter_has_its_sections() {
    let (mut problems, beyond) = (Problems::default(), beyond());
    for lesson in lessons() {
        let chapter = read(&format!("book/src/{lesson}.md"));
        let sections = sections(&chapter);
        let titles: Vec<&str> = sections.iter().map(|(title, _)| *title).collect();
        let right = SECTIONS.map(|title| match title {
            "What the tutorials say" if beyond.contains(&lesson) => "In Python",
            title => title,
        });
        problems.expect(
            titles == right,
            format!("{lesson}.md has the sections {titles:?}, not {right:?}"),
        );
        let words = prose(&chapter).split_whitespace().count();
        problems.expect(
            (400..=900).contains(&words),
            format!("{lesson}.md has {words} words without its fences, not 400 to 900"),
        );
        let text = |wanted| sections.iter().find(|(title, _)| *title == wanted).map_or("", |s| s.1);
        for (title, has) in [
            ("Run it", format!("```text\ncargo run -p lesson-{lesson}")),
            (
                "What you see",
                format!("```golden\n{{{{#include ../../tests/golden/{lesson}.txt}}}}\n"),
            ),
            (
                "The program",
                format!(
                    "```rust\n{{{{#include ../../lessons/{lesson}/src/main.rs}}}}\n```\n\n\
                     ```python\n{{{{#include ../../lessons/{lesson}/lesson.py}}}}\n```\n"
                ),
            ),
        ] {
            problems
                .expect(text(title).contains(&has), format!("{lesson}.md: `{title}` lacks\n{has}"));
        }
        let lines = read(&format!("lessons/{lesson}/src/main.rs")).lines().count();
        problems.expect(
            (25..=70).contains(&lines),
            format!("lessons/{lesson}/src/main.rs has {lines} lines, not 25 to 70"),
        );
    }
    problems.none();
}

#[test]
fn the_primer_takes_five_minutes() {
    let primer = read("book/src/how-to-read.md");
    // Its figure and its answer are read, too.
    let words = primer.split_whitespace().count();
    assert!(words <= 500, "how-to-read.md has {words} words, not at most 500");
    assert_eq!(primer.matches("<summary>Answer</summary>").count(), 1, "one question");
    let stands_before_the_first_lesson =
        summary().iter().position(|chapter| chapter.name == "how-to-read") == Some(1);
    assert!(stands_before_the_first_lesson, "SUMMARY.md: after the introduction");
}

#[test]
fn every_broken_variant_is_shown() {
    let mut problems = Problems::default();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for lesson in lessons() {
        let variants = names(&format!("lessons/{lesson}/src/bin"), ".rs");
        let chapter = read(&format!("book/src/{lesson}.md"));
        let sections = sections(&chapter);
        let shown =
            sections.iter().find(|(title, _)| *title == "Break it").map_or("", |section| section.1);
        for name in &variants {
            if let Some(other) = seen.insert(name.clone(), lesson.clone()) {
                problems.expect(false, format!("{lesson} and {other} both have a variant {name}"));
            }
            let golden = format!("tests/golden/{lesson}/{name}.txt");
            let is_there = root().join(&golden).is_file();
            problems.expect(is_there, format!("missing: {golden}, for src/bin/{name}.rs"));
            let source = fs::read_to_string(root().join(&golden)).unwrap_or_default();
            let has_limit = source.lines().any(|line| line.starts_with("limit "));
            problems.expect(has_limit, format!("{golden} sets no time limit: `limit 20 s`"));
            let entry = format!("[[bin]]\nname = \"{name}\"\ntest = false\n");
            problems.expect(
                manifest(&lesson).contains(&entry),
                format!("lessons/{lesson}/Cargo.toml lacks\n{entry}"),
            );
            let command = format!("--broken {name}");
            let has = shown.lines().any(|line| {
                line.starts_with(&format!("cargo lesson run {lesson} ")) && line.contains(&command)
            });
            problems.expect(
                has,
                format!("{lesson}.md: `Break it` lacks `cargo lesson run {lesson} {command}`"),
            );
            let include = format!("```golden\n{{{{#include ../../{golden}}}}}\n```\n");
            problems.expect(
                shown.contains(&include),
                format!("{lesson}.md: `Break it` does not include {golden}"),
            );
        }
        let default = format!("default-run = \"lesson-{lesson}\"\n");
        problems.expect(
            variants.is_empty() || manifest(&lesson).contains(&default),
            format!("lessons/{lesson}/Cargo.toml lacks\n{default}"),
        );
        for golden in names(&format!("tests/golden/{lesson}"), ".txt") {
            // Those of exercises have a test of their own.
            let right = variants.contains(&golden) || golden.starts_with("exercise-");
            problems.expect(right, format!("tests/golden/{lesson}/{golden}.txt is of no variant"));
        }
        for twin in names(&format!("lessons/{lesson}"), ".py") {
            let right = twin == "lesson" || variants.contains(&twin);
            problems.expect(right, format!("lessons/{lesson}/{twin}.py is of no variant"));
        }
    }
    problems.none();
}

/// What can be checked of the tasks under "Try it": the task, the golden file, a solution and a mistake.
#[test]
fn every_exercise_has_its_parts() {
    let mut problems = Problems::default();
    for lesson in lessons() {
        let chapter = read(&format!("book/src/{lesson}.md"));
        let sections = sections(&chapter);
        let tasks = sections.iter().find(|(title, _)| *title == "Try it").map_or("", |s| s.1);
        let sheet = read(&format!("lessons/{lesson}/lesson.toml"));
        let golden = names(&format!("tests/golden/{lesson}"), ".txt");
        let golden = golden.iter().filter_map(|name| name.strip_prefix("exercise-"));
        let mut asked = BTreeSet::new();
        for number in golden {
            let writes = sheet.contains(&format!("number = {number}\nwrites = true\n"));
            let wrong = if writes { "wrong.txt" } else { "wrong.rs" };
            asked.extend([format!("{number}.rs"), format!("{number}.{wrong}")]);
            let is_task = tasks.lines().any(|line| line.starts_with(&format!("{number}. ")));
            problems.expect(is_task, format!("{lesson}.md: `Try it` has no task {number}"));
            let has_orders = |file: &str| read(file).contains("\norders ");
            let file = format!("tests/golden/{lesson}/exercise-{number}.txt");
            // Where the lesson itself is not proved to its end, its exercises need not be.
            let is_counted =
                has_orders(&file) || !has_orders(&format!("tests/golden/{lesson}.txt"));
            problems.expect(is_counted, format!("{file} does not say how many orders there are"));
            let is_listed = sheet.contains(&format!("[[exercises]]\nnumber = {number}\n"));
            problems.expect(is_listed, format!("{lesson}: lesson.toml lacks exercise {number}"));
        }
        let stored = names(&format!("tests/exercises/{lesson}"), "");
        for name in stored.symmetric_difference(&asked) {
            problems.expect(
                false,
                format!("tests/exercises/{lesson}/{name} and its golden file: one is missing"),
            );
        }
    }
    problems.none();
}

/// The book can leave out what all twins have, because it is the same in all.
#[test]
fn every_twin_says_and_pauses_in_the_same_words() {
    let mut problems = Problems::default();
    let mut twins = 0;
    for lesson in lessons() {
        for twin in names(&format!("lessons/{lesson}"), ".py") {
            let file = format!("lessons/{lesson}/{twin}.py");
            let source = read(&file);
            twins += 1;
            problems.expect(source.matches(SAY).count() == 1, format!("{file} lacks\n{SAY}"));
            for (name, text) in [("say", SAY), ("pause", PAUSE)] {
                let defined = source.matches(&format!("def {name}(")).count();
                let right = defined == source.matches(text).count();
                problems.expect(right, format!("{file} has another `{name}` than\n{text}"));
            }
        }
    }
    assert!(twins > 60, "only {twins} twins");
    problems.none();
}

#[test]
fn every_statement_has_its_lesson() {
    let mut problems = Problems::default();
    let (lessons, data) = (lessons(), tutorials());
    for entry in data.entries() {
        let (id, lesson) = (entry.id, entry.lesson);
        let is_there = lessons.contains(lesson);
        problems.expect(
            is_there,
            format!("tutorials.toml: {id} is of {lesson}; there is no such lesson"),
        );
    }
    problems.none();
}

/// Of a number below a hundred.
fn in_words(number: usize) -> String {
    const SMALL: [&str; 20] = [
        "no",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] =
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    match (number.checked_sub(20), number % 10) {
        (None, _) => SMALL[number].to_owned(),
        (Some(more), 0) => TENS[more / 10].to_owned(),
        (Some(more), ones) => format!("{}-{}", TENS[more / 10], SMALL[ones]),
    }
}

/// As many lessons as the documents say, and as many of them proved.
#[test]
fn the_lessons_are_counted() {
    let mut problems = Problems::default();
    let (lessons, beyond) = (lessons(), beyond());
    let is_proved = |lesson: &&String| {
        read(&format!("tests/golden/{lesson}.txt")).lines().any(|line| line.starts_with("orders "))
    };
    let proved = lessons.iter().filter(is_proved).count();
    let all = in_words(lessons.len());
    let rest = in_words(lessons.len() - proved);
    let first = rest[..1].to_uppercase() + &rest[1..];
    for (file, text) in [
        ("README.md", format!("in {all} lessons")),
        ("tests/README.md", format!("Of the {all} files {proved} are *proved*")),
        ("book/src/golden-files.md", format!("{first} of the {all} files are not proved")),
        ("book/src/introduction.md", format!("{} lessons", in_words(lessons.len() - beyond.len()))),
        ("book/src/introduction.md", format!("{} more", in_words(beyond.len()))),
    ] {
        let source = read(file).split_whitespace().collect::<Vec<_>>().join(" ");
        problems.expect(source.contains(&text), format!("{file} does not say \"{text}\""));
    }
    problems.none();
}

/// Each lesson asks what can happen in it; a picture answers where it can.
#[test]
fn every_chapter_asks_what_can_happen() {
    let mut problems = Problems::default();
    let (mut can, mut cannot) = (0, 0);
    for lesson in lessons() {
        let sheet = read(&format!("lessons/{lesson}/lesson.toml"));
        let asked: Vec<&str> = sheet.split("[[").filter(|s| s.starts_with("questions]]")).collect();
        let count = asked.len();
        problems
            .expect((1..=3).contains(&count), format!("{lesson} asks {count} times, not 1 to 3"));
        for (number, question) in (1..).zip(asked) {
            let has_code = question.lines().any(|line| line.starts_with("code = "));
            can += usize::from(has_code);
            cannot += usize::from(!has_code);
            let picture = format!("tests/golden/{lesson}/question-{number}.json");
            let is_there = root().join(&picture).is_file();
            problems.expect(is_there == has_code, format!("{picture}: is there a code of it?"));
        }
    }
    problems.expect(can > 40 && cannot > 40, format!("{can} that can be, {cannot} that cannot"));
    problems.none();
}

/// Questions, tasks, and two or three cards on what the tutorials say: each with its answer folded
/// away. The appendix has all entries.
#[test]
fn what_is_asked_is_answered_and_folded_away() {
    let (mut problems, beyond) = (Problems::default(), beyond());
    let data = tutorials();
    let entries = data.by_id();
    for lesson in lessons() {
        let source = read(&format!("book/src/{lesson}.md"));
        if let Err(error) = references::named(&format!("{lesson}.md"), &source, &entries) {
            problems.expect(false, error.to_string());
        }
        let sections = sections(&source);
        if !beyond.contains(&lesson) {
            let cards = sections.iter().find(|(title, _)| *title == "What the tutorials say");
            let cards = cards.map_or("", |section| section.1);
            let count = cards.lines().filter(|line| line.trim() == "<details>").count();
            problems.expect(
                (2..=3).contains(&count),
                format!("{lesson}.md: {count} cards, not 2 or 3"),
            );
            let words = |text: &str| prose(text).split_whitespace().count();
            let (own, all) = (words(cards), words(&source));
            problems.expect(
                own * 100 < all * 8,
                format!("{lesson}.md: the cards are {own} of {all} words, not less than 8 %"),
            );
            let link = "](tutorials.md)";
            problems.expect(cards.contains(link), format!("{lesson}.md: no link to the appendix"));
        }
        // Each question and each task has its answer, folded away.
        for (title, mark) in [("Predict", "- "), ("Try it", ". ")] {
            let text = sections.iter().find(|section| section.0 == title).map_or("", |s| s.1);
            let is_asked = |line: &&str| {
                line.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(mark)
            };
            let asked = text.lines().filter(is_asked).count();
            let answered = text.lines().filter(|line| line.trim() == "<details>").count();
            problems.expect(
                asked > 0 && asked == answered,
                format!("{lesson}.md: `{title}` asks {asked} times and answers {answered} times"),
            );
        }
    }
    problems.none();
}
