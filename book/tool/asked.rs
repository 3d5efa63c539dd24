//! What a chapter asks before the program is run: can the one line come before the other? The questions stand in
//! the lesson's sheet. A no has the causes from the golden file; a yes has a run.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use curriculum::Question;
use golden::{Golden, Language, Link};

use crate::run;

/// Before this heading they are asked, after what the chapter asks by hand.
pub const SECTION: &str = "\n## Run it\n";

/// The questions of a lesson, and where it is.
#[derive(Default)]
pub struct Asked {
    pub slug: String,
    pub questions: Vec<Question>,
    pub root: PathBuf,
}

/// The chapter with its questions.
pub fn with_questions(text: &str, asked: &Asked) -> Result<String> {
    let Asked { slug, questions, root } = asked;
    let Some((before, after)) = text.split_once(SECTION).filter(|_| !questions.is_empty()) else {
        return Ok(text.to_owned());
    };
    let path = format!("tests/golden/{slug}.txt");
    let source = fs::read_to_string(root.join(&path)).with_context(|| path.clone())?;
    let golden = Golden::parse(&path, &source, Language::Rust)?;
    let mut text = before.to_owned();
    for (number, question) in (1..).zip(questions) {
        let wrong =
            || format!("lesson.toml of {slug}: {} before {}", question.line, question.before);
        let picture = match &question.code {
            None => String::new(),
            Some(_) => {
                let own = format!("tests/golden/{slug}/question-{number}.json");
                let picture = run::kept(root, &own)?;
                let how = || format!("`cargo lesson record {slug}` makes {own}");
                run::html(&picture.with_context(how)?, &path, "")
            }
        };
        text += &one(&golden, question, &picture).with_context(wrong)?;
    }
    Ok(text + SECTION + after)
}

/// `picture`: of a run in which it can, or nothing.
fn one(golden: &Golden, question: &Question, picture: &str) -> Result<String> {
    let meant = |what| golden.find(what).map_err(|error| anyhow!(error));
    let (first, second) = (meant(&question.line)?[0], meant(&question.before)?[0]);
    let because = question.because.as_deref();
    let mut answer = match &question.code {
        None => {
            let chain = golden.why_after(first, second);
            let step = |(number, Link { later, why, .. }): (usize, &Link)| {
                format!("{number}. {}: {}\n", coded(golden, *later), why.replace('*', "\\*"))
            };
            match chain.first() {
                Some(Link { earlier, .. }) => {
                    let begin = format!("No. In every run:\n\n1. {}\n", coded(golden, *earlier));
                    begin + &(2..).zip(&chain).map(step).collect::<String>()
                }
                // Nobody can drive it so, and there is no picture.
                None if golden.orders().is_none() && because.is_some() => "Yes.\n".to_owned(),
                None => bail!("the golden file does not forbid it, and there is no code"),
            }
        }
        Some(_) => match because {
            None => format!("Yes, as in this run:\n\n{picture}"),
            Some(because) => format!("Yes. {because} This run shows it:\n\n{picture}"),
        },
    };
    if let (None, Some(because)) = (&question.code, because) {
        answer += &format!("\n{because}\n");
    }
    let text = format!(
        "- {}\n\n<details>\n<summary>Answer</summary>\n\n{answer}\n</details>\n",
        asks(golden, first, second)
    );
    // All but the first line belongs to its item.
    let line = |(at, line): (usize, &str)| match line {
        "" => "\n".to_owned(),
        line if at == 0 => format!("{line}\n"),
        line => format!("  {line}\n"),
    };
    Ok(format!("\n{}", text.lines().enumerate().map(line).collect::<String>()))
}

/// In plain words.
fn asks(golden: &Golden, first: usize, second: usize) -> String {
    let ((one, this), (other, that)) = (said(golden, first), said(golden, second));
    if one == other || golden.is_on_stderr(first) {
        return format!("Can `{this}` come before `{that}`?");
    }
    format!("Can {one} say `{this}` before {other} says `{that}`?")
}

