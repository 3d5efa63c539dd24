//! What was found: the report on one run, piece by piece.

use std::fmt;

use crate::explain;
use crate::golden::Golden;
use crate::judge::Walk;
use crate::matcher::Block;
use crate::problem::Problem;
use crate::row::Row;
use crate::text;
use crate::transcript::Run;

/// What the check of one run found. Its `Display` is the message for a person.
#[derive(Debug)]
pub struct Report<'g> {
    pub(crate) golden: &'g Golden,
    pub(crate) run: Run,
    /// The golden line of each line of the run: standard output, then standard error.
    pub(crate) pairs: Vec<Option<usize>>,
    pub(crate) problems: Vec<Problem>,
    /// Neighbours in the run whose golden lines stand the other way round.
    pub(crate) swaps: Vec<(usize, usize)>,
    /// Golden lines that came before what the clock usually puts first.
    pub(crate) unusual: Vec<(usize, usize)>,
    /// Where it stood, if it did not end.
    pub(crate) endless: Option<Endless>,
}

/// Where a run stood that did not end, in the words of its watcher.
#[derive(Clone, Debug)]
pub struct Endless {
    /// As in "hangs: no progress for 3 s".
    pub headline: String,
    /// Who waits for what.
    pub rows: Vec<Row>,
    /// Did a user end it before its time limit?
    pub interrupted: bool,
}

/// The short answer, the friendliest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The lines and their order are the golden file's.
    Same,
    /// The same lines in another order that nothing forbids.
    AnotherLegalOrder,
    /// The right lines in an order that a cause forbids.
    NotLegal,
    /// Other lines, missing ones, another exit status, or a process left over.
    Different,
    /// It did not end, and should have.
    Endless,
    /// The golden file is too ambiguous for a verdict.
    Undecided,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Same => "the same as the golden file",
            Verdict::AnotherLegalOrder => "legal, in another order",
            Verdict::NotLegal => "not legal",
            Verdict::Different => "not the lines of the golden file",
            Verdict::Endless => "hangs",
            Verdict::Undecided => "undecided: the golden file is too ambiguous",
        })
    }
}

/// One line of a run and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedLine {
    /// As it was printed.
    pub text: String,
    /// On stderr?
    pub on_stderr: bool,
    /// The number of its line in the golden file.
    pub golden_line: Option<usize>,
    /// A word or two: `golden line 3`, `too early`.
    pub word: String,
}

impl<'g> Report<'g> {
    pub(crate) fn new(
        golden: &'g Golden,
        run: Run,
        Walk { pairs, problems }: Walk,
        endless: Option<Endless>,
    ) -> Report<'g> {
        let (swaps, unusual) =
            (swaps(&pairs, run.out.len()), unusual(golden, &pairs, run.out.len()));
        Report { golden, run, pairs, problems, swaps, unusual, endless }
    }
}

