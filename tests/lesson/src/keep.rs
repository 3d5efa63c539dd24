//! What a run did, kept in files: a record, and a picture of it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, process};

use anyhow::{Context, Result};
use driving::Record;

use crate::arguments::Keep;
use crate::output::warn;
use crate::program::Program;

impl Keep {
    pub fn is_wanted(&self) -> bool {
        self.record.is_some() || self.perfetto.is_some()
    }

    /// A file that cannot be written costs a warning, and not the verdict.
    pub fn keep(&self, record: &Record) {
        let picture = |to: &mut dyn Write| writeln!(to, "{}", record.perfetto());
        let kept = [
            self.record.as_deref().map(|path| write(path, &|to| record.write(to))),
            self.perfetto.as_deref().map(|path| write(path, &picture)),
        ];
        kept.into_iter().flatten().filter_map(Result::err).for_each(|error| warn(&error));
    }
}

fn write(path: &Path, what: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let written = File::create(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        what(&mut file)?;
        file.flush()
    });
    written.with_context(|| format!("the run was not kept in {}", path.display()))
}

/// The file to which the processes of a run that nobody drives append what they do. Dropped, it is gone.
pub struct Appended {
    path: PathBuf,
}

impl Appended {
    pub fn new(command: &mut Command) -> Result<Appended> {
        let path = env::temp_dir().join(format!("lesson-record-{}", process::id()));
        File::create_new(&path)
            .with_context(|| format!("the run is not recorded in {}", path.display()))?;
        command.env("LESSON_RECORD", &path);
        Ok(Appended { path })
    }

    pub fn record(&self, program: &Program) -> Result<Record> {
        let told = fs::read(&self.path).context("cannot read what the processes recorded")?;
        let told = String::from_utf8_lossy(&told);
        Ok(Record::appended(&program.slug, program.broken.as_deref(), &told))
    }
}

impl Drop for Appended {
    fn drop(&mut self) {
        // One that cannot be removed harms nobody.
        let _ = fs::remove_file(&self.path);
    }
}
