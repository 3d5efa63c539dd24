//! The terms of the glossary, each with its Chinese word: its headings, and one table of them all.

use anyhow::{Context, Result};

use crate::appendix::Titles;

/// The page whose headings they are.
pub const GLOSSARY: &str = "glossary.md";

/// Where the table stands in its page.
pub const MARKER: &str = "<!-- the terms of the glossary -->";

/// `## deadlock (死锁)`, and what is said about it.
struct Term<'a> {
    heading: &'a str,
    english: &'a str,
    chinese: &'a str,
    text: &'a str,
}

impl Term<'_> {
    /// A screen reader and the choice of a font need to know the language.
    fn chinese(&self) -> String {
        format!("<span lang=\"zh-Hans\">{}</span>", self.chinese)
    }

    fn id(&self) -> String {
        self.english.replace(' ', "-")
    }

    /// The chapters to which its text leads, in Markdown.
    fn chapters(&self, titles: &Titles) -> Vec<String> {
        let pages = self.text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let names = pages.filter_map(|(address, _)| address.strip_suffix(".md"));
        names.filter_map(|name| Some(format!("[{}]({name}.md)", titles.get(name)?))).collect()
    }
}

fn terms(glossary: &str) -> Result<Vec<Term<'_>>> {
    let entries = glossary.split("\n## ").skip(1);
    entries
        .map(|entry| {
            let (heading, text) = entry.split_once('\n').unwrap_or((entry, ""));
            let (english, chinese) =
                heading.strip_suffix(')').and_then(|words| words.split_once(" (")).with_context(
                    || format!("{GLOSSARY}: `{heading}` is not like `deadlock (死锁)`"),
                )?;
            Ok(Term { heading, english, chinese, text })
        })
        .collect()
}

/// The glossary, whose headings say which of their words is Chinese.
pub fn marked(glossary: &str) -> Result<String> {
    Ok(terms(glossary)?.iter().fold(glossary.to_owned(), |text, term| {
        let heading = format!("\n## {} {} {{#{}}}\n", term.english, term.chinese(), term.id());
        text.replace(&format!("\n## {}\n", term.heading), &heading)
    }))
}

/// All terms as a table, in Markdown.
pub fn table(glossary: &str, titles: &Titles) -> Result<String> {
    let mut table = String::from("| Chinese | English | Lesson |\n|---|---|---|\n");
    for term in terms(glossary)? {
        let chapters = term.chapters(titles);
        let first = chapters.first();
        first.with_context(|| format!("{GLOSSARY}: `{}` leads to no chapter", term.english))?;
        let (chinese, english, id) = (term.chinese(), term.english, term.id());
        let chapters = chapters.join(", ");
        table += &format!("| {chinese} | [{english}]({GLOSSARY}#{id}) | {chapters} |\n");
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Glossary\n\nAll.\n\n## fork bomb (fork 炸弹)\n\nSee [a](a.md), [b](b.md#x), [c](c.md).\n";

    fn titles() -> Titles {
        [("a".into(), "A".into()), ("c".into(), "The third".into())].into()
    }

    #[test]
    fn a_term_stands_in_the_glossary_and_in_the_table() {
        let chinese = "<span lang=\"zh-Hans\">fork 炸弹</span>";
        let heading = format!("\n\n## fork bomb {chinese} {{#fork-bomb}}\n\nSee [a](a.md)");
        assert!(marked(PAGE).unwrap().contains(&heading));
        let row = format!(
            "| {chinese} | [fork bomb](glossary.md#fork-bomb) | [A](a.md), [The third](c.md) |\n"
        );
        assert!(table(PAGE, &titles()).unwrap().ends_with(&row));
    }

    #[test]
    fn a_term_without_a_chinese_word_or_a_chapter_fails_the_build() {
        let error = marked("# Glossary\n\n## lock\n\nA\n").unwrap_err().to_string();
        assert_eq!(error, "glossary.md: `lock` is not like `deadlock (死锁)`");
        let error = table(PAGE, &Titles::new()).unwrap_err().to_string();
        assert_eq!(error, "glossary.md: `fork bomb` leads to no chapter");
    }
}
