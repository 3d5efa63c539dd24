//! Lanes: which process says a line.

use std::fmt;

use crate::text::{code, coded, visible};

/// The left column of a golden line: one process, or whichever of a family it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// `writer`: the process of that name; without a name, lines that name nobody.
    Named(String),
    /// `reader-*`: whichever reader it was; each line may be another one's.
    Any {
        /// What stands before the star.
        before: String,
        /// What stands after it.
        after: String,
    },
    /// `worker-[a]`: one worker, the same for every line with that letter.
    Letter {
        /// What stands before the bracket.
        before: String,
        /// The letter, or a word.
        word: String,
        /// What stands after the bracket.
        after: String,
    },
}

impl Lane {
    /// Reads a lane; the error says at which byte it goes wrong and what was expected there.
    pub(crate) fn parse(source: &str) -> Result<Lane, (usize, &'static str)> {
        const FORMS: &str = "a process's name, with at most one `*` or one `[letter]`";
        if source.is_empty() {
            return Err((0, FORMS));
        }
        // What is read since the star or the letter, and those with what stands before.
        let (mut literal, mut open) = (String::new(), None);
        let mut at = 0;
        while let Some(next) = source[at..].chars().next() {
            let inside = source[at..].strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let inside = inside.map(|(inside, _)| inside);
            if let Some(c) = inside.and_then(coded) {
                literal.push(c);
            } else if matches!(next, '*' | '[' | ']') {
                let word = if next == '*' { Some("") } else { inside.filter(|word| is_word(word)) };
                let word = word.filter(|_| open.is_none()).ok_or((at, FORMS))?;
                open = Some((std::mem::take(&mut literal), word));
            } else {
                literal.push(next);
            }
            at += inside.map_or(next.len_utf8(), |inside| inside.len() + "[]".len());
        }
        Ok(match open {
            None => Lane::Named(literal),
            Some((before, "")) => Lane::Any { before, after: literal },
            Some((before, word)) => Lane::Letter { before, word: word.to_owned(), after: literal },
        })
    }

    /// May the process of this name say a line of this lane?
    pub fn fits(&self, process: &str) -> bool {
        match self {
            Lane::Named(name) => name == process,
            Lane::Any { before, after } | Lane::Letter { before, after, .. } => {
                process.len() > before.len() + after.len()
                    && process.starts_with(before.as_str())
                    && process.ends_with(after.as_str())
            }
        }
    }

    /// Does a cause that names this lane mean lines of the other one? `worker-*` covers
    /// `worker-*`, `worker-[a]` and `worker-1`; a name or a letter covers itself.
    pub(crate) fn covers(&self, other: &Lane) -> bool {
        match (self, other) {
            (Lane::Any { .. }, Lane::Named(name)) => self.fits(name),
            (
                Lane::Any { before, after },
                Lane::Any { before: b, after: a } | Lane::Letter { before: b, after: a, .. },
            ) => b.starts_with(before.as_str()) && a.ends_with(after.as_str()),
            _ => self == other,
        }
    }

    /// The lane with its letter forgotten: a start is written once for all letters.
    pub(crate) fn family(&self) -> Lane {
        match self.clone() {
            Lane::Letter { before, after, .. } => Lane::Any { before, after },
            lane => lane,
        }
    }

    pub(crate) fn is_any(&self) -> bool {
        matches!(self, Lane::Any { .. })
    }

    /// The name of a process that could say a line of this lane.
    pub(crate) fn example(&self) -> String {
        match self {
            Lane::Named(name) => name.clone(),
            Lane::Any { before, after } => format!("{before}?{after}"),
            Lane::Letter { before, word, after } => format!("{before}{word}{after}"),
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Lane::Named(name) => first(name),
            Lane::Any { before, after } => format!("{}*{}", first(before), written(after)),
            Lane::Letter { before, word, after } => {
                format!("{}[{word}]{}", first(before), written(after))
            }
        })
    }
}

/// Part of a lane as it stands in a golden file, lines and causes alike.
fn written(part: &str) -> String {
    let one = |c| match c {
        '*' | '[' | ']' | ' ' | ',' => code(c),
        c => visible(c),
    };
    part.chars().map(one).collect()
}

/// The same at its beginning, where a `#` makes a comment.
fn first(part: &str) -> String {
    match part.strip_prefix('#') {
        Some(rest) => code('#') + &written(rest),
        None => written(part),
    }
}

pub(crate) fn is_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}
