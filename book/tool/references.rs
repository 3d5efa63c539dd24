//! `[C1-12]` in a chapter is a link to that entry in the appendix. The links are Markdown's own: the
//! chapter is given a definition for each id that it names, so nothing in code is touched.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use pulldown_cmark::{BrokenLink, Options, Parser};

use crate::tutorials::{Entry, numbers};

/// The page that has an anchor for each id.
const APPENDIX: &str = "tutorials.md";

/// The ids that stand in square brackets outside of code; an error if one is unknown.
pub fn named(
    chapter: &str,
    source: &str,
    entries: &BTreeMap<&str, Entry>,
) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let callback = |link: BrokenLink| {
        found.insert(link.reference.into_string());
        None
    };
    // As mdBook reads its chapters: `[x]: …` within a footnote is not a definition, for example.
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_TASKLISTS;
    Parser::new_with_broken_link_callback(source, options, Some(callback)).for_each(drop);

    let mut ids = BTreeSet::new();
    for text in found {
        let mut pieces = text.split([',', ' ', '/']).filter(|piece| !piece.is_empty());
        if !pieces.clone().all(is_like_an_id) {
            continue;
        }
        match (pieces.next(), pieces.next()) {
            (Some(id), None) if entries.contains_key(id) => drop(ids.insert(id.to_owned())),
            (Some(id), None) => match nearest(id, entries) {
                Some(nearest) => bail!("{chapter}: there is no [{id}]; the nearest is [{nearest}]"),
                None => bail!("{chapter}: there is no [{id}]"),
            },
            (Some(_), Some(_)) => {
                bail!("{chapter}: [{text}] names several: give each its own brackets")
            }
            (None, _) => {}
        }
    }
    Ok(ids)
}

/// The chapter with what makes links of the ids in it.
pub fn linked(chapter: &str, source: &str, entries: &BTreeMap<&str, Entry>) -> Result<String> {
    let mut text = source.to_owned();
    for (at, id) in named(chapter, source, entries)?.iter().enumerate() {
        let title = entries[id.as_str()].says.replace('`', "").replace('"', "&quot;");
        let gap = if at == 0 { "\n\n" } else { "" };
        text += &format!("{gap}[{id}]: {APPENDIX}#{id} \"{title}\"\n");
    }
    Ok(text)
}

/// A letter of an id, and then numbers: no other word of a chapter looks like this.
fn is_like_an_id(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| "SCEsce".contains(first))
        && text.contains(|c: char| c.is_ascii_digit())
        && letters.all(|c| c.is_ascii_digit() || "-–_.".contains(c))
}

fn nearest<'a>(id: &str, entries: &BTreeMap<&'a str, Entry>) -> Option<&'a str> {
    let wanted = numbers(id);
    let distance = |candidate: &&&str| {
        let other_letter = !candidate[..1].eq_ignore_ascii_case(&id[..1]);
        let apart: Vec<u32> =
            numbers(candidate).iter().zip(&wanted).map(|(a, b)| a.abs_diff(*b)).collect();
        (other_letter, apart)
    };
    entries.keys().min_by_key(distance).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&str; 4] = ["C1-1", "C1-47", "S2-23", "E29"];

    fn entries() -> BTreeMap<&'static str, Entry<'static>> {
        IDS.into_iter()
            .map(|id| (id, Entry { id, lesson: "x", says: "the \"first\" `f()`", truth: None }))
            .collect()
    }

    #[test]
    fn links_outside_of_code_only() {
        let source = "# A [E29]\n\n- true [C1-1] [C1-1], *[S2-23]* and `[C1-47]`\n\n```text\n[C9-9]\n```\n\n\
                      [0, 1, 4] [INFO/x] [link](a.md) [C] [E]";
        let text = linked("a.md", source, &entries()).unwrap();
        let title = "\"the &quot;first&quot; f()\"";
        let expected = format!(
            "{source}\n\n[C1-1]: tutorials.md#C1-1 {title}\n[E29]: tutorials.md#E29 {title}\n\
             [S2-23]: tutorials.md#S2-23 {title}\n"
        );
        assert_eq!(text, expected);
        let html: String = Parser::new(&text).map(|event| format!("{event:?}\n")).collect();
        assert_eq!(html.matches("Start(Link").count(), 5, "{html}");
        assert_eq!(linked("a.md", "none", &entries()).unwrap(), "none");
    }

    #[test]
    fn an_unknown_id_fails_the_build() {
        for (source, says) in [
            ("[C1-48]", "a.md: there is no [C1-48]; the nearest is [C1-47]"),
            ("[c1-1]", "there is no [c1-1]; the nearest is [C1-1]"),
            ("[C1–1]", "there is no [C1–1]; the nearest is [C1-1]"),
            ("[E30]", "the nearest is [E29]"),
            ("[S3-1]", "the nearest is [S2-23]"),
            ("[C1-1, E29]", "[C1-1, E29] names several"),
        ] {
            let error = linked("a.md", source, &entries()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