/// Who says a line, and what.
fn said(golden: &Golden, line: usize) -> (String, String) {
    let shown = golden.shown(line).unwrap_or_default();
    let (lane, text) = shown.split_once(" | ").unwrap_or(("", &shown));
    let who = match lane.trim_end() {
        "main" => "main".to_owned(),
        // A worker, whichever it is.
        lane => match lane.split_once(['*', '[']) {
            Some((kind, _)) => format!("a {}", kind.trim_end_matches('-')),
            None => format!("`{lane}`"),
        },
    };
    (who, without_holes(text))
}

fn coded(golden: &Golden, line: usize) -> String {
    let shown = golden.shown(line).unwrap_or_default();
    let (lane, text) = shown.split_once(" | ").unwrap_or(("", &shown));
    let mark = if golden.is_on_stderr(line) { '!' } else { '|' };
    format!("`{} {mark} {}`", lane.trim_end(), without_holes(text))
}

/// What differs from run to run is left open.
fn without_holes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        out += &rest[..at];
        let inside = &rest[at + 1..];
        let is_hole = inside.starts_with(|letter: char| letter.is_ascii_lowercase());
        match inside.split_once(']') {
            Some((_, after)) if is_hole => {
                out.push('…');
                rest = after;
            }
            _ => {
                out.push('[');
                rest = inside.strip_prefix('[').unwrap_or(inside);
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "main | starts two, as [pid:main]\nr-* | got 0  <- started by main\n\
                        r-* | got 1\na | is done  <- started by main\nmain | bye  <- joined r-*\n";

    fn question(line: &str, before: &str, code: Option<&str>, because: Option<&str>) -> Question {
        let own = |text: &str| text.to_owned();
        let (code, because) = (code.map(own), because.map(own));
        Question { line: own(line), before: own(before), code, because }
    }

    fn told(question: &Question) -> Result<String> {
        let golden = Golden::parse("file.txt", FILE, Language::Rust)?;
        one(&golden, question, "<svg/>\n")
    }

    #[test]
    fn a_question_is_asked_in_plain_words() {
        for (line, before, asked) in [
            ("got 1", "got 0", "- Can `got 1` come before `got 0`?"),
            ("a | is done", "bye", "- Can `a` say `is done` before main says `bye`?"),
            ("got 0", "1", "- Can a r say `got 0` before main says `starts two, as …`?"),
        ] {
            let told = told(&question(line, before, Some("x"), None)).unwrap();
            assert_eq!(told.lines().nth(1), Some(asked));
        }
        assert_eq!(without_holes("[[info] took [time] s"), "[info] took … s");
    }

    #[test]
    fn a_no_has_its_causes_and_a_yes_what_there_is_to_say() {
        let no = told(&question("bye", "1", None, Some("So it is."))).unwrap();
        let chain = "  No. In every run:\n\n  1. `main | starts two, as …`\n  2. `main | bye`: main says its \
                     lines in this order.\n\n  So it is.\n\n  </details>\n";
        assert!(no.ends_with(chain), "{no}");
        let all = told(&question("bye", "got 1", None, None)).unwrap();
        assert!(all.contains("main joined r-\\*. join"), "{all}");
        let yes = told(&question("got 1", "got 0", Some("x1"), Some("One is slow."))).unwrap();
        assert!(yes.contains("  Yes. One is slow. This run shows it:\n\n  <svg/>\n"), "{yes}");
        let undriven = told(&question("got 1", "got 0", None, Some("One is slow."))).unwrap();
        assert!(undriven.contains("  Yes.\n\n  One is slow.\n"), "{undriven}");
        assert!(told(&question("got 1", "got 0", None, None)).is_err(), "nothing forbids it");
        assert!(told(&question("got 7", "got 0", None, None)).is_err(), "there is no such line");
    }
}
