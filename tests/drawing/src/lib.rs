//! Draws a run: what each process did, from above to below, and what was the cause of what.
//!
//! Each thing that happened is a [`Mark`] with a row of its own. All lanes are on the left, all words are
//! on the right in the row of their mark, and arrows run between lanes only: so no word can lie on an
//! arrow or on another word, whatever the run.
#![warn(missing_docs, missing_debug_implementations)]

mod beside;
mod closure;
mod json;
mod row;
mod svg;
mod terminal;

pub use beside::beside;
pub use closure::{Graph, reduced};
pub use json::{VERSION, from_json, to_json};
pub use svg::{STYLE, svg, svg_for_page};
pub use terminal::{NARROWEST, terminal};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One run, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// What it is a picture of.
    pub title: String,
    /// The processes, in the order of their birth.
    pub lanes: Vec<Lane>,
    /// In the order in which they came.
    pub marks: Vec<Mark>,
    /// What was the cause of what: only what does not follow from other arrows and from the lanes.
    pub arrows: Vec<Arrow>,
    /// What a process did for a while.
    pub spans: Vec<Span>,
    /// Nobody drove it: what went past the crate, such as through a server, has no arrow.
    #[serde(default)]
    pub recorded: bool,
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// As its lines name it.
    pub name: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// When: a number that grows from mark to mark.
    pub at: usize,
    /// To whom.
    pub lane: usize,
    /// Who else did it, in the same instant: whoever started or killed the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
    /// What kind of thing.
    pub kind: Kind,
    /// Of a line: the number of the line of the golden file that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden: Option<usize>,
    /// In words, such as `is started by main`; of a line, the line.
    pub text: String,
}

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A line on standard output.
    Line,
    /// A line on standard error.
    ErrorLine,
    /// The process was started.
    Start,
    /// It has ended by itself.
    End,
    /// It was killed.
    Killed,
    /// It waits, and nobody can ever help it.
    Stuck,
}

/// A cause, from one mark to a later one of another lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrow {
    /// The number of the earlier mark.
    pub from: usize,
    /// The number of the later one.
    pub to: usize,
    /// As a golden file has it: `received from`.
    pub word: String,
}

/// What a process does from one moment to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Who.
    pub lane: usize,
    /// What.
    pub what: What,
    /// Since when.
    pub from: usize,
    /// Until when.
    pub to: usize,
}

/// What takes a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// It waits for somebody else, or for a time to be over.
    Waits,
    /// It holds a lock or a permit.
    Holds,
}

impl Kind {
    /// The sign of it in a text.
    fn sign(self) -> char {
        match self {
            Kind::Line => '●',
            Kind::ErrorLine => '◆',
            Kind::Start => '○',
            Kind::End => '■',
            Kind::Killed => '✕',
            Kind::Stuck => '?',
        }
    }

    /// What the sign means.
    fn meaning(self) -> &'static str {
        match self {
            Kind::Line => "a line",
            Kind::ErrorLine => "a line on standard error",
            Kind::Start => "is started",
            Kind::End => "has ended",
            Kind::Killed => "was killed",
            Kind::Stuck => "waits for ever",
        }
    }

    /// Whether the process is gone then.
    fn is_end(self) -> bool {
        matches!(self, Kind::End | Kind::Killed)
    }
}

/// The word of an arrow that no cause makes.
pub const BY_THE_CLOCK: &str = "by the clock after";

impl Arrow {
    /// Whether only the clock put the one mark before the other.
    pub fn is_by_the_clock(&self) -> bool {
        self.word == BY_THE_CLOCK
    }
}

impl What {
    /// The sign of it in a text.
    fn sign(self) -> char {
        match self {
            What::Holds => '┃',
            What::Waits => '┊',
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            What::Holds => "holds a lock or a permit",
            What::Waits => "waits",
        }
    }
}

impl Picture {
    /// The name of a process.
    pub fn name(&self, lane: usize) -> &str {
        &self.lanes[lane].name
    }

    /// The causes of a mark, as a golden file has them: `received from writer`.
    pub fn causes(&self, mark: usize) -> Vec<String> {
        let mut words: Vec<(&str, Vec<&str>)> = Vec::new();
        for arrow in self.arrows.iter().filter(|arrow| arrow.to == mark) {
            let name = self.name(self.marks[arrow.from].lane);
            match words.iter_mut().find(|(word, _)| *word == arrow.word) {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name),
                None => words.push((&arrow.word, vec![name])),
            }
        }
        let in_words = |(word, names): (&str, Vec<&str>)| format!("{word} {}", names.join(", "));
        words.into_iter().map(in_words).collect()
    }

    /// The same picture, without the moments at which nothing in it begins, ends or happens: it is the same
    /// in all runs that look alike.
    pub fn plain(mut self) -> Picture {
        let of_spans = self.spans.iter().flat_map(|span| [span.from, span.to]);
        let moments: BTreeSet<usize> =
            self.marks.iter().map(|mark| mark.at).chain(of_spans).collect();
        let rank = |moment: usize| moments.range(..moment).count();
        self.marks.iter_mut().for_each(|mark| mark.at = rank(mark.at));
        for span in &mut self.spans {
            (span.from, span.to) = (rank(span.from), rank(span.to));
        }
        self
    }

    /// The kinds of marks that are in it.
    fn kinds(&self) -> Vec<Kind> {
        let all = [Kind::Line, Kind::ErrorLine, Kind::Start, Kind::End, Kind::Killed, Kind::Stuck];
        let is_there = |kind: &Kind| self.marks.iter().any(|mark| mark.kind == *kind);
        all.into_iter().filter(is_there).collect()
    }

    /// What somebody in it does for a while.
    fn doings(&self) -> Vec<What> {
        let is_there = |what: &What| self.spans.iter().any(|span| span.what == *what);
        [What::Holds, What::Waits].into_iter().filter(is_there).collect()
    }

    /// Whether the process is there at that mark: it has been started, and has not ended before.
    fn is_there(&self, lane: usize, mark: usize) -> bool {
        let of_lane = |kind: fn(Kind) -> bool| {
            self.marks.iter().position(|mark| mark.lane == lane && kind(mark.kind))
        };
        of_lane(|kind| kind == Kind::Start).is_none_or(|start| start <= mark)
            && of_lane(Kind::is_end).is_none_or(|end| mark <= end)
    }

    /// What the process does at that mark for a while; to hold a lock counts most.
    fn does(&self, lane: usize, at: usize) -> Option<What> {
        let spans = self.spans.iter().filter(|span| span.lane == lane);
        let now = spans.filter(|span| span.from <= at && at <= span.to);
        now.map(|span| span.what).max_by_key(|what| *what == What::Holds)
    }
}
