//! `list`: the lessons, part by part, what was checked, and what is next.

use std::io;

use anyhow::Result;
use golden::{Row, Tone};

use crate::output::{tell, tell_rows, warn, width};
use crate::progress::Progress;
use curriculum::{Curriculum, Lesson};

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
    let longest =
        |of: fn(&Lesson) -> &str| curriculum.lessons().map(|lesson| of(lesson).len()).max();
    let title_width = longest(|lesson| &lesson.title).unwrap_or(0);
    let slug_width = longest(|lesson| &lesson.slug).unwrap_or(0);
    // Where there is no room for the names, the numbers do as well.
    let has_room = width(io::stdout()) >= "next 31. ".len() + title_width + 2 + slug_width;
    let mut rows = Vec::new();
    for part in &curriculum.parts {
        rows.push(Row::new(0).toned(Tone::Strong, &part.title));
        for lesson in &part.lessons {
            let (tone, mark) = match progress.is_done(lesson) {
                true => (Tone::Good, "ok  "),
                false if next == Some(&lesson.slug) => (Tone::Strong, "next"),
                false => (Tone::Plain, "    "),
            };
            let number = lesson.number.map_or(String::new(), |number| format!("{number}."));
            let row = Row::new(0).toned(tone, mark).plain(format!(" {number:>3} ")).hanging();
            let title = &lesson.title;
            rows.push(match has_room {
                true => {
                    row.plain(format!("{title:title_width$}  ")).toned(Tone::Faint, &lesson.slug)
                }
                false => row.plain(title),
            });
        }
        rows.push(Row::default());
    }
    let done = curriculum.lessons().filter(|lesson| progress.is_done(lesson)).count();
    let all = curriculum.lessons().count();
    rows.push(Row::new(0).plain(format!("You have checked {done} of {all} lessons.")));
    rows.push(Row::default());
    let name = curriculum.lessons().find(|lesson| next == Some(&lesson.slug));
    let name = name.or(curriculum.lessons().next()).map_or("1".to_owned(), |lesson| lesson.name());
    for (command, does) in [
        (name.as_str(), "what it is, and how to run, check and break it"),
        ("check", "runs and judges the next one"),
        ("--help", "shows the other commands"),
    ] {
        let command = format!("cargo lesson {command:8} ");
        rows.push(Row::text(command).hanging().plain(does));
    }
    tell_rows(&rows)?;
    if let Some(error) = warning {
        warn(&error);
    }
    Ok(())
}
