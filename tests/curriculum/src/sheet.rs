//! `lessons/SLUG/lesson.toml`: what a lesson has that is neither program nor golden file.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::Lesson;

/// The sheet of a lesson. Whatever it does not say is empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sheet {
    /// How many it takes, with its chapter.
    pub minutes: Option<u32>,
    /// The lessons that come before, by their names.
    pub after: Vec<String>,
    /// The program that it needs beside those of the project.
    pub needs: Option<String>,
    /// Why nobody can drive it, if so: `it waits for a server, which nobody drives`. Then its runs are recorded
    /// instead: nothing here has a code, there are no goals, and its exercises are judged by shaken runs.
    pub undriven: Option<String>,
    /// The code of the run whose picture stands in the chapter.
    pub picture: Option<String>,
    /// The same for its broken variants, by their names.
    pub broken: BTreeMap<String, Broken>,
    /// What a learner who decides the schedule may try to reach.
    pub goals: Vec<Goal>,
    /// What the chapter asks before the program is run.
    pub questions: Vec<Question>,
    /// Those of the chapter's tasks that can be checked.
    pub exercises: Vec<Exercise>,
}

/// What a broken variant has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broken {
    /// The code of the run whose picture stands in the chapter.
    pub picture: String,
}

/// Something to reach: all that it asks for must be so at the end of the run. A line is written as in a
/// golden file, without a note: `[text]` stands for any text, `reader-*` for any name that begins so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// What is to be reached, in words: `reader-2 gets everything`.
    pub name: String,
    /// In this broken variant; else in the lesson.
    pub broken: Option<String>,
    /// Each of these lines came: `reader-2 | got 5`.
    #[serde(default)]
    pub said: Vec<String>,
    /// None of these lines came: `reader-1 | got [n]`.
    #[serde(default)]
    pub unsaid: Vec<String>,
    /// Of each pair both lines came, the first one first.
    #[serde(default)]
    pub before: Vec<[String; 2]>,
    /// It stands still for ever. Without this, it may or may not.
    #[serde(default)]
    pub hangs: bool,
    /// The code of a run that reaches it.
    pub code: String,
}

/// Can one line come before another one?
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The one: by its text, or its number in the golden file.
    pub line: String,
    /// The other.
    pub before: String,
    /// If it can: the code of a run in which it does.
    pub code: Option<String>,
    /// What there is to say of the answer beyond the run or the causes.
    pub because: Option<String>,
}

/// A task of the chapter that can be checked: `tests/golden/SLUG/exercise-N.txt` says what a right solution
/// does, in all its schedules.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// Its number in the chapter, under "Try it".
    pub number: u32,
    /// The broken variant that is to be mended; else the lesson is to be changed.
    pub mends: Option<String>,
    /// Whether the learner writes the golden file, too: `lessons/SLUG/golden.txt`.
    #[serde(default)]
    pub writes: bool,
    /// One after the other, for a learner who asks.
    #[serde(default)]
    pub hints: Vec<String>,
}

impl Sheet {
    /// The name of the file, in the folder of the lesson.
    pub const FILE: &str = "lesson.toml";

    pub(crate) fn read(lesson: &Lesson, root: &Path) -> Result<Sheet> {
        let path = Path::new("lessons").join(&lesson.slug).join(Sheet::FILE);
        let text = match fs::read_to_string(root.join(&path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Sheet::default()),
            text => text.with_context(|| format!("cannot read {}", path.display()))?,
        };
        Sheet::of(lesson, &text).with_context(|| format!("{} is wrong", path.display()))
    }

    fn of(lesson: &Lesson, text: &str) -> Result<Sheet> {
        let sheet: Sheet = toml::from_str(text)?;
        let of_goals = sheet.goals.iter().filter_map(|goal| goal.broken.as_deref());
        let mended = sheet.exercises.iter().filter_map(|exercise| exercise.mends.as_deref());
        for name in sheet.broken.keys().map(String::as_str).chain(of_goals).chain(mended) {
            lesson.check_broken(name)?;
        }
        let codes = sheet.questions.iter().filter(|question| question.code.is_some()).count();
        let of_driven = sheet.goals.len() + sheet.broken.len() + codes;
        if sheet.undriven.is_some() && (of_driven > 0 || sheet.picture.is_some()) {
            bail!("it is undriven, and so has neither a code nor a goal");
        }
        for goal in &sheet.goals {
            if goal.said.is_empty()
                && goal.unsaid.is_empty()
                && goal.before.is_empty()
                && !goal.hangs
            {
                bail!(
                    "the goal `{}` asks for nothing: add said, unsaid, before or hangs",
                    goal.name
                );
            }
        }
        Ok(sheet)
    }

    /// The code of the picture of the lesson, or of one of its broken variants.
    pub fn picture_of(&self, broken: Option<&str>) -> Option<&str> {
        match broken {
            None => self.picture.as_deref(),
            Some(name) => self.broken.get(name).map(|broken| broken.picture.as_str()),
        }
    }

    /// The exercise with this number.
    pub fn exercise(&self, number: u32) -> Option<&Exercise> {
        self.exercises.iter().find(|exercise| exercise.number == number)
    }

    /// The goals of the lesson, or of one of its broken variants.
    pub fn goals_of<'a>(&'a self, broken: Option<&'a str>) -> impl Iterator<Item = &'a Goal> {
        self.goals.iter().filter(move |goal| goal.broken.as_deref() == broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Result<Sheet, String> {
        let lesson = Lesson {
            slug: "queue".to_owned(),
            number: None,
            title: String::new(),
            description: String::new(),
            broken: vec!["check-then-get".to_owned()],
        };
        Sheet::of(&lesson, text).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn what_is_said_is_read() {
        let sheet = sheet(
            "minutes = 15\npicture = \"x01\"\n[broken.check-then-get]\npicture = \"x1\"\n\
             [[goals]]\nname = \"it hangs\"\nbroken = \"check-then-get\"\nhangs = true\ncode = \"x2\"\n",
        );
        let sheet = sheet.unwrap();
        assert_eq!((sheet.minutes, sheet.after.len()), (Some(15), 0));
        assert_eq!(sheet.picture_of(None), Some("x01"));
        assert_eq!(sheet.picture_of(Some("check-then-get")), Some("x1"));
        assert_eq!(sheet.goals_of(None).count(), 0);
        assert_eq!(sheet.goals_of(Some("check-then-get")).count(), 1);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = sheet("minutes = 15\nminuets = 3\n").unwrap_err();
        assert!(wrong.contains("line 2") && wrong.contains("minuets"), "{wrong}");
        let wrong = sheet("[broken.check-then-put]\npicture = \"x\"\n").unwrap_err();
        assert!(wrong.contains("Did you mean `check-then-get`?"), "{wrong}");
        let wrong = sheet("undriven = \"it waits\"\npicture = \"x\"\n").unwrap_err();
        assert!(wrong.contains("neither a code nor a goal"), "{wrong}");
        let wrong = sheet("[[goals]]\nname = \"a\"\ncode = \"x\"\n").unwrap_err();
        assert!(wrong.contains("`a` asks for nothing"), "{wrong}");
    }
}
