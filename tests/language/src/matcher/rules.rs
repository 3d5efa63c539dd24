//! May this line be next?

use super::{NOBODY, Walk};
use crate::model::Line;
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

impl Walk<'_> {
    /// Why this line cannot be next for this process; without values, holes are not looked at.
    pub(super) fn blocked(
        &self,
        index: usize,
        process: usize,
        values: Option<&[usize]>,
    ) -> Option<Block> {
        let line = &self.golden.lines[index];
        if self.count[index] > 0 && !line.repeats {
            return Some(Block::Done);
        }
        if self.closed[index] > 0 {
            return Some(Block::Over);
        }
        if self.waiting[index] > 0 {
            return Some(Block::Waits);
        }
        if process != NOBODY {
            if let Some(last) = self.last[process] {
                let same_group =
                    line.group.is_some() && self.golden.lines[last.line].group == line.group;
                let bar = if same_group { last.floor } else { Some(last.line) };
                if let Some(bar) = bar
                    && index < bar
                {
                    return Some(Block::SaidLater(bar));
                }
            }
            if let Some(letter) = line.letter
                && let Some(block) = self.blocked_letter(letter, index, process)
            {
                return Some(block);
            }
        }
        if let Some(&needed) = line.needs.iter().find(|&&needed| self.count[needed] == 0) {
            return Some(Block::Without(needed));
        }
        if let Some((inbox, sent)) = self.inbox_of[index]
            && self.count[index] == 0
        {
            let inbox = &self.inboxes[inbox];
            for &(item, when) in &inbox.items[inbox.head..] {
                if when < sent && self.is_missing(item) {
                    return Some(Block::ItemFirst(item));
                }
                // Only an item that may be missing can be overtaken.
                if when > sent && !line.optional {
                    break;
                }
                if when > sent && self.count[item] > 0 {
                    return Some(Block::Over);
                }
            }
        }
        for &turn in &line.turns {
            if let Some(owner) = self.owner[self.golden.turns[turn].lock]
                && owner != turn
                && self.rest[owner] > 0
                && !self.broken_turns.contains(&owner)
            {
                return Some(Block::Turn(owner));
            }
        }
        values.and_then(|values| self.blocked_values(line, values))
    }

    fn blocked_letter(&self, letter: usize, index: usize, process: usize) -> Option<Block> {
        let golden = self.golden;
        match self.letters[letter] {
            Some(bound) if bound == process => None,
            Some(bound) => Some(Block::OtherProcess(self.processes[bound].clone())),
            None => self.letters_of[process].iter().rev().find_map(|&other| {
                let lines = &golden.letters[other].lines;
                if golden.letters[other].overlaps(&golden.letters[letter]) {
                    return Some(Block::SameProcess(lines[0]));
                }
                let stream = golden.lines[index].stream;
                let mut ends = lines.iter().rev().filter(|&&line| {
                    !golden.lines[line].optional && golden.lines[line].stream == stream
                });
                ends.next().filter(|&&end| self.is_missing(end)).map(|&end| Block::Unfinished(end))
            }),
        }
    }

    fn blocked_values(&self, line: &Line, values: &[usize]) -> Option<Block> {
        (0..line.holes.len()).find_map(|hole| {
            self.should_be(line, values, hole).map(|was| Block::Value { hole, was })
        })
    }

    /// In how many holes the run's line `at` differs from the golden line to which it comes nearest;
    /// none if it is something else that is in its way.
    pub(super) fn wrong_values(&self, at: usize) -> Option<usize> {
        let heard = &self.heard[at];
        let fits = self.fits[heard.fits].iter().filter(|fit| !fit.values.is_empty());
        let lines = fits.flat_map(|fit| {
            self.golden.families[fit.family].lines.iter().map(move |&line| (line, &fit.values))
        });
        let open = lines.filter(|(line, _)| self.blocked(*line, heard.process, None).is_none());
        open.map(|(line, values)| {
            let line = &self.golden.lines[line];
            (0..line.holes.len())
                .filter(|&hole| self.should_be(line, values, hole).is_some())
                .count()
        })
        .min()
    }

    /// What should be in this hole instead.
    fn should_be(&self, line: &Line, values: &[usize], hole: usize) -> Option<String> {
        let (used, value) = (&line.holes[hole], values[hole]);
        if let (Some(counter), Kind::Count { first, step }) = (used.counter, &used.hole.kind) {
            let ahead = line.holes[..hole].iter().filter(|u| u.counter == used.counter).count();
            let nth = (self.counters[counter] + ahead) as i64;
            let due = step.checked_mul(nth).and_then(|steps| first.checked_add(steps));
            if due.is_none_or(|due| self.values[value].parse() != Ok(due)) {
                return Some(due.map_or("beyond all numbers".into(), |due| due.to_string()));
            }
        }
        let name = used.name?;
        let earlier = line.holes[..hole].iter().position(|other| other.name == Some(name));
        match self.bound[name].or(earlier.map(|at| values[at])) {
            Some(bound) => (bound != value).then(|| self.values[bound].clone()),
            None if used.hole.kind != Kind::Pid => None,
            None => {
                let taken = line.holes[..hole].iter().zip(values).any(|(other, &own)| {
                    other.hole.kind == Kind::Pid && other.name.is_some() && own == value
                });
                let taken = taken || self.pids.contains(&value);
                taken.then(|| "another process's pid".into())
            }
        }
    }
}
