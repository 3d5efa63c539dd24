//! A report for a person: the verdict, the faults, and the run line by line.

use std::collections::BTreeSet;
use std::fmt;

use crate::explain;
use crate::problem::Problem;
use crate::report::{Report, count};
use crate::row::{Row, Tone};

/// So many examples of the same thing are enough.
const ENOUGH: usize = 3;

/// So many more problems are told, in short.
const MOST_TOLD: usize = 10;

const NEVER_CAME: &str = "never came";

/// A run of so many lines is shown whole: more than any lesson has.
const MOST_SHOWN: usize = 60;

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
        } else if let Some(stand) = &self.endless {
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
        let words = shown.iter().map(|&at| self.word(at));
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
            let word = self.word(at);
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
}
