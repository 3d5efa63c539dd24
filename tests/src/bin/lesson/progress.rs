//! What the learner has checked: one small file under the target directory, a title a line.
//! `LESSON_PROGRESS` names another one: tests are not the learner.
//!
//! Lines are only added, each in one write to the file's end, so that several checks at once lose
//! none. It is a side matter: no verdict depends on it.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::program::profile_folder;

const FILE: &str = "lesson-progress.txt";

pub struct Progress {
    pub file: PathBuf,
    checked: BTreeSet<String>,
    /// Does its last line lack its end? An editor may have left it so.
    is_open: bool,
}

impl Progress {
    pub fn read() -> Result<Progress> {
        Progress::of(file()?)
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

    pub fn has(&self, title: &str) -> bool {
        self.checked.contains(title)
    }

    pub fn add(&self, title: &str) -> Result<()> {
        if self.has(title) {
            return Ok(());
        }
        let before = if self.is_open { "\n" } else { "" };
        let line = format!("{before}{title}\n");
        let file = OpenOptions::new().create(true).append(true).open(&self.file);
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .with_context(|| advice("write", &self.file))
    }

    pub fn forget() -> Result<PathBuf> {
        let file = file()?;
        match fs::remove_file(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done.with_context(|| advice("remove", &file))?,
        }
        Ok(file)
    }
}

fn file() -> Result<PathBuf> {
    if let Some(file) = env::var_os("LESSON_PROGRESS") {
        return Ok(file.into());
    }
    let profile = profile_folder()?;
    let target = profile.parent().context("target/PROFILE has a parent")?;
    Ok(env::var_os("LESSON_ROOT").map_or(target.to_owned(), PathBuf::from).join(FILE))
}

fn advice(what: &str, file: &std::path::Path) -> String {
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
        for (number, check) in checks.iter().enumerate() {
            check.add(&format!("lesson {number}")).unwrap();
        }
        let after = Progress::of(file.clone()).unwrap();
        fs::remove_file(&file).unwrap();
        assert!(after.has("queue") && (0..40).all(|number| after.has(&format!("lesson {number}"))));
    }
}
