//! `list`: the lessons, part by part, and what was checked.

use std::fmt::Write as _;

use anyhow::Result;

use crate::curriculum::Curriculum;
use crate::output::{note, tell};
use crate::paint;
use crate::progress::Progress;

pub fn list(curriculum: &Curriculum, forget: bool) -> Result<()> {
    if forget {
        let file = Progress::forget()?;
        return tell(format!("Forgotten: {} is no more.\n", file.display()));
    }
    let progress = Progress::read();
    let mut text = String::new();
    let width = curriculum.lessons().map(|lesson| lesson.slug.len()).max();
    for part in &curriculum.parts {
        writeln!(text, "{}", paint::bold(&part.title))?;
        for lesson in &part.lessons {
            let slug = format!("{:width$}", lesson.slug, width = width.unwrap_or(0));
            let checked = match &progress {
                Ok(progress) if progress.has(&lesson.slug) => paint::good("ok"),
                _ => "  ".to_owned(),
            };
            writeln!(text, "  {checked} {}  {}", paint::bold(&slug), lesson.description)?;
            if !lesson.broken.is_empty() {
                let broken = format!("--broken {}", lesson.broken.join(", "));
                writeln!(text, "     {}", paint::dim(&broken))?;
            }
        }
        text += "\n";
    }
    let slug = curriculum.lessons().next().map_or("SLUG", |lesson| &lesson.slug);
    writeln!(
        text,
        "Begin with `cargo lesson run {slug}`, then `cargo lesson check {slug}`; `ok` marks\n\
         what you have checked. `cargo lesson --help` shows the other commands."
    )?;
    tell(text)?;
    if let Err(error) = progress {
        note(format!("{}: {error:#}", paint::bad("warning")));
    }
    Ok(())
}
