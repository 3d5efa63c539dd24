//! All that a program can do, as far as anybody sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::process::Command;

use driving::{Bounds, Explored, Place, Trace, TraceEnd};
use golden::{Claim, End, Golden};

use crate::against::{Compared, compare};
use crate::language::{Language, Letter, Streams};
use crate::notes::{self, Untrue};
use crate::poset::{Poset, Stream, nodes, widest};

/// What the runs of a program print, and how they end.
#[derive(Debug)]
pub struct Reached {
    /// How far it was explored.
    pub explored: Explored,
    /// How main ends, and the code of a run that ends like that.
    pub ends: BTreeMap<TraceEnd, String>,
    /// The notes that are not true, each with the first such run.
    pub untrue: Vec<Untrue>,
    streams: Streams,
}

/// What is wrong with a golden file or its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The program can end in another way than the file says; the code of such a run.
    EndsOtherwise(TraceEnd, String),
    /// The program can print this, and the file refuses the last line, or misses one behind it.
    Refused(Vec<Letter>),
    /// The file allows this order, and no schedule gives it: it can come up to so many lines.
    Unreached(Vec<Letter>, usize),
    /// There are too many orders to compare them.
    TooMany,
}

/// Explores the program. The golden file tells what differs from run to run in its texts.
///
/// # Errors
/// If the program cannot be run, or is not the same when it is run again.
pub fn reach(
    golden: &Golden,
    command: &dyn Fn() -> io::Result<Command>,
    bounds: Bounds,
) -> io::Result<Reached> {
    let mut ends = BTreeMap::new();
    let mut posets = [BTreeSet::new(), BTreeSet::new()];
    let claims: Vec<Claim> = golden.claims().collect();
    let mut untrue: Vec<Untrue> = Vec::new();
    let mut is_too_long = false;
    let retell =
        |trace: &Trace, process: Option<&str>, text: &str| retell(golden, trace, process, text);
    let mut explored = driving::explore(command, bounds, &mut |trace| {
        for (stream, posets) in [Stream::Out, Stream::Err].into_iter().zip(&mut posets) {
            let nodes = nodes(&trace, stream, &retell);
            match Poset::of(&trace, &nodes) {
                Some(poset) => _ = posets.insert(poset),
                None => is_too_long = true,
            }
        }
        for new in notes::untrue(golden, &claims, &trace) {
            if untrue.iter().all(|old| old.claim != new.claim) {
                untrue.push(new);
            }
        }
        ends.entry(trace.end).or_insert(trace.code);
    })?;
    if is_too_long {
        explored.bounds.insert(format!("{} lines", crate::poset::MOST));
    }
    let [out, err] = posets.map(|posets| Language::new(widest(posets)));
    Ok(Reached { explored, ends, untrue, streams: Streams { out, err } })
}

/// The text as it would be in every run: a pid is that of a place, and no time has passed.
fn retell(golden: &Golden, trace: &Trace, process: Option<&str>, text: &str) -> String {
    let of_place = |pid: &str| {
        let place = pid.parse().ok().and_then(|pid: i32| trace.pids.get(&pid));
        place.map_or("9".to_owned(), as_pid)
    };
    golden.retell(process, text, of_place).unwrap_or_else(|| {
        // A line of another program than the file's: every number that is a pid here may be one.
        let mut out = String::new();
        for part in text.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
            let digits = part.trim_end_matches(|letter: char| !letter.is_ascii_digit());
            let place = digits.parse().ok().and_then(|pid: i32| trace.pids.get(&pid));
            out.push_str(&place.map_or(digits.to_owned(), as_pid));
            out.push_str(&part[digits.len()..]);
        }
        out
    })
}

/// A number that stands for the place in all runs.
fn as_pid(place: &Place) -> String {
    let digits = place.to_string().replace("main", "0");
    digits.split('.').fold("1".to_owned(), |pid, number| format!("{pid}{number:0>2}"))
}

impl Reached {
    /// How many orders its lines can have, on standard output and on standard error.
    pub fn orders(&mut self) -> (u128, u128) {
        (self.streams.out.orders(), self.streams.err.orders())
    }

    /// What is not as the file says.
    pub fn compare(&mut self, golden: &Golden) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (end, code) in &self.ends {
            let is_right = match (end, golden.end) {
                (TraceEnd::Over(code), End::Code(right)) => *code == right,
                (TraceEnd::Over(_), End::TimeLimit) => false,
                (_, End::TimeLimit) => true,
                (_, End::Code(_)) => false,
            };
            if !is_right {
                findings.push(Finding::EndsOtherwise(end.clone(), code.clone()));
            }
        }
        for stream in [Stream::Out, Stream::Err] {
            match compare(golden, stream, self.streams.of(stream)) {
                Compared::Same => {}
                Compared::Refused(word) => findings.push(Finding::Refused(word)),
                Compared::Unreached(word, up_to) => findings.push(Finding::Unreached(word, up_to)),
                Compared::TooMany => findings.push(Finding::TooMany),
            }
        }
        findings
    }

    /// Whether another program can do just the same: print the same orders and end in the same ways.
    pub fn is_like(&mut self, other: &mut Reached) -> bool {
        let same_ends = self.ends.keys().eq(other.ends.keys());
        same_ends
            && [Stream::Out, Stream::Err].into_iter().all(|stream| {
                self.streams.of(stream).difference(other.streams.of(stream)).is_none()
            })
    }
}
