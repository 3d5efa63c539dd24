//! Random legal orders of every golden file and example, each with one slip: a line lost, doubled
//! or changed, two lines of a process swapped, a line before its cause. Each is refused, and the
//! slip's own line is blamed. What a file claims is read here by rules of a few lines.

use std::collections::HashMap;
use std::fs;

use crate::folder::golden_files;
use golden::{Cause, Golden, Language, Report, Run, Said, Verb, Written};

const SEEDS: u64 = 3;

/// A line of a golden file.
struct Line {
    lane: String,
    on_stderr: bool,
    text: String,
    varies: bool,
    any_order: bool,
    /// The lines that must come first, by their place in the file: those of each cause.
    sources: Vec<usize>,
}

/// The lines of one language, by their number in the file, from 1.
fn lines(source: &str, other: &str) -> Vec<Option<Line>> {
    let mut lines: Vec<Option<Line>> = vec![None];
    let mut started: Vec<(String, Vec<usize>)> = Vec::new();
    let mut rounds: HashMap<Cause, Vec<usize>> = HashMap::new();
    for written in Written::lines("golden", source).expect("a right file") {
        let mut words = written.text.splitn(2, ['|', '!']);
        let (lane, text) = (words.next().unwrap_or("").trim(), words.next());
        let has = |note: &str| written.notes.iter().any(|noted| noted.text == note);
        let is_setting = lane.starts_with('#') || lane.contains(' ');
        let Some(text) = text.filter(|_| !is_setting && !has(other)) else {
            lines.push(None);
            continue;
        };
        let mut line = Line {
            lane: lane.to_owned(),
            on_stderr: written.text[lane.len()..].trim_start().starts_with('!'),
            text: text.strip_prefix(' ').unwrap_or(text).to_owned(),
            varies: ["perhaps", "once or more", "any number of times"].iter().any(|note| has(note)),
            any_order: has("any order"),
            sources: Vec::new(),
        };
        let mut is_started = false;
        for cause in written.notes.iter().filter_map(|noted| noted.cause.clone()) {
            let from = cause.source.to_string();
            let quoted = |line: &Line| cause.text.as_ref().is_none_or(|text| *text == line.text);
            let fits = |at: &usize| {
                lines[*at].as_ref().is_some_and(|line| covers(&from, &line.lane) && quoted(line))
            };
            let mut above: Vec<usize> = (0..lines.len()).filter(fits).collect();
            match cause.verb {
                Verb::ByTheClockAfter => continue,
                Verb::Joined | Verb::SawTheEndOf | Verb::AllDoneBy => {}
                // What another of the same round says is no source.
                Verb::Met => {
                    let round = rounds.entry(cause.clone()).or_default();
                    let is_again =
                        |at: &usize| lines[*at].as_ref().is_some_and(|above| above.lane == lane);
                    if round.last().copied() != lines.iter().rposition(Option::is_some)
                        || !lane.contains('*') && round.iter().any(is_again)
                    {
                        round.clear();
                    }
                    round.push(lines.len());
                    above.retain(|at| *at < round[0]);
                }
                _ => above = above.split_off(above.len() - 1),
            }
            line.sources.extend(&above);
            if cause.verb == Verb::StartedBy {
                is_started = true;
                started.push((family(lane), above));
            }
        }
        // A start is written once for all later lines of the lane.
        let start = started.iter().rev().find(|(of, _)| covers(of, lane));
        if let (false, Some((_, sources))) = (is_started, start) {
            line.sources.extend(sources);
        }
        lines.push(Some(line));
    }
    lines
}

/// `worker-[a]` as `worker-*`.
fn family(lane: &str) -> String {
    let around = lane.split_once('[').zip(lane.split_once(']'));
    around.map_or(lane.to_owned(), |((before, _), (_, after))| format!("{before}*{after}"))
}

fn covers(lane: &str, other: &str) -> bool {
    match lane.split_once('*') {
        Some((before, after)) => other.starts_with(before) && other.ends_with(after),
        None => lane == other,
    }
}

/// The holes of a text, and what stands in them.
fn holes<'a>(pattern: &'a str, text: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let hole = pattern
        .match_indices('[')
        .find(|(at, _)| pattern[at + 1..].starts_with(|c: char| c.is_ascii_lowercase()));
    let Some((at, _)) = hole else {
        return (pattern.replace("[[", "[") == text).then(Vec::new);
    };
    let (before, rest) = (pattern[..at].replace("[[", "["), &pattern[at..]);
    let (hole, after) = rest.split_at(rest.find(']')? + 1);
    let text = text.strip_prefix(&before)?;
    // The longest first: a number is taken whole.
    (0..=text.len()).rev().filter(|&end| text.is_char_boundary(end)).find_map(|end| {
        let value = &text[..end];
        let right = match hole {
            _ if hole.starts_with("[text") => true,
            _ if hole.starts_with("[one of ") => {
                hole[8..hole.len() - 1].split(" / ").any(|one| one == value)
            }
            _ => value.parse::<f64>().is_ok() && !value.ends_with('.'),
        };
        let mut others = right.then(|| holes(after, &text[end..])).flatten()?;
        others.insert(0, (hole, value));
        Some(others)
    })
}

