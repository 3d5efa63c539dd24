//! `class`: what a class has done, from a folder that holds the checkout of each learner.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use curriculum::Curriculum;
use golden::{Row, Tone};
use serde_json::json;

use crate::output::{tell, tell_rows, warn};
use crate::progress::Progress;

struct Learner {
    name: String,
    lessons: usize,
    exercises: usize,
    goals: usize,
    quizzes: usize,
    /// What was done last, of what is done for the first time.
    last: Option<String>,
}

pub fn class(curriculum: &Curriculum, folder: &Path, is_json: bool) -> Result<u8> {
    let cannot = || format!("cannot read the folder {}", folder.display());
    let mut learners = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if !path.join("lessons").is_dir() {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match Progress::of_checkout(&path) {
            Ok(progress) => learners.push(Learner::of(name, curriculum, &progress)),
            Err(error) => warn(&error.context(format!("{name} is left out"))),
        }
    }
    if learners.is_empty() {
        bail!(
            "{} holds no checkout of the lessons: each learner's is to be a folder in it.",
            folder.display()
        );
    }
    learners.sort_by(|one, other| one.name.cmp(&other.name));
    let all = curriculum.lessons().count();
    if is_json {
        let list: Vec<_> = learners.iter().map(|learner| learner.json(all)).collect();
        return tell(format!("{:#}\n", json!(list))).map(|()| 0);
    }
    let width = learners.iter().map(|learner| learner.name.chars().count()).max().unwrap_or(0);
    let head = format!("{:width$}  lessons  exercises  goals  quizzes  last", "");
    let mut rows = vec![Row::new(0).toned(Tone::Strong, head)];
    rows.extend(learners.iter().map(|learner| {
        let Learner { name, lessons, exercises, goals, quizzes, last } = learner;
        let lessons = format!("{lessons}/{all}");
        let figures =
            format!("{name:width$}  {lessons:>7}  {exercises:>9}  {goals:>5}  {quizzes:>7}  ");
        Row::new(0).plain(figures).hanging().plain(last.as_deref().unwrap_or("-"))
    }));
    tell_rows(&rows).map(|()| 0)
}

impl Learner {
    fn of(name: String, curriculum: &Curriculum, progress: &Progress) -> Learner {
        let has = |mark: &str| progress.titles().filter(|title| title.contains(mark)).count();
        Learner {
            name,
            lessons: curriculum.lessons().filter(|lesson| progress.is_done(lesson)).count(),
            exercises: has(", exercise "),
            goals: has(", goal: "),
            quizzes: has(", the quiz"),
            last: progress.titles().last().map(str::to_owned),
        }
    }

    fn json(&self, all: usize) -> serde_json::Value {
        json!({
            "name": self.name,
            "lessons": self.lessons,
            "of": all,
            "exercises": self.exercises,
            "goals": self.goals,
            "quizzes": self.quizzes,
            "last": self.last,
        })
    }
}
