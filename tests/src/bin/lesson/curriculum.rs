//! What there is to learn, read from the one place where each thing stands: the order of the
//! lessons from the book's summary, a description from its lesson's Cargo.toml.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

pub struct Curriculum {
    pub root: PathBuf,
    pub parts: Vec<Part>,
}

pub struct Part {
    pub title: String,
    pub lessons: Vec<Lesson>,
}

pub struct Lesson {
    pub slug: String,
    pub description: String,
    /// The names of its broken variants.
    pub broken: Vec<String>,
}

impl Curriculum {
    pub fn read() -> Result<Curriculum> {
        let root = &golden::checkout()?;
        let summary = root.join("book/src/SUMMARY.md");
        let text = fs::read_to_string(&summary)
            .with_context(|| format!("cannot read {}", summary.display()))?;
        // Cargo takes no file for a member either.
        let lessons = root.join("lessons");
        let mut rest = names_in(&lessons, "");
        rest.retain(|slug| lessons.join(slug).is_dir());
        let mut parts = Vec::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("# ") {
                let (title, lessons) = (title.to_owned(), Vec::new());
                parts.push(Part { title, lessons });
            }
            let chapter = line.rsplit_once("](").and_then(|(_, to)| to.strip_suffix(".md)"));
            let Some(slug) = chapter.filter(|slug| rest.iter().any(|known| known == slug)) else {
                continue;
            };
            // Before the first part's title it is in no part.
            let Some(part) = parts.last_mut() else { continue };
            part.lessons.push(Lesson::read(root, slug)?);
            rest.retain(|other| other != slug);
        }
        parts.retain(|part| !part.lessons.is_empty());
        if !rest.is_empty() {
            let lessons = rest.iter().map(|slug| Lesson::read(root, slug));
            parts.push(Part {
                title: "Not in the book yet".to_owned(),
                lessons: lessons.collect::<Result<_>>()?,
            });
        }
        let root = root.to_owned();
        Ok(Curriculum { root, parts })
    }

    pub fn lessons(&self) -> impl Iterator<Item = &Lesson> {
        self.parts.iter().flat_map(|part| &part.lessons)
    }

    pub fn lesson(&self, slug: &str) -> Result<&Lesson> {
        if let Some(lesson) = self.lessons().find(|lesson| lesson.slug == slug) {
            return Ok(lesson);
        }
        let near = golden::nearest(slug, self.lessons().map(|lesson| lesson.slug.clone()));
        let near = near.map_or(String::new(), |near| format!(" Did you mean `{near}`?"));
        bail!("there is no lesson `{slug}`.{near} `cargo lesson list` shows them all.")
    }
}

impl Lesson {
    fn read(root: &Path, slug: &str) -> Result<Lesson> {
        let folder = root.join("lessons").join(slug);
        let manifest = folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("cannot read {}", manifest.display()))?;
        let description = text.lines().find_map(|line| {
            let value = line.strip_prefix("description")?.trim_start();
            Some(value.strip_prefix('=')?.trim().trim_matches('"').to_owned())
        });
        Ok(Lesson {
            slug: slug.to_owned(),
            description: description
                .with_context(|| format!("{} has no description", manifest.display()))?,
            broken: names_in(&folder.join("src/bin"), ".rs"),
        })
    }

    /// Is there such a broken variant?
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
