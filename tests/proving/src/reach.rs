//! All that a program can do, as far as anybody sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::process::Command;

use driving::{Bounds, Explored, Place, Trace, TraceEnd};
use golden::{Claim, End, Golden, Said};

use crate::against::{Compared, compare};
use crate::language::{Language, Letter, Streams};
use crate::nearest::nearest;
use crate::notes::{self, Untrue};
use crate::poset::{Node, Poset, Stream, Who, nodes, widest};

/// What the runs of a program print, and how they end.
#[derive(Debug)]
pub struct Reached {
    /// How far it was explored.
    pub explored: Explored,
    /// How main ends, and the code of a run that ends like that.
    pub ends: BTreeMap<TraceEnd, String>,
    /// The notes that are not true, each with the first such run.
    pub untrue: Vec<Untrue>,
    /// Those that differ in what they print, or in how that is ordered.
    runs: Vec<Run>,
    streams: Streams,
}

/// One of the explored runs, and its lines.
#[derive(Debug)]
struct Run {
    trace: Trace,
    out: Vec<Node>,
    err: Vec<Node>,
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
    /// The file allows this line, or this alternative in it, and no run says it.
    Unsaid(usize, String),
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
    let mut runs = Vec::new();
    let claims: Vec<Claim> = golden.claims().collect();
    let mut untrue: Vec<Untrue> = Vec::new();
    let mut is_too_long = false;
    let retell =
        |trace: &Trace, process: Option<&str>, text: &str| retell(golden, trace, process, text);
    let mut explored = driving::explore(command, bounds, &mut |trace| {
        let out = nodes(&trace, Stream::Out, &retell);
        let err = nodes(&trace, Stream::Err, &retell);
        let mut is_new = false;
        for (nodes, posets) in [&out, &err].into_iter().zip(&mut posets) {
            match Poset::of(&trace, nodes) {
                Some(poset) => is_new |= posets.insert(poset),
                None => is_too_long = true,
            }
        }
        for new in notes::untrue(golden, &claims, &trace) {
            if untrue.iter().all(|old| old.claim != new.claim) {
                untrue.push(new);
            }
        }
        ends.entry(trace.end.clone()).or_insert_with(|| trace.code.clone());
        if is_new {
            runs.push(Run { trace, out, err });
        }
    })?;
    if is_too_long {
        explored.bounds.insert(format!("{} lines", crate::poset::MOST));
    }
    let [out, err] = posets.map(|posets| Language::new(widest(posets)));
    Ok(Reached { explored, ends, untrue, runs, streams: Streams { out, err } })
}

