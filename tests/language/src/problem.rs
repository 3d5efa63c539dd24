//! What can be wrong with a run, and how that is told.

use crate::golden::Golden;
use crate::lane::Lane;
use crate::matcher::Block;
use crate::order::Why;
use crate::parse::Stream;
use crate::report::Report;
use crate::transcript::{End, MOST};

/// So many lines that could come next are told.
const ENOUGH: usize = 3;

/// One thing that is wrong. `run` counts the run's lines from 0, over both streams; `line` and its
/// like are golden indices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Problem {
    /// A line that says the right thing in the wrong place.
    Blocked { run: usize, line: usize, block: Block },
    /// It came before lines that must be there first, and that came later.
    TooEarly { run: usize, line: usize, missing: Vec<usize> },
    /// It is almost the golden line, and perhaps too early as well.
    Almost { run: usize, line: usize, missing: Vec<usize> },
    /// It was there already, as often as it may be.
    Repeated { run: usize, line: usize },
    /// It is no golden line; these could come next.
    Unexpected { run: usize, next: Vec<usize>, elsewhere: Option<usize> },
    /// A process that the file does not know says what the file has of another.
    Renamed { run: usize, name: String, lane: Lane },
    /// A golden line that never came.
    Missing { line: usize },
    /// More ways to pair off than can be tried.
    Ambiguous { run: usize, lines: Vec<usize> },
    /// It ended otherwise.
    End { expected: End, found: End },
    /// It printed so many more lines than are kept.
    TooMuch { more: u64 },
    /// Others than the file says outlived main.
    Outlived { expected: Vec<String>, found: Vec<String> },
}

impl Problem {
    /// The number of the golden line that it is about, in its file.
    pub(crate) fn golden_line(&self, golden: &Golden) -> Option<usize> {
        match self {
            Problem::Blocked { line, .. }
            | Problem::TooEarly { line, .. }
            | Problem::Almost { line, .. }
            | Problem::Repeated { line, .. }
            | Problem::Missing { line } => Some(golden.order.lines[*line].number),
            Problem::Ambiguous { lines, .. } => {
                lines.first().map(|&line| golden.order.lines[line].number)
            }
            Problem::Renamed { .. } | Problem::Unexpected { .. } | Problem::TooMuch { .. } => None,
            Problem::End { .. } | Problem::Outlived { .. } => None,
        }
    }

    /// The run's line that it is about.
    pub(crate) fn run_line(&self) -> Option<usize> {
        match self {
            Problem::Blocked { run, .. }
            | Problem::TooEarly { run, .. }
            | Problem::Almost { run, .. }
            | Problem::Repeated { run, .. }
            | Problem::Renamed { run, .. }
            | Problem::Unexpected { run, .. }
            | Problem::Ambiguous { run, .. } => Some(*run),
            Problem::Missing { .. }
            | Problem::TooMuch { .. }
            | Problem::End { .. }
            | Problem::Outlived { .. } => None,
        }
    }

