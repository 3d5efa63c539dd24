//! What there is to learn, read from the one place where each thing stands: the order of the
//! lessons from the book's summary, a description from its lesson's Cargo.toml, and what is neither
//! program nor golden file from its [`Sheet`].
#![warn(missing_docs, missing_debug_implementations)]

mod course;
mod sheet;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

pub use course::Course;
pub use sheet::{Broken, Exercise, Goal, Question, Sheet};

/// All lessons.
#[derive(Debug)]
pub struct Curriculum {
    /// The checkout.
    pub root: PathBuf,
    /// Those of the book, and a last one with what is not in it yet.
    pub parts: Vec<Part>,
    /// Those of a course, where there is one; or what is wrong with it, which costs nothing else.
    pub course: Result<Option<Course>, String>,
}

/// A part of the book.
#[derive(Debug)]
pub struct Part {
    /// Its title.
    pub title: String,
    /// Its lessons, in their order.
    pub lessons: Vec<Lesson>,
}

/// A lesson.
#[derive(Debug)]
pub struct Lesson {
    /// The name of its folder.
    pub slug: String,
    /// As the book numbers and calls it; what is not in the book has no number.
    pub number: Option<usize>,
    /// Its title in the book.
    pub title: String,
    /// What its Cargo.toml says that it shows.
    pub description: String,
    /// The names of its broken variants.
    pub broken: Vec<String>,
}

impl Curriculum {
    /// Those of the checkout in which one stands.
    ///
    /// # Errors
    /// If one stands in none, or if a file that has to be there cannot be read.
    pub fn read() -> Result<Curriculum> {
        let root = &golden::checkout()?;
        let summary = root.join("book/src/SUMMARY.md");
        let text = fs::read_to_string(&summary)
            .with_context(|| format!("cannot read {}", summary.display()))?;
        // Cargo takes no file for a member either.
        let lessons = root.join("lessons");
        let mut rest = names_in(&lessons, "");
        rest.retain(|slug| lessons.join(slug).is_dir());
        let (mut parts, mut number) = (Vec::new(), 0);
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("# ") {
                let (title, lessons) = (title.to_owned(), Vec::new());
                parts.push(Part { title, lessons });
            }
            // mdBook counts these through all parts, drafts as well.
            let is_numbered = line.starts_with(['-', '*']);
            number += usize::from(is_numbered);
            let Some((title, slug)) = chapter(line) else { continue };
            if !rest.iter().any(|known| known == slug) {
                continue;
            }
            // Before the first part's title it is in no part.
            let Some(part) = parts.last_mut() else { continue };
            let number = is_numbered.then_some(number);
            part.lessons.push(Lesson::read(root, slug, number, Some(title))?);
            rest.retain(|other| other != slug);
        }
        parts.retain(|part| !part.lessons.is_empty());
        if !rest.is_empty() {
            let lessons = rest.iter().map(|slug| Lesson::read(root, slug, None, None));
            parts.push(Part {
                title: "Not in the book yet".to_owned(),
                lessons: lessons.collect::<Result<_>>()?,
            });
        }
        let root = root.to_owned();
        let mut curriculum = Curriculum { root, parts, course: Ok(None) };
        curriculum.course = Course::read(&curriculum).map_err(|error| format!("{error:#}"));
        Ok(curriculum)
    }

    /// All of them, in their order.
    pub fn lessons(&self) -> impl Iterator<Item = &Lesson> {
        self.parts.iter().flat_map(|part| &part.lessons)
    }

    /// Those that are to be done, in this order: of the course, or all.
    pub fn path(&self) -> Vec<&Lesson> {
        match &self.course {
            Ok(Some(course)) => course.lessons.iter().filter_map(|slug| self.find(slug)).collect(),
            _ => self.lessons().collect(),
        }
    }

    /// By its name or its number in the book.
    pub fn find(&self, name: &str) -> Option<&Lesson> {
        let number = name.parse().ok();
        self.lessons().find(|lesson| {
            lesson.slug == name || (lesson.number.is_some() && lesson.number == number)
        })
    }

    /// The same.
    ///
    /// # Errors
    /// If there is none: with the one that may have been meant.
    pub fn lesson(&self, name: &str) -> Result<&Lesson> {
        if let Some(lesson) = self.find(name) {
            return Ok(lesson);
        }
        let near = golden::nearest(name, self.lessons().map(|lesson| lesson.slug.clone()));
        let near = near.map_or(String::new(), |near| format!(" Did you mean `{near}`?"));
        bail!("there is no lesson `{name}`.{near} `cargo lesson list` shows them all.")
    }

    /// The first lesson of the path from this one on that is not done; after the last one comes the first.
    pub fn first_undone(&self, from: &str, is_done: impl Fn(&Lesson) -> bool) -> Option<&Lesson> {
        let (before, after): (Vec<&Lesson>, Vec<&Lesson>) = {
            let mut is_after = false;
            self.path().into_iter().partition(|lesson| {
                is_after |= lesson.slug == from;
                !is_after
            })
        };
        after.into_iter().chain(before).find(|lesson| !is_done(lesson))
    }
}

impl Lesson {
    fn read(root: &Path, slug: &str, number: Option<usize>, title: Option<&str>) -> Result<Lesson> {
        let folder = root.join("lessons").join(slug);
        let manifest = folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("cannot read {}", manifest.display()))?;
        let description = text.lines().find_map(|line| {
            let value = line.strip_prefix("description")?.trim_start();
            Some(value.strip_prefix('=')?.trim().trim_matches('"').to_owned())
        });
        let description =
            description.with_context(|| format!("{} has no description", manifest.display()))?;
        Ok(Lesson {
            slug: slug.to_owned(),
            number,
            title: title.unwrap_or(&description).to_owned(),
            description,
            broken: names_in(&folder.join("src/bin"), ".rs"),
        })
    }

    /// What to type for it: its number, if it has one.
    pub fn name(&self) -> String {
        self.number.map_or(self.slug.clone(), |number| number.to_string())
    }

    /// "31. Two readers share one queue"
    pub fn heading(&self) -> String {
        self.number.map_or(self.title.clone(), |number| format!("{number}. {}", self.title))
    }

    /// What it has that is neither program nor golden file.
    ///
    /// # Errors
    /// If its lesson.toml is wrong: says where and how. If there is none, it has nothing of the kind.
    pub fn sheet(&self, curriculum: &Curriculum) -> Result<Sheet> {
        Sheet::read(self, &curriculum.root)
    }

    /// Is there such a broken variant?
    ///
    /// # Errors
    /// If there is none: with those that there are.
    pub fn check_broken(&self, name: &str) -> Result<()> {
        let (slug, broken) = (&self.slug, &self.broken);
        if broken.iter().any(|known| known == name) {
            return Ok(());
        }
        match golden::nearest(name, broken.clone()) {
            _ if broken.is_empty() => bail!("`{slug}` has no broken variant."),
            Some(near) => bail!("`{slug}` is not broken by `{name}`. Did you mean `{near}`?"),
            None => bail!("`{slug}` is not broken by `{name}`. It has: {}.", broken.join(", ")),
        }
    }
}

/// The title and the file of `- [title](file.md)`.
fn chapter(line: &str) -> Option<(&str, &str)> {
    let (before, to) = line.rsplit_once("](")?;
    Some((before.split_once('[')?.1, to.strip_suffix(".md)")?))
}

/// The names in a folder that end so, without that end, sorted. No folder has none.
fn names_in(folder: &Path, end: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(end)?.to_owned()))
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}
