//! The run that a golden file shows, and what that run says about the file.

use std::collections::BTreeMap;

use crate::golden::Golden;
use crate::index::Index;
use crate::lane::Lane;
use crate::order::{Line, Order};
use crate::parse::{Malformed, ParsedLine, Slip, Stream};
use crate::text::{Hole, Kind};
use crate::transcript::{Run, Said};

impl Golden {
    /// The run that the file shows: every line once, in the file's order, with values made up
    /// for the holes.
    pub fn as_written(&self) -> Run {
        let mut run = Run { end: self.end, ..Run::default() };
        run.outlived_main = self.outlives_main.clone();
        let mut counted = vec![0; self.order.counters];
        // A number's name may have its range at another line.
        let mut lows = vec![None; self.order.names];
        for used in self.order.lines.iter().flat_map(|line| &line.holes) {
            if let (Some(name), Kind::Range(low, _)) = (used.name, &used.hole.kind) {
                lows[name] = lows[name].max(Some(*low));
            }
        }
        for line in &self.order.lines {
            let mut holes = line.holes.iter();
            let text = line.text.filled(|hole| {
                let used = holes.next();
                let name = used.and_then(|used| used.name);
                match (&hole.kind, used.and_then(|used| used.counter)) {
                    (Kind::Count { first, step }, Some(counter)) => {
                        counted[counter] += 1;
                        (first + (counted[counter] - 1) * step).to_string()
                    }
                    (Kind::Pid, _) => (1000 + name.unwrap_or(0)).to_string(),
                    _ => match name.and_then(|name| lows[name]) {
                        Some(low) => low.to_string(),
                        None => example_value(hole),
                    },
                }
            });
            match line.stream {
                Stream::Out => run.out.push(Said { process: line.lane.example(), text }),
                Stream::Err => run.err.push(text),
            }
        }
        run
    }

    /// The file must itself be a legal run.
    pub(crate) fn keeps_its_rules(&self, lines: &[ParsedLine]) -> Result<(), Box<Malformed>> {
        let report = self.check(&self.as_written());
        let Some(problem) = report.problems.first() else {
            return Ok(());
        };
        let number = problem.golden_line(self).unwrap_or(0);
        let line = lines.iter().find(|line| line.number == number).or(lines.last());
        let ParsedLine { number, source, .. } = line.expect("a problem has a line");
        let expected = format!("a file that keeps its own rules: {}", problem.headline(&report));
        Err(Slip::new(0, source, expected).in_file(&self.file, *number, source))
    }
}

impl Order {
    /// What is legal and yet better written in another way.
    pub fn warnings(&self, index: &Index, file: &str) -> Vec<String> {
        let mut warnings = Vec::new();
        for family in &index.families {
            let first = &self.lines[family.lines[0]];
            if first.lane.is_any()
                && let Some(&second) = family.lines.get(1)
            {
                warnings.push(format!(
                    "{file}: lines {} and {} of {} say the same: the check cannot tell them apart",
                    first.number, self.lines[second].number, first.lane
                ));
            }
        }
        let mut lanes: BTreeMap<&Lane, &Line> = BTreeMap::new();
        for line in &self.lines {
            if let Some(above) = lanes.insert(&line.lane, line)
                && line.repeats
                && above.repeats
                && (above.text.fit(&example_text(line)).is_some()
                    || line.text.fit(&example_text(above)).is_some())
            {
                warnings.push(format!(
                    "{file}: lines {} and {} both repeat and match the same text",
                    above.number, line.number
                ));
            }
        }
        warnings
    }
}

fn example_value(hole: &Hole) -> String {
    match &hole.kind {
        Kind::Pid => "1000".into(),
        Kind::Text => "some text".into(),
        Kind::Time => "0.5".into(),
        Kind::Number => "0".into(),
        Kind::Range(first, _) | Kind::Count { first, .. } => first.to_string(),
        Kind::OneOf(list) => list[0].clone(),
    }
}

fn example_text(line: &Line) -> String {
    line.text.filled(example_value)
}
