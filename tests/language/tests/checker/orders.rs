//! In how many orders may the lines of a file come? As many as its program has: each number here was
//! counted with a small model of the program, in which every step of each process may be next.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use golden::{Golden, Heard, Language, Matcher, State};

/// All that a run can still be, from a set of states that one beginning leads to.
struct Orders<'g> {
    matcher: Matcher<'g>,
    heard: Vec<Heard>,
    numbers: HashMap<State, usize>,
    states: Vec<State>,
    counted: HashMap<BTreeSet<usize>, u64>,
}

impl Orders<'_> {
    fn number(&mut self, state: State) -> usize {
        let next = self.states.len();
        *self.numbers.entry(state).or_insert_with_key(|state| {
            self.states.push(state.clone());
            next
        })
    }

    fn from(&mut self, here: BTreeSet<usize>) -> u64 {
        if let Some(&known) = self.counted.get(&here) {
            return known;
        }
        let is_end = here.iter().any(|&state| self.matcher.is_final(&self.states[state]));
        let mut orders = u64::from(is_end);
        for line in self.heard.clone() {
            let step = |&state: &usize| self.matcher.step(&self.states[state], &line);
            let next: Vec<State> = here.iter().flat_map(step).collect();
            if !next.is_empty() {
                let next = next.into_iter().map(|state| self.number(state)).collect();
                orders += self.from(next);
            }
        }
        self.counted.insert(here, orders);
        orders
    }
}

/// The orders of a golden file, where these are the processes.
fn orders(file: &str, language: Language, processes: &[&str]) -> u64 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden").join(file);
    let source = fs::read_to_string(path).expect("a golden file");
    let golden = Golden::parse(file, &source, language).unwrap_or_else(|error| panic!("{error}"));
    let texts: BTreeSet<String> =
        golden.as_written().out.into_iter().map(|said| said.text).collect();
    let mut matcher = golden.matcher();
    let lines = processes.iter().flat_map(|name| texts.iter().map(move |text| (*name, text)));
    let heard = lines.map(|(name, text)| matcher.hear(Some(name), text)).collect();
    let start = matcher.start();
    let (numbers, counted) = (HashMap::new(), HashMap::new());
    let mut orders = Orders { matcher, heard, numbers, states: Vec::new(), counted };
    let start = orders.number(start);
    let count = orders.from(BTreeSet::from([start]));
    println!("{file}: {count} orders, {} states", orders.states.len());
    count
}

#[test]
fn two_readers_take_in_turn() {
    let processes = ["main", "writer", "reader-1", "reader-2"];
    assert_eq!(orders("queue.txt", Language::Rust, &processes), 486);
    assert_eq!(orders("queue.txt", Language::Python, &processes), 486);
}

#[test]
fn what_two_putters_put_comes_in_the_order_of_their_puts() {
    let processes = ["main", "reader", "writer-1", "writer-2"];
    assert_eq!(orders("queue-basics.txt", Language::Rust, &processes), 248);
    // A thread of each writer puts, and may be late.
    assert_eq!(orders("queue-basics.txt", Language::Python, &processes), 280);
}

#[test]
fn consumers_take_in_turn_and_put_in_turn() {
    let processes = ["main", "consumer-1", "consumer-2"];
    assert_eq!(orders("poison-pill.txt", Language::Rust, &processes), 466);
}

#[test]
fn two_of_four_sit_at_once() {
    let processes = ["main", "reader-1", "reader-2", "reader-3", "reader-4"];
    assert_eq!(orders("semaphore.txt", Language::Rust, &processes), 648);
}

#[test]
fn workers_take_tasks_in_turn() {
    // The two workers may have each other's names.
    let processes = ["main", "worker-1", "worker-2"];
    assert_eq!(orders("pool-lifecycle.txt", Language::Rust, &processes), 2 * 4_903);
}
