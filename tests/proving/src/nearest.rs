//! The order that is most like the one in which a golden file is written.

use std::collections::HashSet;

use golden::Golden;

use crate::language::{Language, Letter};

/// Lines in the order of the file, if that can come; else each time the first of the file that can come.
/// Of several who may say a line, whoever has said least.
pub(crate) fn nearest(language: &mut Language, golden: &Golden) -> Vec<Letter> {
    let lines: Vec<usize> = golden.lines().collect();
    let mut search = Search { language, golden, lines, in_vain: HashSet::new() };
    let mut word = Vec::new();
    if !search.ascends(Language::START, 0, &mut word) {
        word.clear();
        search.goes_on(&mut word);
    }
    word
}

struct Search<'a> {
    language: &'a mut Language,
    golden: &'a Golden,
    lines: Vec<usize>,
    /// From here on the file's order cannot come: a state, and how many of its lines were said or left out.
    in_vain: HashSet<(usize, usize)>,
}

impl Search<'_> {
    /// What can come next: the place of the line in the file, who says it, and where that leads.
    fn next(&mut self, state: usize, word: &[Letter]) -> Vec<(usize, Letter, usize)> {
        let said =
            |letter: &Letter| word.iter().filter(|other| other.process == letter.process).count();
        let mut next = Vec::new();
        for (letter, to) in self.language.steps(state) {
            for (place, &line) in self.lines.iter().enumerate() {
                if self.golden.may_be(line, letter.process.as_deref(), &letter.text) {
                    next.push((place, letter.clone(), to));
                }
            }
        }
        next.sort_by_key(|(place, letter, _)| (*place, said(letter)));
        next
    }

    fn ascends(&mut self, state: usize, from: usize, word: &mut Vec<Letter>) -> bool {
        if self.in_vain.contains(&(state, from)) {
            return false;
        }
        for (place, letter, to) in self.next(state, word) {
            if place >= from {
                word.push(letter);
                if self.ascends(to, place + 1, word) {
                    return true;
                }
                word.pop();
            }
        }
        let is_whole = self.language.is_final(state);
        if !is_whole {
            self.in_vain.insert((state, from));
        }
        is_whole
    }

    fn goes_on(&mut self, word: &mut Vec<Letter>) {
        let (mut state, mut said) = (Language::START, HashSet::new());
        loop {
            let steps = self.next(state, word);
            let unsaid = steps.iter().find(|(place, ..)| !said.contains(place));
            let Some((place, letter, to)) = unsaid.or(steps.first()).cloned() else { return };
            said.insert(place);
            word.push(letter);
            state = to;
        }
    }
}
