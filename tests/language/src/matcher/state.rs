//! How far a run has come, and what a line changes in that.

use std::collections::{BTreeMap, BTreeSet};

use super::{Block, Choice, Heard, Matcher};
use crate::lane::Lane;
use crate::order::{Line, Order};
use crate::parse::Stream;
use crate::text::Kind;

/// How far a run has come: what decides which lines may still come, and nothing else. Two ways to
/// equal states have the same future. States of one [`Matcher`] can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// Golden lines that have come.
    pub(crate) said: Lines,
    /// Golden lines that can no longer come: optional ones, and those that repeat.
    pub(super) over: Lines,
    /// Where each process stands in the file, by its number; the last entry is never `None`.
    last: Vec<Option<Last>>,
    /// The process of each letter.
    pub(super) letters: Vec<Option<usize>>,
    /// What stands in the holes of each name, as long as a line is left that needs it.
    pub(super) values: Vec<Option<usize>>,
    /// What stood in the named holes for pids.
    pub(super) pids: BTreeSet<usize>,
    /// How often each counter was printed.
    pub(super) counters: Vec<usize>,
    /// The latest turn of each lock.
    pub(super) owners: Vec<Option<usize>>,
    /// Turns into which a line came that should not: they hold up nobody any more.
    pub(super) broken_turns: BTreeSet<usize>,
    /// What was sent to the lines of an any-order group and has not arrived.
    pub(super) inboxes: BTreeMap<Inbox, Vec<usize>>,
}

/// Where a process stands in the file: its latest line; if that is one of an any-order group, also
/// the latest one before the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Last {
    pub line: usize,
    pub before_group: Option<usize>,
}

/// To which group, from which process. Nothing says when a line on one stream came, seen from the
/// other, so the order of sending holds for each pair of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Inbox {
    group: usize,
    sender: usize,
    streams: (Stream, Stream),
}

/// A set of golden lines, a bit each: small to copy and to compare.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lines(Vec<u64>);

impl Lines {
    fn none_of(count: usize) -> Lines {
        Lines(vec![0; count.div_ceil(64)])
    }

    pub fn has(&self, line: usize) -> bool {
        self.0[line / 64] >> (line % 64) & 1 == 1
    }

    fn add(&mut self, line: usize) {
        self.0[line / 64] |= 1 << (line % 64);
    }
}

impl State {
    pub(super) fn new(order: &Order) -> State {
        State {
            said: Lines::none_of(order.lines.len()),
            over: Lines::none_of(order.lines.len()),
            last: Vec::new(),
            letters: vec![None; order.letters.len()],
            values: vec![None; order.names],
            pids: BTreeSet::new(),
            counters: vec![0; order.counters],
            owners: vec![None; order.locks],
            broken_turns: BTreeSet::new(),
            inboxes: BTreeMap::new(),
        }
    }

    pub(super) fn last(&self, process: usize) -> Option<Last> {
        self.last.get(process).copied().flatten()
    }
}

