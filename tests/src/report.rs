//! A verdict in words.

use std::fmt;

use crate::explain::lines;
use crate::matcher::Block;
use crate::model::{Golden, Why};
use crate::parse::Stream;
use crate::verdict::{Problem, Report, Verdict};

/// So many examples of the same thing are enough.
const ENOUGH: usize = 3;

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Same => "the same as the golden file",
            Verdict::AnotherLegalOrder => "another order, and legal",
            Verdict::NotLegal => "not legal",
            Verdict::Different => "not the golden file's lines",
            Verdict::Endless => "hangs",
            Verdict::Undecided => "undecided: the golden file is too ambiguous",
        })
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.headline())?;
        if self.is_legal() {
            for &(one, other) in self.swaps.iter().take(ENOUGH) {
                let (a, b) = (self.said(one), self.said(other));
                let (n, m) = (self.place(one), self.place(other));
                writeln!(f, "  {n}, `{a}`, comes before {m}, `{b}`, here:")?;
                writeln!(
                    f,
                    "  in the golden file it is the other way round, and nothing orders them."
                )?;
            }
            if self.swaps.len() > ENOUGH {
                writeln!(f, "  and {} more such pairs.", self.swaps.len() - ENOUGH)?;
            }
        }
        if let Some(stand) = self.stand.as_ref().filter(|_| !self.is_legal()) {
            writeln!(f, "\n  Who waits for what:")?;
            for row in stand.rows() {
                writeln!(f, "  {row}")?;
            }
        }
        for problem in self.told() {
            writeln!(f, "\n  {}", self.explain(problem).replace('\n', "\n  "))?;
        }
        for &(index, usual) in &self.unusual {
            let (a, b) = (self.golden.quote(index), self.golden.quote(usual));
            writeln!(f, "  Unusual, and legal: {a} came before {b}; only the clock orders them.")?;
        }
        if self.is_legal() {
            return Ok(());
        }
        let what = if self.endless().is_some() { "The lines so far" } else { "The run" };
        writeln!(f, "\n  {what}, and what became of each line:")?;
        for at in 0..self.run.out.len() + self.run.err.len() {
            writeln!(f, "  {:<16} {:>3}  {}", self.margin(at), self.number(at), self.said(at))?;
        }
        match self.never_came() {
            Some(lines) if self.endless().is_some() => {
                writeln!(f, "  {:<16}      {lines}", "never came")
            }
            _ => Ok(()),
        }
    }
}

impl Golden {
    fn quote(&self, index: usize) -> String {
        let line = &self.lines[index];
        let mark = if line.stream == Stream::Out { '|' } else { '!' };
        format!("golden line {}, `{} {mark} {}`", line.number, line.lane, line.text.source)
    }

    /// What `index` must come after, and why. Of several lines, the nearest one above is the one
    /// that a reader looks at.
    fn must_follow(&self, index: usize, missing: &[usize]) -> String {
        let source = *missing.iter().max().unwrap_or(&index);
        format!("it must come after {},\n{}", self.quote(source), self.because(index, source))
    }

    /// Why `index` must come after `source`.
    fn because(&self, index: usize, source: usize) -> String {
        let lane = &self.lines[index].lane;
        let (first, why) = self.why(index, source);
        let through = match first == source {
            true => String::new(),
            false => format!(" (by way of golden line {})", self.lines[first].number),
        };
        match why {
            Why::SameProcess => {
                format!("because the lines of one process, {lane}, keep their order{through}.")
            }
            Why::Cause(cause) => {
                let cause = &self.causes[cause];
                let source = cause.source.to_string();
                let event = cause.verb.event(&lane.to_string(), &source);
                let sentence = cause.verb.sentence(&source);
                let look = cause.verb.where_to_look(&lane.to_string(), &source);
                format!("because {event}{through}. {sentence}\n{look}")
            }
        }
    }
}

impl Problem {
    /// The number of the golden line that it is about, in its file.
    pub(crate) fn golden_line(&self, golden: &Golden) -> Option<usize> {
        match self {
            Problem::Blocked { line, .. }
            | Problem::TooEarly { line, .. }
            | Problem::Almost { line, .. }
            | Problem::Repeated { line, .. }
            | Problem::Missing { line } => Some(golden.lines[*line].number),
            Problem::Ambiguous { lines, .. } => {
                lines.first().map(|&line| golden.lines[line].number)
            }
            Problem::Unexpected { .. } | Problem::End { .. } | Problem::Outlived { .. } => None,
        }
    }

    /// The run's line that it is about.
    fn run_line(&self) -> Option<usize> {
        match self {
            Problem::Blocked { run, .. }
            | Problem::TooEarly { run, .. }
            | Problem::Almost { run, .. }
            | Problem::Repeated { run, .. }
            | Problem::Unexpected { run, .. }
            | Problem::Ambiguous { run, .. } => Some(*run),
            Problem::Missing { .. } | Problem::End { .. } | Problem::Outlived { .. } => None,
        }
    }

    /// For the margin.
    fn word(&self) -> &'static str {
        match self {
            Problem::Blocked { block, .. } => match block {
                Block::Value { .. } => "another value",
                Block::Waits => "too early",
                Block::SaidLater(_) | Block::Over => "too late",
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
            Problem::Unexpected { .. } => "unexpected",
            Problem::Missing { .. } => "missing",
            Problem::Ambiguous { .. } => "undecided",
            Problem::End { .. } | Problem::Outlived { .. } => "end",
        }
    }

