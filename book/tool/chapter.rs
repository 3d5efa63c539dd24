//! What the preprocessor `lessons` changes in a chapter. A code block in the language `golden` is
//! shown with its causes; a block in `rust` and a block in `python` with nothing between them
//! become two tabs. Both are ordinary code blocks, so a chapter reads well without this program. Ids
//! of the tutorials' entries become links, the appendix gets the entries, and the glossary's terms are
//! collected in a table.

use std::io;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, parse_input};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

use crate::appendix::{self, Titles};
use crate::tutorials::Tutorials;
use crate::{margin, references, terms};

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
        let mut done = Ok(());
        book.for_each_chapter_mut(|chapter| {
            let path = chapter.path.as_deref().unwrap_or("".as_ref()).display().to_string();
            let source = &chapter.content;
            let changed = references::linked(&path, source, &entries)
                .and_then(|source| rewrite(&path, &source))
                .and_then(|text| {
                    filled(text, appendix::MARKER, || appendix::markdown(&tutorials, &titles))
                })
                .and_then(|text| filled(text, terms::MARKER, || terms::table(&glossary, &titles)))
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

fn rewrite(chapter: &str, source: &str) -> Result<String> {
    let blocks = blocks(source);
    let mut blocks = blocks.iter().peekable();
    let mut text = String::new();
    let mut at = 0;
    while let Some(block) = blocks.next() {
        text += &source[at..block.place.start];
        at = block.place.end;
        let written = &source[block.place.clone()];
        if block.language == "golden" {
            let name = format!("a golden block of {chapter}");
            text += &margin::html(&name, &block.code)?;
        } else if block.language == "rust"
            && let Some(twin) = blocks.next_if(|next| {
                next.language == "python" && source[at..next.place.start].trim().is_empty()
            })
        {
            at = twin.place.end;
            text += &twins(chapter, block, written, &source[twin.place.clone()]);
        } else {
            text += written;
        }
    }
    Ok(text + &source[at..])
}

/// One name keeps one of the two open: the page on which all chapters stand for printing has
/// many such pairs.
fn twins(chapter: &str, block: &Block, rust: &str, python: &str) -> String {
    let name = format!("{}-{}", chapter.replace(['/', '.'], "-"), block.place.start);
    format!(
        r#"<div class="twins">
<details name="{name}" open>
<summary>Rust</summary>

{rust}

</details>
<details name="{name}">
<summary>Python</summary>

{python}

</details>
</div>
"#
    )
}

struct Block {
    language: String,
    code: String,
    /// With its fences.
    place: Range<usize>,
}

/// The fenced code blocks that stand in no list, quotation or the like.
fn blocks(source: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut depth = 0;
    for (event, place) in Parser::new(source).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                if let (0, Tag::CodeBlock(CodeBlockKind::Fenced(info))) = (depth, &tag) {
                    let language = info.split([' ', ',']).next().unwrap_or("").to_owned();
                    let code = String::new();
                    blocks.push(Block { language, code, place });
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
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
        assert_eq!(rewrite("a.md", source).unwrap(), source);
    }

    #[test]
    fn twins_have_a_name_of_their_own() {
        let source = "```rust\na\n```\n\n```python\nb\n```\n";
        let text = rewrite("part/a.md", &format!("{source}\nbetween\n\n{source}end")).unwrap();
        assert_eq!(text.matches(r#"<details name="part-a-md-0""#).count(), 2);
        assert_eq!(text.matches(r#"<details name="part-a-md-"#).count(), 4);
        assert_eq!(text.matches("\n\n```rust\na\n```\n\n</details>").count(), 2);
        assert_eq!(text.matches("\n\n```python\nb\n```\n\n</details>").count(), 2);
        assert!(text.ends_with("</div>\n\nend"), "{text}");
    }

    #[test]
    fn a_golden_block_that_cannot_be_read_fails_the_build() {
        let error = rewrite("a.md", "```golden\nmain | b  <- joned c\n```\n").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("a golden block of a.md:1:14"), "{text}");
        assert!(text.contains("nearest valid form: joined c"), "{text}");
    }
}
