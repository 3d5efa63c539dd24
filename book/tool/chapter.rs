//! What the preprocessor `lessons` changes in a chapter. A code block in the language `golden` is
//! shown with its causes, and a whole golden file with a picture of one of its runs; a block in `rust` and a block in `python` with nothing between them
//! become two tabs, the twin without what all twins have. Both are ordinary code blocks, so a chapter reads well without this program. Ids
//! of the tutorials' entries become links, the appendix gets the entries, and the glossary's terms are
//! collected in a table.

use std::ops::Range;
use std::path::Path;
use std::{fs, io};

use anyhow::{Context, Result};
use drawing::Picture;
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, parse_input};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::appendix::{self, Titles};
use crate::plan::{self, Plan};
use crate::tutorials::Tutorials;
use crate::{asked, margin, references, run, tasks, terms, twin};

/// Here a lesson's chapter says what its program prints, after the reader has been asked.
const PRINTED: &str = "What you see";

/// The preprocessor. It runs after mdBook's own `links`, so what a block includes is in it.
pub struct Lessons;

impl Preprocessor for Lessons {
    fn name(&self) -> &str {
        "lessons"
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let tutorials = Tutorials::read(&context.root)?;
        let entries = tutorials.by_id();
        let titles: Titles = book
            .chapters()
            .filter_map(|chapter| {
                let lesson = chapter.path.as_ref()?.file_stem()?.to_str()?.to_owned();
                Some((lesson, chapter.name.clone()))
            })
            .collect();
        let is_glossary = |path: Option<&Path>| path == Some(terms::GLOSSARY.as_ref());
        let glossary: String = book
            .chapters()
            .filter(|chapter| is_glossary(chapter.path.as_deref()))
            .map(|glossary| glossary.content.clone())
            .collect();
        let plan = Plan::default();
        let folder = context.root.join(&context.config.book.src);
        let root = context.root.parent().unwrap_or(&context.root);
        let mut done = Ok(());
        book.for_each_chapter_mut(|chapter| {
            let path = chapter.path.as_deref().unwrap_or("".as_ref()).display().to_string();
            let file = chapter.source_path.as_ref().map(|path| folder.join(path));
            let source = file.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
            let twins = included(&source, "python");
            let changed = references::linked(&path, &chapter.content, &entries)
                .and_then(|text| rewrite(&path, &text, &figures(root, &source)?, &twins))
                .and_then(|text| {
                    filled(text, appendix::MARKER, || appendix::markdown(&tutorials, &titles))
                })
                .and_then(|text| filled(text, terms::MARKER, || terms::table(&glossary, &titles)))
                .and_then(|text| filled(text, plan::CORE, || plan.core()))
                .and_then(|text| filled(text, plan::MINUTES, || plan.minutes()))
                .and_then(|text| filled(text, plan::ALL, || plan.all()))
                .and_then(|text| match text.contains(tasks::SECTION) {
                    true => Ok(tasks::with_commands(&text, plan.exercises_of(&path)?)),
                    false => Ok(text),
                })
                .and_then(|text| match text.contains(asked::SECTION) {
                    true => asked::with_questions(&text, &plan.asked_in(&path)?),
                    false => Ok(text),
                })
                .and_then(|text| match is_glossary(chapter.path.as_deref()) {
                    true => terms::marked(&text),
                    false => Ok(text),
                });
            match changed {
                Ok(text) => chapter.content = text,
                Err(error) if done.is_ok() => done = Err(error),
                Err(_) => {}
            }
        });
        done.map(|()| book)
    }
}

/// mdBook's protocol: the book and its context on one stream, the changed book on the other.
pub fn preprocess(from: impl io::Read, to: impl io::Write) -> Result<()> {
    let (context, book) = parse_input(from)?;
    let book = Lessons.run(&context, book)?;
    serde_json::to_writer(to, &book).context("mdBook does not read the chapters")
}

/// With what belongs in the place of the marker, if it is there.
fn filled(text: String, marker: &str, what: impl FnOnce() -> Result<String>) -> Result<String> {
    match text.split_once(marker) {
        None => Ok(text),
        Some((before, after)) => Ok(format!("{before}{}{after}", what()?)),
    }
}

