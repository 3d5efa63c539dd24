//! What the page for teachers says of the lessons: which there are, how long they take, what they need.

use std::cell::OnceCell;
use std::fmt::Write;

use anyhow::{Context, Result};
use curriculum::{Course, Curriculum, Lesson};

use crate::asked::Asked;

/// Where the core course stands in its page.
pub const CORE: &str = "<!-- the core -->";
/// Where it says how long that takes.
pub const MINUTES: &str = "<!-- minutes of the core -->";
/// Where all lessons stand.
pub const ALL: &str = "<!-- all lessons -->";

/// Read when a page asks for it.
#[derive(Default)]
pub struct Plan(OnceCell<Curriculum>);

impl Plan {
    fn curriculum(&self) -> Result<&Curriculum> {
        if let Some(curriculum) = self.0.get() {
            return Ok(curriculum);
        }
        let curriculum = Curriculum::read()?;
        Ok(self.0.get_or_init(|| curriculum))
    }

    /// Those of the course in `book/core.toml`.
    fn of_core(&self) -> Result<Vec<&Lesson>> {
        let curriculum = self.curriculum()?;
        let core = Course::at(curriculum, &curriculum.root.join("book/core.toml"))?;
        core.lessons.iter().map(|slug| curriculum.lesson(slug)).collect()
    }

    pub fn core(&self) -> Result<String> {
        self.table(self.of_core()?)
    }

    pub fn minutes(&self) -> Result<String> {
        let curriculum = self.curriculum()?;
        let minutes = self.of_core()?.into_iter().map(|lesson| {
            let minutes = lesson.sheet(curriculum)?.minutes;
            minutes.with_context(|| format!("{} has no minutes", lesson.slug))
        });
        Ok(minutes.sum::<Result<u32>>()?.to_string())
    }

    /// Part by part.
    pub fn all(&self) -> Result<String> {
        let mut text = String::new();
        for part in &self.curriculum()?.parts {
            write!(text, "### {}\n\n{}\n", part.title, self.table(part.lessons.iter().collect())?)?;
        }
        Ok(text)
    }

    /// The exercises of the lesson whose chapter this is: its name, and their numbers.
    pub fn exercises_of(&self, chapter: &str) -> Result<(String, Vec<u32>)> {
        let slug = chapter.trim_end_matches(".md");
        let curriculum = self.curriculum()?;
        let Some(lesson) = curriculum.lessons().find(|lesson| lesson.slug == slug) else {
            return Ok(Default::default());
        };
        let exercises = lesson.sheet(curriculum)?.exercises;
        Ok((slug.to_owned(), exercises.iter().map(|exercise| exercise.number).collect()))
    }

    /// What the chapter asks, if it is that of a lesson.
    pub fn asked_in(&self, chapter: &str) -> Result<Asked> {
        let slug = chapter.trim_end_matches(".md");
        let curriculum = self.curriculum()?;
        let Some(lesson) = curriculum.lessons().find(|lesson| lesson.slug == slug) else {
            return Ok(Asked::default());
        };
        let questions = lesson.sheet(curriculum)?.questions;
        Ok(Asked { slug: slug.to_owned(), questions, root: curriculum.root.clone() })
    }

    fn table(&self, lessons: Vec<&Lesson>) -> Result<String> {
        let curriculum = self.curriculum()?;
        let mut table = "| lesson | minutes | needs |\n|---|---:|---|\n".to_owned();
        for lesson in lessons {
            let sheet = lesson.sheet(curriculum)?;
            let minutes = sheet.minutes.map_or(String::new(), |minutes| minutes.to_string());
            let after = sheet.after.iter().map(|slug| {
                let number = curriculum.lesson(slug)?.name();
                Ok(format!("[{number}]({slug}.md)"))
            });
            let after = after.collect::<Result<Vec<_>>>()?.join(", ");
            let Lesson { slug, .. } = lesson;
            writeln!(table, "| [{}]({slug}.md) | {minutes} | {after} |", lesson.heading())?;
        }
        Ok(table)
    }
}
