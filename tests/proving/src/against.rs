//! What a golden file allows, beside what a program can print: are they the same orders?

use std::collections::{BTreeSet, HashMap, HashSet};

use golden::{Golden, Heard, Matcher, State};

use crate::language::{Language, Letter};
use crate::poset::Stream;

/// So many pairs of states are looked at before the answer is that there are too many.
const MOST: usize = 500_000;

/// What came of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// They are the same.
    Same,
    /// The program can print this beginning, and the file refuses its last line; or, with a whole order,
    /// misses something behind it.
    Refused(Vec<Letter>),
    /// The file allows this order, and no schedule gives it. Up to the numbered line it can come.
    Unreached(Vec<Letter>, usize),
    /// There are too many states.
    TooMany,
}

/// The states of a golden file, by numbers.
struct Allowed<'g> {
    matcher: Matcher<'g>,
    on_stderr: bool,
    states: Vec<State>,
    numbers: HashMap<State, usize>,
    heard: HashMap<Letter, Heard>,
    steps: HashMap<(usize, Letter), Vec<usize>>,
}

/// Where the file may stand, and how many workers have spoken: they are called by the order of that.
type Set = (BTreeSet<usize>, usize);

impl Allowed<'_> {
    fn start(&mut self) -> Set {
        let start = self.matcher.start();
        (BTreeSet::from([self.number(start)]), 0)
    }

    fn number(&mut self, state: State) -> usize {
        if let Some(&number) = self.numbers.get(&state) {
            return number;
        }
        self.states.push(state.clone());
        self.numbers.insert(state, self.states.len() - 1);
        self.states.len() - 1
    }

    fn step(&mut self, set: &Set, letter: &Letter) -> Set {
        let (states, spoken) = set;
        if letter.worker > spoken + 1 {
            return Set::default();
        }
        let next = states.iter().flat_map(|&state| self.step_of(state, letter)).collect();
        (next, letter.worker.max(*spoken))
    }

    fn step_of(&mut self, state: usize, letter: &Letter) -> Vec<usize> {
        let key = (state, letter.clone());
        if let Some(steps) = self.steps.get(&key) {
            return steps.clone();
        }
        let heard = match self.heard.get(letter) {
            Some(heard) => heard.clone(),
            None => {
                let heard = self.matcher.hear(letter.process.as_deref(), &letter.text);
                self.heard.insert(letter.clone(), heard.clone());
                heard
            }
        };
        let next = self.matcher.step(&self.states[state], &heard);
        let next: Vec<usize> = next.into_iter().map(|state| self.number(state)).collect();
        self.steps.insert(key, next.clone());
        next
    }

    fn is_final(&self, set: &Set) -> bool {
        set.0.iter().any(|&state| self.matcher.is_final_on(&self.states[state], self.on_stderr))
    }

    /// How an order can go on to its end, if it can. `dead`: it is known that these cannot.
    fn completion(
        &mut self,
        from: &Set,
        letters: &BTreeSet<Letter>,
        dead: &mut HashSet<Set>,
    ) -> Option<Vec<Letter>> {
        let mut way: Vec<(Set, Vec<Letter>)> =
            vec![(from.clone(), letters.iter().rev().cloned().collect())];
        let mut word = Vec::new();
        let mut seen = HashSet::from([from.clone()]);
        while let Some((set, left)) = way.last_mut() {
            if self.is_final(set) {
                return Some(word);
            }
            let Some(letter) = left.pop() else {
                dead.insert(set.clone());
                way.pop();
                word.pop();
                continue;
            };
            let set = set.clone();
            let next = self.step(&set, &letter);
            if !next.0.is_empty() && !dead.contains(&next) && seen.insert(next.clone()) {
                if seen.len() > MOST {
                    return None;
                }
                word.push(letter);
                way.push((next, letters.iter().rev().cloned().collect()));
            }
        }
        None
    }
}

/// Compares all that can be printed on one stream with what the file allows there.
pub(crate) fn compare(golden: &Golden, stream: Stream, language: &mut Language) -> Compared {
    let mut allowed = Allowed {
        matcher: golden.matcher(),
        on_stderr: stream == Stream::Err,
        states: Vec::new(),
        numbers: HashMap::new(),
        heard: HashMap::new(),
        steps: HashMap::new(),
    };
    let letters = language.letters();
    let start = allowed.start();
    let mut seen = HashSet::new();
    let mut dead = HashSet::new();
    let mut todo = vec![(Language::START, start, Vec::new())];
    while let Some((reached, set, word)) = todo.pop() {
        if !seen.insert((reached, set.clone())) {
            continue;
        }
        if seen.len() > MOST {
            return Compared::TooMany;
        }
        if language.is_final(reached) && !allowed.is_final(&set) {
            return Compared::Refused(word);
        }
        if allowed.is_final(&set) && !language.is_final(reached) {
            let up_to = word.len();
            return Compared::Unreached(word, up_to);
        }
        let steps = language.steps(reached);
        for (letter, next) in &steps {
            let word = [word.clone(), vec![letter.clone()]].concat();
            let next_set = allowed.step(&set, letter);
            if next_set.0.is_empty() {
                return Compared::Refused(word);
            }
            todo.push((*next, next_set, word));
        }
        for letter in
            letters.iter().filter(|letter| steps.iter().all(|(other, _)| other != *letter))
        {
            let next = allowed.step(&set, letter);
            if next.0.is_empty() || dead.contains(&next) {
                continue;
            }
            if let Some(rest) = allowed.completion(&next, &letters, &mut dead) {
                let up_to = word.len() + 1;
                return Compared::Unreached([word, vec![letter.clone()], rest].concat(), up_to);
            }
        }
    }
    Compared::Same
}