    /// For the margin.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Problem::Blocked { block, .. } => match block {
                Block::Value { .. } => "another value",
                Block::Waits => "too early",
                Block::SaidLater(_) | Block::Behind(_) | Block::Over => "too late",
                Block::Turn(_) => "inside a turn",
                Block::ItemFirst(_) => "overtakes",
                Block::OtherProcess(_) | Block::SameProcess(_) => "wrong process",
                Block::Unfinished(_) => "too early",
                Block::Without(_) => "unprepared",
                Block::Done => "repeated",
            },
            Problem::TooEarly { .. } => "too early",
            Problem::Almost { .. } => "other text",
            Problem::Repeated { .. } => "repeated",
            Problem::Renamed { .. } => "other name",
            Problem::Unexpected { .. } => "unexpected",
            Problem::Missing { .. } => "missing",
            Problem::Ambiguous { .. } => "undecided",
            Problem::TooMuch { .. } | Problem::End { .. } | Problem::Outlived { .. } => "end",
        }
    }

    /// What is wrong, in a few words that fit one line of the run as well as several.
    pub(crate) fn brief(&self, report: &Report) -> String {
        let quote = |line: &usize| report.golden.quote(*line);
        let after = |missing: &[usize], line: &usize| {
            format!("too early, must come after {}", quote(missing.iter().max().unwrap_or(line)))
        };
        match self {
            Problem::TooEarly { line, missing, .. } => after(missing, line),
            Problem::Almost { line, missing, .. } => match missing.is_empty() {
                true => format!("almost {}", quote(line)),
                false => format!("almost {}, and {}", quote(line), after(missing, line)),
            },
            Problem::Blocked { line, block, .. } => match block {
                Block::Value { hole, was } => {
                    let hole = report.golden.order.lines[*line].holes[*hole].hole.source();
                    format!("almost {}: {hole} must be {was}", quote(line))
                }
                Block::SaidLater(later) => format!("too late, must come before {}", quote(later)),
                Block::Turn(turn) => {
                    let turn = &report.golden.order.turns[*turn];
                    format!(
                        "inside the turn of `{}` that begins with {}",
                        turn.lock_name,
                        quote(&turn.lines[0])
                    )
                }
                Block::ItemFirst(first) => after(&[], first),
                Block::Behind(later) => format!("too late, taken after {}", quote(later)),
                Block::Unfinished(end) => after(&[], end),
                Block::OtherProcess(name) => {
                    format!(
                        "wrong process, {} is {name} in this run",
                        report.golden.order.lines[*line].lane
                    )
                }
                Block::SameProcess(other) => format!("wrong process, the one of {}", quote(other)),
                Block::Without(first) => format!("cannot come without {}", quote(first)),
                Block::Waits | Block::Over | Block::Done => self.word().to_owned(),
            },
            Problem::Repeated { .. } | Problem::Unexpected { .. } => self.word().to_owned(),
            Problem::Renamed { name, lane, .. } => format!("from `{name}` instead of `{lane}`"),
            Problem::Ambiguous { .. }
            | Problem::Missing { .. }
            | Problem::TooMuch { .. }
            | Problem::End { .. }
            | Problem::Outlived { .. } => self.headline(report),
        }
    }

    /// What is wrong and why, in one or two sentences, without the run's own line.
    pub(crate) fn headline(&self, report: &Report) -> String {
        let golden = report.golden;
        let quote = |line: &usize| golden.quote(*line);
        match self {
            Problem::TooEarly { run, line, missing } => {
                format!("came too early: {}", report.must_follow(*run, *line, missing))
            }
            Problem::Blocked { run, line, block } => match block {
                Block::Value { hole, was } => {
                    let hole = golden.order.lines[*line].holes[*hole].hole.source();
                    format!("is almost {}: {hole} must be {was} here.", quote(line))
                }
                Block::Waits => "came too early.".into(),
                Block::SaidLater(later) => format!(
                    "came too late: its process had already said {}, and the lines of one process \
                     keep the file's order.",
                    quote(later)
                ),
                Block::Turn(turn) if golden.order.locks[golden.order.turns[*turn].lock] > 1 => {
                    let turn = &golden.order.turns[*turn];
                    format!(
                        "came while {0} turns of `{1}` went on: the one that begins with {2} had not \
                         ended, and never more than {0} overlap.\nDoes {3} take one of `{1}` before \
                         it says this? And does {4} hold its own to the end of its turn?",
                        golden.order.locks[turn.lock],
                        turn.lock_name,
                        quote(&turn.lines[0]),
                        report.run.out.get(*run).map_or("it", |said| &said.process),
                        golden.order.lines[turn.lines[0]].lane,
                    )
                }
                Block::Turn(turn) => {
                    let turn = &golden.order.turns[*turn];
                    format!(
                        "came while the lock `{0}` was held: the turn that begins with {1} had not \
                         ended, and the turns of one lock do not overlap.\nDoes {2} take `{0}` \
                         before it says this? And does {3} hold it to the end of its turn?",
                        turn.lock_name,
                        quote(&turn.lines[0]),
                        report.run.out.get(*run).map_or("it", |said| &said.process),
                        golden.order.lines[turn.lines[0]].lane,
                    )
                }
                Block::ItemFirst(first) => {
                    format!(
                        "came too early: {} had to come first, {}",
                        quote(first),
                        report.sent_first(*line, *first)
                    )
                }
                Block::Behind(later) => {
                    let who = report.run.out.get(*run).map_or("it", |said| &said.process);
                    format!(
                        "came too late: {} was already there when {who} said its line before this one. \
                         What {who} takes after that line stands behind that message in `{}`.\nDoes \
                         {who} say what it has taken before it takes another?",
                        quote(later),
                        report.queue_of(*line)
                    )
                }
                Block::OtherProcess(name) => {
                    let lane = &golden.order.lines[*line].lane;
                    format!("belongs to another process: {lane} is {name} in this run.")
                }
                Block::SameProcess(other) => format!(
                    "is {}, said by the process that also said {}: these must be two different \
                     processes.",
                    quote(line),
                    quote(other)
                ),
                Block::Unfinished(end) => format!(
                    "came too early: its process had not yet said {}, the end of what it was doing \
                     before.",
                    quote(end)
                ),
                Block::Without(first) => {
                    format!("cannot come without {}, which is missing.", quote(first))
                }
                Block::Over => format!(
                    "came too late: it is {}, and a line that must come after it was already there.",
                    quote(line)
                ),
                Block::Done => "is repeated.".into(),
            },
            Problem::Almost { run, line, missing } => match missing.is_empty() {
                true => format!("is almost {}.", quote(line)),
                false => format!(
                    "is almost {}, and came too early: {}",
                    quote(line),
                    report.must_follow(*run, *line, missing)
                ),
            },
            Problem::Repeated { line, .. } => {
                format!("is repeated: {} was already there.", quote(line))
            }
            Problem::Unexpected { next, elsewhere, .. } => {
                let mut text = String::from("is unexpected.");
                if let Some(line) = elsewhere {
                    text += &format!(" It reads like {}.", quote(line));
                }
                let next: Vec<String> = next.iter().take(ENOUGH).map(quote).collect();
                match next.is_empty() {
                    true => text += " Nothing more could come here.",
                    false => text += &format!("\nWhat could come next: {}.", next.join(", or ")),
                }
                text
            }
            Problem::Missing { line } => match report.never_came() {
                Some((1, _)) | None => format!("{} is missing.", quote(line)),
                Some((_, lines)) => format!("{lines} never came; the first is {}.", quote(line)),
            },
            Problem::Renamed { name, lane, .. } => format!(
                "comes from `{name}`, a name that is not in the golden file: it says what `{lane}` \
                 should say.\nWhat name does the program give that process?"
            ),
            Problem::Ambiguous { lines, .. } => {
                let numbers: Vec<String> =
                    lines.iter().map(|&line| golden.order.lines[line].number.to_string()).collect();
                format!(
                    "could be any of several golden lines, in more ways than can be tried.\nMake \
                     these golden lines more distinct: {}.",
                    numbers.join(", ")
                )
            }
            Problem::TooMuch { more } => {
                let kib = MOST >> 10;
                let last = match more {
                    1 => "the last line was".to_owned(),
                    more => format!("the last {more} lines were"),
                };
                format!("It printed more than {kib} KiB on a stream: {last} not kept.")
            }
            Problem::End { expected, found } => {
                format!("The program ended with `{found}`; the golden file says `{expected}`.")
            }
            Problem::Outlived { expected, found } => {
                let list = |names: &[String]| match names {
                    [] => "nobody".to_owned(),
                    names => names.join(", "),
                };
                let (expected, found) = (list(expected), list(found));
                format!("{found} outlived main; the golden file says {expected}.")
            }
        }
    }
}