/// A legal run of a file, and which line of the file each row is.
struct Base<'a> {
    golden: &'a Golden,
    lines: &'a [Option<Line>],
    run: Run,
    numbers: Vec<usize>,
}

impl Base<'_> {
    fn line(&self, row: usize) -> &Line {
        self.lines[self.numbers[row]].as_ref().expect("a line of this language")
    }

    /// Lines of the file but its own that this row's text would suit, too.
    fn rivals(&self, row: usize, text: &str) -> impl Iterator<Item = &Line> {
        let (own, process) = (self.numbers[row], self.run.out.get(row).map(|said| &said.process));
        self.lines.iter().enumerate().filter_map(move |(at, line)| {
            let line = line.as_ref().filter(|_| at != own)?;
            let fits = match process {
                Some(process) => !line.on_stderr && covers(&family(&line.lane), process),
                None => line.on_stderr,
            };
            (fits && holes(&line.text, text).is_some()).then_some(line)
        })
    }

    fn is_unique(&self, row: usize) -> bool {
        self.rivals(row, self.text(row)).next().is_none()
    }

    fn text(&self, row: usize) -> &str {
        let out = self.run.out.len();
        self.run.out.get(row).map_or_else(|| &self.run.err[row - out][..], |said| &said.text)
    }

    fn rows(&self) -> std::ops::Range<usize> {
        0..self.numbers.len()
    }

    fn same_stream(&self, row: usize, other: usize) -> bool {
        let out = self.run.out.len();
        (row < out) == (other < out)
    }

    /// The run with its rows in another order, or some of them twice or not at all.
    fn with_rows(&self, rows: &[usize]) -> Run {
        let out = self.run.out.len();
        let said = |row: &usize| self.run.out.get(*row).cloned();
        let err = |row: &usize| self.run.err.get(row.checked_sub(out)?).cloned();
        Run {
            out: rows.iter().filter_map(said).collect::<Vec<Said>>(),
            err: rows.iter().filter_map(err).collect(),
            ..self.run.clone()
        }
    }

    #[track_caller]
    fn refuses(&self, run: &Run, slip: &str, is_right: impl Fn(&Report, &[usize]) -> bool) {
        let report = self.golden.check(run);
        let file = &self.golden.file;
        assert!(!report.is_legal(), "{file}: {slip} was accepted\n{run}");
        let blamed: Vec<usize> = (0..)
            .zip(report.lines())
            .filter_map(|(at, line)| (!line.word.starts_with("golden line")).then_some(at))
            .collect();
        assert!(is_right(&report, &blamed), "{file}: {slip}: blames {blamed:?}\n{run}\n{report}");
    }
}

/// Calls `check` with legal runs of each file as it stands for each language; it says how many
/// slips it made.
fn each_base(at_least: usize, check: impl Fn(&Base) -> usize) {
    let mut slips = 0;
    for path in golden_files() {
        let source = fs::read_to_string(&path).expect("a golden file");
        for (language, other) in [(Language::Rust, "python only"), (Language::Python, "rust only")]
        {
            let golden = Golden::parse(&path.display().to_string(), &source, language)
                .unwrap_or_else(|error| panic!("{error}"));
            let lines = lines(&source, other);
            for seed in 0..SEEDS {
                let run = golden.another(seed);
                let report = golden.check(&run);
                let number = |line: golden::JudgedLine| line.golden_line.expect("a legal run");
                let numbers = report.lines().map(number).collect();
                slips += check(&Base { golden: &golden, lines: &lines, run: run.clone(), numbers });
            }
        }
    }
    assert!(slips >= at_least, "only {slips} slips were made");
}

#[test]
fn a_line_before_its_cause() {
    each_base(1500, |base| {
        let mut slips = 0;
        for row in base.rows().filter(|&row| base.is_unique(row)) {
            for &source in &base.line(row).sources {
                // Of a repeated source, the last one.
                let place = base.rows().rev().find(|&at| base.numbers[at] == source);
                let Some(place) = place.filter(|&at| base.same_stream(at, row)) else { continue };
                if base.line(row).varies && base.numbers[..row].contains(&base.numbers[row])
                    || !base.is_unique(place)
                {
                    continue;
                }
                let mut rows: Vec<usize> = base.rows().collect();
                rows.remove(row);
                rows.insert(place, row);
                // A source that may be missing is too late then, if it is not missed.
                let latest = place + usize::from(base.line(place).varies);
                let slip = format!("{:?} before {:?}", base.text(row), base.text(place));
                base.refuses(&base.with_rows(&rows), &slip, |_, blamed| {
                    (place..=latest).contains(&blamed[0])
                });
                slips += 1;
            }
        }
        slips
    });
}

