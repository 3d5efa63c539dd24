//! Keeps a copy of the lessons' programs as they are when this is built first: to reset one where there is
//! no git.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Only once, for a learner edits them.
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name| PathBuf::from(env::var_os(name).expect("cargo sets it"));
    let copy = variable("OUT_DIR").join("originals");
    println!("cargo::rustc-env=LESSONS_ORIGINALS={}", copy.display());
    if copy.exists() {
        return Ok(());
    }
    let lessons = variable("CARGO_MANIFEST_DIR").join("../../lessons");
    for lesson in fs::read_dir(lessons)? {
        let lesson = lesson?;
        let to = copy.join("lessons").join(lesson.file_name());
        for folder in ["src", "src/bin"] {
            copy_programs(&lesson.path().join(folder), &to.join(folder))?;
        }
    }
    Ok(())
}

fn copy_programs(from: &Path, to: &Path) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
    fs::create_dir_all(to)?;
    for entry in entries {
        let entry = entry?;
        if entry.path().extension().is_some_and(|end| end == "rs") {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
