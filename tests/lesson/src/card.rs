//! One lesson: what it is, what to type for it, and which one comes next.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use golden::{Row, Tone, count};

use crate::goal;
use crate::output::{note, tell_rows, warn};
use crate::program::{profile_folder, shown_from_here};
use crate::progress::Progress;
use curriculum::{Curriculum, Goal, Lesson, Sheet};

pub fn show(curriculum: &Curriculum, lesson: &Lesson) -> Result<()> {
    let progress = Progress::read(curriculum);
    // One that cannot be read costs only what it says.
    let sheet = lesson.sheet(curriculum).inspect_err(warn).unwrap_or_default();
    let slug = &lesson.slug;
    let mut rows = vec![
        ("read", chapter(lesson)?, None),
        ("run", format!("cargo lesson run {slug}"), None),
        ("check", format!("cargo lesson check {slug}"), Some(slug.clone())),
    ];
    if curriculum.root.join(format!("lessons/{slug}/lesson.py")).is_file() {
        let check = format!("cargo lesson check {slug} --python");
        rows.push(("in Python", check, Some(format!("{slug}, in Python"))));
    }
    for name in &lesson.broken {
        rows.push(("broken", format!("cargo lesson run {slug} --broken {name}"), None));
    }
    if let Some(goals) = goals(slug, &sheet.goals, progress.as_ref().ok()) {
        rows.push(("play", format!("cargo lesson play {slug}  ({goals})"), None));
    }
    rows.push(("why", format!("cargo lesson explain {slug}"), None));
    for number in sheet.exercises.iter().map(|exercise| exercise.number) {
        let check = format!("cargo lesson check {slug} --exercise {number}");
        rows.push(("exercise", check, Some(format!("{slug}, exercise {number}"))));
    }
    rows.push(("change", format!("lessons/{slug}/src/main.rs"), None));
    rows.push(("learn", format!("cargo lesson go {slug}"), None));

    let mut lines = vec![Row::new(0).toned(Tone::Strong, lesson.heading())];
    if lesson.description != lesson.title {
        lines.push(Row::new(0).plain(format!("{}.", lesson.description)));
    }
    lines.extend(effort(&sheet).map(|effort| Row::new(0).toned(Tone::Faint, effort)));
    lines.push(Row::default());
    for (what, how, title) in rows {
        let is_done = |title: &String| progress.as_ref().is_ok_and(|known| known.has(title));
        let mark = if title.as_ref().is_some_and(is_done) { "ok" } else { "  " };
        let row = Row::new(2).toned(Tone::Good, mark).plain(format!("  {what:9}  "));
        lines.push(row.hanging().plain(how));
    }
    if let Some(edited) = crate::edited(&curriculum.root, &format!("lessons/{slug}")) {
        lines.push(Row::new(0).plain(format!("\n{edited}")));
    }
    tell_rows(&lines)?;
    if let Err(error) = progress {
        warn(&error);
    }
    Ok(())
}

/// How long it takes, and what is to be known before.
fn effort(sheet: &Sheet) -> Option<String> {
    let minutes = sheet.minutes.map(|minutes| format!("About {minutes} minutes"));
    let after = (!sheet.after.is_empty()).then(|| format!("after {}", sheet.after.join(" and ")));
    let needs = sheet.needs.as_ref().map(|needs| format!("with {needs} installed"));
    let parts: Vec<String> = minutes.into_iter().chain(after).chain(needs).collect();
    (!parts.is_empty()).then(|| format!("{}.", parts.join(", ")))
}

/// How many goals it has and its broken variants have, and how many of them were reached.
fn goals(slug: &str, goals: &[Goal], progress: Option<&Progress>) -> Option<String> {
    let is_reached =
        |goal: &&Goal| progress.is_some_and(|progress| progress.has(&goal::title(slug, goal)));
    let reached = goals.iter().filter(is_reached).count();
    (!goals.is_empty()).then(|| format!("{}, {reached} reached", count(goals.len(), "goal")))
}

/// The lesson to go on with, if none is named.
pub fn next(curriculum: &Curriculum) -> Result<&Lesson> {
    let Some(lesson) = Progress::read(curriculum)?.next(curriculum) else {
        bail!("all lessons are checked. Name one, or check --all.");
    };
    note(format!("The next one that you have not checked: {}", lesson.heading()));
    Ok(lesson)
}

/// After a verdict: the chapter, and the next lesson if this one is done.
pub fn where_to_go_on(
    curriculum: &Curriculum,
    lesson: &Lesson,
    progress: Option<&Progress>,
) -> Result<String> {
    let mut text = format!("  Its chapter: {}\n", chapter(lesson)?);
    let Some(progress) = progress.filter(|progress| progress.is_done(lesson)) else {
        return Ok(text);
    };
    match progress.next_from(&lesson.slug, curriculum) {
        Some(next) => writeln!(text, "  Next: cargo lesson {} ({})", next.name(), next.title)?,
        None => writeln!(text, "  That was the last one: you have checked all lessons.")?,
    }
    Ok(text)
}

/// Where it is if the book was built, else how to see it.
fn chapter(lesson: &Lesson) -> Result<String> {
    let profile = profile_folder()?;
    let target = profile.parent().context("target/PROFILE has a parent")?;
    let page: PathBuf = target.join("book").join(format!("{}.html", lesson.slug));
    Ok(match page.is_file() {
        true => shown_from_here(&page),
        false => format!("cargo book --open ({})", lesson.heading()),
    })
}
