//! Judging a run: what is wrong with it, if anything. After each problem the walk is repaired and
//! goes on, so that one slip does not redden the rest.

use crate::lane::Lane;
use crate::matcher::Block;
use crate::model::Golden;
use crate::parse::{Stream, likeness};
use crate::row::Row;
use crate::transcript::{End, Run};
use crate::walk::{Outcome, Walk};

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
    pub(crate) stand: Option<Endless>,
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

/// A run with so many problems is another program's; the rest of it is not judged. It is also the
/// number of golden lines that a strange line is compared with.
const ENOUGH: usize = 100;

impl Golden {
    /// Did those outlive main who may, and nobody else? Who is seen alive has outlived main. Who is
    /// not may have done so for a moment, and one that outlived main may have joined another: that
    /// a process outlived main is denied only where main left nobody at all. What it saw of main's
    /// end it says itself.
    ///
    /// A process shows at most 15 bytes of its name, in whole letters, and one of Python shows only
    /// that it is Python.
    fn may_outlive(&self, run: &Run) -> bool {
        let expected = &self.outlives_main;
        let alive = &run.outlived_main;
        let mut names = alive.iter().map(|process| process.split(" (pid ").next().unwrap_or(""));
        let is_expected = |name: &str| {
            let fits = |own: &String| {
                let cut = own.strip_prefix(name).map(|rest| rest.chars().next());
                cut.is_some_and(|next| next.is_none_or(|next| name.len() + next.len_utf8() > 15))
            };
            name.starts_with("python") || expected.iter().any(fits)
        };
        let has_ended = run.end != End::TimeLimit;
        let left_nobody = has_ended && alive.is_empty() && run.ended_unjoined.is_empty();
        names.all(is_expected)
            && alive.len() <= expected.len()
            && (expected.is_empty() || !left_nobody)
    }