impl Golden {
    pub(crate) fn quote(&self, index: usize) -> String {
        let line = &self.order.lines[index];
        let mark = if line.stream == Stream::Out { '|' } else { '!' };
        format!("golden line {}, `{} {mark} {}`", line.number, line.lane, line.text.source)
    }
}

impl Report<'_> {
    /// What the run's line must come after, which is `index` of the file, and why. Of several lines,
    /// the nearest one above is the one that a reader looks at.
    fn must_follow(&self, run: usize, index: usize, missing: &[usize]) -> String {
        let source = *missing.iter().max().unwrap_or(&index);
        let later = self.said_later(run, source).map(|at| match self.run.out.get(at) {
            Some(said)
                if self.golden.order.lines[source].lane != Lane::Named(said.process.clone()) =>
            {
                format!(" ({}, said by {})", self.place(at), said.process)
            }
            _ => String::new(),
        });
        let later = later.unwrap_or_default();
        let because = self.because(run, index, source, missing);
        format!("it must come after {}{later}, {because}", self.golden.quote(source))
    }

    fn queue_of(&self, line: usize) -> &str {
        let order = &self.golden.order;
        order.lines[line].place.map_or("", |place| &order.queues[place.queue].name)
    }

    /// Why an item arrives before another.
    fn sent_first(&self, index: usize, first: usize) -> String {
        let source = |item: usize| self.golden.order.lines[item].item_of;
        let sender = |item: usize| {
            let at = self.pairs.iter().position(|&line| line.is_some() && line == source(item))?;
            self.run.out.get(at).map(|said| said.process.as_str())
        };
        match (source(index), sender(first)) {
            (Some(source), Some(who)) if sender(index) != Some(who) => format!(
                "because {who} had put it before {} was said, and messages leave `{}` in the order in \
                 which they were put.\nDoes {who} put it before it says its next line?",
                self.golden.quote(source),
                self.queue_of(index)
            ),
            _ => {
                "because one process sent both, and what one process sends arrives in the order of \
                  sending."
                    .to_owned()
            }
        }
    }

    /// Where the run says a golden line that had to come before its line `run`.
    fn said_later(&self, run: usize, index: usize) -> Option<usize> {
        (run + 1..self.pairs.len()).find(|&at| self.pairs[at] == Some(index))
    }

    /// Why `index` must come after `source`. A lane of several processes is told by those of them
    /// that this run names.
    fn because(&self, run: usize, index: usize, source: usize, missing: &[usize]) -> String {
        let (golden, line) = (self.golden, &self.golden.order.lines[index]);
        let (first, why) = golden.order.why(index, source);
        let through = match first == source {
            true => String::new(),
            false => format!(" (by way of golden line {})", golden.order.lines[first].number),
        };
        let who = match (&line.lane, self.run.out.get(run)) {
            (Lane::Any { .. } | Lane::Letter { .. }, Some(said)) => said.process.clone(),
            (lane, _) => lane.to_string(),
        };
        let Why::Cause(cause) = why else {
            return format!("because the lines of one process, {who}, keep their order{through}.");
        };
        let cause = &golden.order.causes[cause];
        let is_meant = |&&other: &&usize| cause.source.covers(&golden.order.lines[other].lane);
        let mut names: Vec<&str> = Vec::new();
        for &other in missing.iter().filter(is_meant) {
            let said = self.said_later(run, other).and_then(|at| self.run.out.get(at));
            names.extend(said.map(|said| said.process.as_str()));
        }
        names.sort_unstable();
        names.dedup();
        let source = match (&cause.source, &names[..]) {
            (Lane::Named(name), _) => name.clone(),
            (_, [one]) => (*one).to_owned(),
            (lane, _) => lane.to_string(),
        };
        let demand = cause.verb.demand(&who, &source);
        let sentence = cause.verb.sentence(&source);
        let look = cause.verb.where_to_look(&who, &source);
        format!("because {demand}{through}. {sentence}\n{look}").trim_end().to_owned()
    }
}