/// What each block in this language includes, or nothing, in a chapter in which nothing is included
/// yet.
fn included(source: &str, language: &str) -> Vec<String> {
    let blocks = blocks(source).into_iter().filter(|block| block.language == language);
    let link = |code: &str| {
        let link = code.trim().strip_prefix("{{#include ")?.split_once("}}")?.0;
        Some(link.trim_start_matches("../").to_owned())
    };
    blocks.map(|block| link(&block.code).unwrap_or_default()).collect()
}

/// What is known of a golden block.
#[derive(Default)]
struct Figure {
    /// What stands above it.
    caption: String,
    /// If it shows a whole file: which one, below the root.
    file: Option<String>,
    /// The picture beside that file.
    picture: Option<Picture>,
}

/// What is known of each golden block.
fn figures(root: &Path, source: &str) -> Result<Vec<Figure>> {
    let figure = |link: String| {
        let caption = caption(&link);
        if link.is_empty() || link.contains(':') {
            return Ok(Figure { caption, ..Figure::default() });
        }
        let picture = match link.strip_suffix(".txt") {
            Some(name) => run::kept(root, &format!("{name}.json"))?,
            None => None,
        };
        Ok(Figure { caption, file: Some(link), picture })
    };
    included(source, "golden").into_iter().map(figure).collect()
}

/// `a.txt` includes the whole file, `a.txt:2:8` some lines.
fn caption(link: &str) -> String {
    match link.split_once(':') {
        None if link.is_empty() => "A golden file".to_owned(),
        None => format!("The golden file <code>{link}</code>"),
        Some((file, _)) => format!("From the golden file <code>{file}</code>"),
    }
}

fn rewrite(chapter: &str, source: &str, figures: &[Figure], files: &[String]) -> Result<String> {
    let blocks = blocks(source);
    let mut blocks = blocks.iter().peekable();
    let mut figures = figures.iter();
    let unknown = Figure::default();
    let mut files = files.iter();
    let mut python = |block: &Block| {
        let file = files.next().map_or("", String::as_str);
        twin::shortened(&source[block.place.clone()], file)
    };
    let mut text = String::new();
    let mut at = 0;
    while let Some(block) = blocks.next() {
        text += &source[at..block.place.start];
        at = block.place.end;
        let written = &source[block.place.clone()];
        if block.language == "golden" {
            let name = format!("a golden block of {chapter}");
            let Figure { caption, file, picture } = figures.next().unwrap_or(&unknown);
            let file = file.as_deref();
            let mut figure = margin::html(&name, caption, &block.code, file)?;
            if let (Some(picture), Some(file)) = (picture, file) {
                figure += &run::html(picture, file, &run::caption(picture));
            }
            text += &match block.section == PRINTED {
                true => folded(&figure),
                false => figure,
            };
        } else if block.language == "rust"
            && let Some(twin) = blocks.next_if(|next| {
                next.language == "python" && source[at..next.place.start].trim().is_empty()
            })
        {
            at = twin.place.end;
            text += &twins(written, &python(twin));
        } else if block.language == "python" {
            text += &python(block);
        } else {
            text += written;
        }
    }
    Ok(text + &source[at..])
}

fn folded(figure: &str) -> String {
    format!(
        "<details class=\"printed\">\n<summary>Show what it prints</summary>\n{figure}</details>\n"
    )
}

/// One below the other, each with its name. Where the script runs, the reader's choice hides one.
fn twins(rust: &str, python: &str) -> String {
    format!(
        r#"<div class="twins">
<div class="rust-only">
<p class="language">Rust</p>

{rust}

</div>
<div class="python-only">
<p class="language">Python</p>

{python}

</div>
</div>
"#
    )
}

struct Block {
    language: String,
    code: String,
    /// The heading above it, of the second level.
    section: String,
    /// With its fences.
    place: Range<usize>,
}