impl Report<'_> {
    /// May the run be as it is?
    pub fn is_legal(&self) -> bool {
        self.problems.is_empty()
    }

    /// The short answer; with several problems, the first one decides.
    pub fn verdict(&self) -> Verdict {
        let ambiguous = |problem: &Problem| matches!(problem, Problem::Ambiguous { .. });
        match self.problems.first() {
            _ if self.problems.iter().any(ambiguous) => Verdict::Undecided,
            Some(_) if self.endless().is_some() => Verdict::Endless,
            None if self.swaps.is_empty() => Verdict::Same,
            None => Verdict::AnotherLegalOrder,
            Some(Problem::TooEarly { .. }) => Verdict::NotLegal,
            Some(Problem::Blocked { block, .. }) if !matches!(block, Block::Value { .. }) => {
                Verdict::NotLegal
            }
            Some(_) => Verdict::Different,
        }
    }

    /// Where it stood, if it had to end and did not.
    pub(crate) fn endless(&self) -> Option<&Endless> {
        let endless = self.endless.as_ref().filter(|_| !self.is_legal());
        endless.filter(|endless| endless.interrupted || !self.golden.may_hang)
    }

    /// The verdict in a line.
    pub(crate) fn headline(&self) -> String {
        match self.endless() {
            Some(stand) => stand.headline.clone(),
            None => self.verdict().to_string(),
        }
    }

    /// The golden lines that never came, by their numbers.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        self.problems.iter().filter_map(|problem| match problem {
            Problem::Missing { line } => Some(self.golden.order.lines[*line].number),
            _ => None,
        })
    }

    /// What is wrong, each in a few sentences; first, if it is so, that the run does not end.
    pub fn problems(&self) -> impl Iterator<Item = String> {
        let endless = self.endless().map(|stand| stand.headline.clone());
        let lines = self.never_came().filter(|_| endless.is_some());
        let lines = lines.map(|(_, lines)| format!("{lines} never came"));
        let told = self.told().map(|problem| self.explain(problem));
        endless.into_iter().chain(told).chain(lines)
    }

    /// The run's lines: standard output, then standard error.
    pub fn lines(&self) -> impl Iterator<Item = JudgedLine> {
        let out = self.run.out.len();
        (0..out + self.run.err.len()).map(move |at| {
            let line = self.pairs.get(at).copied().flatten();
            JudgedLine {
                text: self.said(at),
                on_stderr: at >= out,
                golden_line: line.map(|line| self.golden.order.lines[line].number),
                word: self.word(at),
            }
        })
    }

    /// How many lines were printed and kept.
    pub(crate) fn lines_said(&self) -> usize {
        self.run.out.len() + self.run.err.len()
    }

    /// The problems that are told one by one. That a run does not end is its headline, and what it
    /// never came to say follows from that; so do the later slips of a lock from the first, and of
    /// several lines that never came one sentence tells.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Problem> {
        let is_endless = self.endless().is_some();
        let is_missing = |problem: &Problem| matches!(problem, Problem::Missing { .. });
        let first_missing = self.problems.iter().position(is_missing);
        let is_told = move |(at, problem): &(usize, &Problem)| match problem {
            Problem::Missing { .. } => !is_endless && first_missing == Some(*at),
            Problem::End { .. } => !is_endless,
            _ => !self.is_out_of_turn(*at),
        };
        self.problems.iter().enumerate().filter(is_told).map(|(_, problem)| problem)
    }

    /// Is this problem one more line of a lock's turns, after one that came into the middle of a
    /// turn?
    fn is_out_of_turn(&self, problem: usize) -> bool {
        let Problem::Blocked { line, block, .. } = &self.problems[problem] else { return false };
        let lock = |turn: &usize| self.golden.order.turns[*turn].lock;
        let of_line = self.golden.order.lines[*line].turns.iter().map(lock);
        let locks: Vec<usize> = match block {
            Block::Turn(turn) => of_line.chain([lock(turn)]).collect(),
            Block::Over | Block::SaidLater(_) => of_line.collect(),
            _ => return false,
        };
        self.problems[..problem].iter().any(|earlier| match earlier {
            Problem::Blocked { block: Block::Turn(turn), .. } => locks.contains(&lock(turn)),
            _ => false,
        })
    }

    /// How many lines never came, and which, as in "golden lines 10 to 15".
    pub(crate) fn never_came(&self) -> Option<(usize, String)> {
        let numbers: Vec<usize> = self.missing().collect();
        (!numbers.is_empty())
            .then(|| (numbers.len(), format!("golden {}", explain::lines(&numbers))))
    }

    /// The line that a problem is about, if the run has it.
    pub(crate) fn run_line(&self, problem: &Problem) -> Option<usize> {
        problem.run_line().filter(|&at| at < self.lines_said())
    }

    /// A problem with its line, in a few sentences.
    pub(crate) fn explain(&self, problem: &Problem) -> String {
        let headline = problem.headline(self);
        match self.run_line(problem) {
            Some(at) => format!("{}: {}\n{headline}", self.place(at), self.seen(at)),
            None => headline,
        }
    }

    /// What became of a line of the run, in a word or two.
    pub(crate) fn word(&self, at: usize) -> String {
        let own = self.problems.iter().position(|problem| problem.run_line() == Some(at));
        match (own, self.pairs.get(at)) {
            (Some(own), _) if self.is_out_of_turn(own) => "out of turn".to_owned(),
            (Some(own), _) => self.problems[own].word().to_owned(),
            (None, Some(Some(line))) => {
                format!("golden line {}", self.golden.order.lines[*line].number)
            }
            (None, _) => "not judged".to_owned(),
        }
    }

    /// As its stream counts it, from 1.
    pub(crate) fn number(&self, at: usize) -> usize {
        let out = self.run.out.len();
        if at < out { at + 1 } else { at - out + 1 }
    }

    pub(crate) fn place(&self, at: usize) -> String {
        let stream = if at < self.run.out.len() { "" } else { " on stderr" };
        format!("your line {}{stream}", self.number(at))
    }

    /// The same for the eye: not too long, and without characters that a terminal would obey.
    pub(crate) fn seen(&self, at: usize) -> String {
        const ENOUGH: usize = 200;
        let said = self.said(at);
        let seen: String = said.chars().take(ENOUGH).map(text::visible).collect();
        match said.chars().count() {
            0..=ENOUGH => seen,
            all => format!("{seen}… ({all} characters)"),
        }
    }

    pub(crate) fn said(&self, at: usize) -> String {
        match self.run.out.get(at) {
            Some(said) => said.to_string(),
            None => self.run.err[at - self.run.out.len()].clone(),
        }
    }
}

/// Nothing orders the last line on standard output and the first on standard error.
fn swaps(pairs: &[Option<usize>], out: usize) -> Vec<(usize, usize)> {
    let at_end_of_out = |at: usize| at + 1 == out;
    (1..pairs.len())
        .map(|at| (at - 1, at))
        .filter(|&(one, other)| pairs[other].is_some() && pairs[one] > pairs[other])
        .filter(|&(one, _)| !at_end_of_out(one))
        .collect()
}

fn unusual(golden: &Golden, pairs: &[Option<usize>], out: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let lines = golden.order.lines.iter().enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.usually_after.is_empty()) {
        let Some(own) = pairs.iter().position(|&line| line == Some(index)) else { continue };
        for &usual in &line.usually_after {
            let last = pairs.iter().rposition(|&line| line == Some(usual));
            if last.is_some_and(|last| own < last && (own < out) == (last < out)) {
                found.push((index, usual));
            }
        }
    }
    found
}

/// "1 run", "2 runs".
pub fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
