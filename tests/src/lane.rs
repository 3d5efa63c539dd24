//! Lanes: which process says a line.

use std::fmt;

/// The left column of a golden line: one process, or whichever of a family it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// `writer`: the process of that name.
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
        let Some(at) = source.find(['*', '[', ']']) else {
            return match source {
                "" => Err((0, FORMS)),
                _ => Ok(Lane::Named(source.to_owned())),
            };
        };
        let (before, rest) = source.split_at(at);
        let (word, after) = match rest.strip_prefix('*') {
            Some(after) => ("", after),
            None => rest
                .strip_prefix('[')
                .and_then(|rest| rest.split_once(']'))
                .filter(|(word, _)| is_word(word))
                .ok_or((at, FORMS))?,
        };
        if let Some(second) = after.find(['*', '[', ']']) {
            return Err((source.len() - after.len() + second, FORMS));
        }
        let (before, after) = (before.to_owned(), after.to_owned());
        Ok(match word {
            "" => Lane::Any { before, after },
            _ => Lane::Letter { before, word: word.to_owned(), after },
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

    /// Could one process say lines of both lanes?
    pub(crate) fn meets(&self, other: &Lane) -> bool {
        match (self.ends(), other.ends()) {
            (None, _) => other.fits(&self.to_string()),
            (_, None) => self.fits(&other.to_string()),
            (Some((b1, a1)), Some((b2, a2))) => {
                (b1.starts_with(b2) || b2.starts_with(b1)) && (a1.ends_with(a2) || a2.ends_with(a1))
            }
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

    fn ends(&self) -> Option<(&str, &str)> {
        match self {
            Lane::Named(_) => None,
            Lane::Any { before, after } | Lane::Letter { before, after, .. } => {
                Some((before, after))
            }
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Lane::Named(name) => name.clone(),
            Lane::Any { before, after } => format!("{before}*{after}"),
            Lane::Letter { before, word, after } => format!("{before}[{word}]{after}"),
        })
    }
}

pub(crate) fn is_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}