impl Matcher<'_> {
    /// Goes on from a state by a line that nothing [blocks](Matcher::block).
    pub(crate) fn take(
        &self,
        state: &mut State,
        heard: &Heard,
        Choice { line: index, fit }: Choice,
    ) {
        let order = self.order;
        let line = &order.lines[index];
        self.come(state, index, heard.process);
        for &closed in &self.index.closes[index] {
            state.over.add(closed);
        }
        for &turn in &line.turns {
            let owner = &mut state.owners[order.turns[turn].lock];
            let before = owner.replace(turn).filter(|&before| before != turn);
            // A turn begins when nothing mandatory of the one before is missing. The rest is over.
            for &left in before.iter().flat_map(|&before| &order.turns[before].lines) {
                if left != index && (order.lines[left].repeats || !state.said.has(left)) {
                    state.over.add(left);
                }
            }
        }
        if let Some(process) = heard.process {
            self.move_process(state, process, index);
            if let Some(letter) = line.letter {
                state.letters[letter].get_or_insert(process);
            }
        }
        self.bind(state, line, &heard.fits[fit].values);
    }

    /// The same for a line that is blocked, so that what waits for it may come. Its process is held
    /// to nothing.
    pub(crate) fn force(
        &self,
        state: &mut State,
        heard: &Heard,
        index: usize,
        fit: Option<usize>,
        block: Option<&Block>,
    ) {
        let line = &self.order.lines[index];
        self.come(state, index, heard.process);
        if let Some(fit) = fit {
            self.bind(state, line, &heard.fits[fit].values);
        }
        if let Some(Block::Turn(owner)) = block {
            state.broken_turns.insert(*owner);
            state.broken_turns.extend(&line.turns);
        }
    }

    /// A line has come for the first time, if it has. What it sent is on its way, what it received
    /// has arrived.
    fn come(&self, state: &mut State, index: usize, process: Option<usize>) {
        if state.said.has(index) {
            return;
        }
        state.said.add(index);
        self.send_items(state, index, process);
        if self.order.lines[index].item_of.is_some() {
            self.receive(state, index);
        }
    }

    /// Puts the items of a line into the inboxes of its sender, in the order of sending. On standard
    /// error only a lane's name tells who that is.
    fn send_items(&self, state: &mut State, index: usize, process: Option<usize>) {
        let line = &self.order.lines[index];
        let sender = process.or_else(|| match &line.lane {
            Lane::Named(name) => self.processes.of.get(name).copied(),
            _ => None,
        });
        let Some(sender) = sender else { return };
        for &item in &self.index.items[index] {
            let to = &self.order.lines[item];
            if let Some(group) = to.group
                && !state.said.has(item)
            {
                let inbox = Inbox { group, sender, streams: (line.stream, to.stream) };
                state.inboxes.entry(inbox).or_default().push(item);
            }
        }
    }

    /// Takes an item out of its inbox. An optional one that was sent earlier never comes.
    fn receive(&self, state: &mut State, item: usize) {
        let lines = &self.order.lines;
        let is_overtaken =
            |&other: &usize| lines[other].optional && lines[other].item_of != lines[item].item_of;
        for items in state.inboxes.values_mut() {
            let Some(place) = items.iter().position(|&other| other == item) else { continue };
            let later = items.split_off(place + 1);
            items.pop();
            let overtaken = items.iter().copied().filter(is_overtaken);
            overtaken.for_each(|other| state.over.add(other));
            items.retain(|other| !is_overtaken(other));
            items.extend(later);
        }
        state.inboxes.retain(|_, items| !items.is_empty());
    }

    /// The process stands at this line now; within a group, at the last line of it that has come.
    fn move_process(&self, state: &mut State, process: usize, index: usize) {
        let group = self.order.lines[index].group;
        let new = match state.last(process) {
            Some(last) if group.is_some() && self.order.lines[last.line].group == group => {
                Last { line: last.line.max(index), before_group: last.before_group }
            }
            last => Last { line: index, before_group: group.and(last).map(|last| last.line) },
        };
        if state.last.len() <= process {
            state.last.resize(process + 1, None);
        }
        state.last[process] = Some(new);
    }

    /// The holes hold these values from now on, and the counters go on.
    fn bind(&self, state: &mut State, line: &Line, values: &[usize]) {
        for (used, &value) in line.holes.iter().zip(values) {
            if let Some(counter) = used.counter {
                state.counters[counter] += 1;
            }
            if let Some(name) = used.name
                && state.values[name].is_none()
            {
                state.values[name] = Some(value);
                if used.hole.kind == Kind::Pid {
                    state.pids.insert(value);
                }
            }
        }
        // A value that no line needs any more is no part of the state.
        for name in line.holes.iter().filter_map(|hole| hole.name) {
            let is_needed = |&line: &usize| self.order.lines[line].repeats || !state.said.has(line);
            if !self.index.uses[name].iter().any(is_needed) {
                state.values[name] = None;
            }
        }
    }
}
