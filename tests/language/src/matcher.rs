//! The orders that a golden file allows, as a machine: a state and the next line of a run give the
//! next states.
//!
//! Several states can follow, because a line of a run may be any of several golden lines that say
//! the same, and only what comes later tells which it was. A run is legal if one way through its
//! lines ends in a final state. `walk` looks for one such way; whoever wants the language itself
//! takes all ways at once, as the example at [`Matcher`] does.
//!
//! A step has two halves. `rules` reads the state and says why a golden line must not come now, or
//! that it may; `state` writes what has changed once it has come. Nothing is looked for in the file
//! meanwhile: [`Matcher::hear`] has found once, before, which golden lines say what the run's line
//! says. Lines that are written alike are one family, so that a text is compared once with all of
//! them.

mod rules;
mod state;

use std::collections::HashMap;
use std::rc::Rc;

pub(crate) use self::rules::Block;
pub use self::state::State;
use crate::golden::Golden;
use crate::index::Index;
use crate::lane::Lane;
use crate::order::Order;
use crate::parse::Stream;

/// Takes the lines of runs, one by one, through the [`State`]s of one golden file.
///
/// ```
/// use std::collections::HashSet;
///
/// let file = "w-* | 1\nw-* | 1\nw-* | 2\n";
/// let golden = golden::Golden::parse("file.txt", file, golden::Language::Rust)?;
/// let mut matcher = golden.matcher();
/// let mut states = HashSet::from([matcher.start()]);
/// for (process, text) in [("w-1", "1"), ("w-2", "2"), ("w-2", "1")] {
///     let line = matcher.hear(Some(process), text);
///     states = states.iter().flat_map(|state| matcher.step(state, &line)).collect();
/// }
/// // After its 2, the last line of the file, w-2 has nothing more to say.
/// assert!(!states.iter().any(|state| matcher.is_final(state)));
/// # Ok::<(), Box<golden::Malformed>>(())
/// ```
#[derive(Debug)]
pub struct Matcher<'g> {
    pub(crate) order: &'g Order,
    pub(crate) index: &'g Index,
    processes: Numbers,
    values: Numbers,
    /// What was heard before, by process and text.
    heard: HashMap<(Option<usize>, String), Rc<[Fit]>>,
    /// The families of texts with holes that a process may say.
    with_holes: HashMap<Option<usize>, Rc<[usize]>>,
}

/// A line of a run as a [`Matcher`] hears it: who said it, and which texts of the file it fits.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Nobody knows who prints a line on standard error.
    pub(crate) process: Option<usize>,
    pub(crate) fits: Rc<[Fit]>,
}

/// A text of the file that a line fits: whose family it is, and what stands in its holes.
#[derive(Debug)]
pub(crate) struct Fit {
    pub family: usize,
    pub values: Vec<usize>,
}

/// A golden line that a run's line may be, and with which of its fits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub line: usize,
    pub fit: usize,
}

/// Gives equal texts equal numbers, so that a state holds and compares numbers only.
#[derive(Debug, Default)]
struct Numbers {
    of: HashMap<String, usize>,
    texts: Vec<String>,
}

impl Numbers {
    fn of(&mut self, text: &str) -> usize {
        if let Some(&number) = self.of.get(text) {
            return number;
        }
        self.of.insert(text.to_owned(), self.texts.len());
        self.texts.push(text.to_owned());
        self.texts.len() - 1
    }
}

impl Golden {
    /// The machine that accepts the orders of this file.
    pub fn matcher(&self) -> Matcher<'_> {
        let mut processes = Numbers::default();
        // Nobody is heard on standard error; whose a line is there, its lane says.
        for line in self.order.lines.iter().filter(|line| line.stream == Stream::Err) {
            if let Lane::Named(name) = &line.lane {
                processes.of(name);
            }
        }
        Matcher {
            order: &self.order,
            index: &self.index,
            processes,
            values: Numbers::default(),
            heard: HashMap::new(),
            with_holes: HashMap::new(),
        }
    }
}

