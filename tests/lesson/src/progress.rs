//! What the learner has checked: one small file in the checkout, which `cargo clean` leaves alone, a
//! title a line. `LESSON_PROGRESS` names another one: tests are not the learner.
//!
//! Lines are only added, each in one write to the file's end, so that several checks at once lose
//! none. It is a side matter: no verdict depends on it.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};

use curriculum::{Curriculum, Lesson};

const FILE: &str = "lesson-progress.txt";

#[derive(Default)]
pub struct Progress {
    pub file: PathBuf,
    /// In the order in which they were checked for the first time.
    checked: Vec<String>,
    /// Does its last line lack its end? An editor may have left it so.
    is_open: bool,
}

impl Progress {
    pub fn read(curriculum: &Curriculum) -> Result<Progress> {
        Progress::of(file(curriculum))
    }

    /// What was checked in another checkout.
    pub fn of_checkout(root: &Path) -> Result<Progress> {
        Progress::of(root.join(FILE))
    }

    fn of(file: PathBuf) -> Result<Progress> {
        let bytes = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            bytes => bytes.with_context(|| advice("read", &file))?,
        };
        let text = String::from_utf8_lossy(&bytes);
        let checked = text.lines().map(str::to_owned).collect();
        let is_open = !text.is_empty() && !text.ends_with('\n');
        Ok(Progress { file, checked, is_open })
    }

    /// All that was checked, in the order in which it was for the first time.
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        self.checked.iter().map(String::as_str)
    }

    pub fn has(&self, title: &str) -> bool {
        self.checked.iter().any(|checked| checked == title)
    }

    /// A lesson is done in either language.
    pub fn is_done(&self, lesson: &Lesson) -> bool {
        self.has(&lesson.slug) || self.has(&format!("{}, in Python", lesson.slug))
    }

    /// What comes after what was checked last.
    pub fn next<'a>(&self, curriculum: &'a Curriculum) -> Option<&'a Lesson> {
        let slugs = self.checked.iter().rev().filter_map(|title| title.split(',').next());
        let last = slugs.filter_map(|slug| curriculum.find(slug)).next();
        self.next_from(last.map_or("", |lesson| &lesson.slug), curriculum)
    }

    /// The first lesson from this one on that is not done.
    pub fn next_from<'a>(&self, slug: &str, curriculum: &'a Curriculum) -> Option<&'a Lesson> {
        curriculum.first_undone(slug, |lesson| self.is_done(lesson))
    }

    pub fn add(&mut self, title: &str) -> Result<()> {
        if self.has(title) {
            return Ok(());
        }
        let before = if self.is_open { "\n" } else { "" };
        let line = format!("{before}{title}\n");
        let file = OpenOptions::new().create(true).append(true).open(&self.file);
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .with_context(|| advice("write", &self.file))?;
        self.checked.push(title.to_owned());
        Ok(())
    }

    pub fn forget(curriculum: &Curriculum) -> Result<PathBuf> {
        let file = file(curriculum);
        match fs::remove_file(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done.with_context(|| advice("remove", &file))?,
        }
        Ok(file)
    }
}

fn file(curriculum: &Curriculum) -> PathBuf {
    env::var_os("LESSON_PROGRESS").map_or(curriculum.root.join(FILE), PathBuf::from)
}

fn advice(what: &str, file: &Path) -> String {
    let file = file.display();
    format!("cannot {what} {file}, where `ok` marks are kept (LESSON_PROGRESS names another file)")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All have read the file before the first one adds its line.
    #[test]
    fn several_checks_at_once_lose_nothing() {
        let file = env::current_exe().unwrap().with_extension("progress.txt");
        fs::write(&file, "queue").unwrap();
        let checks: Vec<Progress> = (0..40).map(|_| Progress::of(file.clone()).unwrap()).collect();
        for (number, mut check) in checks.into_iter().enumerate() {
            check.add(&format!("lesson {number}")).unwrap();
        }
        let after = Progress::of(file.clone()).unwrap();
        fs::remove_file(&file).unwrap();
        assert!(after.has("queue") && (0..40).all(|number| after.has(&format!("lesson {number}"))));
    }
}
