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

/// Ways that come to the same are one state: two processes of two lines each are in 3 × 3.
#[test]
fn equal_states_are_one() {
    let file = "a | 1\na | 2\nb | 1\nb | 2\n";
    let golden = Golden::parse("file.txt", file, Language::Rust).expect("a right file");
    let mut matcher = golden.matcher();
    let lines = [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")]
        .map(|(process, text)| matcher.hear(Some(process), text));
    let mut reached = HashSet::from([matcher.start()]);
    let mut todo = vec![matcher.start()];
    while let Some(state) = todo.pop() {
        let next = lines.iter().flat_map(|line| matcher.step(&state, line));
        todo.extend(next.filter(|next| reached.insert(next.clone())));
    }
    assert_eq!(reached.len(), 9);
    assert_eq!(reached.iter().filter(|state| matcher.is_final(state)).count(), 1);
}
