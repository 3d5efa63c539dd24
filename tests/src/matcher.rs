//! Is a run one of the orders that a golden file allows?
//!
//! A walk along the frontier: of the lines that may come next, take the one that matches; where
//! several match, try them in turn. The state is changed in place and an undo log takes steps
//! back; states that led nowhere are remembered by a hash that each change updates.

use std::collections::{HashMap, HashSet};

use crate::model::{Golden, Line};
use crate::parse::Stream;
use crate::text::Kind;
use crate::transcript::Run;

/// Stands for the unknown process that printed a line on standard error.
const NOBODY: usize = usize::MAX;

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

pub(crate) enum Outcome {
    /// Every line found its place: the run's lines with their golden indices.
    Legal,
    /// The longest legal beginning of the run has this many lines.
    Stuck(usize),
    /// Too many ways to pair off these lines.
    Ambiguous(Vec<usize>),
}

/// A text that a process may have meant in this way.
#[derive(Clone)]
struct Fit {
    family: usize,
    values: Vec<usize>,
}

struct Heard {
    process: usize,
    /// Index into `Walk::fits`.
    fits: usize,
}

enum Undo {
    Count { line: usize },
    Closed { line: usize },
    Last { process: usize, old: Option<Last> },
    Letter { letter: usize, process: usize },
    Value { name: usize, pid: bool },
    Counter { counter: usize },
    Owner { lock: usize, old: Option<usize> },
}

/// Where a process stands in the file: its latest line, and the latest one outside that line's
/// any-order group.
#[derive(Clone, Copy, PartialEq)]
struct Last {
    line: usize,
    floor: Option<usize>,
}

/// What one process sent to the lines of one any-order group, in the order of sending.
#[derive(Default)]
struct Inbox {
    /// A line of the group, and when its item was sent.
    items: Vec<(usize, usize)>,
    /// Everything before this has arrived.
    head: usize,
}

struct Frame {
    undo: usize,
    hash: u128,
    /// Choices not tried yet: the end of `Walk::choices` from here.
    choices: usize,
}

pub(crate) struct Walk<'g> {
    golden: &'g Golden,
    heard: Vec<Heard>,
    fits: Vec<Vec<Fit>>,
    values: Vec<String>,
    processes: Vec<String>,
    process_ids: HashMap<String, usize>,

    // The state.
    /// The golden line of each run line so far.
    pub pairs: Vec<Option<usize>>,
    pub count: Vec<usize>,
    closed: Vec<usize>,
    waiting: Vec<usize>,
    last: Vec<Option<Last>>,
    letters: Vec<Option<usize>>,
    letters_of: Vec<Vec<usize>>,
    bound: Vec<Option<usize>>,
    /// How many lines still use a name: a value that nothing uses is not part of the state.
    uses: Vec<usize>,
    /// Values of named pids: two names are two processes.
    pids: HashSet<usize>,
    counters: Vec<usize>,
    owner: Vec<Option<usize>>,
    rest: Vec<usize>,
    inboxes: Vec<Inbox>,
    inbox_of: Vec<Option<(usize, usize)>>,
    inbox_ids: HashMap<(usize, usize, Stream, Stream), usize>,
    touched: Vec<usize>,
    hash: u128,

    // Where to look first; they move back when steps are undone.
    family_heads: Vec<usize>,
    class_heads: Vec<usize>,

    undo: Vec<Undo>,
    frames: Vec<Frame>,
    choices: Vec<(usize, usize)>,
    dead: HashSet<u128>,
    broken_turns: HashSet<usize>,
    steps: usize,
    limit: usize,
}

