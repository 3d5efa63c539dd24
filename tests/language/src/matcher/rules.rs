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
    /// It belongs to a turn of a lock, and another turn has begun and not ended.
    Turn(usize),
    /// An item that its sender sent earlier is not there yet.
    ItemFirst(usize),
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
    /// Why this line cannot be next for this process; without values, holes are not looked at.
    pub(crate) fn block(
        &self,
        state: &State,
        index: usize,
        process: Option<usize>,
        values: Option<&[usize]>,
    ) -> Option<Block> {
        let line = &self.order.lines[index];
        let has_come = state.said.has(index);
        if has_come && !line.repeats {
            return Some(Block::Done);
        }
        if state.over.has(index) {
            return Some(Block::Over);
        }
        if self.index.after[index].iter().any(|&first| !state.said.has(first)) {
            return Some(Block::Waits);
        }
        // A process keeps the file's order, but for neighbours in any order.
        if let Some(last) = process.and_then(|process| state.last(process)) {
            let same_group =
                line.group.is_some() && self.order.lines[last.line].group == line.group;
            let bar = if same_group { last.floor } else { Some(last.line) };
            if let Some(bar) = bar.filter(|&bar| index < bar) {
                return Some(Block::SaidLater(bar));
            }
        }
        if let (Some(letter), Some(process)) = (line.letter, process)
            && let Some(block) = self.letter_block(state, letter, index, process)
        {
            return Some(block);
        }
        if let Some(&needed) = line.needs.iter().find(|&&needed| !state.said.has(needed)) {
            return Some(Block::Without(needed));
        }
        if line.group.is_some() && line.item_of.is_some() && !has_come {
            let sent_before = |items: &Vec<usize>| {
                let own = items.iter().position(|&item| item == index)?;
                items[..own].iter().copied().find(|&item| {
                    let other = &self.order.lines[item];
                    other.item_of != line.item_of && !other.optional
                })
            };
            if let Some(item) = state.inboxes.values().find_map(sent_before) {
                return Some(Block::ItemFirst(item));
            }
        }
        for &turn in &line.turns {
            if let Some(owner) = state.owners[self.order.turns[turn].lock]
                && owner != turn
                && !state.broken_turns.contains(&owner)
                && self.order.turns[owner].lines.iter().any(|&line| self.is_missing(state, line))
            {
                return Some(Block::Turn(owner));
            }
        }
        let wrong = |hole| Some(Block::Value { hole, was: self.due(state, line, values?, hole)? });
        (0..line.holes.len()).find_map(wrong)
    }

    /// A letter stays with its process, and a process with its letter until that is finished.
    fn letter_block(
        &self,
        state: &State,
        letter: usize,
        index: usize,
        process: usize,
    ) -> Option<Block> {
        let order = self.order;
        match state.letters[letter] {
            Some(bound) if bound == process => None,
            Some(bound) => Some(Block::OtherProcess(self.processes.texts[bound].clone())),
            None => (0..order.letters.len()).rev().find_map(|other| {
                if state.letters[other] != Some(process) {
                    return None;
                }
                let lines = &order.letters[other].lines;
                if order.letters[other].overlaps(&order.letters[letter]) {
                    return Some(Block::SameProcess(lines[0]));
                }
                let stream = order.lines[index].stream;
                let mut ends = lines.iter().rev().filter(|&&line| {
                    !order.lines[line].optional && order.lines[line].stream == stream
                });
                let end = ends.next().filter(|&&end| !state.said.has(end));
                end.map(|&end| Block::Unfinished(end))
            }),
        }
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
