//! What a quiz asks: what the lesson's sheet asks, and then what its golden file suggests, from easy to hard.
//! Nothing is run before the last question, and so a quiz begins at once.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use golden::{Golden, Link};
use proving::{Letter, printed};

use crate::can::Pair;
use crate::oracle::Oracle;

/// So many questions about two lines.
const QUESTIONS: usize = 5;

/// So many runs at most are driven to find some that differ.
const RUNS: usize = 6;

/// Can the one line come before the other?
pub struct Question {
    pub pair: Pair,
    /// What there is to say of the answer, if somebody has written it down.
    pub because: Option<String>,
}

/// Which of these runs is impossible?
pub struct Runs {
    /// What each prints, line by line; on standard error, if there is more to say of that.
    pub runs: Vec<Vec<Letter>>,
    /// The impossible one.
    pub wrong: usize,
    /// Why it is.
    pub why: Vec<Link>,
}

/// What can be asked of a golden file's lines.
struct Candidates {
    /// A note says that the other line comes first.
    easy: Vec<Pair>,
    /// No chain of notes leads from one to the other.
    free: Vec<Pair>,
    /// Several notes together say that the other line comes first.
    hard: Vec<Pair>,
    /// They always come so.
    always: Vec<Pair>,
}

/// The questions about two lines. The same seed, the same questions.
///
/// # Errors
/// If the sheet asks for a line that is not there.
pub fn questions(
    golden: &Golden,
    sheet: &[curriculum::Question],
    seed: u64,
) -> Result<Vec<Question>> {
    let mut questions = Vec::new();
    for curriculum::Question { line, before, because, .. } in sheet {
        let pair = Pair::of(golden, line, before).with_context(|| {
            format!("the sheet asks whether `{line}` can come before `{before}`")
        })?;
        questions.push(Question { pair, because: because.clone() });
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let Candidates { easy, free, hard, always } = Candidates::of(golden, &mut random);
    let free = if free.is_empty() { always } else { free };
    let mut kinds = [(1, free), (0, easy), (2, hard)];
    let mut more: Vec<(usize, Pair)> = Vec::new();
    while questions.len() + more.len() < QUESTIONS
        && kinds.iter().any(|(_, pairs)| !pairs.is_empty())
    {
        for (difficulty, pairs) in &mut kinds {
            let others = questions.iter().map(|question| &question.pair);
            let others: Vec<&Pair> = others.chain(more.iter().map(|(_, pair)| pair)).collect();
            let is_new = |pair: &Pair| !others.iter().any(|other| other.is_about(pair));
            let next = pairs.iter().position(is_new);
            let next = next.map(|at| pairs.swap_remove(at));
            if next.is_none() {
                pairs.clear();
            }
            if others.len() < QUESTIONS {
                more.extend(next.map(|pair| (*difficulty, pair)));
            }
        }
    }
    more.sort_by_key(|(difficulty, _)| *difficulty);
    questions.extend(more.into_iter().map(|(_, pair)| Question { pair, because: None }));
    Ok(questions)
}

/// Two runs that came, and one that cannot come. None: there is only one order, or no two lines that make a
/// run impossible.
///
/// # Errors
/// If the program cannot be run.
pub fn three_runs(oracle: &mut Oracle<'_>, asked: &[Question], seed: u64) -> Result<Option<Runs>> {
    let golden = oracle.golden;
    let mut random = fastrand::Rng::with_seed(seed);
    let Candidates { easy, hard, .. } = Candidates::of(golden, &mut random);
    let (stderr, stdout): (Vec<usize>, Vec<usize>) =
        golden.lines().partition(|&line| golden.is_on_stderr(line));
    let on_stderr = stderr.len() > stdout.len();
    let mut words: BTreeSet<Vec<Letter>> = BTreeSet::new();
    for run in 0..RUNS {
        if words.len() > 2 || (run >= oracle.traces.len() && !oracle.run()?) {
            break;
        }
        words.extend(oracle.traces.get(run).map(|trace| printed(golden, trace, on_stderr)));
    }
    let mut words: Vec<Vec<Letter>> = words.into_iter().collect();
    random.shuffle(&mut words);
    if words.len() < 2 {
        return Ok(None);
    }
    // The two that are possible, and the one that is changed; of two, either.
    let base = words.get(2).unwrap_or(&words[0]).clone();
    words.truncate(2);
    let is_new = |pair: &&Pair| !asked.iter().any(|question| question.pair.is_about(pair));
    let pairs = hard.iter().chain(&easy);
    for pair in pairs.clone().filter(is_new).chain(pairs.clone()) {
        let first = base.iter().position(|letter| pair.is_first(golden, letter));
        let second = base.iter().position(|letter| pair.is_second(golden, letter));
        let (Some(from), Some(to)) = (first, second) else { continue };
        let Some(why) = oracle.chain(pair).filter(|_| to < from) else { continue };
        let mut impossible = base.clone();
        impossible[to..=from].rotate_right(1);
        let wrong = random.usize(..=words.len());
        words.insert(wrong, impossible);
        return Ok(Some(Runs { runs: words, wrong, why }));
    }
    Ok(None)
}

impl Candidates {
    /// In an order that the seed gives.
    fn of(golden: &Golden, random: &mut fastrand::Rng) -> Candidates {
        let mut all =
            Candidates { easy: Vec::new(), free: Vec::new(), hard: Vec::new(), always: Vec::new() };
        let lines: Vec<usize> = golden
            .lines()
            .filter(|&line| golden.is_alone(line) && golden.comes_once(line))
            .collect();
        for (at, &above) in lines.iter().enumerate() {
            for &below in &lines[at + 1..] {
                if golden.in_one_lane(above, below) && !golden.may_be_of_several(above)
                    || golden.is_on_stderr(above) != golden.is_on_stderr(below)
                {
                    continue;
                }
                // The way round that is not the file's is the question.
                let pair = Pair { first: vec![below], second: vec![above] };
                let other = Pair { first: vec![above], second: vec![below] };
                match golden.chain(below, above).len() {
                    0 => all.free.push(random.choice([pair, other]).unwrap_or_default()),
                    1 => {
                        all.easy.push(pair);
                        all.always.push(other);
                    }
                    _ => all.hard.push(pair),
                }
            }
        }
        for pairs in [&mut all.easy, &mut all.free, &mut all.hard, &mut all.always] {
            random.shuffle(pairs);
        }
        all
    }
}

impl Pair {
    /// Whether the other one asks for the same two lines, perhaps the other way round.
    fn is_about(&self, other: &Pair) -> bool {
        (&self.first, &self.second) == (&other.first, &other.second)
            || (&self.first, &self.second) == (&other.second, &other.first)
    }

    /// Both, as the file has them.
    pub fn shown(&self, golden: &Golden) -> (String, String) {
        let shown = |lines: &[usize]| golden.shown(lines[0]).unwrap_or_default();
        (shown(&self.first), shown(&self.second))
    }
}
