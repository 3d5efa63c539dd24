//! A verdict in words.

use std::collections::BTreeSet;
use std::fmt;

use crate::explain;
use crate::lane::Lane;
use crate::matcher::Block;
use crate::model::Golden;
use crate::order::Why;
use crate::parse::Stream;
use crate::row::{Row, Tone};
use crate::text;
use crate::transcript::MOST;
use crate::verdict::{Problem, Report, Verdict};

/// So many examples of the same thing are enough.
const ENOUGH: usize = 3;

/// So many more problems are told, in short.
const MOST_TOLD: usize = 10;

const NEVER_CAME: &str = "never came";

/// A run of so many lines is shown whole: more than any lesson has.
const MOST_SHOWN: usize = 60;

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

/// Unwrapped: [`Report::rows`] can be wrapped.
impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows().iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

/// Lines of which the same can be said.
struct Group<'r> {
    first: &'r Problem,
    brief: String,
    lines: Vec<usize>,
}

impl Report<'_> {
    /// The message for a person; the first row is the verdict.
    pub fn rows(&self) -> Vec<Row> {
        let tone = if self.is_legal() { Tone::Good } else { Tone::Bad };
        let mut rows = vec![Row::new(0).toned(tone, self.headline())];
        if self.is_legal() {
            rows.extend(self.changed_places());
        } else if let Some(stand) = &self.stand {
            rows.extend([Row::default(), Row::text("Who waits for what:")]);
            rows.extend_from_slice(&stand.rows);
        }
        rows.extend(self.faults());
        for &(index, usual) in &self.unusual {
            let (a, b) = (self.golden.quote(index), self.golden.quote(usual));
            rows.push(Row::text(format!(
                "Unusual but legal: {a} came before {b}; only the clock orders them."
            )));
        }
        if !self.is_legal() {
            rows.extend(self.line_by_line());
        }
        rows
    }

    fn changed_places(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for &(one, other) in self.swaps.iter().take(ENOUGH) {
            rows.push(match rows.is_empty() {
                true => Row::text(
                    "Compared with the golden file, these lines have changed places; nothing orders \
                     them:",
                ),
                false => Row::default(),
            });
            let width = self.number(other).to_string().len();
            rows.extend(
                [one, other].map(|at| self.line(at, format!("  {:>width$}  ", self.number(at)))),
            );
        }
        if self.swaps.len() > ENOUGH {
            let more = count(self.swaps.len() - ENOUGH, "more such pair");
            rows.push(Row::text(format!("… and {more}")));
        }
        rows
    }

    /// What is wrong: the first fault with its cause and the question to ask, the others in short.
    fn faults(&self) -> Vec<Row> {
        let mut groups: Vec<Group> = Vec::new();
        for problem in self.told() {
            let brief = problem.brief(self);
            match (groups.iter_mut().find(|group| group.brief == brief), self.run_line(problem)) {
                (Some(group), Some(at)) => group.lines.push(at),
                (_, at) => {
                    groups.push(Group { first: problem, brief, lines: at.into_iter().collect() });
                }
            }
        }
        let mut groups = groups.into_iter();
        let Some(Group { first, lines, .. }) = groups.next() else { return Vec::new() };
        let mut rows = vec![Row::default()];
        if let Some(&at) = lines.first() {
            let place = format!("{}: ", self.place(at));
            rows.push(
                Row::new(2).toned(Tone::Strong, place).hanging().toned(Tone::Strong, self.seen(at)),
            );
        }
        rows.push(Row::text(first.headline(self)));
        if let Some(others) = lines.get(1..).filter(|others| !others.is_empty()) {
            rows.push(Row::text(format!("The same goes for {}.", self.places(others))));
        }
        for (nth, group) in groups.by_ref().take(MOST_TOLD).enumerate() {
            if nth == 0 {
                rows.extend([Row::default(), Row::text("Also:")]);
            }
            let row = Row::text("- ").hanging();
            rows.push(match group.lines.is_empty() {
                true => row.plain(group.brief),
                false => row.plain(format!("{}: {}", self.places(&group.lines), group.brief)),
            });
        }
        let untold = groups.count();
        if untold > 0 {
            rows.push(Row::text(format!("… and {untold} more like these")));
        }
        rows
    }

    /// The run, and what became of each line.
    fn line_by_line(&self) -> Vec<Row> {
        let shown = self.shown_lines();
        let never_came = self.never_came().filter(|_| self.endless().is_some());
        let words = shown.iter().map(|&at| self.margin(at));
        let words = words.chain(never_came.iter().map(|_| NEVER_CAME.to_owned()));
        let width = words.map(|word| word.len()).max().unwrap_or(0);
        let digits = shown.iter().map(|&at| self.number(at)).max().unwrap_or(0).to_string().len();
        let beside = |text: String| Row::text(" ".repeat(width + digits + 4)).hanging().plain(text);

        let what = if self.endless().is_some() { "The lines so far" } else { "The run" };
        let mut rows = vec![Row::default(), Row::text(format!("{what}, line by line:"))];
        let mut next = 0;
        for at in shown {
            if at > next {
                rows.push(beside(format!("… {}", count(at - next, "more line"))));
            }
            let word = self.margin(at);
            let tone = if word.starts_with("golden line") { Tone::Plain } else { Tone::Bad };
            let line = self.line(at, format!("  {:>digits$}  ", self.number(at)));
            rows.push(line.titled(tone, format!("{word:<width$}")));
            next = at + 1;
        }
        let more = (self.lines_said() - next) as u64 + self.run.more;
        if more > 0 {
            rows.push(beside(format!("… and {more} more")));
        }
        if let Some((_, lines)) = never_came {
            let word = format!("{NEVER_CAME:<width$}");
            rows.push(
                Row::new(2)
                    .toned(Tone::Bad, word)
                    .plain(" ".repeat(digits + 4))
                    .hanging()
                    .plain(lines),
            );
        }
        rows
    }

    /// A line of the run behind this margin; what is too long goes on below its text.
    fn line(&self, at: usize, margin: String) -> Row {
        let seen = self.seen(at);
        let lane = self.run.out.get(at).filter(|said| !said.process.is_empty());
        // A program's text can look like anything, so the bar is looked for where `Said` puts it.
        let text = lane.map_or(0, |said| said.process.chars().count().max(10) + 3);
        let text = seen.char_indices().nth(text).map_or(seen.len(), |(at, _)| at);
        let (lane, text) = seen.split_at(text);
        Row::text(margin).plain(lane).hanging().plain(text)
    }

    /// As in "your lines 2, 4 and 5".
    fn places(&self, lines: &[usize]) -> String {
        let out = self.run.out.len();
        let numbers = |on_stderr: bool| {
            let of_it = lines.iter().filter(|&&at| (at >= out) == on_stderr);
            of_it.map(|&at| self.number(at)).collect::<Vec<_>>()
        };
        match (&numbers(false)[..], &numbers(true)[..]) {
            (out, []) => format!("your {}", explain::lines(out)),
            ([], err) => format!("your {} on stderr", explain::lines(err)),
            (out, err) => {
                format!("your {} and your {} on stderr", explain::lines(out), explain::lines(err))
            }
        }
    }

    /// The line that a problem is about, if the run has it.
    fn run_line(&self, problem: &Problem) -> Option<usize> {
        problem.run_line().filter(|&at| at < self.lines_said())
    }
}