impl Matcher<'_> {
    /// The state before the first line.
    pub fn start(&self) -> State {
        State::new(self.order)
    }

    /// Is this the end of a legal run?
    pub fn is_final(&self, state: &State) -> bool {
        (0..self.order.lines.len()).all(|line| !self.is_missing(state, line))
    }

    /// Is this the end of what a legal run prints on one stream?
    pub fn is_final_on(&self, state: &State, stderr: bool) -> bool {
        let stream = if stderr { Stream::Err } else { Stream::Out };
        let of = |&line: &usize| self.order.lines[line].stream == stream;
        (0..self.order.lines.len()).filter(of).all(|line| !self.is_missing(state, line))
    }

    /// The states that may follow when this line comes next; none if it must not.
    pub fn step(&self, state: &State, heard: &Heard) -> Vec<State> {
        self.steps(state, heard).into_iter().map(|(_, next)| next).collect()
    }

    /// The same, each with the number of the golden line that it was.
    ///
    /// ```
    /// use golden::{Golden, Language};
    ///
    /// let golden = Golden::parse("file.txt", "w-* | runs\nw-1 | runs\n", Language::Rust)?;
    /// let mut matcher = golden.matcher();
    /// let line = matcher.hear(Some("w-1"), "runs");
    /// let lines = matcher.steps(&matcher.start(), &line).into_iter().map(|(line, _)| line);
    /// assert_eq!(lines.collect::<Vec<_>>(), [1, 2]);
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn steps(&self, state: &State, heard: &Heard) -> Vec<(usize, State)> {
        let taken = |choice: Choice| {
            let mut next = state.clone();
            self.take(&mut next, heard, choice);
            (self.order.lines[choice.line].number, next)
        };
        self.choices(state, heard).into_iter().map(taken).collect()
    }

    /// Prepares a line for [`step`](Matcher::step): on standard output that of a process, on
    /// standard error anybody's.
    pub fn hear(&mut self, process: Option<&str>, text: &str) -> Heard {
        let (order, index) = (self.order, self.index);
        let number = process.map(|name| self.processes.of(name));
        let key = (number, text.to_owned());
        if let Some(fits) = self.heard.get(&key) {
            return Heard { process: number, fits: fits.clone() };
        }
        let stream = if process.is_some() { Stream::Out } else { Stream::Err };
        let may_say = |family: &usize| {
            let line = &order.lines[index.families[*family].lines[0]];
            line.stream == stream && process.is_none_or(|name| line.lane.fits(name))
        };
        let with_holes = self
            .with_holes
            .entry(number)
            .or_insert_with(|| index.with_holes.iter().copied().filter(may_say).collect());
        let mut fits = Vec::new();
        let literal = index.by_literal.get(&(stream, text.to_owned()));
        for family in literal.into_iter().flatten().copied().filter(may_say) {
            fits.push(Fit { family, values: Vec::new() });
        }
        for &family in with_holes.iter() {
            let line = &order.lines[index.families[family].lines[0]];
            if let Some(values) = line.text.fit(text) {
                let values = values.into_iter().map(|value| self.values.of(value)).collect();
                fits.push(Fit { family, values });
            }
        }
        let fits: Rc<[Fit]> = fits.into();
        self.heard.insert(key, fits.clone());
        Heard { process: number, fits }
    }

    /// The golden lines that this line may be, the likeliest first.
    pub(crate) fn choices(&self, state: &State, heard: &Heard) -> Vec<Choice> {
        let mut choices = Vec::new();
        for (fit, Fit { family, values }) in heard.fits.iter().enumerate() {
            let family = &self.index.families[*family];
            let is_done = |line: usize| state.said.has(line) && !self.order.lines[line].repeats;
            for &line in family.lines.iter().filter(|&&line| !is_done(line)) {
                if self.block(state, line, heard.process, Some(values)).is_none() {
                    choices.push(Choice { line, fit });
                }
                if family.in_order && self.is_missing(state, line) {
                    break;
                }
            }
        }
        choices
    }

    /// Whether this process has said anything on standard output.
    pub(crate) fn has_spoken(&self, state: &State, process: &str) -> bool {
        self.number(process).is_some_and(|process| state.last(process).is_some())
    }

    /// The number of a process that has been heard.
    pub(crate) fn number(&self, process: &str) -> Option<usize> {
        self.processes.of.get(process).copied()
    }

    pub(crate) fn is_missing(&self, state: &State, line: usize) -> bool {
        !self.order.lines[line].optional && !state.said.has(line)
    }
}
