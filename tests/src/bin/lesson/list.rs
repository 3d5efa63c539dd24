//! `list`: the lessons, part by part, what was checked, and what is next.

use std::fmt::Write as _;

use anyhow::Result;

use crate::curriculum::Curriculum;
use crate::output::{note, tell, tell_lines};
use crate::paint;
use crate::progress::Progress;

pub fn list(curriculum: &Curriculum, forget: bool) -> Result<()> {
    if forget {
        let file = Progress::forget(curriculum)?;
        return tell(format!("Forgotten: {} is no more.\n", file.display()));
    }
    let (progress, warning) = match Progress::read(curriculum) {
        Ok(progress) => (progress, None),
        Err(error) => (Progress::default(), Some(error)),
    };
    let next = progress.next(curriculum).map(|lesson| &lesson.slug);
    let mut text = String::new();
    let width = curriculum.lessons().map(|lesson| lesson.title.chars().count()).max().unwrap_or(0);
    for part in &curriculum.parts {
        writeln!(text, "{}", paint::bold(&part.title))?;
        for lesson in &part.lessons {
            let mark = match progress.is_done(lesson) {
                true => paint::good("ok  "),
                false if next == Some(&lesson.slug) => paint::bold("next"),
                false => "    ".to_owned(),
            };
            let number = lesson.number.map_or(String::new(), |number| format!("{number}."));
            let (title, slug) = (&lesson.title, paint::dim(&lesson.slug));
            writeln!(text, "{mark} {number:>3} {title:width$}  {slug}")?;
        }
        text += "\n";
    }
    let done = curriculum.lessons().filter(|lesson| progress.is_done(lesson)).count();
    let all = curriculum.lessons().count();
    writeln!(text, "You have checked {done} of {all} lessons.\n")?;
    let name = curriculum.lessons().find(|lesson| next == Some(&lesson.slug));
    let name = name.or(curriculum.lessons().next()).map_or("1".to_owned(), |lesson| lesson.name());
    writeln!(
        text,
        "  {:22} what it is, and how to run, check and break it\n  \
           cargo lesson check     runs and judges the next one\n  \
           cargo lesson --help    shows the other commands",
        format!("cargo lesson {name}")
    )?;
    tell_lines(&text)?;
    if let Some(error) = warning {
        note(format!("{}: {error:#}", paint::bad("warning")));
    }
    Ok(())
}
