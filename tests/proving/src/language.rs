//! All that a program can print on one stream, as a machine: a state and a line give the next state.

use std::collections::{BTreeSet, HashMap};

use crate::numbered::Numbered;
use crate::poset::{Mask, Poset, Stream, Who};

/// A line of a run, as it stands in an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Letter {
    /// Whose; on standard error nobody's. The workers of a pool are called by the order in which they
    /// speak.
    pub process: Option<String>,
    /// What it says, up to pids and times.
    pub text: String,
    /// If it is a worker's: which of those that have spoken, from 1.
    pub(crate) worker: usize,
}

impl std::fmt::Display for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.process {
            Some(process) => write!(f, "{process:<10} | {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// The orders of the lines of one stream.
#[derive(Clone, Debug)]
pub(crate) struct Language {
    posets: Vec<Poset>,
    states: Numbered<State>,
    steps: HashMap<usize, Vec<(Letter, usize)>>,
}

/// How far it may have come: one of the runs, what of it was said, and which workers have spoken first.
type State = BTreeSet<(usize, Mask, Vec<u8>)>;

impl Language {
    pub fn new(posets: Vec<Poset>) -> Language {
        let start: State = (0..posets.len()).map(|poset| (poset, 0, Vec::new())).collect();
        let mut states = Numbered::new();
        states.number(start);
        Language { posets, states, steps: HashMap::new() }
    }

    /// The state before the first line.
    pub const START: usize = 0;

    /// Which lines may come next, and where that leads.
    pub fn steps(&mut self, state: usize) -> Vec<(Letter, usize)> {
        if let Some(steps) = self.steps.get(&state) {
            return steps.clone();
        }
        let mut next: HashMap<Letter, State> = HashMap::new();
        for (number, said, spoken) in &self.states[state] {
            let poset = &self.posets[*number];
            for (line, (who, text)) in poset.lines.iter().enumerate() {
                if said >> line & 1 == 1 || poset.before[line] & !said != 0 {
                    continue;
                }
                let mut spoken = spoken.clone();
                let (process, worker) = match who {
                    Who::Named(name) => (name.clone(), 0),
                    Who::Worker(worker) => {
                        let known = spoken.iter().position(|other| other == worker);
                        let place = known.unwrap_or_else(|| {
                            spoken.push(*worker);
                            spoken.len() - 1
                        });
                        (Some(format!("worker-{}", place + 1)), place + 1)
                    }
                };
                let letter = Letter { process, text: text.clone(), worker };
                next.entry(letter).or_default().insert((*number, said | 1 << line, spoken));
            }
        }
        let mut steps: Vec<(Letter, usize)> =
            next.into_iter().map(|(letter, state)| (letter, self.states.number(state))).collect();
        steps.sort();
        self.steps.insert(state, steps.clone());
        steps
    }

    /// Whether a run may end here.
    pub fn is_final(&self, state: usize) -> bool {
        self.states[state]
            .iter()
            .any(|(number, said, _)| said.count_ones() as usize == self.posets[*number].lines.len())
    }

    /// How many orders there are.
    pub fn orders(&mut self) -> u128 {
        fn count(language: &mut Language, state: usize, known: &mut HashMap<usize, u128>) -> u128 {
            if let Some(&count) = known.get(&state) {
                return count;
            }
            let mut all = u128::from(language.is_final(state));
            for (_, next) in language.steps(state) {
                all = all.saturating_add(count(language, next, known));
            }
            known.insert(state, all);
            all
        }
        count(self, Language::START, &mut HashMap::new())
    }

    /// Every line that comes in some order.
    pub fn letters(&mut self) -> BTreeSet<Letter> {
        let (mut letters, mut state) = (BTreeSet::new(), 0);
        while state < self.states.len() {
            letters.extend(self.steps(state).into_iter().map(|(letter, _)| letter));
            state += 1;
        }
        letters
    }

    /// An order; `choose` says which of so many lines comes next.
    pub fn order(&mut self, choose: &mut dyn FnMut(usize) -> usize) -> Vec<Letter> {
        let (mut state, mut word) = (Language::START, Vec::new());
        loop {
            let mut steps = self.steps(state);
            if steps.is_empty() {
                return word;
            }
            let (letter, next) = steps.swap_remove(choose(steps.len()).min(steps.len() - 1));
            word.push(letter);
            state = next;
        }
    }

    /// Whether this is an order.
    pub fn has(&mut self, word: &[Letter]) -> bool {
        let mut state = Language::START;
        for letter in word {
            match self.steps(state).into_iter().find(|(other, _)| other == letter) {
                Some((_, next)) => state = next,
                None => return false,
            }
        }
        self.is_final(state)
    }

    /// An order in which a first line comes, no second one before it, and one after it.
    pub fn with_first(
        &mut self,
        first: &dyn Fn(&Letter) -> bool,
        second: &dyn Fn(&Letter) -> bool,
    ) -> Option<Vec<Letter>> {
        // Nothing yet; the first has come; the second, too.
        let mut seen = BTreeSet::new();
        let mut todo = vec![(Language::START, 0, Vec::new())];
        while let Some((state, stage, word)) = todo.pop() {
            if !seen.insert((state, stage)) {
                continue;
            }
            if stage == 2 && self.is_final(state) {
                return Some(word);
            }
            for (letter, next) in self.steps(state).into_iter().rev() {
                let stage = match stage {
                    0 if first(&letter) => 1,
                    0 if second(&letter) => continue,
                    1 if second(&letter) => 2,
                    stage => stage,
                };
                todo.push((next, stage, [word.clone(), vec![letter]].concat()));
            }
        }
        None
    }

    /// Whether it has every order of the other one.
    pub fn includes(&mut self, other: &mut Language) -> bool {
        let mut seen = BTreeSet::new();
        let mut todo = vec![(Language::START, Language::START)];
        while let Some((own, others)) = todo.pop() {
            if !seen.insert((own, others)) {
                continue;
            }
            if other.is_final(others) && !self.is_final(own) {
                return false;
            }
            let steps = self.steps(own);
            for (letter, next) in other.steps(others) {
                match steps.iter().find(|(other, _)| *other == letter) {
                    Some(&(_, own)) => todo.push((own, next)),
                    None => return false,
                }
            }
        }
        true
    }

    /// An order that only one of both has, and whether it is this one.
    pub fn difference(&mut self, other: &mut Language) -> Option<(Vec<Letter>, bool)> {
        let mut seen = BTreeSet::new();
        let mut todo = vec![(Language::START, Language::START, Vec::new())];
        while let Some((own, others, word)) = todo.pop() {
            if !seen.insert((own, others)) {
                continue;
            }
            if self.is_final(own) != other.is_final(others) {
                return Some((word, self.is_final(own)));
            }
            let (steps, mut rest) = (self.steps(own), other.steps(others));
            for (letter, next) in steps {
                let word = [word.clone(), vec![letter.clone()]].concat();
                match rest.iter().position(|(other, _)| *other == letter) {
                    Some(at) => todo.push((next, rest.remove(at).1, word)),
                    None => return Some((word, true)),
                }
            }
            if let Some((letter, _)) = rest.pop() {
                return Some(([word, vec![letter]].concat(), false));
            }
        }
        None
    }
}

/// The two streams of a program.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    pub out: Language,
    pub err: Language,
}

impl Streams {
    pub fn of(&mut self, stream: Stream) -> &mut Language {
        match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        }
    }
}