/// The text as it would be in every run: a pid is that of a place, and no time has passed.
pub(crate) fn retell(golden: &Golden, trace: &Trace, process: Option<&str>, text: &str) -> String {
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
                (TraceEnd::Stuck(_) | TraceEnd::OnlyTimePasses(_), _) => golden.may_hang,
            };
            if !is_right {
                findings.push(Finding::EndsOtherwise(end.clone(), code.clone()));
            }
        }
        let mut said = Vec::new();
        for stream in [Stream::Out, Stream::Err] {
            let (compared, on_stream) = compare(golden, stream, self.streams.of(stream));
            said.extend(on_stream);
            match compared {
                Compared::Same => {}
                Compared::Refused(word) => findings.push(Finding::Refused(word)),
                Compared::Unreached(word, up_to) => findings.push(Finding::Unreached(word, up_to)),
                Compared::TooMany => findings.push(Finding::TooMany),
            }
        }
        // Only a run that is legal to its end shows what it does not say.
        if !findings.iter().any(|finding| matches!(finding, Finding::Refused(_) | Finding::TooMany))
        {
            let unsaid = golden.unsaid(&said).into_iter();
            findings.extend(unsaid.map(|(line, text)| Finding::Unsaid(line, text)));
        }
        findings
    }

    /// Whether every order that this run stands for was reached.
    pub fn covers(&mut self, golden: &Golden, trace: &Trace) -> bool {
        let retell =
            |trace: &Trace, process: Option<&str>, text: &str| retell(golden, trace, process, text);
        [Stream::Out, Stream::Err].into_iter().all(|stream| {
            let poset = Poset::of(trace, &nodes(trace, stream, &retell));
            let own = self.streams.of(stream);
            poset.is_some_and(|poset| own.includes(&mut Language::new(vec![poset])))
        })
    }

    /// The lines of a run on standard output as they would stand in every run. None: some of them say what
    /// no explored run says, for instance a made-up pid.
    pub fn word(&mut self, golden: &Golden, run: &golden::Run) -> Option<Vec<Letter>> {
        let letters = self.streams.out.letters();
        let mut workers: Vec<&str> = Vec::new();
        let letter = |said: &'_ golden::Said| {
            let Said { process, text } = said;
            let text = golden.retell(Some(process), text, str::to_owned)?;
            let named = Letter { process: Some(process.clone()), text: text.clone(), worker: 0 };
            if letters.contains(&named) {
                return Some(named);
            }
            // It is a worker's then, which are called by the order in which they speak.
            None
        };
        let mut word = Vec::new();
        for said in &run.out {
            word.push(match letter(said) {
                Some(letter) => letter,
                None => {
                    let known = workers.iter().position(|worker| *worker == said.process);
                    let worker = 1 + known.unwrap_or_else(|| {
                        workers.push(&said.process);
                        workers.len() - 1
                    });
                    let process = Some(format!("worker-{worker}"));
                    let text = golden.retell(Some(&said.process), &said.text, str::to_owned)?;
                    let letter = Letter { process, text, worker };
                    letters.contains(&letter).then_some(letter)?
                }
            });
        }
        Some(word)
    }

    /// An order of the lines on standard output; `choose` says which of so many comes next.
    pub fn order(&mut self, choose: &mut dyn FnMut(usize) -> usize) -> Vec<Letter> {
        self.streams.out.order(choose)
    }

    /// The lines on standard output, or if there are none on standard error, in the order of the golden
    /// file or the nearest to it.
    pub fn as_written(&mut self, golden: &Golden) -> Vec<Letter> {
        let Streams { out, err } = &mut self.streams;
        match nearest(out, golden) {
            word if word.is_empty() => nearest(err, golden),
            word => word,
        }
    }

    /// Whether the lines of one stream can come in this order.
    pub fn has(&mut self, word: &[Letter]) -> bool {
        let on_stderr = word.first().is_some_and(|letter| letter.process.is_none());
        self.streams.of(if on_stderr { Stream::Err } else { Stream::Out }).has(word)
    }

    /// The lines of one stream in an order in which a first one comes, no second one before it, and one
    /// after it.
    pub fn with_first(
        &mut self,
        first: &dyn Fn(&Letter) -> bool,
        second: &dyn Fn(&Letter) -> bool,
    ) -> Option<Vec<Letter>> {
        let Streams { out, err } = &mut self.streams;
        out.with_first(first, second).or_else(|| err.with_first(first, second))
    }

    /// Who goes on at each step of a run that prints these lines in this order; on the other stream, in
    /// any. A worker that is called the second one here may have another number there.
    pub fn schedule(&self, word: &[Letter]) -> Option<Vec<Place>> {
        let on_stderr = word.first().is_some_and(|letter| letter.process.is_none());
        self.runs
            .iter()
            .find_map(|run| run.schedule(word, if on_stderr { &run.err } else { &run.out }))
    }

    /// What its processes are called.
    pub fn names(&self) -> BTreeMap<Place, String> {
        let runs = self.runs.iter().rev();
        runs.flat_map(|run| run.trace.names.clone()).collect()
    }

    /// The same, where each step that prints nothing comes as soon as it can: so whoever has to wait is seen
    /// to wait.
    pub fn soonest(&self, word: &[Letter]) -> Option<Vec<Place>> {
        let on_stderr = word.first().is_some_and(|letter| letter.process.is_none());
        self.runs
            .iter()
            .find_map(|run| run.soonest(word, if on_stderr { &run.err } else { &run.out }))
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

/// What a run prints on one stream, as it would stand in every run.
pub fn printed(golden: &Golden, trace: &Trace, on_stderr: bool) -> Vec<Letter> {
    let stream = if on_stderr { Stream::Err } else { Stream::Out };
    let retell =
        |trace: &Trace, process: Option<&str>, text: &str| retell(golden, trace, process, text);
    let mut workers = Vec::new();
    let letter = |Node { who, text, .. }| match who {
        Who::Named(process) => Letter { process, text, worker: 0 },
        Who::Worker(worker) => {
            let known = workers.iter().position(|other| *other == worker);
            let worker = 1 + known.unwrap_or_else(|| {
                workers.push(worker);
                workers.len() - 1
            });
            Letter { process: Some(format!("worker-{worker}")), text, worker }
        }
    };
    nodes(trace, stream, &retell).into_iter().map(letter).collect()
}

impl Run {
    /// The lines as they come in that order, by their numbers in `nodes`.
    fn lines(&self, word: &[Letter], nodes: &[Node]) -> Option<Vec<usize>> {
        if word.len() > nodes.len() {
            return None;
        }
        let (mut lines, mut spoken) = (Vec::new(), Vec::new());
        for letter in word {
            let is_it = |&node: &usize| {
                let is_who = match &nodes[node].who {
                    Who::Named(name) => letter.worker == 0 && *name == letter.process,
                    Who::Worker(worker) => match spoken.get(letter.worker.wrapping_sub(1)) {
                        Some(known) => known == worker,
                        None => letter.worker == spoken.len() + 1 && !spoken.contains(worker),
                    },
                };
                is_who && !lines.contains(&node) && nodes[node].text == letter.text
            };
            let node = (0..nodes.len()).find(is_it)?;
            lines.push(node);
            if let Who::Worker(worker) = nodes[node].who
                && !spoken.contains(&worker)
            {
                spoken.push(worker);
            }
        }
        Some(lines)
    }

    /// Each step when a line needs it.
    fn schedule(&self, word: &[Letter], nodes: &[Node]) -> Option<Vec<Place>> {
        let mut order = Vec::new();
        let lines = self.lines(word, nodes)?;
        for (at, &line) in lines.iter().enumerate() {
            let event = nodes[line].event;
            for earlier in 0..=event {
                let is_needed = earlier == event || self.trace.orders(earlier, event);
                if is_needed && !order.contains(&earlier) {
                    let is_other = |other: usize| {
                        nodes[other].event == earlier && !lines[..=at].contains(&other)
                    };
                    if earlier != event && (0..nodes.len()).any(is_other) {
                        return None;
                    }
                    order.push(earlier);
                }
            }
        }
        Some(self.places(order))
    }

    /// Each step that prints nothing as soon as it can come.
    fn soonest(&self, word: &[Letter], nodes: &[Node]) -> Option<Vec<Place>> {
        let events = 0..self.trace.events.len();
        let says = |event: usize| nodes.iter().any(|node| node.event == event);
        let mut order: Vec<usize> = Vec::new();
        let can_come = |event: usize, order: &[usize]| {
            !order.contains(&event)
                && (0..event)
                    .all(|other| order.contains(&other) || !self.trace.orders(other, event))
        };
        for line in self.lines(word, nodes)? {
            while let Some(next) =
                events.clone().find(|&event| !says(event) && can_come(event, &order))
            {
                order.push(next);
            }
            let event = nodes[line].event;
            match order.last() {
                // It says several lines.
                Some(last) if *last == event => {}
                _ if can_come(event, &order) => order.push(event),
                _ => return None,
            }
        }
        Some(self.places(order))
    }

    /// Whose these steps are, and after them those of all others.
    fn places(&self, mut order: Vec<usize>) -> Vec<Place> {
        let events = &self.trace.events;
        let rest: Vec<usize> = (0..events.len()).filter(|event| !order.contains(event)).collect();
        order.extend(rest);
        order.into_iter().map(|event| events[event].place.clone()).collect()
    }
}
