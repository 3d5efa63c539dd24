//! What a golden file allows, beside what a program can print: are they the same orders?

use std::collections::{BTreeSet, HashMap, HashSet};

use golden::{Golden, Heard, Matcher, State};

use crate::language::{Language, Letter};
use crate::numbered::Numbered;
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

/// The golden lines that were said, by their numbers, and with which texts.
pub(crate) type SaidLines = BTreeSet<(usize, String)>;

/// The states of a golden file, by numbers.
struct Allowed<'g> {
    matcher: Matcher<'g>,
    on_stderr: bool,
    states: Numbered<State>,
    heard: HashMap<Letter, Heard>,
    steps: HashMap<(usize, Letter), Vec<(usize, usize)>>,
    /// What the program says, once that is known: then nothing else is allowed.
    said: SaidLines,
    is_known: bool,
}

/// Where the file may stand, and how many workers have spoken: they are called by the order of that.
type Set = (BTreeSet<usize>, usize);

impl Allowed<'_> {
    fn start(&mut self) -> Set {
        let start = self.matcher.start();
        (BTreeSet::from([self.states.number(start)]), 0)
    }

    fn step(&mut self, set: &Set, letter: &Letter) -> Set {
        let (states, spoken) = set;
        if letter.worker > spoken + 1 {
            return Set::default();
        }
        let mut next = BTreeSet::new();
        for &state in states {
            for (line, state) in self.step_of(state, letter) {
                let said = (line, letter.text.clone());
                if !self.is_known {
                    self.said.insert(said);
                } else if !self.said.contains(&said) {
                    continue;
                }
                next.insert(state);
            }
        }
        (next, letter.worker.max(*spoken))
    }

    fn step_of(&mut self, state: usize, letter: &Letter) -> Vec<(usize, usize)> {
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
        let next = self.matcher.steps(&self.states[state], &heard);
        let next: Vec<(usize, usize)> =
            next.into_iter().map(|(line, state)| (line, self.states.number(state))).collect();
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
        if dead.contains(from) {
            return None;
        }
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

/// Compares all that can be printed on one stream with what the file allows there, except for lines and
/// alternatives that are never said. Also tells which are.
pub(crate) fn compare(
    golden: &Golden,
    stream: Stream,
    language: &mut Language,
) -> (Compared, SaidLines) {
    let mut allowed = Allowed {
        matcher: golden.matcher(),
        on_stderr: stream == Stream::Err,
        states: Numbered::new(),
        heard: HashMap::new(),
        steps: HashMap::new(),
        said: SaidLines::new(),
        is_known: false,
    };
    let refused = is_allowed(language, &mut allowed);
    let compared = refused.unwrap_or_else(|| {
        allowed.is_known = true;
        is_all(language, &mut allowed)
    });
    (compared, allowed.said)
}

/// Something that can be printed and is not allowed.
fn is_allowed(language: &mut Language, allowed: &mut Allowed) -> Option<Compared> {
    let (mut seen, mut todo) =
        (HashSet::new(), vec![(Language::START, allowed.start(), Vec::new())]);
    while let Some((reached, set, word)) = todo.pop() {
        if !seen.insert((reached, set.clone())) {
            continue;
        }
        if seen.len() > MOST {
            return Some(Compared::TooMany);
        }
        if language.is_final(reached) && !allowed.is_final(&set) {
            return Some(Compared::Refused(word));
        }
        for (letter, next) in language.steps(reached) {
            let word = [word.clone(), vec![letter.clone()]].concat();
            let set = allowed.step(&set, &letter);
            if set.0.is_empty() {
                return Some(Compared::Refused(word));
            }
            todo.push((next, set, word));
        }
    }
    None
}

/// Whether all that is allowed can be printed.
fn is_all(language: &mut Language, allowed: &mut Allowed) -> Compared {
    let letters = language.letters();
    let (mut seen, mut dead) = (HashSet::new(), HashSet::new());
    let mut todo = vec![(Language::START, allowed.start(), Vec::new())];
    while let Some((reached, set, word)) = todo.pop() {
        if !seen.insert((reached, set.clone())) {
            continue;
        }
        if allowed.is_final(&set) && !language.is_final(reached) {
            let up_to = word.len();
            return Compared::Unreached(word, up_to);
        }
        let steps = language.steps(reached);
        for letter in &letters {
            let next_set = allowed.step(&set, letter);
            let word = [word.clone(), vec![letter.clone()]].concat();
            if next_set.0.is_empty() {
                continue;
            }
            if let Some((_, next)) = steps.iter().find(|(other, _)| other == letter) {
                todo.push((*next, next_set, word));
            } else if let Some(rest) = allowed.completion(&next_set, &letters, &mut dead) {
                let up_to = word.len();
                return Compared::Unreached([word, rest].concat(), up_to);
            }
        }
    }
    Compared::Same
}
