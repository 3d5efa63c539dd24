//! What the page for teachers says of the lessons: which there are, how long they take, what they need.

use std::fmt::Write;

use anyhow::{Context, Result};
use curriculum::{Course, Curriculum, Lesson};

/// Where the core course stands in its page.
pub const CORE: &str = "<!-- the core -->";
/// Where it says how long that takes.
pub const MINUTES: &str = "<!-- minutes of the core -->";
/// Where all lessons stand.
pub const ALL: &str = "<!-- all lessons -->";

/// Of the course in `book/core.toml`.
pub struct Plan {
    curriculum: Curriculum,
    core: Course,
}

impl Plan {
    pub fn read() -> Result<Plan> {
        let curriculum = Curriculum::read()?;
        let core = Course::at(&curriculum, &curriculum.root.join("book/core.toml"))?;
        Ok(Plan { curriculum, core })
    }

    pub fn core(&self) -> Result<String> {
        let lessons = self.core.lessons.iter().map(|slug| self.curriculum.lesson(slug));
        self.table(lessons.collect::<Result<Vec<_>>>()?)
    }

    pub fn minutes(&self) -> Result<String> {
        let minutes = self.core.lessons.iter().map(|slug| {
            let lesson = self.curriculum.lesson(slug)?;
            lesson
                .sheet(&self.curriculum)?
                .minutes
                .with_context(|| format!("{slug} has no minutes"))
        });
        Ok(minutes.sum::<Result<u32>>()?.to_string())
    }

    /// Part by part.
    pub fn all(&self) -> Result<String> {
        let mut text = String::new();
        for part in &self.curriculum.parts {
            write!(text, "### {}\n\n{}\n", part.title, self.table(part.lessons.iter().collect())?)?;
        }
        Ok(text)
    }

    /// The exercises of the lesson whose chapter this is: its name, and their numbers.
    pub fn exercises_of(&self, chapter: &str) -> Result<(String, Vec<u32>)> {
        let slug = chapter.trim_end_matches(".md");
        let Some(lesson) = self.curriculum.lessons().find(|lesson| lesson.slug == slug) else {
            return Ok(Default::default());
        };
        let exercises = lesson.sheet(&self.curriculum)?.exercises;
        Ok((slug.to_owned(), exercises.iter().map(|exercise| exercise.number).collect()))
    }

    fn table(&self, lessons: Vec<&Lesson>) -> Result<String> {
        let mut table = "| lesson | minutes | needs |\n|---|---:|---|\n".to_owned();
        for lesson in lessons {
            let sheet = lesson.sheet(&self.curriculum)?;
            let minutes = sheet.minutes.map_or(String::new(), |minutes| minutes.to_string());
            let after = sheet.after.iter().map(|slug| {
                let number = self.curriculum.lesson(slug)?.name();
                Ok(format!("[{number}]({slug}.md)"))
            });
            let after = after.collect::<Result<Vec<_>>>()?.join(", ");
            let Lesson { slug, .. } = lesson;
            writeln!(table, "| [{}]({slug}.md) | {minutes} | {after} |", lesson.heading())?;
        }
        Ok(table)
    }
}