impl<'g> Walk<'g> {
    pub fn new(golden: &'g Golden, run: &Run) -> Walk<'g> {
        let lines = &golden.lines;
        let mut uses = vec![0; golden.names];
        for name in lines
            .iter()
            .flat_map(|line| &line.holes)
            .filter_map(|hole| hole.name)
        {
            uses[name] += 1;
        }
        let mandatory = |turn: &crate::model::Turn| {
            turn.lines
                .iter()
                .filter(|&&line| !lines[line].optional)
                .count()
        };
        let mut walk = Walk {
            golden,
            heard: Vec::new(),
            fits: Vec::new(),
            values: Vec::new(),
            processes: Vec::new(),
            process_ids: HashMap::new(),
            pairs: Vec::new(),
            count: vec![0; lines.len()],
            closed: vec![0; lines.len()],
            waiting: lines.iter().map(|line| line.after.len()).collect(),
            last: Vec::new(),
            letters: vec![None; golden.letters.len()],
            letters_of: Vec::new(),
            bound: vec![None; golden.names],
            uses,
            pids: HashSet::new(),
            counters: vec![0; golden.counters],
            owner: vec![None; golden.locks],
            rest: golden.turns.iter().map(mandatory).collect(),
            inboxes: Vec::new(),
            inbox_of: vec![None; lines.len()],
            inbox_ids: HashMap::new(),
            touched: vec![0; golden.units],
            hash: 0,
            family_heads: vec![0; golden.families.len()],
            class_heads: vec![0; golden.classes.len()],
            undo: Vec::new(),
            frames: Vec::new(),
            choices: Vec::new(),
            dead: HashSet::new(),
            broken_turns: HashSet::new(),
            steps: 0,
            limit: 100_000 + 50 * (run.out.len() + run.err.len()),
        };
        walk.listen(run);
        walk
    }

    /// Finds out which families each line of the run could belong to.
    fn listen(&mut self, run: &Run) {
        let golden = self.golden;
        let mut known: HashMap<(usize, &str), usize> = HashMap::new();
        let mut value_ids: HashMap<String, usize> = HashMap::new();
        let mut with_holes: HashMap<usize, Vec<usize>> = HashMap::new();
        let out = run
            .out
            .iter()
            .map(|said| (Some(said.process.as_str()), said.text.as_str()));
        let err = run.err.iter().map(|text| (None, text.as_str()));
        for (name, text) in out.chain(err) {
            let stream = if name.is_some() {
                Stream::Out
            } else {
                Stream::Err
            };
            let process = name.map_or(NOBODY, |name| self.process_id(name));
            let says = |family: &usize| {
                let line = &golden.lines[golden.families[*family].lines[0]];
                line.stream == stream && name.is_none_or(|name| line.lane.fits(name))
            };
            let fits = *known.entry((process, text)).or_insert_with(|| {
                let literal = golden.by_literal.get(&(stream, text.to_owned()));
                let literal = literal
                    .into_iter()
                    .flatten()
                    .copied()
                    .filter(|family| says(family));
                let mut fits: Vec<Fit> = literal
                    .map(|family| Fit {
                        family,
                        values: Vec::new(),
                    })
                    .collect();
                let mine = with_holes.entry(process).or_insert_with(|| {
                    golden
                        .with_holes
                        .iter()
                        .copied()
                        .filter(|family| says(family))
                        .collect()
                });
                for &family in mine.iter() {
                    let line = &golden.lines[golden.families[family].lines[0]];
                    let Some(found) = line.text.fit(text) else {
                        continue;
                    };
                    let ids = found.into_iter().map(|value| {
                        let next = value_ids.len();
                        *value_ids.entry(value.to_owned()).or_insert(next)
                    });
                    fits.push(Fit {
                        family,
                        values: ids.collect(),
                    });
                }
                self.fits.push(fits);
                self.fits.len() - 1
            });
            self.heard.push(Heard { process, fits });
        }
        self.values = vec![String::new(); value_ids.len()];
        for (value, id) in value_ids {
            self.values[id] = value;
        }
    }

    fn process_id(&mut self, name: &str) -> usize {
        if let Some(&id) = self.process_ids.get(name) {
            return id;
        }
        self.process_ids
            .insert(name.to_owned(), self.processes.len());
        self.processes.push(name.to_owned());
        self.last.push(None);
        self.letters_of.push(Vec::new());
        self.processes.len() - 1
    }

    /// Walks as far as the run goes, from where it stands. When it is stuck, it stands at the end
    /// of the longest legal beginning.
    pub fn walk(&mut self) -> Outcome {
        let base = self.undo.len();
        let start = self.pairs.len();
        let start_hash = self.hash;
        let mut best: Option<Vec<(usize, usize)>> = None;
        self.frames.clear();
        self.choices.clear();
        self.dead.clear();
        self.steps = 0;
        let mut path: Vec<(usize, usize)> = Vec::new();
        loop {
            let at = self.pairs.len();
            let floor = self.choices.len();
            if at == self.heard.len() {
                if (0..self.count.len()).all(|line| !self.is_missing(line)) {
                    return Outcome::Legal;
                }
            } else if self.frames.is_empty() || !self.dead.contains(&self.hash) {
                self.gather(at);
            }
            let dead_end = self.choices.len() == floor;
            self.frames.push(Frame {
                undo: self.undo.len(),
                hash: self.hash,
                choices: floor,
            });
            if dead_end && best.as_ref().is_none_or(|best| best.len() < path.len()) {
                best = Some(path.clone());
            }
            // Take the next choice here, or go back to a line that has one left.
            while let Some(frame) = self.frames.last()
                && self.choices.len() == frame.choices
            {
                self.dead.insert(frame.hash);
                self.frames.pop();
                if let Some(&Frame { undo, hash, .. }) = self.frames.last() {
                    self.undo_to(undo, hash);
                    self.pairs.pop();
                    path.pop();
                }
            }
            if self.frames.is_empty() {
                break;
            }
            let (line, fit) = self.choices.pop().expect("a frame with a choice left");
            if self.steps == self.limit {
                return Outcome::Ambiguous(self.undecided());
            }
            self.steps += 1;
            path.push((line, fit));
            self.take(line, fit);
        }
        self.undo_to(base, start_hash);
        debug_assert_eq!(self.pairs.len(), start);
        for (line, fit) in best.unwrap_or_default() {
            self.take(line, fit);
        }
        Outcome::Stuck(self.pairs.len())
    }

    /// Golden lines among which the walk has not decided.
    fn undecided(&self) -> Vec<usize> {
        let mut lines: Vec<usize> = self.choices.iter().map(|choice| choice.0).collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    pub fn is_missing(&self, line: usize) -> bool {
        self.count[line] == 0 && !self.golden.lines[line].optional
    }

    /// Puts the golden lines that the run's line `at` may be on `choices`, the best one last.
    fn gather(&mut self, at: usize) {
        let golden = self.golden;
        let process = self.heard[at].process;
        let floor = self.choices.len();
        for fit in 0..self.fits[self.heard[at].fits].len() {
            let family_id = self.fits[self.heard[at].fits][fit].family;
            let family = &golden.families[family_id];
            while let Some(&line) = family.lines.get(self.family_heads[family_id]) {
                if self.count[line] == 0 || golden.lines[line].repeats {
                    break;
                }
                self.family_heads[family_id] += 1;
            }
            let mut place = self.family_heads[family_id];
            while let Some(&line) = family.lines.get(place) {
                let one = &golden.lines[line];
                let values = &self.fits[self.heard[at].fits][fit].values;
                let open = self.blocked(line, process, Some(values)).is_none();
                if open && self.is_first(one) {
                    self.choices.push((line, fit));
                }
                if family.in_order && self.is_missing(line) {
                    break;
                }
                place = if self.touched[one.unit] == 0 {
                    one.skip_to
                } else {
                    place + 1
                };
            }
        }
        self.choices[floor..].reverse();
    }

    /// Of units that can be exchanged for one another, only the first untouched one is tried.
    fn is_first(&mut self, line: &Line) -> bool {
        let Some(class) = line.class else { return true };
        if self.touched[line.unit] > 0 {
            return true;
        }
        let units = &self.golden.classes[class];
        while self.touched[units[self.class_heads[class]]] > 0 {
            self.class_heads[class] += 1;
        }
        units[self.class_heads[class]] == line.unit
    }

    /// Why this line cannot be next for this process; without values, holes are not looked at.
    fn blocked(&self, index: usize, process: usize, values: Option<&[usize]>) -> Option<Block> {
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
                let bar = if same_group {
                    last.floor
                } else {
                    Some(last.line)
                };
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
                ends.next()
                    .filter(|&&end| self.is_missing(end))
                    .map(|&end| Block::Unfinished(end))
            }),
        }
    }

    fn blocked_values(&self, line: &Line, values: &[usize]) -> Option<Block> {
        for (hole, (used, &value)) in line.holes.iter().zip(values).enumerate() {
            let differs = |was: String| Some(Block::Value { hole, was });
            if let (Some(counter), Kind::Count { first, step }) = (used.counter, &used.hole.kind) {
                let ahead = line.holes[..hole]
                    .iter()
                    .filter(|u| u.counter == used.counter)
                    .count();
                let nth = (self.counters[counter] + ahead) as i64;
                let due = step
                    .checked_mul(nth)
                    .and_then(|steps| first.checked_add(steps));
                if due.is_none_or(|due| self.values[value].parse() != Ok(due)) {
                    return differs(due.map_or("beyond all numbers".into(), |due| due.to_string()));
                }
            }
            let Some(name) = used.name else { continue };
            let earlier = line.holes[..hole]
                .iter()
                .position(|other| other.name == Some(name));
            match self.bound[name].or(earlier.map(|at| values[at])) {
                Some(bound) if bound != value => return differs(self.values[bound].clone()),
                Some(_) => {}
                None if used.hole.kind != Kind::Pid => {}
                None => {
                    let taken = line.holes[..hole].iter().zip(values).any(|(other, &own)| {
                        other.hole.kind == Kind::Pid && other.name.is_some() && own == value
                    });
                    if taken || self.pids.contains(&value) {
                        return differs("another process's pid".into());
                    }
                }
            }
        }
        None
    }

    /// Pairs the run's next line with a golden line.
    fn take(&mut self, index: usize, fit: usize) {
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

    fn count_line(&mut self, index: usize, at: usize, process: usize) {
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
            (NOBODY, crate::lane::Lane::Named(name)) => self.process_ids.get(name).copied(),
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
            while inbox
                .items
                .get(inbox.head)
                .is_some_and(|(item, _)| self.count[*item] > 0)
            {
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
            Some(last) if group.is_some() && self.golden.lines[last.line].group == group => Last {
                line: last.line.max(index),
                floor: last.floor,
            },
            _ => Last {
                line: index,
                floor: old.map(|last| last.line),
            },
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

    fn bind(&mut self, line: &Line, values: &[usize]) {
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

    /// Pairs the run's next line with a golden line that cannot be there, so that the walk can go
    /// on behind it: what waits for that line may come, and its process is held to nothing.
    pub fn force(&mut self, index: usize, fit: Option<usize>, block: Option<&Block>) {
        let golden = self.golden;
        let at = self.pairs.len();
        let process = self.heard[at].process;
        self.pairs.push(Some(index));
        self.count_line(index, at, process);
        if let Some(fit) = fit {
            let values = self.fits[self.heard[at].fits][fit].values.clone();
            self.bind(&golden.lines[index], &values);
        }
        if let Some(Block::Turn(owner)) = block {
            self.broken_turns.insert(*owner);
            self.broken_turns.extend(&golden.lines[index].turns);
        }
    }

    /// Leaves the run's next line without a golden line.
    pub fn skip(&mut self) {
        self.pairs.push(None);
    }

    /// Every golden line that says the right thing for the run's line `at`, and what is in the
    /// way.
    pub fn blocks(&self, at: usize) -> Vec<(usize, usize, Block)> {
        let heard = &self.heard[at];
        let mut found = Vec::new();
        for (fit, Fit { family, values }) in self.fits[heard.fits].iter().enumerate() {
            for &line in &self.golden.families[*family].lines {
                if let Some(block) = self.blocked(line, heard.process, Some(values)) {
                    found.push((line, fit, block));
                }
            }
        }
        found
    }

    /// Golden lines of the stream that could come next, for this process or for anybody.
    pub fn ready(&self, stream: Stream, process: Option<&str>) -> Vec<usize> {
        let id = process
            .and_then(|name| self.process_ids.get(name))
            .copied()
            .unwrap_or(NOBODY);
        let could = |&index: &usize| {
            let line = &self.golden.lines[index];
            line.stream == stream
                && process.is_none_or(|name| line.lane.fits(name))
                && self.blocked(index, id, None).is_none()
        };
        (0..self.golden.lines.len()).filter(could).collect()
    }

    fn undo_to(&mut self, mark: usize, hash: u128) {
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
