//! `list`: the lessons, part by part, and what was checked.

use anstream::println;
use anyhow::Result;

use crate::curriculum::Curriculum;
use crate::paint;
use crate::progress::Progress;

pub fn list(curriculum: &Curriculum, forget: bool) -> Result<()> {
    let progress = Progress::read()?;
    if forget {
        progress.forget()?;
        println!("Forgotten: {} is no more.", progress.file.display());
        return Ok(());
    }
    let width = curriculum.lessons().map(|lesson| lesson.slug.len()).max();
    for part in &curriculum.parts {
        println!("{}", paint::bold(&part.title));
        for lesson in &part.lessons {
            let slug = format!("{:width$}", lesson.slug, width = width.unwrap_or(0));
            let checked = match progress.has(&lesson.slug) {
                true => paint::good("ok"),
                false => "  ".to_owned(),
            };
            println!("  {checked} {}  {}", paint::bold(&slug), lesson.description);
            if !lesson.broken.is_empty() {
                let broken = format!("--broken {}", lesson.broken.join(", "));
                println!("     {}", paint::dim(&broken));
            }
        }
        println!();
    }
    let slug = curriculum.lessons().next().map_or("SLUG", |lesson| &lesson.slug);
    println!("Begin with `cargo lesson run {slug}`, then `cargo lesson check {slug}`; `ok` marks");
    println!("what you have checked. `cargo lesson --help` shows the other commands.");
    Ok(())
}
