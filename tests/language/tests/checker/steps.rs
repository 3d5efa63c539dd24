//! The step function alone, taken in all ways at once, accepts the runs that the check accepts, and
//! comes to as many states as it should.

use std::collections::HashSet;
use std::fs;

use crate::folder::golden_files;
use crate::random::Random;
use golden::{Golden, Language, Run, State};

/// The states after each line of the run, all of them.
fn states(golden: &Golden, run: &Run) -> Vec<HashSet<State>> {
    let mut matcher = golden.matcher();
    let mut all = vec![HashSet::from([matcher.start()])];
    let out = run.out.iter().map(|said| (Some(said.process.as_str()), said.text.as_str()));
    for (process, text) in out.chain(run.err.iter().map(|text| (None, text.as_str()))) {
        let line = matcher.hear(process, text);
        let next = all[all.len() - 1].iter().flat_map(|state| matcher.step(state, &line)).collect();
        all.push(next);
    }
    all
}

fn accepts(golden: &Golden, run: &Run) -> bool {
    let states = states(golden, run);
    states[states.len() - 1].iter().any(|state| golden.matcher().is_final(state))
}

#[test]
fn they_accept_what_the_check_accepts() {
    let mut random = Random::new(5);
    let (mut legal, mut not_legal) = (0, 0);
    for path in golden_files() {
        let source = fs::read_to_string(&path).expect("a golden file");
        let golden = Golden::parse(&path.display().to_string(), &source, Language::Rust);
        let golden = golden.expect("a right file");
        for seed in 0..60 {
            let mut run = golden.another(seed);
            let lines = run.out.len();
            if lines > 1 && seed % 2 == 1 {
                run.out.swap(random.below(lines), random.below(lines));
            }
            let report = golden.check(&run);
            assert_eq!(accepts(&golden, &run), report.is_legal(), "{}\n{report}", golden.file);
            match report.is_legal() {
                true => legal += 1,
                false => not_legal += 1,
            }
        }
    }
    assert!(legal > 1000 && not_legal > 1000, "{legal} legal runs, {not_legal} others");
}

fn parse(file: &str) -> Golden {
    Golden::parse("file.txt", file, Language::Rust).unwrap_or_else(|error| panic!("{error}"))
}

/// Every state to which these lines lead, however often each comes.
fn reached(golden: &Golden, lines: &[(&str, &str)]) -> HashSet<State> {
    let mut matcher = golden.matcher();
    let heard: Vec<_> = lines.iter().map(|(name, text)| matcher.hear(Some(name), text)).collect();
    let mut reached = HashSet::from([matcher.start()]);
    let mut todo = vec![matcher.start()];
    while let Some(state) = todo.pop() {
        let next = heard.iter().flat_map(|line| matcher.step(&state, line));
        todo.extend(next.filter(|next| reached.insert(next.clone())));
    }
    reached
}

fn ends(golden: &Golden, reached: &HashSet<State>) -> usize {
    reached.iter().filter(|state| golden.matcher().is_final(state)).count()
}

/// Two processes of two lines each are in 3 × 3 states, whatever the order.
#[test]
fn ways_that_come_to_the_same_are_one_state() {
    let golden = parse("a | 1\na | 2\nb | 1\nb | 2\n");
    let reached = reached(&golden, &[("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")]);
    assert_eq!((reached.len(), ends(&golden, &reached)), (9, 1));
}

/// A line that repeats leads back to where it was.
#[test]
fn a_file_with_repetitions_has_finitely_many_states() {
    let golden = parse("a | tick  <- any number of times\na | ends\n");
    let reached = reached(&golden, &[("a", "tick"), ("a", "ends")]);
    assert_eq!((reached.len(), ends(&golden, &reached)), (4, 2));
}

#[test]
fn what_no_line_needs_any_more_is_no_part_of_a_state() {
    // A value.
    let golden = parse("a | got [n:x]\na | again [n:x]\n");
    let lines = [("a", "got 1"), ("a", "again 1"), ("a", "got 2"), ("a", "again 2")];
    let states = reached(&golden, &lines);
    assert_eq!((states.len(), ends(&golden, &states)), (4, 1));
    // How far a queue was emptied when somebody said a line.
    let golden = parse("a | 0  <- next from q\nb | 1  <- next from q\n");
    let states = reached(&golden, &[("a", "0"), ("b", "1")]);
    assert_eq!((states.len(), ends(&golden, &states)), (4, 1));
    // Who sent an item.
    let golden = parse(
        "w-* | 0\nw-1 | ends\nw-2 | ends\nm | got 0  <- received from w-* \"0\", any order\n",
    );
    let lines = [("w-1", "0"), ("w-2", "0"), ("w-1", "ends"), ("w-2", "ends"), ("m", "got 0")];
    assert_eq!(ends(&golden, &reached(&golden, &lines)), 1);
}
