//! How far a run has come, and what a line changes in that.

use std::collections::{BTreeMap, BTreeSet};

use super::{Block, Choice, Heard, Matcher};
use crate::lane::Lane;
use crate::order::{Line, Order, Queue};
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
    /// The turns of each lock that have begun, as long as a line of theirs may come.
    pub(super) holders: Vec<BTreeSet<usize>>,
    /// Turns into which a line came that should not: they hold up nobody any more.
    pub(super) broken_turns: BTreeSet<usize>,
    /// What was sent to the lines of an any-order group and has not arrived.
    pub(super) mail: BTreeMap<usize, Mail>,
    /// For a process and a queue, how far that was emptied when the process said its latest line:
    /// the rank of a message. As long as a message is left that stands before that one.
    pub(super) passed: BTreeMap<(usize, usize), usize>,
}

/// Where a process stands in the file: its latest line; if that is one of an any-order group, also
/// the latest one before the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Last {
    pub line: usize,
    pub before_group: Option<usize>,
}

/// An item that is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Mail {
    /// Who sends it; nobody any more once it has certainly been put into its queue.
    sender: Option<usize>,
    /// The items that arrive before it.
    pub behind: Lines,
    /// How far each queue was emptied when this was announced: the rank of a message. As long as that
    /// may tell whether another item was put before.
    since: BTreeMap<usize, usize>,
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

    fn remove(&mut self, line: usize) {
        self.0[line / 64] &= !(1 << (line % 64));
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len() * 64).filter(|&line| self.has(line))
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
            holders: vec![BTreeSet::new(); order.locks.len()],
            broken_turns: BTreeSet::new(),
            mail: BTreeMap::new(),
            passed: BTreeMap::new(),
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
            let lock = order.turns[turn].lock;
            let mut holders = std::mem::take(&mut state.holders[lock]);
            holders.insert(turn);
            let may_come =
                |state: &State, line: usize| order.lines[line].repeats || !state.said.has(line);
            // A turn begins when nothing mandatory of the one before is missing. The rest is over. Where
            // several go on at once, all of their lines are mandatory.
            for &before in holders.iter().filter(|&&before| before != turn) {
                for &left in order.turns[before].lines.iter().filter(|&&left| left != index) {
                    if order.locks[lock] == 1 && may_come(state, left) {
                        state.over.add(left);
                    }
                }
            }
            holders.retain(|&holder| {
                let mut lines = order.turns[holder].lines.iter();
                lines.any(|&line| may_come(state, line) && !state.over.has(line))
            });
            state.holders[lock] = holders;
        }
        if let Some(process) = heard.process {
            self.move_process(state, process, index);
            if line.stream == Stream::Out {
                self.pass(state, process);
            }
            if let Some(letter) = line.letter {
                state.letters[letter].get_or_insert(process);
            }
        }
        self.bind(state, line, &heard.fits[fit].values);
        if !order.queues.is_empty() {
            self.forget(state);
        }
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

    /// A line has come. If for the first time, what it sends is on its way, and what it received has
    /// arrived.
    fn come(&self, state: &mut State, index: usize, process: Option<usize>) {
        let line = &self.order.lines[index];
        // On standard error only a lane's name tells whose line it is.
        let sender = process.or_else(|| match &line.lane {
            Lane::Named(name) => self.processes.of.get(name).copied(),
            _ => None,
        });
        if let Some(sender) = sender {
            self.put_items(state, line, sender);
        }
        if state.said.has(index) {
            return;
        }
        state.said.add(index);
        if let Some(sender) = sender {
            self.send_items(state, index, sender);
        }
        if line.item_of.is_some() {
            self.receive(state, index);
        }
    }

    /// A process that says a line has put what it announced before. If the line is a message that it
    /// has taken, it had done so before it took that one, and so before anybody took a later one.
    fn put_items(&self, state: &mut State, line: &Line, sender: usize) {
        let is_put = |item: usize, mail: &Mail| {
            mail.sender == Some(sender)
                && self.order.lines[item].put_at_once
                && self.source(item).is_some_and(|source| source.stream == line.stream)
        };
        let mail = state.mail.iter().filter(|(item, mail)| is_put(**item, mail));
        for item in mail.map(|(item, _)| *item).collect::<Vec<_>>() {
            for (&other, mail) in &mut state.mail {
                let is_later = line
                    .place
                    .is_some_and(|place| mail.since.get(&place.queue) > Some(&place.rank));
                if item == other {
                    mail.sender = None;
                } else if is_later && self.is_alike(item, other) {
                    mail.behind.add(item);
                }
            }
        }
    }

    fn source(&self, item: usize) -> Option<&Line> {
        self.order.lines[item].item_of.map(|source| &self.order.lines[source])
    }

    /// Do both arrive in one group, and come by the same way? Nothing says when a line on one stream
    /// came, seen from the other, so the order of sending holds for each pair of streams.
    fn is_alike(&self, item: usize, other: usize) -> bool {
        let (own, its) = (&self.order.lines[item], &self.order.lines[other]);
        let stream = |item: usize| self.source(item).map(|source| source.stream);
        own.group == its.group && own.stream == its.stream && stream(item) == stream(other)
    }

    /// Sends the items of a line.
    fn send_items(&self, state: &mut State, index: usize, sender: usize) {
        let lines = &self.order.lines;
        for &item in &self.index.items[index] {
            if lines[item].group.is_none() || state.said.has(item) {
                continue;
            }
            let mut behind = Lines::none_of(lines.len());
            for (&other, mail) in &state.mail {
                // Two items of one line are sent at once.
                let is_earlier = mail.sender.is_none_or(|other| other == sender)
                    && lines[other].item_of != Some(index);
                if is_earlier && self.is_alike(item, other) {
                    behind.add(other);
                }
            }
            let since = match lines[item].put_at_once {
                true => self.emptied(state),
                false => BTreeMap::new(),
            };
            state.mail.insert(item, Mail { sender: Some(sender), behind, since });
        }
    }

    /// An item has arrived. An optional one that was sent earlier never comes. Another that has
    /// certainly not been put yet is put later, and after that its sender takes what it takes next.
    fn receive(&self, state: &mut State, item: usize) {
        let Some(mail) = state.mail.remove(&item) else { return };
        let mut gone = vec![item];
        gone.extend(mail.behind.iter().filter(|&earlier| self.order.lines[earlier].optional));
        for &line in &gone[1..] {
            state.over.add(line);
            state.mail.remove(&line);
        }
        for (&other, late) in &mut state.mail {
            gone.iter().for_each(|&line| late.behind.remove(line));
            if let Some(sender) = late.sender
                && self.is_alike(item, other)
            {
                for (&queue, &rank) in &mail.since {
                    let bar = state.passed.entry((sender, queue)).or_default();
                    *bar = rank.max(*bar);
                }
            }
        }
    }

    /// How far each queue is emptied: the rank of the last message that has been said.
    fn emptied(&self, state: &State) -> BTreeMap<usize, usize> {
        let last =
            |queue: &Queue| queue.lines.iter().rev().copied().find(|&line| state.said.has(line));
        let queues = self.order.queues.iter().enumerate();
        queues.filter_map(|(number, queue)| Some((number, self.rank(last(queue)?)?))).collect()
    }

    /// The process has said a line: what it takes from now on stands behind everything that was
    /// taken by now.
    fn pass(&self, state: &mut State, process: usize) {
        for (queue, rank) in self.emptied(state) {
            state.passed.insert((process, queue), rank);
        }
    }

    /// Forgets how far the queues were emptied where nothing can stand before that any more.
    fn forget(&self, state: &mut State) {
        let State { passed, mail, said, over, .. } = state;
        let is_left = |queue: usize, bar: usize, process: Option<usize>| {
            let lines = self.order.queues[queue].lines.iter();
            let name = process.map(|process| &self.processes.texts[process]);
            lines.take_while(|&&line| self.rank(line) < Some(bar)).any(|&line| {
                let of = &self.order.lines[line];
                !over.has(line)
                    && (of.repeats || !said.has(line))
                    && name.is_none_or(|name| of.lane.fits(name))
            })
        };
        passed.retain(|&(process, queue), &mut bar| is_left(queue, bar, Some(process)));
        let open: Vec<(usize, Option<usize>)> = mail
            .iter()
            .map(|(&item, mail)| (item, mail.sender))
            .filter(|(_, sender)| sender.is_some())
            .collect();
        for (&item, mail) in mail {
            let is_open = open
                .iter()
                .any(|&(other, sender)| self.is_alike(item, other) && sender != mail.sender);
            mail.since.retain(|&queue, &mut bar| is_open && is_left(queue, bar, None));
        }
    }

    pub(super) fn rank(&self, line: usize) -> Option<usize> {
        self.order.lines[line].place.map(|place| place.rank)
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
