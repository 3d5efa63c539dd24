//! A step forward and a step back: what changes in the state when a line is taken.

use super::{Inbox, Last, NOBODY, Walk};
use crate::lane::Lane;
use crate::model::Line;
use crate::text::Kind;

pub(super) enum Undo {
    Count { line: usize },
    Closed { line: usize },
    Last { process: usize, old: Option<Last> },
    Letter { letter: usize, process: usize },
    Value { name: usize, pid: bool },
    Counter { counter: usize },
    Owner { lock: usize, old: Option<usize> },
}

impl Walk<'_> {
    /// Pairs the run's next line with a golden line.
    pub(super) fn take(&mut self, index: usize, fit: usize) {
        let golden = self.golden;
        let line = &golden.lines[index];
        let at = self.pairs.len();
        let process = self.heard[at].process;
        let values = std::mem::take(&mut self.fits[self.heard[at].fits][fit].values);
        self.pairs.push(Some(index));
        self.mark(Part::Position, at, 1);
        self.count_line(index, at, process);
        for &closed in &line.closes {
            self.close(closed);
        }
        for &turn in &line.turns {
            let lock = golden.turns[turn].lock;
            let old = self.owner[lock];
            if old == Some(turn) {
                continue;
            }
            for &left in old.iter().flat_map(|&old| &golden.turns[old].lines) {
                if left != index && (self.count[left] == 0 || golden.lines[left].repeats) {
                    self.close(left);
                }
            }
            self.mark(Part::Owner, lock, old.map_or(0, |turn| turn + 1));
            self.mark(Part::Owner, lock, turn + 1);
            self.owner[lock] = Some(turn);
            self.undo.push(Undo::Owner { lock, old });
        }
        if process != NOBODY {
            self.move_process(process, index);
            if let Some(letter) = line.letter
                && self.letters[letter].is_none()
            {
                self.letters[letter] = Some(process);
                self.letters_of[process].push(letter);
                self.mark(Part::Letter, letter, process + 1);
                self.undo.push(Undo::Letter { letter, process });
            }
        }
        self.bind(line, &values);
        self.fits[self.heard[at].fits][fit].values = values;
    }

    pub(super) fn count_line(&mut self, index: usize, at: usize, process: usize) {
        let golden = self.golden;
        let line = &golden.lines[index];
        self.count[index] += 1;
        self.touched[line.unit] += 1;
        self.undo.push(Undo::Count { line: index });
        if self.count[index] > 1 {
            return;
        }
        self.mark(Part::Count, index, 1);
        if !line.optional {
            for &later in &line.before {
                self.waiting[later] -= 1;
            }
            for &turn in &line.turns {
                self.rest[turn] -= 1;
            }
        }
        if !line.repeats {
            for name in line.holes.iter().filter_map(|hole| hole.name) {
                self.use_name(name);
            }
        }
        let sender = match (process, &line.lane) {
            (NOBODY, Lane::Named(name)) => self.process_ids.get(name).copied(),
            (NOBODY, _) => None,
            (process, _) => Some(process),
        };
        if let Some(sender) = sender {
            for &item in &line.items {
                let Some(group) = golden.lines[item].group else {
                    continue;
                };
                let next = self.inboxes.len();
                // Nothing says when a line on one stream came, seen from the other.
                let key = (group, sender, line.stream, golden.lines[item].stream);
                let inbox = *self.inbox_ids.entry(key).or_insert(next);
                if inbox == next {
                    self.inboxes.push(Inbox::default());
                }
                self.inboxes[inbox].items.push((item, at));
                self.inbox_of[item] = Some((inbox, at));
                self.mark(Part::Inbox, item, at + 1);
            }
        }
        if let Some((inbox, _)) = self.inbox_of[index] {
            let inbox = &mut self.inboxes[inbox];
            while inbox.items.get(inbox.head).is_some_and(|(item, _)| self.count[*item] > 0) {
                inbox.head += 1;
            }
        }
    }

    fn uncount_line(&mut self, index: usize) {
        let line = &self.golden.lines[index];
        self.count[index] -= 1;
        self.touched[line.unit] -= 1;
        let head = &mut self.family_heads[line.family];
        *head = (*head).min(line.place_in_family);
        if let Some(class) = line.class {
            self.class_heads[class] = 0;
        }
        if self.count[index] > 0 {
            return;
        }
        if !line.optional {
            for &later in &line.before {
                self.waiting[later] += 1;
            }
            for &turn in &line.turns {
                self.rest[turn] += 1;
            }
        }
        if !line.repeats {
            for name in line.holes.iter().filter_map(|hole| hole.name) {
                self.uses[name] += 1;
            }
        }
        for &item in line.items.iter().rev() {
            if let Some((inbox, _)) = self.inbox_of[item].take() {
                let inbox = &mut self.inboxes[inbox];
                inbox.items.pop();
                inbox.head = inbox.head.min(inbox.items.len());
            }
        }
        if let Some((inbox, sent)) = self.inbox_of[index] {
            let inbox = &mut self.inboxes[inbox];
            let place = inbox.items.partition_point(|(_, when)| *when < sent);
            inbox.head = inbox.head.min(place);
        }
    }

    fn close(&mut self, line: usize) {
        self.closed[line] += 1;
        if self.closed[line] == 1 {
            self.mark(Part::Closed, line, 1);
        }
        self.undo.push(Undo::Closed { line });
    }

    fn move_process(&mut self, process: usize, index: usize) {
        let old = self.last[process];
        let group = self.golden.lines[index].group;
        let new = match old {
            Some(last) if group.is_some() && self.golden.lines[last.line].group == group => {
                Last { line: last.line.max(index), floor: last.floor }
            }
            _ => Last { line: index, floor: old.map(|last| last.line) },
        };
        if old != Some(new) {
            let place = |last: Last| last.line << 32 | last.floor.map_or(0, |floor| floor + 1);
            if let Some(old) = old {
                self.mark(Part::Last, process, place(old));
            }
            self.mark(Part::Last, process, place(new));
            self.last[process] = Some(new);
            self.undo.push(Undo::Last { process, old });
        }
    }

    pub(super) fn bind(&mut self, line: &Line, values: &[usize]) {
        for (used, &value) in line.holes.iter().zip(values) {
            if let Some(counter) = used.counter {
                self.counters[counter] += 1;
                self.mark(Part::Counter, counter, self.counters[counter]);
                self.undo.push(Undo::Counter { counter });
            }
            let Some(name) = used.name else { continue };
            if self.bound[name].is_some() {
                continue;
            }
            self.bound[name] = Some(value);
            if self.uses[name] > 0 {
                self.mark(Part::Value, name, value);
            }
            let pid = used.hole.kind == Kind::Pid;
            if pid {
                self.pids.insert(value);
                self.mark(Part::Pid, value, 1);
            }
            self.undo.push(Undo::Value { name, pid });
        }
    }

    fn use_name(&mut self, name: usize) {
        self.uses[name] -= 1;
        if self.uses[name] == 0
            && let Some(value) = self.bound[name]
        {
            self.mark(Part::Value, name, value);
        }
    }

    pub(super) fn undo_to(&mut self, mark: usize, hash: u128) {
        while self.undo.len() > mark {
            match self.undo.pop().expect("longer than the mark") {
                Undo::Count { line } => self.uncount_line(line),
                Undo::Closed { line } => self.closed[line] -= 1,
                Undo::Last { process, old } => self.last[process] = old,
                Undo::Letter { letter, process } => {
                    self.letters[letter] = None;
                    self.letters_of[process].pop();
                }
                Undo::Value { name, pid } => {
                    let value = self.bound[name].take().expect("it was bound");
                    if pid {
                        self.pids.remove(&value);
                    }
                }
                Undo::Counter { counter } => self.counters[counter] -= 1,
                Undo::Owner { lock, old } => self.owner[lock] = old,
            }
        }
        self.hash = hash;
    }

    /// Adds a part of the state to the hash, or takes it out again.
    fn mark(&mut self, part: Part, which: usize, what: usize) {
        let mix = |seed: u64| {
            let mut word = seed;
            for input in [part as u64, which as u64, what as u64] {
                word = (word ^ input).wrapping_add(0x9e37_79b9_7f4a_7c15);
                word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                word ^= word >> 31;
            }
            u128::from(word)
        };
        self.hash ^= mix(0x243f_6a88_85a3_08d3) << 64 | mix(0x1319_8a2e_0370_7344);
    }
}

/// The parts of the state that a hash is made of.
#[derive(Clone, Copy)]
enum Part {
    Position,
    Count,
    Closed,
    Last,
    Letter,
    Value,
    Pid,
    Counter,
    Owner,
    Inbox,
}