impl Golden {
    fn quote(&self, index: usize) -> String {
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
    fn run_line(&self) -> Option<usize> {
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
            Problem::Renamed { .. } => "other name",
            Problem::Unexpected { .. } => "unexpected",
            Problem::Missing { .. } => "missing",
            Problem::Ambiguous { .. } => "undecided",
            Problem::TooMuch { .. } | Problem::End { .. } | Problem::Outlived { .. } => "end",
        }
    }

    /// What is wrong, in a few words that fit one line of the run as well as several.
    fn brief(&self, report: &Report) -> String {
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
                Block::ItemFirst(first) => format!(
                    "came too early: {} had to come first, because one process sent both, and what \
                     one process sends arrives in the order of sending.",
                    quote(first)
                ),
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

impl Report<'_> {
    /// The verdict in a line.
    pub(crate) fn headline(&self) -> String {
        match self.endless() {
            Some(stand) => stand.headline.clone(),
            None => self.verdict().to_string(),
        }
    }

    fn lines_said(&self) -> usize {
        self.run.out.len() + self.run.err.len()
    }

    /// All lines, or those at the beginning, those that a problem is about, and the last one.
    fn shown_lines(&self) -> BTreeSet<usize> {
        let count = self.lines_said();
        if count <= MOST_SHOWN {
            return (0..count).collect();
        }
        let problems = self.told().take(MOST_TOLD).filter_map(|problem| self.run_line(problem));
        problems.chain(0..MOST_SHOWN / 2).chain([count - 1]).collect()
    }

    /// Does its `Display` leave out lines of the run?
    pub fn is_abridged(&self) -> bool {
        self.lines_said() > MOST_SHOWN || self.run.more > 0
    }

    /// The problems that are told one by one. That a run does not end is its headline, and what it
    /// never came to say follows from that; so do the later slips of a lock from the first, and of
    /// several lines that never came one sentence tells.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Problem> {
        let is_endless = self.endless().is_some();
        let first_missing =
            self.problems.iter().position(|problem| matches!(problem, Problem::Missing { .. }));
        let is_told = move |(at, problem): &(usize, &Problem)| match problem {
            Problem::Missing { .. } => !is_endless && first_missing == Some(*at),
            Problem::End { .. } => !is_endless,
            Problem::Blocked { line, block, .. } => {
                !self.follows(&self.problems[..*at], *line, block)
            }
            _ => true,
        };
        self.problems.iter().enumerate().filter(is_told).map(|(_, problem)| problem)
    }

    /// Is it one more line of a lock's turns, after one that came into the middle of a turn?
    fn follows(&self, earlier: &[Problem], line: usize, block: &Block) -> bool {
        let lock = |turn: &usize| self.golden.order.turns[*turn].lock;
        let of_line = self.golden.order.lines[line].turns.iter().map(lock);
        let locks: Vec<usize> = match block {
            Block::Turn(turn) => of_line.chain([lock(turn)]).collect(),
            Block::Over | Block::SaidLater(_) => of_line.collect(),
            _ => return false,
        };
        earlier.iter().any(|problem| match problem {
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

    pub(crate) fn explain(&self, problem: &Problem) -> String {
        let headline = problem.headline(self);
        match self.run_line(problem) {
            Some(at) => format!("{}: {}\n{headline}", self.place(at), self.seen(at)),
            None => headline,
        }
    }

    pub(crate) fn margin(&self, at: usize) -> String {
        let own = self.problems.iter().position(|problem| problem.run_line() == Some(at));
        if let Some(own) = own {
            let follows = match &self.problems[own] {
                Problem::Blocked { line, block, .. } => {
                    self.follows(&self.problems[..own], *line, block)
                }
                _ => false,
            };
            return if follows { "out of turn" } else { self.problems[own].word() }.to_owned();
        }
        match self.pairs.get(at) {
            Some(Some(line)) => format!("golden line {}", self.golden.order.lines[*line].number),
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

    /// The same for the eye: not too long, and without characters that a terminal would obey.
    fn seen(&self, at: usize) -> String {
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

/// "1 run", "2 runs".
pub fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
