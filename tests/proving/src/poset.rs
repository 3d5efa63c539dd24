//! What one run prints on one stream: lines, of which only some are ordered.
//!
//! The run stands for all that differ from it in the order of steps that commute, so every way to put
//! these lines in a row that keeps their order is printed by one of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use driving::{Op, Place, Trace};
use golden::Run;

/// One bit a line.
pub(crate) type Mask = u128;

/// At most so many lines.
pub(crate) const MOST: usize = Mask::BITS as usize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stream {
    Out,
    Err,
}

/// Whose a line is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Who {
    /// The name before the bar; on standard error nobody's.
    Named(Option<String>),
    /// A worker of a pool: its name is not known before it speaks.
    Worker(u8),
}

/// A line, and where it stands in its run.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub who: Who,
    pub text: String,
    pub event: usize,
}

/// The lines of a stream, process by process, and which come before which.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Poset {
    pub lines: Vec<(Who, String)>,
    pub before: Vec<Mask>,
}

/// The lines of a run, in the order in which they came.
pub(crate) fn nodes(
    trace: &Trace,
    stream: Stream,
    text: &dyn Fn(&Trace, Option<&str>, &str) -> String,
) -> Vec<Node> {
    let mut nodes = Vec::new();
    // Pieces of several processes may make one line.
    let mut part = String::new();
    let workers: BTreeMap<&Place, u8> = trace.workers.iter().zip(0..).collect();
    for (event, step) in trace.events.iter().enumerate() {
        let name = trace.names.get(&step.place).map_or("", String::as_str);
        let mut add = |process: Option<&str>, line: &str| {
            let line = text(trace, process, line.trim_end());
            let who = match workers.get(&step.place) {
                Some(&worker) if process == Some(name) => Who::Worker(worker),
                _ => Who::Named(process.map(str::to_owned)),
            };
            nodes.push(Node { who, text: line, event });
        };
        for did in &step.did {
            match &did.op {
                Op::Line { stream: on, text } if of(on) == stream => {
                    let process = (stream == Stream::Out).then_some(name);
                    text.split('\n').for_each(|line| add(process, line));
                }
                Op::Piece { stream: on, bytes } if of(on) == stream => {
                    part.push_str(&String::from_utf8_lossy(bytes));
                    while let Some((line, rest)) = part.clone().split_once('\n') {
                        match stream {
                            Stream::Err => add(None, line),
                            Stream::Out => {
                                for said in Run::printed(line, "").out {
                                    add(Some(&said.process), &said.text);
                                }
                            }
                        }
                        part = rest.to_owned();
                    }
                }
                _ => {}
            }
        }
    }
    nodes
}

fn of(stream: &str) -> Stream {
    if stream == "Stderr" { Stream::Err } else { Stream::Out }
}

impl Poset {
    /// None: there are more lines than this can hold.
    pub fn of(trace: &Trace, nodes: &[Node]) -> Option<Poset> {
        if nodes.len() > MOST {
            return None;
        }
        let mut by_process: Vec<usize> = (0..nodes.len()).collect();
        by_process.sort_by_key(|&node| &trace.events[nodes[node].event].place);
        let is_before = |a: usize, b: usize| {
            let (a, b) = (&nodes[a], &nodes[b]);
            let is_same = trace.events[a.event].place == trace.events[b.event].place;
            is_same || trace.orders(a.event, b.event)
        };
        let before = |&node: &usize| {
            let bits = by_process.iter().enumerate();
            let bits = bits.filter(|&(_, &other)| other < node && is_before(other, node));
            bits.fold(0, |mask, (bit, _)| mask | 1 << bit)
        };
        Some(Poset {
            lines: by_process
                .iter()
                .map(|&node| (nodes[node].who.clone(), nodes[node].text.clone()))
                .collect(),
            before: by_process.iter().map(before).collect(),
        })
    }

    /// Whether every order of the other one is one of this.
    fn includes(&self, other: &Poset) -> bool {
        self.lines == other.lines
            && self.before.iter().zip(&other.before).all(|(own, other)| own & !other == 0)
    }
}

/// Without those whose orders another one has, too.
pub(crate) fn widest(posets: BTreeSet<Poset>) -> Vec<Poset> {
    let all: Vec<Poset> = posets.into_iter().collect();
    let mut left_out = HashSet::new();
    for (number, poset) in all.iter().enumerate() {
        let is_wider = |(other, wider): (usize, &Poset)| {
            other != number && !left_out.contains(&other) && wider.includes(poset)
        };
        if all.iter().enumerate().any(is_wider) {
            left_out.insert(number);
        }
    }
    let kept = all.into_iter().enumerate().filter(|(number, _)| !left_out.contains(number));
    kept.map(|(_, poset)| poset).collect()
}