    /// The same for a run that was watched: also who waits for what, if it did not end.
    pub fn judge(&self, run: &Run, stand: Option<Endless>) -> Report<'_> {
        let mut report = self.check(run);
        if stand.as_ref().is_some_and(|stand| stand.interrupted) && report.is_legal() {
            // It was to hang until its time limit.
            report.problems.push(Problem::End { expected: self.end, found: run.end });
        }
        report.stand = stand;
        report
    }

    /// Is this run one of the orders that the file allows, and if not, why not?
    pub fn check(&self, run: &Run) -> Report<'_> {
        let mut as_known = run.clone();
        let mut problems = self.rename(&mut as_known);
        let mut walk = Walk::new(self, &as_known);
        let mut to_the_end = true;
        loop {
            match walk.walk() {
                Outcome::Legal => break,
                Outcome::Stuck(at) if at == run.out.len() + run.err.len() => {
                    let missing = (0..self.order.lines.len()).filter(|&line| walk.is_missing(line));
                    problems.extend(missing.map(|line| Problem::Missing { line }));
                    break;
                }
                Outcome::Stuck(at) if problems.len() < ENOUGH => {
                    problems.push(self.blame(&mut walk, &as_known, at));
                }
                Outcome::Stuck(_) => {
                    to_the_end = false;
                    break;
                }
                Outcome::Ambiguous(lines) => {
                    to_the_end = false;
                    problems.push(Problem::Ambiguous { run: walk.pairs.len(), lines });
                    break;
                }
            }
        }
        let mut place = vec![None; self.order.lines.len()];
        for (at, line) in walk.pairs.iter().enumerate() {
            if let Some(line) = line {
                place[*line].get_or_insert(at);
            }
        }
        // A line whose predecessor never came is right; what is wrong is that the other is missing.
        problems.retain_mut(|problem| {
            let early = to_the_end && matches!(problem, Problem::TooEarly { .. });
            if let Problem::TooEarly { missing, .. } | Problem::Almost { missing, .. } = problem {
                missing.retain(|&line| place[line].is_some());
                return !early || !missing.is_empty();
            }
            true
        });
        if run.more > 0 {
            // They may be among those that nobody has read.
            problems.retain(|problem| !matches!(problem, Problem::Missing { .. }));
            problems.insert(0, Problem::TooMuch { more: run.more });
        }
        if run.end != self.end {
            problems.push(Problem::End { expected: self.end, found: run.end });
        }
        if !self.may_outlive(run) {
            let (expected, found) = (self.outlives_main.clone(), run.outlived_main.clone());
            problems.push(Problem::Outlived { expected, found });
        }
        Report {
            golden: self,
            run: run.clone(),
            swaps: self.swaps(&walk.pairs, run.out.len()),
            unusual: self.unusual(&walk.pairs, &place, run.out.len()),
            pairs: walk.pairs,
            problems,
            stand: None,
        }
    }

    /// Has each process that the file does not know, and that says only what the file has of another
    /// one that is missing, go by a name that the file knows.
    fn rename(&self, run: &mut Run) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for said in run.out.iter().filter(|said| !said.process.is_empty()) {
            if !names.contains(&said.process) {
                names.push(said.process.clone());
            }
        }
        let out = || self.order.lines.iter().filter(|line| line.stream == Stream::Out);
        let mut lanes: Vec<Lane> = out().map(|line| line.lane.family()).collect();
        lanes.dedup();
        lanes.retain(|lane| *lane != Lane::Named(String::new()));
        lanes.retain(|lane| lane.is_any() || names.iter().all(|name| !lane.fits(name)));
        names.retain(|name| out().all(|line| !line.lane.fits(name)));
        for name in names {
            let of_it = || run.out.iter().filter(|said| said.process == name);
            let says_all = |lane: &&Lane| {
                let fits = |text: &str| {
                    out().any(|line| lane.covers(&line.lane) && line.text.fit(text).is_some())
                };
                of_it().all(|said| fits(&said.text))
            };
            let Some(lane) = lanes.iter().find(says_all).cloned() else { continue };
            let own = match &lane {
                Lane::Any { before, after } => format!("{before}{name}{after}"),
                lane => lane.example(),
            };
            lanes.retain(|other| other.is_any() || *other != lane);
            let first = run.out.iter().position(|said| said.process == name).unwrap_or(0);
            problems.push(Problem::Renamed { run: first, name: name.clone(), lane });
            for said in run.out.iter_mut().filter(|said| said.process == name) {
                said.process.clone_from(&own);
            }
        }
        problems
    }

    /// Says what is wrong with the run's line `at`, and repairs the walk so that it goes on
    /// behind that line.
    fn blame(&self, walk: &mut Walk, run: &Run, at: usize) -> Problem {
        let blocks = walk.blocks(at);
        if let Some((line, fit, block)) = blocks.into_iter().min_by_key(|(_, _, block)| rank(block))
        {
            if block == Block::Done {
                walk.skip();
                return Problem::Repeated { run: at, line };
            }
            let missing: Vec<usize> = self.index.after[line].clone();
            let missing = missing.into_iter().filter(|&line| walk.is_missing(line)).collect();
            walk.force(line, Some(fit), Some(&block));
            return match block {
                Block::Waits => Problem::TooEarly { run: at, line, missing },
                block => Problem::Blocked { run: at, line, block },
            };
        }
        let (stream, process, text) = match run.out.get(at) {
            Some(said) => (Stream::Out, Some(said.process.as_str()), said.text.as_str()),
            None => (Stream::Err, None, run.err[at - run.out.len()].as_str()),
        };
        let like = |line: usize| likeness(&self.order.lines[line].text.source, text);
        let best = |lines: Vec<usize>, least: f64| {
            let best = lines.into_iter().take(ENOUGH).max_by(|&a, &b| like(a).total_cmp(&like(b)));
            best.filter(|&line| like(line) >= least)
        };
        // A line that cannot be next must be the more alike.
        let almost = best(walk.ready(stream, process), 0.5)
            .or_else(|| best(walk.waiting(stream, process), 0.7));
        if let Some(line) = almost {
            let after = self.index.after[line].iter().copied();
            let missing = after.filter(|&line| walk.is_missing(line)).collect();
            walk.force(line, None, None);
            return Problem::Almost { run: at, line, missing };
        }
        walk.skip();
        let elsewhere = (0..self.order.lines.len()).find(|&line| {
            !walk.state.said.has(line) && self.order.lines[line].text.fit(text).is_some()
        });
        let next = walk.ready(stream, None);
        Problem::Unexpected { run: at, next, elsewhere }
    }

    fn swaps(&self, pairs: &[Option<usize>], out: usize) -> Vec<(usize, usize)> {
        let at_end_of_out = |at: usize| at + 1 == out;
        (1..pairs.len())
            .map(|at| (at - 1, at))
            .filter(|&(one, other)| pairs[other].is_some() && pairs[one] > pairs[other])
            .filter(|&(one, _)| !at_end_of_out(one))
            .collect()
    }

    fn unusual(
        &self,
        pairs: &[Option<usize>],
        place: &[Option<usize>],
        out: usize,
    ) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (index, line) in self.order.lines.iter().enumerate() {
            let Some(own) = place[index] else { continue };
            for &usual in &line.usually_after {
                let last = pairs.iter().rposition(|&line| line == Some(usual));
                if last.is_some_and(|last| own < last && (own < out) == (last < out)) {
                    found.push((index, usual));
                }
            }
        }
        found
    }
}

/// The nearer a line is to being right, the more likely it was meant.
fn rank(block: &Block) -> usize {
    match block {
        Block::Value { .. } => 0,
        Block::SaidLater(_) => 1,
        Block::Turn(_) | Block::ItemFirst(_) => 2,
        Block::OtherProcess(_) | Block::Unfinished(_) | Block::SameProcess(_) => 3,
        Block::Waits => 4,
        Block::Without(_) => 5,
        Block::Over => 6,
        Block::Done => 7,
    }
}

impl Report<'_> {
    /// May the run be as it is?
    pub fn is_legal(&self) -> bool {
        self.problems.is_empty()
    }

    /// Where it stood, if it had to end and did not.
    pub(crate) fn endless(&self) -> Option<&Endless> {
        let may_hang = self.golden.end == End::TimeLimit;
        let stand = self.stand.as_ref().filter(|_| !self.is_legal());
        stand.filter(|stand| stand.interrupted || !may_hang)
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
}
