//! The way of one run through the states of a golden file.
//!
//! Where a line may be several golden lines, the likeliest is taken first and the others are kept for
//! later. A walker that is stuck goes back to the latest of those, and does not go on from a state
//! that it has been in before.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use crate::golden::Golden;
use crate::matcher::{Block, Choice, Heard, Matcher, State};
use crate::parse::Stream;
use crate::transcript::Run;

pub(crate) enum Outcome {
    /// Every line found its place.
    Legal,
    /// The longest legal beginning of the run has this many lines.
    Stuck(usize),
    /// Too many ways to pair off these lines.
    Ambiguous(Vec<usize>),
}

pub(crate) struct Walker<'g> {
    matcher: Matcher<'g>,
    /// The run: standard output, then standard error.
    heard: Vec<Heard>,
    /// Where it stands now.
    pub state: State,
    /// The golden line of each run line so far.
    pub pairs: Vec<Option<usize>>,
    /// The run's lines that are nobody's.
    skipped: Vec<usize>,
    /// Whether a line was paired that cannot be there.
    is_forced: bool,
}

/// What else the run's line `at` may be, where the walk was in the state `from`.
struct Untried {
    at: usize,
    from: Rc<State>,
    choice: Choice,
}

/// The longest legal beginning so far.
struct Longest {
    state: State,
    pairs: Vec<Option<usize>>,
    /// In how many holes the line behind it is wrong.
    wrong_values: Option<usize>,
}

impl<'g> Walker<'g> {
    pub fn new(golden: &'g Golden, run: &Run) -> Walker<'g> {
        let mut matcher = golden.matcher();
        let out = run.out.iter().map(|said| (Some(said.process.as_str()), said.text.as_str()));
        let err = run.err.iter().map(|text| (None, text.as_str()));
        let heard = out.chain(err).map(|(process, text)| matcher.hear(process, text)).collect();
        let state = matcher.start();
        Walker { matcher, heard, state, pairs: Vec::new(), skipped: Vec::new(), is_forced: false }
    }

    /// Walks as far as the run goes, from where it stands. When it is stuck, it stands at the end
    /// of the longest legal beginning.
    pub fn walk(&mut self) -> Outcome {
        let limit = 100_000 + 50 * self.heard.len();
        let mut steps = 0;
        let mut untried: Vec<Untried> = Vec::new();
        let mut been = HashSet::new();
        let mut longest: Option<Longest> = None;
        loop {
            while self.skipped.contains(&self.pairs.len()) {
                self.pairs.push(None);
            }
            let at = self.pairs.len();
            if at == self.heard.len() && self.matcher.is_final(&self.state) {
                return Outcome::Legal;
            }
            let mut choices = Vec::new().into_iter();
            // As long as nothing is untried, there is no second way to a state.
            if at < self.heard.len()
                && (untried.is_empty() || been.insert(fingerprint(at, &self.state)))
            {
                choices = self.matcher.choices(&self.state, &self.heard[at]).into_iter();
            }
            let (at, choice) = match choices.next() {
                Some(first) => {
                    if choices.len() > 0 {
                        let from = Rc::new(self.state.clone());
                        let later = |choice| Untried { at, from: from.clone(), choice };
                        untried.extend(choices.rev().map(later));
                    }
                    (at, first)
                }
                None => {
                    self.keep_if_longest(&mut longest);
                    let Some(Untried { at, from, choice }) = untried.pop() else { break };
                    self.pairs.truncate(at);
                    self.state = Rc::unwrap_or_clone(from);
                    (at, choice)
                }
            };
            if steps == limit {
                let mut lines: Vec<usize> = untried.iter().map(|other| other.choice.line).collect();
                lines.sort_unstable();
                lines.dedup();
                return Outcome::Ambiguous(lines);
            }
            steps += 1;
            self.matcher.take(&mut self.state, &self.heard[at], choice);
            self.pairs.push(Some(choice.line));
        }
        if let Some(longest) = longest {
            (self.state, self.pairs) = (longest.state, longest.pairs);
        }
        Outcome::Stuck(self.pairs.len())
    }

    /// Of two beginnings that are as long, the one in which less of the next line is wrong.
    fn keep_if_longest(&self, longest: &mut Option<Longest>) {
        let at = self.pairs.len();
        let most = longest.as_ref().map(|longest| longest.pairs.len());
        if most.is_some_and(|most| at < most) {
            return;
        }
        let heard = self.heard.get(at);
        let wrong_values = heard.and_then(|heard| self.matcher.wrong_values(&self.state, heard));
        let before = longest.as_ref().and_then(|longest| longest.wrong_values);
        if most.is_none_or(|most| most < at)
            || wrong_values.zip(before).is_some_and(|(this, before)| this < before)
        {
            let (state, pairs) = (self.state.clone(), self.pairs.clone());
            *longest = Some(Longest { state, pairs, wrong_values });
        }
    }

    pub fn is_missing(&self, line: usize) -> bool {
        self.matcher.is_missing(&self.state, line)
    }

    /// Pairs the run's next line with a golden line that cannot be there, so that the walk can go
    /// on behind it.
    pub fn force(&mut self, index: usize, fit: Option<usize>, block: Option<&Block>) {
        let at = self.pairs.len();
        self.matcher.force(&mut self.state, &self.heard[at], index, fit, block);
        self.pairs.push(Some(index));
        self.is_forced = true;
    }

    /// Leaves the run's next line without a golden line. Without it the lines before may be others than
    /// they seemed to be: the walk begins anew, unless it was forced.
    pub fn skip(&mut self) {
        if self.is_forced {
            self.pairs.push(None);
            return;
        }
        self.skipped.push(self.pairs.len());
        self.pairs.clear();
        self.state = self.matcher.start();
    }

    /// Every golden line that says the right thing for the run's line `at`, and what is in the
    /// way.
    pub fn blocks(&self, at: usize) -> Vec<(usize, usize, Block)> {
        let heard = &self.heard[at];
        let mut found = Vec::new();
        for (fit, one) in heard.fits.iter().enumerate() {
            for &line in &self.matcher.index.families[one.family].lines {
                let block = self.matcher.block(&self.state, line, heard.process, Some(&one.values));
                found.extend(block.map(|block| (line, fit, block)));
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
        let id = process.and_then(|name| self.matcher.number(name));
        let lines = &self.matcher.order.lines;
        let wanted = |&index: &usize| {
            lines[index].stream == stream
                && process.is_none_or(|name| lines[index].lane.fits(name))
                && self.matcher.block(&self.state, index, id, None) == block
        };
        (0..lines.len()).filter(wanted).collect()
    }
}

fn fingerprint(at: usize, state: &State) -> u128 {
    let mut hasher = Fingerprint(0);
    (at, state).hash(&mut hasher);
    hasher.0
}

/// Of 128 bits, so that no two states of a walk are taken for one another. The standard library's
/// hasher has 64, and takes most of a walk's time where it is not optimized.
struct Fingerprint(u128);

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        for eight in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..eight.len()].copy_from_slice(eight);
            self.write_u64(u64::from_ne_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let mixed = self.0.rotate_left(53) ^ u128::from(word);
        self.0 = mixed.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0 as u64
    }
}
