//! Is a run one of the orders that a golden file allows?
//!
//! A walk along the frontier: of the lines that may come next, take the one that matches; where
//! several match, try them in turn. The state is changed in place and an undo log takes steps
//! back; states that led nowhere are remembered by a hash that each change updates.

mod rules;
mod steps;

use std::collections::{HashMap, HashSet};

pub(crate) use self::rules::Block;
use self::steps::Undo;
use crate::model::{Golden, Line};
use crate::parse::Stream;
use crate::transcript::Run;

/// Stands for the unknown process that printed a line on standard error.
const NOBODY: usize = usize::MAX;

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
        for name in lines.iter().flat_map(|line| &line.holes).filter_map(|hole| hole.name) {
            uses[name] += 1;
        }
        let mandatory = |turn: &crate::model::Turn| {
            turn.lines.iter().filter(|&&line| !lines[line].optional).count()
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
        let out = run.out.iter().map(|said| (Some(said.process.as_str()), said.text.as_str()));
        let err = run.err.iter().map(|text| (None, text.as_str()));
        for (name, text) in out.chain(err) {
            let stream = if name.is_some() { Stream::Out } else { Stream::Err };
            let process = name.map_or(NOBODY, |name| self.process_id(name));
            let says = |family: &usize| {
                let line = &golden.lines[golden.families[*family].lines[0]];
                line.stream == stream && name.is_none_or(|name| line.lane.fits(name))
            };
            let fits = *known.entry((process, text)).or_insert_with(|| {
                let literal = golden.by_literal.get(&(stream, text.to_owned()));
                let literal = literal.into_iter().flatten().copied().filter(|family| says(family));
                let mut fits: Vec<Fit> =
                    literal.map(|family| Fit { family, values: Vec::new() }).collect();
                let mine = with_holes.entry(process).or_insert_with(|| {
                    golden.with_holes.iter().copied().filter(|family| says(family)).collect()
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
                    fits.push(Fit { family, values: ids.collect() });
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
        self.process_ids.insert(name.to_owned(), self.processes.len());
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
        let (mut best, mut wrong_values) = (None::<Vec<(usize, usize)>>, None);
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
            self.frames.push(Frame { undo: self.undo.len(), hash: self.hash, choices: floor });
            if dead_end && best.as_ref().is_none_or(|best| best.len() <= path.len()) {
                let is_longer = best.as_ref().is_none_or(|best| best.len() < path.len());
                let wrong = self.heard.get(at).and_then(|_| self.wrong_values(at));
                // Of two that are as long, the one in which less of the next line is wrong.
                if is_longer || wrong.zip(wrong_values).is_some_and(|(this, best)| this < best) {
                    best = Some(path.clone());
                    wrong_values = wrong;
                }
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
                place = if self.touched[one.unit] == 0 { one.skip_to } else { place + 1 };
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
        self.lines_with(stream, process, None)
    }

    /// Those that wait for others.
    pub fn waiting(&self, stream: Stream, process: Option<&str>) -> Vec<usize> {
        self.lines_with(stream, process, Some(Block::Waits))
    }

    fn lines_with(
        &self,
        stream: Stream,
        process: Option<&str>,
        block: Option<Block>,
    ) -> Vec<usize> {
        let id = process.and_then(|name| self.process_ids.get(name)).copied().unwrap_or(NOBODY);
        let wanted = |&index: &usize| {
            let line = &self.golden.lines[index];
            line.stream == stream
                && process.is_none_or(|name| line.lane.fits(name))
                && self.blocked(index, id, None) == block
        };
        (0..self.golden.lines.len()).filter(wanted).collect()
    }
}
