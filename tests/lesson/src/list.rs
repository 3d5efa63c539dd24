//! `list`: the lessons, part by part, what was checked, and what is next.

use std::io;

use anyhow::{Result, anyhow};
use golden::{Row, Tone};

use crate::output::{tell, tell_rows, warn, width};
use crate::progress::Progress;
use curriculum::{Curriculum, Lesson};

pub fn list(curriculum: &Curriculum, forget: bool, all: bool) -> Result<()> {
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
    let needed = "next 31. ".len() + title_width + 2 + slug_width;
    let has_room = width(io::stdout()) >= needed;
    let has_more_room = width(io::stdout()) >= needed + "  12 min after 30, 31".len();
    let path = curriculum.path();
    let parts: Vec<(&str, Vec<&Lesson>)> = match &curriculum.course {
        Ok(Some(course)) if !all => vec![(&course.title, path.clone())],
        _ => curriculum
            .parts
            .iter()
            .map(|part| (&*part.title, part.lessons.iter().collect()))
            .collect(),
    };
    let mut rows = Vec::new();
    for (title, lessons) in parts {
        rows.push(Row::new(0).toned(Tone::Strong, title));
        for lesson in lessons {
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
                    let effort = if has_more_room { effort(curriculum, lesson) } else { None };
                    let slug = match effort {
                        Some(effort) => format!("{:slug_width$}  {effort}", lesson.slug),
                        None => lesson.slug.clone(),
                    };
                    row.plain(format!("{title:title_width$}  ")).toned(Tone::Faint, slug)
                }
                false => row.plain(title),
            });
        }
        rows.push(Row::default());
    }
    let done = path.iter().filter(|lesson| progress.is_done(lesson)).count();
    let mut sum = format!("You have checked {done} of {} lessons", path.len());
    sum += match &curriculum.course {
        Ok(Some(_)) if !all => " of this course. Those of the whole book: cargo lesson list --all",
        Ok(Some(_)) => " of your course.",
        _ => ".",
    };
    rows.push(Row::new(0).plain(sum));
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
    for error in warning
        .into_iter()
        .chain(curriculum.course.as_ref().err().map(|wrong| anyhow!(wrong.clone())))
    {
        warn(&error);
    }
    Ok(())
}

/// How long it takes, and after which others, by their numbers. A sheet that cannot be read costs only this.
fn effort(curriculum: &Curriculum, lesson: &Lesson) -> Option<String> {
    let sheet = lesson.sheet(curriculum).ok()?;
    let minutes = format!("{} min", sheet.minutes?);
    let number = |slug: &String| curriculum.find(slug).map(Lesson::name);
    let after: Vec<String> = sheet.after.iter().filter_map(number).collect();
    Some(match after.as_slice() {
        [] => minutes,
        after => format!("{minutes} after {}", after.join(", ")),
    })
}
