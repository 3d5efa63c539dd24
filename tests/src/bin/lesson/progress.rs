//! What the learner has checked: one small file under the target directory, a title a line.
//! `LESSON_PROGRESS` names another one: tests are not the learner.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{env, fs, io};

use anyhow::{Context, Result};

use crate::curriculum::ROOT;
use crate::program::profile_folder;

pub struct Progress {
    pub file: PathBuf,
    checked: BTreeSet<String>,
}

impl Progress {
    pub fn read() -> Result<Progress> {
        let profile = profile_folder()?;
        let target = profile.parent().context("target/PROFILE has a parent")?;
        let folder = env::var_os(ROOT).map_or(target.to_owned(), PathBuf::from);
        let file = env::var_os("LESSON_PROGRESS")
            .map_or_else(|| folder.join("lesson-progress.txt"), PathBuf::from);
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text.with_context(|| format!("cannot read {}", file.display()))?,
        };
        let checked = text.lines().map(str::to_owned).collect();
        Ok(Progress { file, checked })
    }

    pub fn has(&self, title: &str) -> bool {
        self.checked.contains(title)
    }

    pub fn add(&mut self, title: String) -> Result<()> {
        if self.checked.insert(title) {
            let lines: Vec<&str> = self.checked.iter().map(String::as_str).collect();
            fs::write(&self.file, lines.join("\n") + "\n")
                .with_context(|| format!("cannot write {}", self.file.display()))?;
        }
        Ok(())
    }

    pub fn forget(&self) -> Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done.with_context(|| format!("cannot remove {}", self.file.display())),
        }
    }
}