    /// What is wrong and why, in one or two sentences, without the run's own line.
    pub(crate) fn headline(&self, golden: &Golden) -> String {
        let quote = |line: &usize| golden.quote(*line);
        match self {
            Problem::TooEarly { line, missing, .. } => {
                format!("came too early: {}", golden.must_follow(*line, missing))
            }
            Problem::Blocked { line, block, .. } => match block {
                Block::Value { hole, was } => {
                    let hole = golden.lines[*line].holes[*hole].hole.source();
                    format!("is almost {}: {hole} must be {was} here.", quote(line))
                }
                Block::Waits => "came too early.".into(),
                Block::SaidLater(later) => format!(
                    "came too late: its process had already said {},\nand the lines of one \
                     process keep the file's order.",
                    quote(later)
                ),
                Block::Turn(turn) => {
                    let turn = &golden.turns[*turn];
                    format!(
                        "came while the lock `{}` was held: the turn that begins with {} had not \
                         ended,\nand turns of one lock do not overlap.",
                        turn.lock_name,
                        quote(&turn.lines[0])
                    )
                }
                Block::ItemFirst(first) => format!(
                    "came too early: {} had to come first,\nbecause one process sent both, and \
                     items from one process keep its order.",
                    quote(first)
                ),
                Block::OtherProcess(name) => {
                    let lane = &golden.lines[*line].lane;
                    format!("belongs to another process: {lane} is {name} in this run.")
                }
                Block::SameProcess(other) => format!(
                    "is {} by the process that said {}: at that time the two are different \
                     processes.",
                    quote(line),
                    quote(other)
                ),
                Block::Unfinished(end) => format!(
                    "came too early: its process had not yet said {}, which ends what it was \
                     doing.",
                    quote(end)
                ),
                Block::Without(first) => {
                    format!("cannot be there without {}, which was missing.", quote(first))
                }
                Block::Over => format!(
                    "came too late: it is {}, and a line that comes after it was there already.",
                    quote(line)
                ),
                Block::Done => "is repeated.".into(),
            },
            Problem::Almost { line, missing, .. } => match missing.is_empty() {
                true => format!("is almost {}.", quote(line)),
                false => format!(
                    "is almost {}, and came too early: {}",
                    quote(line),
                    golden.must_follow(*line, missing)
                ),
            },
            Problem::Repeated { line, .. } => {
                format!("is repeated: {} was there already.", quote(line))
            }
            Problem::Unexpected { next, elsewhere, .. } => {
                let mut text = String::from("is unexpected.");
                if let Some(line) = elsewhere {
                    text += &format!(" It reads like {}.", quote(line));
                }
                let next: Vec<String> = next.iter().take(ENOUGH).map(quote).collect();
                match next.is_empty() {
                    true => text += " Nothing more could come here.",
                    false => text += &format!("\nNext could come {}.", next.join("\n  or ")),
                }
                text
            }
            Problem::Missing { line } => format!("{} is missing.", quote(line)),
            Problem::Ambiguous { lines, .. } => {
                let numbers: Vec<String> =
                    lines.iter().map(|&line| golden.lines[line].number.to_string()).collect();
                format!(
                    "could be any of several golden lines, in too many ways to try.\nMake these \
                     golden lines more distinct: {}.",
                    numbers.join(", ")
                )
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

impl Report<'_> {
    /// The verdict in a line.
    pub(crate) fn headline(&self) -> String {
        match self.endless() {
            Some(stand) => stand.headline(),
            None => self.verdict().to_string(),
        }
    }

    /// The problems that are told one by one. That a run does not end is its headline, and what it
    /// never came to say follows from that.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Problem> {
        let is_endless = self.endless().is_some();
        let follows =
            |problem: &Problem| matches!(problem, Problem::Missing { .. } | Problem::End { .. });
        self.problems.iter().filter(move |problem| !(is_endless && follows(problem)))
    }

    /// As in "golden lines 10 to 15".
    pub(crate) fn never_came(&self) -> Option<String> {
        let missing = self.problems.iter().filter_map(|problem| match problem {
            Problem::Missing { line } => Some(self.golden.lines[*line].number),
            _ => None,
        });
        let numbers: Vec<usize> = missing.collect();
        (!numbers.is_empty()).then(|| format!("golden {}", lines(&numbers)))
    }

    pub(crate) fn explain(&self, problem: &Problem) -> String {
        let headline = problem.headline(self.golden);
        match problem.run_line() {
            Some(at) if at < self.run.out.len() + self.run.err.len() => {
                format!("{}: {}\n{headline}", self.place(at), self.said(at))
            }
            _ => headline,
        }
    }

    pub(crate) fn margin(&self, at: usize) -> String {
        if let Some(problem) = self.problems.iter().find(|problem| problem.run_line() == Some(at)) {
            return problem.word().to_owned();
        }
        match self.pairs.get(at) {
            Some(Some(line)) => format!("golden line {}", self.golden.lines[*line].number),
            _ => "not judged".to_owned(),
        }
    }

    fn number(&self, at: usize) -> usize {
        let out = self.run.out.len();
        if at < out { at + 1 } else { at - out + 1 }
    }

    fn place(&self, at: usize) -> String {
        let stream = if at < self.run.out.len() { "" } else { " on stderr" };
        format!("your line {}{stream}", self.number(at))
    }

    pub(crate) fn said(&self, at: usize) -> String {
        match self.run.out.get(at) {
            Some(said) => said.to_string(),
            None => self.run.err[at - self.run.out.len()].clone(),
        }
    }
}
