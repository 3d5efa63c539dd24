//! What a golden file claims: a line comes after another one, and why.

use crate::cause::Verb;
use crate::golden::Golden;
use crate::order::Why;

/// A note of a line about one line above. Lines are numbers in the file, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The line with the note.
    pub line: usize,
    /// The line that comes first.
    pub source: usize,
    /// Why.
    pub verb: Verb,
    /// The note, as it stands there.
    pub note: String,
}

impl Golden {
    /// Every claim of a cause, note by note and source by source.
    ///
    /// ```
    /// # use golden::{Golden, Language, Verb};
    /// let file = "main | go\nr-* | got 0  <- started by main\nr-* | got 1\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// let claims: Vec<_> = golden.claims().map(|claim| (claim.line, claim.source, claim.verb)).collect();
    /// assert_eq!(claims, [(2, 1, Verb::StartedBy), (3, 1, Verb::StartedBy)]);
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn claims(&self) -> impl Iterator<Item = Claim> {
        self.order.lines.iter().flat_map(|line| {
            line.edges.iter().filter_map(|&(source, why)| {
                let Why::Cause(cause) = why else { return None };
                let cause = &self.order.causes[cause];
                let (source, note) = (self.order.lines[source].number, cause.to_string());
                Some(Claim { line: line.number, source, verb: cause.verb, note })
            })
        })
    }

    /// Each line that only the clock puts after another one, and that other one.
    ///
    /// ```
    /// # use golden::{Golden, Language};
    /// let file = "main | waits\nchild | works  <- by the clock after main\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// assert_eq!(golden.by_the_clock().collect::<Vec<_>>(), [(2, 1)]);
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn by_the_clock(&self) -> impl Iterator<Item = (usize, usize)> {
        let number = |line: usize| self.order.lines[line].number;
        self.order.lines.iter().flat_map(move |line| {
            line.usually_after.iter().map(move |&source| (line.number, number(source)))
        })
    }
}
