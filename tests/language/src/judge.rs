//! Judging a run: what is wrong with it, if anything. After each problem the walk is repaired and
//! goes on, so that one slip does not redden the rest.

use crate::golden::Golden;
use crate::lane::Lane;
use crate::matcher::Block;
use crate::order::Line;
use crate::parse::{Stream, likeness};
use crate::problem::Problem;
use crate::report::{Endless, Report};
use crate::transcript::{End, Run, Said};
use crate::walk::{Outcome, Walker};

/// How a run went through a golden file.
pub(crate) struct Walk {
    /// The golden line of each line of the run: standard output, then standard error.
    pub pairs: Vec<Option<usize>>,
    pub problems: Vec<Problem>,
}

/// A run with so many problems is another program's; the rest of it is not judged. It is also the
/// number of golden lines that a strange line is compared with.
const ENOUGH: usize = 100;

impl Golden {
    /// Is this run one of the orders that the file allows, and if not, why not?
    pub fn check(&self, run: &Run) -> Report<'_> {
        self.check_watched(run, None)
    }

    /// The same for a run that was watched: also who waits for what, if it did not end.
    pub fn check_watched(&self, run: &Run, endless: Option<Endless>) -> Report<'_> {
        let Walk { pairs, mut problems } = self.walk(run);
        if run.end != self.end && !(self.may_hang && run.end == End::TimeLimit) {
            problems.push(Problem::End { expected: self.end, found: run.end });
        }
        if !self.may_outlive(run) {
            let (expected, found) = (self.outlives_main.clone(), run.outlived_main.clone());
            problems.push(Problem::Outlived { expected, found });
        }
        let interrupted = endless.as_ref().is_some_and(|endless| endless.interrupted);
        if interrupted && problems.is_empty() {
            // It was to hang until its time limit.
            problems.push(Problem::End { expected: self.end, found: run.end });
        }
        Report::new(self, run.clone(), Walk { pairs, problems }, endless)
    }

    /// Judges text that a program has printed, where nobody knows how it ended. Lines without a
    /// process's name are taken for stderr if the golden file has any; without such lines, stderr
    /// is not judged.
    ///
    /// ```
    /// use golden::{Golden, Language};
    ///
    /// let file = "main | starts\nmain ! a complaint\nexit 1\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// assert!(golden.check_printed("main       | starts\n").is_legal());
    /// assert!(golden.check_printed("a complaint\nmain       | starts\n").is_legal());
    /// assert!(!golden.check_printed("main       | stops\n").is_legal());
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn check_printed(&self, text: &str) -> Report<'_> {
        let mut run = Run::printed(text, "");
        if self.order.lines.iter().any(|line| line.stream == Stream::Err) {
            let names_nobody = |line: &&Line| {
                line.stream == Stream::Out && line.lane == Lane::Named(String::new())
            };
            let is_out = |said: &Said| {
                let mut unnamed = self.order.lines.iter().filter(names_nobody);
                !said.process.is_empty() || unnamed.any(|line| line.text.fit(&said.text).is_some())
            };
            let (out, err) = run.out.into_iter().partition(is_out);
            let err: Vec<Said> = err;
            run.out = out;
            run.err = err.into_iter().map(|said| said.text).collect();
        }
        let Walk { pairs, mut problems } = self.walk(&run);
        problems.retain(|problem| match problem {
            Problem::Missing { line } => {
                !run.err.is_empty() || self.order.lines[*line].stream == Stream::Out
            }
            _ => true,
        });
        Report::new(self, run, Walk { pairs, problems }, None)
    }

    /// What is wrong with what was printed; how it ended is looked at elsewhere.
    fn walk(&self, run: &Run) -> Walk {
        let mut as_known = run.clone();
        let mut problems = self.rename(&mut as_known);
        let mut walker = Walker::new(self, &as_known);
        let mut to_the_end = true;
        loop {
            match walker.walk() {
                Outcome::Legal => break,
                Outcome::Stuck(at) if at == run.out.len() + run.err.len() => {
                    let missing =
                        (0..self.order.lines.len()).filter(|&line| walker.is_missing(line));
                    problems.extend(missing.map(|line| Problem::Missing { line }));
                    break;
                }
                Outcome::Stuck(at) if problems.len() < ENOUGH => {
                    problems.push(self.blame(&mut walker, &as_known, at));
                }
                Outcome::Stuck(_) => {
                    to_the_end = false;
                    break;
                }
                Outcome::Ambiguous(lines) => {
                    to_the_end = false;
                    problems.push(Problem::Ambiguous { run: walker.pairs.len(), lines });
                    break;
                }
            }
        }
        let mut came = vec![false; self.order.lines.len()];
        walker.pairs.iter().flatten().for_each(|&line| came[line] = true);
        // A line whose predecessor never came is right; what is wrong is that the other is missing.
        problems.retain_mut(|problem| {
            let early = to_the_end && matches!(problem, Problem::TooEarly { .. });
            if let Problem::TooEarly { missing, .. } | Problem::Almost { missing, .. } = problem {
                missing.retain(|&line| came[line]);
                return !early || !missing.is_empty();
            }
            true
        });
        if run.more > 0 {
            // They may be among those that nobody has read.
            problems.retain(|problem| !matches!(problem, Problem::Missing { .. }));
            problems.insert(0, Problem::TooMuch { more: run.more });
        }
        Walk { pairs: walker.pairs, problems }
    }

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
    fn blame(&self, walker: &mut Walker, run: &Run, at: usize) -> Problem {
        let missing = |walker: &Walker, line: usize| -> Vec<usize> {
            let after = self.index.after[line].iter().copied();
            after.filter(|&line| walker.is_missing(line)).collect()
        };
        let blocks = walker.blocks(at);
        if let Some((line, fit, block)) = blocks.into_iter().min_by_key(|(_, _, block)| rank(block))
        {
            if block == Block::Done {
                walker.skip();
                return Problem::Repeated { run: at, line };
            }
            let missing = missing(walker, line);
            walker.force(line, Some(fit), Some(&block));
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
        let almost = best(walker.ready(stream, process), 0.5)
            .or_else(|| best(walker.waiting(stream, process), 0.7));
        if let Some(line) = almost {
            let missing = missing(walker, line);
            walker.force(line, None, None);
            return Problem::Almost { run: at, line, missing };
        }
        let elsewhere = (0..self.order.lines.len()).find(|&line| {
            !walker.state.said.has(line) && self.order.lines[line].text.fit(text).is_some()
        });
        let next = walker.ready(stream, None);
        walker.skip();
        Problem::Unexpected { run: at, next, elsewhere }
    }
}

/// The nearer a line is to being right, the more likely it was meant.
fn rank(block: &Block) -> usize {
    match block {
        Block::Value { .. } => 0,
        Block::SaidLater(_) | Block::Behind(_) => 1,
        Block::Turn(_) | Block::ItemFirst(_) => 2,
        Block::OtherProcess(_) | Block::Unfinished(_) | Block::SameProcess(_) => 3,
        Block::Waits => 4,
        Block::Without(_) => 5,
        Block::Over => 6,
        Block::Done => 7,
    }
}
