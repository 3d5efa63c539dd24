//! A golden file in words: each cause under its line, and what nothing orders.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

use crate::cause::Verb;
use crate::model::{Golden, Line, Why};

impl Golden {
    /// The file that this was read from, with each cause and note spelled out under its line; then
    /// the lines that nothing orders.
    pub fn explain(&self, source: &str) -> String {
        let mut text = String::new();
        let mut told = HashSet::new();
        let width = source.lines().count().to_string().len();
        for (index, row) in source.lines().enumerate() {
            let number = index + 1;
            let _ = writeln!(text, "{number:>width$}  {row}");
            for line in self.lines.iter().filter(|line| line.number == number) {
                for sentence in self.sentences(line, &mut told) {
                    let _ = writeln!(text, "{:width$}      {sentence}", "");
                }
            }
        }
        text + "\n" + &self.freedom()
    }

    fn sentences(&self, line: &Line, told: &mut HashSet<usize>) -> Vec<String> {
        let mut sentences = Vec::new();
        let mut causes = BTreeSet::new();
        causes.extend(line.edges.iter().filter_map(|(_, why)| match why {
            Why::Cause(cause) => Some(*cause),
            Why::SameProcess => None,
        }));
        for cause in causes {
            // A start holds for the lines below, too; it is written once.
            if told.insert(cause) {
                let mut after: Vec<usize> = line
                    .edges
                    .iter()
                    .filter(|(_, why)| matches!(why, Why::Cause(own) if *own == cause))
                    .map(|&(source, _)| self.lines[source].number)
                    .collect();
                after.sort();
                after.dedup();
                let cause = &self.causes[cause];
                let who = line.lane.to_string();
                let source = cause.source.to_string();
                sentences.push(format!(
                    "After {}: {}. {}",
                    lines(&after),
                    cause.verb.event(&who, &source),
                    cause.verb.sentence(&source)
                ));
            }
        }
        if let Some(&usual) = line.usually_after.last() {
            let source = self.lines[usual].lane.to_string();
            let sentence = Verb::ByTheClockAfter.sentence(&source);
            sentences.push(format!("Usually after the lines of {source}. {sentence}"));
        }
        match (line.optional, line.repeats) {
            (true, true) => sentences.push("It may come any number of times, or never.".to_owned()),
            (true, false) => sentences.push("It may be missing.".to_owned()),
            (false, true) => sentences.push("It may come several times.".to_owned()),
            (false, false) => {}
        }
        for turn in line.turns.iter().map(|&turn| &self.turns[turn]) {
            if self.lines[turn.lines[0]].number == line.number {
                sentences.push(format!(
                    "A turn of `{}` begins: no other turn of it begins before this one has ended.",
                    turn.lock_name
                ));
            }
        }
        sentences
    }

    /// Which lines may change places.
    fn freedom(&self) -> String {
        let n = self.lines.len();
        let mut before: Vec<HashSet<usize>> = Vec::new();
        for line in &self.lines {
            let mut all = HashSet::new();
            for &(source, _) in &line.edges {
                all.extend(before[source].iter().copied());
                all.insert(source);
            }
            before.push(all);
        }
        let is_free = |a: usize, b: usize| a < b && !before[b].contains(&a);
        let free_of = |a: usize| -> Vec<usize> { (0..n).filter(|&b| is_free(a, b)).collect() };
        let number = |line: usize| self.lines[line].number;
        let mut text = String::new();
        let mut at = 0;
        while at < n {
            // Lines of one `*` lane are told together, and so are neighbours that are free alike.
            let mut end = at;
            let beyond = |of: usize, end: usize| -> Vec<usize> {
                free_of(of).into_iter().filter(|&b| b > end).collect()
            };
            while end + 1 < n
                && (at..=end).all(|line| is_free(line, end + 1) == is_free(at, at + 1))
                && self.lines[end + 1].lane == self.lines[at].lane
                && beyond(end + 1, end + 1) == beyond(at, end + 1)
            {
                end += 1;
            }
            let these: Vec<usize> = (at..=end).map(number).collect();
            let lane = &self.lines[at].lane;
            let among = (at..end).any(|line| is_free(line, line + 1));
            let others: Vec<usize> = beyond(at, end).into_iter().map(number).collect();
            if among {
                let _ = writeln!(text, "  {} ({lane}) among themselves", lines(&these));
            }
            if !others.is_empty() {
                let _ = writeln!(text, "  {} ({lane}) and {}", lines(&these), lines(&others));
            }
            at = end + 1;
        }
        match text.is_empty() {
            true => {
                "Everything is ordered: each run prints these lines in this order.\n".to_owned()
            }
            false => format!(
                "Nothing orders these, so they may change places, unless one process says both:\n{text}"
            ),
        }
    }
}

/// `[2, 3, 4, 7]` as "lines 2 to 4 and 7".
fn lines(numbers: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let words = ranges.iter().map(|&(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first} to {last}"),
    });
    let plural = if numbers.len() == 1 { "" } else { "s" };
    format!("line{plural} {}", words.collect::<Vec<_>>().join(", "))
}
