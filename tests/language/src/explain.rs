//! A golden file in words: each cause under its line, and what nothing orders.

use std::collections::HashSet;

use crate::cause::Cause;
use crate::golden::Golden;
use crate::order::{Line, Why};
use crate::parse::Malformed;
use crate::row::Row;
use crate::written::Written;

impl Golden {
    /// The file that this was read from, with each cause and note spelled out under its line; then
    /// the lines that nothing orders.
    ///
    /// # Errors
    /// If that is not the file's text.
    pub fn explain(&self, source: &str) -> Result<Vec<Row>, Box<Malformed>> {
        let mut rows = Vec::new();
        let width = source.lines().count().to_string().len();
        let written = Written::lines(&self.file, source)?;
        for ((number, row), written) in (1..).zip(source.lines()).zip(written) {
            rows.push(Row::new(0).plain(format!("{number:>width$}  ")).hanging().plain(row));
            for note in written.notes {
                let line = self.order.lines.iter().find(|line| line.number == number);
                let cause = line.zip(note.cause.as_ref());
                let event = cause.map_or(String::new(), |(line, cause)| self.event(line, cause));
                rows.push(Row::new(width + 6).plain(event + &note.sentence));
            }
        }
        rows.push(Row::default());
        rows.extend(self.freedom());
        Ok(rows)
    }

    /// What a cause did here, and after which lines it did it.
    fn event(&self, line: &Line, cause: &Cause) -> String {
        let mut after: Vec<usize> = line
            .edges
            .iter()
            .filter(|(_, why)| matches!(why, Why::Cause(own) if self.order.causes[*own] == *cause))
            .map(|&(source, _)| self.order.lines[source].number)
            .collect();
        after.sort();
        after.dedup();
        if after.is_empty() {
            return String::new();
        }
        let (who, source) = (line.lane.to_string(), cause.source.to_string());
        format!("After {}: {}. ", lines(&after), cause.verb.event(&who, &source))
    }

    /// Which lines may change places.
    fn freedom(&self) -> Vec<Row> {
        let n = self.order.lines.len();
        let mut before: Vec<HashSet<usize>> = Vec::new();
        for line in &self.order.lines {
            let mut all = HashSet::new();
            for &(source, _) in &line.edges {
                all.extend(before[source].iter().copied());
                all.insert(source);
            }
            before.push(all);
        }
        let is_free = |a: usize, b: usize| a < b && !before[b].contains(&a);
        let free_of = |a: usize| -> Vec<usize> { (0..n).filter(|&b| is_free(a, b)).collect() };
        let number = |line: usize| self.order.lines[line].number;
        let mut rows = Vec::new();
        let mut at = 0;
        while at < n {
            // Lines of one `*` lane are told together, and so are neighbours that are free alike.
            let mut end = at;
            let beyond = |of: usize, end: usize| -> Vec<usize> {
                free_of(of).into_iter().filter(|&b| b > end).collect()
            };
            while end + 1 < n
                && (at..=end).all(|line| is_free(line, end + 1) == is_free(at, at + 1))
                && self.order.lines[end + 1].lane == self.order.lines[at].lane
                && beyond(end + 1, end + 1) == beyond(at, end + 1)
            {
                end += 1;
            }
            let these: Vec<usize> = (at..=end).map(number).collect();
            let lane = &self.order.lines[at].lane;
            let among = (at..end).any(|line| is_free(line, line + 1));
            let others: Vec<usize> = beyond(at, end).into_iter().map(number).collect();
            if among {
                rows.push(Row::text(format!("{} ({lane}) among themselves", lines(&these))));
            }
            if !others.is_empty() {
                rows.push(Row::text(format!("{} ({lane}) and {}", lines(&these), lines(&others))));
            }
            at = end + 1;
        }
        let first = match rows.is_empty() {
            true => "Everything is ordered: each run prints these lines in this order.",
            false if self.order.queues.is_empty() => {
                "Nothing orders these, so they may change places, unless one process says both:"
            }
            false => {
                "Nothing orders these, so they may change places, unless one process says both, or \
                 `next from` is in the way:"
            }
        };
        rows.insert(0, Row::new(0).plain(first));
        rows
    }
}

/// `[2, 3, 4, 7]` as "lines 2 to 4 and 7".
pub(crate) fn lines(numbers: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let words = ranges.iter().flat_map(|&(first, last)| match last - first {
        0 => vec![first.to_string()],
        1 => vec![first.to_string(), last.to_string()],
        _ => vec![format!("{first} to {last}")],
    });
    let plural = if numbers.len() == 1 { "" } else { "s" };
    format!("line{plural} {}", list(&words.collect::<Vec<_>>()))
}

/// As in "a, b and c".
fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_are_listed_in_ranges() {
        assert_eq!(super::lines(&[2]), "line 2");
        assert_eq!(super::lines(&[2, 3]), "lines 2 and 3");
        assert_eq!(super::lines(&[2, 3, 4, 7]), "lines 2 to 4 and 7");
        assert_eq!(super::lines(&[1, 3, 5, 6]), "lines 1, 3, 5 and 6");
    }
}
