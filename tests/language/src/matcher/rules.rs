//! May this line be next?

use super::{Heard, Matcher, State};
use crate::order::Line;
use crate::text::Kind;

/// Why a line that says the right thing cannot be taken here. Other lines are golden indices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    /// One of its holes had, or must have, another value.
    Value { hole: usize, was: String },
    /// Lines that must come first are not there yet.
    Waits,
    /// Its process has said a later line already.
    SaidLater(usize),
    /// It belongs to a turn of a lock, and others have begun and not ended: as many as may.
    Turn(usize),
    /// An item that was sent earlier is not there yet.
    ItemFirst(usize),
    /// A later message of its queue was there already when its process said the line before.
    Behind(usize),
    /// The letter is another process.
    OtherProcess(String),
    /// Its process has not finished what it began under another letter.
    Unfinished(usize),
    /// The letter of that line is the same process, and the two must differ.
    SameProcess(usize),
    /// The `perhaps` line that it builds on was missing.
    Without(usize),
    /// A line that comes after it was there already.
    Over,
    /// It was there already.
    Done,
}

impl Matcher<'_> {
    /// Why this line cannot be next for this process; without values, holes are not looked at. Of
    /// several reasons it is the first in this order, which a report relies on.
    pub(crate) fn block(
        &self,
        state: &State,
        index: usize,
        process: Option<usize>,
        values: Option<&[usize]>,
    ) -> Option<Block> {
        let line = &self.order.lines[index];
        if state.said.has(index) && !line.repeats {
            return Some(Block::Done);
        }
        if state.over.has(index) {
            return Some(Block::Over);
        }
        if self.index.after[index].iter().any(|&first| !state.said.has(first)) {
            return Some(Block::Waits);
        }
        let of_process = |process| {
            self.said_later(state, index, process)
                .or_else(|| self.letter(state, index, process))
                .or_else(|| self.behind(state, index, process).map(Block::Behind))
        };
        let missing = || line.needs.iter().copied().find(|&needed| !state.said.has(needed));
        process
            .and_then(of_process)
            .or_else(|| missing().map(Block::Without))
            .or_else(|| self.earlier_item(state, index).map(Block::ItemFirst))
            .or_else(|| self.other_turn(state, line).map(Block::Turn))
            .or_else(|| self.wrong_value(state, line, values?))
    }

    /// A process keeps the file's order, whichever lanes its lines stand in. Within a group it may
    /// go back, but not to before the group.
    fn said_later(&self, state: &State, index: usize, process: usize) -> Option<Block> {
        let last = state.last(process)?;
        let group = self.order.lines[index].group;
        let same_group = group.is_some() && self.order.lines[last.line].group == group;
        let bar = if same_group { last.before_group? } else { last.line };
        (index < bar).then_some(Block::SaidLater(bar))
    }

    /// A letter is one process. What a process does under one letter it ends before it begins under
    /// another; where the two overlap in the file, they are different processes.
    fn letter(&self, state: &State, index: usize, process: usize) -> Option<Block> {
        let order = self.order;
        let letter = order.lines[index].letter?;
        if let Some(bound) = state.letters[letter] {
            let name = &self.processes.texts[bound];
            return (bound != process).then(|| Block::OtherProcess(name.clone()));
        }
        let own = (0..order.letters.len()).filter(|&own| state.letters[own] == Some(process));
        own.rev().find_map(|own| {
            let lines = &order.letters[own].lines;
            if order.letters[own].overlaps(&order.letters[letter]) {
                return Some(Block::SameProcess(lines[0]));
            }
            let stream = order.lines[index].stream;
            let ends =
                |&line: &usize| !order.lines[line].optional && order.lines[line].stream == stream;
            let end = lines.iter().copied().rfind(ends);
            end.filter(|&end| !state.said.has(end)).map(Block::Unfinished)
        })
    }

    /// A process takes a message after its line before. What was taken by then, by anybody, stood
    /// before that message in the queue.
    fn behind(&self, state: &State, index: usize, process: usize) -> Option<usize> {
        let place = self.order.lines[index].place?;
        let bar = *state.passed.get(&(process, place.queue))?;
        let is_bar = |&line: &usize| state.said.has(line) && self.rank(line) == Some(bar);
        self.order.queues[place.queue]
            .lines
            .iter()
            .copied()
            .find(is_bar)
            .filter(|_| place.rank < bar)
    }

    /// Lines of a group may change places, but not two items of which one was sent first.
    fn earlier_item(&self, state: &State, index: usize) -> Option<usize> {
        let behind = &state.mail.get(&index)?.behind;
        behind.iter().find(|&item| !self.order.lines[item].optional)
    }

    /// A turn has ended when none of its mandatory lines is missing. While as many turns of its lock
    /// go on as may, no other does.
    fn other_turn(&self, state: &State, line: &Line) -> Option<usize> {
        let turns = &self.order.turns;
        let goes_on = |&owner: &usize| {
            let mut lines = turns[owner].lines.iter();
            !state.broken_turns.contains(&owner) && lines.any(|&line| self.is_missing(state, line))
        };
        line.turns.iter().find_map(|&turn| {
            let lock = turns[turn].lock;
            let others = state.holders[lock].iter().copied().filter(|&other| other != turn);
            others.filter(goes_on).nth(self.order.locks[lock] - 1)
        })
    }

    fn wrong_value(&self, state: &State, line: &Line, values: &[usize]) -> Option<Block> {
        let due = |hole| Some(Block::Value { hole, was: self.due(state, line, values, hole)? });
        (0..line.holes.len()).find_map(due)
    }

    /// In how many holes a line differs from the golden line to which it comes nearest; none if it
    /// is something else that is in its way.
    pub(crate) fn wrong_values(&self, state: &State, heard: &Heard) -> Option<usize> {
        let fits = heard.fits.iter().filter(|fit| !fit.values.is_empty());
        let lines = fits.flat_map(|fit| {
            self.index.families[fit.family].lines.iter().map(move |&line| (line, &fit.values))
        });
        let open =
            lines.filter(|&(line, _)| self.block(state, line, heard.process, None).is_none());
        open.map(|(line, values)| {
            let line = &self.order.lines[line];
            (0..line.holes.len())
                .filter(|&hole| self.due(state, line, values, hole).is_some())
                .count()
        })
        .min()
    }

    /// What should be in this hole instead.
    fn due(&self, state: &State, line: &Line, values: &[usize], hole: usize) -> Option<String> {
        let (used, value) = (&line.holes[hole], values[hole]);
        if let (Some(counter), Kind::Count { first, step }) = (used.counter, &used.hole.kind) {
            let ahead = line.holes[..hole].iter().filter(|u| u.counter == used.counter).count();
            let nth = (state.counters[counter] + ahead) as i64;
            let due = step.checked_mul(nth).and_then(|steps| first.checked_add(steps));
            if due.is_none_or(|due| self.values.texts[value].parse() != Ok(due)) {
                return Some(due.map_or("beyond all numbers".into(), |due| due.to_string()));
            }
        }
        let name = used.name?;
        let earlier = line.holes[..hole].iter().position(|other| other.name == Some(name));
        match state.values[name].or(earlier.map(|at| values[at])) {
            Some(bound) => (bound != value).then(|| self.values.texts[bound].clone()),
            None if used.hole.kind != Kind::Pid => None,
            // Two named pids are two processes.
            None => {
                let taken = line.holes[..hole].iter().zip(values).any(|(other, &own)| {
                    other.hole.kind == Kind::Pid && other.name.is_some() && own == value
                });
                let taken = taken || state.pids.contains(&value);
                taken.then(|| "another process's pid".into())
            }
        }
    }
}
