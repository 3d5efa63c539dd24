//! `tutorials.toml`: what the tutorials show, claim and get wrong, and what is true. It is read
//! whole, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fmt, fs};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tutorials {
    #[serde(rename = "tutorial")]
    pub tutorials: Vec<Tutorial>,
    #[serde(rename = "listing")]
    pub listings: Vec<Listing>,
    #[serde(rename = "statement")]
    pub statements: Vec<Statement>,
    #[serde(rename = "error")]
    pub errors: Vec<Error>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tutorial {
    pub number: u32,
    pub about: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    pub id: String,
    pub lesson: String,
    pub shows: String,
    pub truth: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub id: String,
    pub lesson: String,
    pub says: String,
    pub verdict: Verdict,
    pub truth: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Error {
    pub id: String,
    pub lesson: String,
    pub tutorials: Vec<u32>,
    pub says: String,
    pub truth: String,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    True,
    Partly,
    False,
    Definition,
    Platform,
}

impl Verdict {
    pub const ALL: [Verdict; 5] =
        [Verdict::True, Verdict::Partly, Verdict::False, Verdict::Definition, Verdict::Platform];
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Verdict::True => "true",
            Verdict::Partly => "partly",
            Verdict::False => "false",
            Verdict::Definition => "definition",
            Verdict::Platform => "platform",
        })
    }
}

/// What all three kinds of entry have.
pub struct Entry<'a> {
    pub id: &'a str,
    pub lesson: &'a str,
    /// What the tutorial shows or claims.
    pub says: &'a str,
    pub truth: Option<&'a str>,
}

impl Listing {
    pub fn entry(&self) -> Entry<'_> {
        let Listing { id, lesson, shows, truth } = self;
        Entry { id, lesson, says: shows, truth: truth.as_deref() }
    }
}

impl Statement {
    pub fn entry(&self) -> Entry<'_> {
        let Statement { id, lesson, says, truth, .. } = self;
        Entry { id, lesson, says, truth: truth.as_deref() }
    }
}

impl Error {
    pub fn entry(&self) -> Entry<'_> {
        let Error { id, lesson, says, truth, .. } = self;
        Entry { id, lesson, says, truth: Some(truth) }
    }
}

impl Tutorials {
    /// The file of the book in that folder.
    pub fn read(book: &Path) -> Result<Tutorials> {
        let path = book.join("tutorials.toml");
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).with_context(|| name.clone())?;
        Tutorials::parse(&text).context(name)
    }

    pub fn parse(text: &str) -> Result<Tutorials> {
        let read: Tutorials = toml::from_str(text)?;
        let known = |number| read.tutorials.iter().any(|tutorial| tutorial.number == number);
        let mut ids = BTreeSet::new();
        for (mark, entry) in read.marked() {
            let Entry { id, says, .. } = entry;
            ensure!(ids.insert(id), "{id} stands there twice");
            ensure!(!says.is_empty(), "{id} says nothing");
            let numbers = id.strip_prefix(mark).map(numbers).unwrap_or_default();
            let right = match (mark, &numbers[..]) {
                ('E', &[number]) => id == format!("E{number:02}"),
                ('S' | 'C', &[tutorial, number]) => {
                    known(tutorial) && id == format!("{mark}{tutorial}-{number}")
                }
                _ => false,
            };
            ensure!(right, "{id} is no id for this kind of entry");
        }
        for error in &read.errors {
            let known = !error.tutorials.is_empty() && error.tutorials.iter().all(|&n| known(n));
            ensure!(known, "{}: no such tutorial", error.id);
        }
        Ok(read)
    }

    /// All entries, each with the letter that its id begins with.
    fn marked(&self) -> impl Iterator<Item = (char, Entry<'_>)> {
        let listings = self.listings.iter().map(|listing| ('S', listing.entry()));
        let statements = self.statements.iter().map(|statement| ('C', statement.entry()));
        let errors = self.errors.iter().map(|error| ('E', error.entry()));
        listings.chain(statements).chain(errors)
    }

    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.marked().map(|(_, entry)| entry)
    }

    /// The entries by their ids.
    pub fn by_id(&self) -> BTreeMap<&str, Entry<'_>> {
        self.entries().map(|entry| (entry.id, entry)).collect()
    }
}

impl Tutorial {
    /// Whether a listing or a statement with this id is of this tutorial.
    pub fn has(&self, id: &str) -> bool {
        numbers(id).first().is_some_and(|number| *number == self.number)
    }
}

/// The numbers in an id.
pub fn numbers(id: &str) -> Vec<u32> {
    id.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(statements: &str) -> Result<Tutorials> {
        let rest = "error = []\n[[tutorial]]\nnumber = 1\nabout = 'a'\n\
                    [[listing]]\nid = 'S1-1'\nlesson = 'x'\nshows = 'b'\n";
        Tutorials::parse(&format!("{rest}{statements}"))
    }

    fn statement(id: &str, verdict: &str) -> String {
        format!("[[statement]]\nid = '{id}'\nlesson = 'x'\nsays = 'c'\nverdict = '{verdict}'\n")
    }

    #[test]
    fn good_and_bad_files() {
        let good = parsed(&statement("C1-1", "partly")).unwrap();
        assert!(good.statements[0].verdict == Verdict::Partly && good.tutorials[0].has("C1-1"));
        assert_eq!(good.entries().count(), 2);
        for (bad, says) in [
            (statement("C1-1", "maybe"), "maybe"),
            (statement("C1-1", "true").repeat(2), "C1-1 stands there twice"),
            (statement("C2-1", "true"), "C2-1 is no id"),
            (statement("C1-01", "true"), "C1-01 is no id"),
            (statement("S1-2", "true"), "S1-2 is no id"),
            (statement("C1-1", "true") + "why = 'd'\n", "why"),
            (statement("C1-1", "true").replace("'c'", "''"), "C1-1 says nothing"),
        ] {
            let error = format!("{:#}", parsed(&bad).err().unwrap());
            assert!(error.contains(says), "{error}");
        }
    }
}