/// The fenced code blocks that stand in no list, quotation or the like.
fn blocks(source: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut section = String::new();
    let mut in_heading = false;
    let mut depth = 0;
    for (event, place) in Parser::new(source).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                if let (0, Tag::CodeBlock(CodeBlockKind::Fenced(info))) = (depth, &tag) {
                    let language = info.split([' ', ',']).next().unwrap_or("").to_owned();
                    let (code, section) = (String::new(), section.clone());
                    blocks.push(Block { language, code, section, place });
                }
                if let Tag::Heading { level: HeadingLevel::H2, .. } = tag {
                    section.clear();
                    in_heading = true;
                }
                depth += 1;
            }
            Event::End(tag) => {
                in_heading &= !matches!(tag, TagEnd::Heading(_));
                depth -= 1;
            }
            Event::Text(text) if in_heading => section += &text,
            Event::Text(text) => match blocks.last_mut() {
                Some(block) if block.place.contains(&place.start) => block.code += &text,
                _ => {}
            },
            _ => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_text_stays() {
        let source = "# A\n\n```rust\nfn a() {}\n```\n\nbetween\n\n```python\npass\n```\n\n- b\n\n  ```golden\n  x\n  ```\n";
        assert_eq!(rewrite("a.md", source, &[], &[]).unwrap(), source);
    }

    #[test]
    fn both_twins_are_there() {
        let source = "```rust\na\n```\n\n```python\nb\n```\n";
        let text = rewrite("a.md", &format!("{source}\nbetween\n\n{source}end"), &[], &[]).unwrap();
        let (rust, python) = (
            "<div class=\"rust-only\">\n<p class=\"language\">Rust</p>\n\n```rust\na\n```\n\n</div>",
            "<div class=\"python-only\">\n<p class=\"language\">Python</p>\n\n```python\nb\n```\n\n</div>",
        );
        assert_eq!(text.matches(rust).count(), 2, "{text}");
        assert_eq!(text.matches(python).count(), 2, "{text}");
        assert!(text.ends_with("</div>\n\nend"), "{text}");
    }

    #[test]
    fn a_figure_is_named_and_what_is_to_be_predicted_is_folded() {
        let block = "```golden\n{{#include ../../tests/golden/a.txt}}\n```\n";
        let source = format!("## Predict\n\n## What *you* see\n\n{block}\n## Why\n\n{block}");
        let mut figures = figures("/nowhere".as_ref(), &source).unwrap();
        figures[0].picture = Some(Picture { title: "a".to_owned(), ..Picture::default() });
        let source = source.replace("{{#include ../../tests/golden/a.txt}}", "main | a");
        let text = rewrite("a.md", &source, &figures, &[]).unwrap();
        let figure = "<figure class=\"golden\" data-file=\"tests/golden/a.txt\">\n\
                      <figcaption>The golden file <code>tests/golden/a.txt</code></figcaption>\n";
        assert_eq!(text.matches(figure).count(), 2, "{text}");
        let (before, after) = text.split_once("## Why").unwrap();
        assert!(before.contains(&format!("</summary>\n{figure}")), "{text}");
        assert!(before.trim_end().ends_with("</svg>\n</figure>\n</details>"), "{text}");
        assert!(!after.contains("details"), "{text}");
    }

    #[test]
    fn a_caption_says_whether_it_is_the_whole_file() {
        let captions_of = |code: &str| -> Vec<String> {
            let source = format!("```golden\n{code}```\n");
            let figures = figures("/nowhere".as_ref(), &source).unwrap();
            figures.into_iter().map(|figure| figure.caption).collect()
        };
        let whole = captions_of("{{#include ../../tests/golden/a.txt}}\n");
        assert_eq!(whole, ["The golden file <code>tests/golden/a.txt</code>"]);
        let lines = captions_of("{{#include ../a.txt:2:8}}\n{{#include ../a.txt:18}}\n");
        assert_eq!(lines, ["From the golden file <code>a.txt</code>"]);
        assert_eq!(captions_of("main | a\n"), ["A golden file"]);
    }

    #[test]
    fn a_golden_block_that_cannot_be_read_fails_the_build() {
        let error =
            rewrite("a.md", "```golden\nmain | b  <- joned c\n```\n", &[], &[]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("a golden block of a.md:1:14"), "{text}");
        assert!(text.contains("nearest valid form: joined c"), "{text}");
    }
}
