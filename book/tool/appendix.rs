//! The appendix: all entries of the tutorials, with verdict, truth and the chapter that treats them.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::tutorials::{Entry, Tutorials, Verdict};

/// Where they stand in the page.
pub const MARKER: &str = "<!-- all entries of tutorials.toml -->";

/// A chapter's title by its lesson.
pub type Titles = BTreeMap<String, String>;

/// Markdown within HTML: the classes are for the style sheet, the text is mdBook's to read.
pub fn markdown(tutorials: &Tutorials, titles: &Titles) -> Result<String> {
    let mut text = counts(tutorials);
    for tutorial in &tutorials.tutorials {
        text += &format!("\n## Tutorial {}\n\n{}\n", tutorial.number, tutorial.about);
        let listings = tutorials
            .listings
            .iter()
            .filter(|listing| tutorial.has(&listing.id))
            .map(|listing| item(&listing.entry(), None, "", titles))
            .collect::<Result<Vec<String>>>()?;
        text += &list("Listings", &listings);
        let statements = tutorials
            .statements
            .iter()
            .filter(|statement| tutorial.has(&statement.id))
            .map(|statement| item(&statement.entry(), Some(statement.verdict), "", titles))
            .collect::<Result<Vec<String>>>()?;
        text += &list("Statements", &statements);
    }
    let errors = tutorials
        .errors
        .iter()
        .map(|error| {
            let numbers: Vec<String> = error.tutorials.iter().map(u32::to_string).collect();
            let place = match &numbers[..] {
                [one] => format!("Tutorial {one}: "),
                several => format!("Tutorials {}: ", several.join(", ")),
            };
            item(&error.entry(), None, &place, titles)
        })
        .collect::<Result<Vec<String>>>()?;
    text += "\n## Errors\n\nWhat the tutorials get wrong, each once, whichever of them say it.\n";
    Ok(text + &list("", &errors))
}

fn counts(tutorials: &Tutorials) -> String {
    let numbers: String =
        tutorials.tutorials.iter().map(|tutorial| format!("{} | ", tutorial.number)).collect();
    let mut text = format!(
        "| statements of tutorial | {numbers}all |\n|---|{}\n",
        "--:|".repeat(tutorials.tutorials.len() + 1)
    );
    let mut row = |name: &str, is_counted: &dyn Fn(Verdict) -> bool| {
        let counted = || tutorials.statements.iter().filter(|s| is_counted(s.verdict));
        text += &format!("| {name} | ");
        for tutorial in &tutorials.tutorials {
            text += &format!("{} | ", counted().filter(|s| tutorial.has(&s.id)).count());
        }
        text += &format!("{} |\n", counted().count());
    };
    for verdict in Verdict::ALL {
        row(&verdict.to_string(), &|other| other == verdict);
    }
    row("all", &|_| true);
    text + &format!(
        "\n{} listings, {} statements, {} errors.\n",
        tutorials.listings.len(),
        tutorials.statements.len(),
        tutorials.errors.len()
    )
}

fn list(title: &str, items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let heading = match title {
        "" => String::new(),
        title => format!("\n### {title}\n"),
    };
    format!("{heading}\n<ul class=\"entries\">\n{}</ul>\n", items.concat())
}

fn item(entry: &Entry, verdict: Option<Verdict>, place: &str, titles: &Titles) -> Result<String> {
    let Entry { id, lesson, says, truth } = entry;
    let chapter = match titles.get(*lesson) {
        Some(title) => format!("[{title}]({lesson}.md#what-the-tutorials-say)"),
        None => bail!("tutorials.toml: {id} is of {lesson}; there is no such chapter"),
    };
    let verdict = verdict.map_or(String::new(), |verdict| {
        format!(" <span class=\"verdict {verdict}\">{verdict}</span>")
    });
    // As in the chapters, a claim is in italics.
    let says = match id.starts_with('S') {
        true => (*says).to_owned(),
        false => format!("<em>{says}</em>"),
    };
    let truth = truth.map_or(String::new(), |truth| format!("{truth} "));
    Ok(format!(
        "<li id=\"{id}\">\n\n[{id}](#{id}){verdict} {place}{says}\n\n{truth}<span class=\"treated\">{chapter}</span>\n\n</li>\n"
    ))
}