#[test]
fn a_lost_line() {
    each_base(1500, |base| {
        let mandatory = base.rows().filter(|&row| !base.line(row).varies);
        for row in mandatory.clone() {
            let rows: Vec<usize> = base.rows().filter(|&other| other != row).collect();
            let number = format!("golden line {},", base.numbers[row]);
            let slip = format!("losing {:?}", base.text(row));
            base.refuses(&base.with_rows(&rows), &slip, |report, _| {
                !base.is_unique(row) || report.problems().any(|problem| problem.contains(&number))
            });
        }
        mandatory.count()
    });
}

#[test]
fn a_doubled_line() {
    each_base(1500, |base| {
        let once = base.rows().filter(|&row| {
            !base.line(row).varies && base.rivals(row, base.text(row)).all(|line| !line.varies)
        });
        for row in once.clone() {
            let mut rows: Vec<usize> = base.rows().collect();
            rows.insert(row, row);
            let slip = format!("doubling {:?}", base.text(row));
            base.refuses(&base.with_rows(&rows), &slip, |_, blamed| {
                !base.is_unique(row) || blamed == [row + 1]
            });
        }
        once.count()
    });
}

#[test]
fn two_swapped_lines_of_one_process() {
    each_base(1500, |base| {
        let mut slips = 0;
        let out = base.run.out.len();
        for row in 0..out {
            let process = &base.run.out[row].process;
            let next = (row + 1..out).find(|&next| base.run.out[next].process == *process);
            let Some(next) = next else { continue };
            let free = base.line(row).any_order && base.line(next).any_order;
            if free || !base.is_unique(row) || !base.is_unique(next) {
                continue;
            }
            if base.numbers[row] == base.numbers[next] {
                continue;
            }
            let mut rows: Vec<usize> = base.rows().collect();
            rows.swap(row, next);
            // The later line is right where it is now, if the other one may be missing or come from
            // another process.
            let first = base.line(row);
            let is_free = first.lane.contains(['*', '[']);
            let latest = if first.varies || is_free { next } else { row };
            let slip = format!("swapping {:?} and {:?}", base.text(row), base.text(next));
            base.refuses(&base.with_rows(&rows), &slip, |_, blamed| {
                (row..=latest).contains(&blamed[0])
            });
            slips += 1;
        }
        slips
    });
}

#[test]
fn something_else_in_a_hole() {
    each_base(200, |base| {
        let mut slips = 0;
        for row in base.rows() {
            let (line, text) = (base.line(row), base.text(row));
            let filled = holes(&line.text, text).expect("a legal run");
            for (nth, &(hole, value)) in filled.iter().enumerate() {
                let wrong = match hole.split([' ', ']', ':']).next() {
                    Some("[text") => continue,
                    Some("[one") => "neither".to_owned(),
                    Some("[time") => "soon".to_owned(),
                    // One that another line of the run has, too, or that has a bound.
                    _ if hole.contains("..") => match hole.contains(",..") {
                        true => (value.parse::<i64>().expect("a number") + 1).to_string(),
                        false => i64::MAX.to_string(),
                    },
                    _ if base.is_known(row, hole) => {
                        (value.parse::<i64>().expect("a number") + 1).to_string()
                    }
                    _ => "none".to_owned(),
                };
                let mut values: Vec<&str> = filled.iter().map(|(_, value)| *value).collect();
                values[nth] = &wrong;
                let changed = fill(&line.text, &values);
                if base.rivals(row, &changed).next().is_some() {
                    continue;
                }
                let mut run = base.run.clone();
                match run.out.get_mut(row) {
                    Some(said) => said.text = changed.clone(),
                    None => run.err[row - base.run.out.len()] = changed.clone(),
                }
                let slip = format!("{changed:?} for {:?}", line.text);
                base.refuses(&run, &slip, |_, blamed| blamed.contains(&row));
                slips += 1;
            }
        }
        slips
    });
}

impl Base<'_> {
    /// Does an earlier row tell what a named hole holds?
    fn is_known(&self, row: usize, hole: &str) -> bool {
        let name = hole.split([' ', ']']).next().filter(|name| name.contains(':'));
        name.is_some_and(|name| (0..row).any(|row| self.line(row).text.contains(name)))
    }
}

fn fill(pattern: &str, values: &[&str]) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    for value in values {
        let hole = rest
            .match_indices('[')
            .find(|(at, _)| rest[at + 1..].starts_with(|c: char| c.is_ascii_lowercase()));
        let (at, _) = hole.expect("a hole for each value");
        text += &rest[..at].replace("[[", "[");
        text += value;
        rest = &rest[at + rest[at..].find(']').expect("its end") + 1..];
    }
    text + &rest.replace("[[", "[")
}
