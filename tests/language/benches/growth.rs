//! How the time to read a golden file and to judge a run grows with their length:
//! `cargo bench -p golden`. Medians of five rounds; "one lost" is a run without its middle line.

use golden::{Golden, Language, Run};
use std::fmt::Write;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

fn main() {
    println!("{:<28}{:>7}{:>12}{:>12}{:>12}", "", "lines", "read", "judge", "one lost");
    for lines in [10, 100, 1_000, 10_000] {
        row("8 lanes and a join", lines, &eight_lanes(lines));
    }
    for lines in [10, 100, 1_000, 10_000] {
        row("a free lane", lines, &free_lane(lines));
    }
    for n in [5, 10, 20, 50] {
        row("alike letters", 2 * n, &alike_letters(n));
    }
    for n in [5, 10, 20, 50] {
        row("named holes in any order", 2 * n, &named_holes(n));
    }
}

fn eight_lanes(lines: usize) -> String {
    let mut source = String::from("main | begins\n");
    for n in 0..lines - 2 {
        let start = if n < 8 { "  <- started by main" } else { "" };
        writeln!(source, "worker-{} | line {}{start}", n % 8, n / 8).unwrap();
    }
    source + "main | ends  <- joined worker-*\n"
}

fn free_lane(lines: usize) -> String {
    let mut source = String::from("main | begins\n");
    for n in 0..lines - 1 {
        writeln!(source, "worker-* | item {n}  <- received from main").unwrap();
    }
    source
}

/// Each of the letters may be any of the workers: n! ways to pair them off.
fn alike_letters(n: usize) -> String {
    let begin = (0..n).map(|n| format!("worker-[w{n}] | begins\n"));
    begin.chain((0..n).map(|n| format!("worker-[w{n}] | ends\n"))).collect()
}

/// Each number that is got may be any of those that were made.
fn named_holes(n: usize) -> String {
    let made = (0..n).map(|n| format!("maker | made [n:n{n}]\n"));
    let got = (0..n).map(|n| format!("main | got [n:n{n}]  <- received from maker, any order\n"));
    made.chain(got).collect()
}

fn row(name: &str, lines: usize, source: &str) {
    let parse = || Golden::parse("bench.txt", source, Language::Rust).expect("a right file");
    let golden = parse();
    let legal = golden.as_written();
    let mut spoilt = legal.clone();
    spoilt.out.remove(lines / 2);
    assert!(golden.check(&legal).is_legal() && !golden.check(&spoilt).is_legal());
    let judge = |run: &Run| median(|| drop(golden.check(run)));
    let (read, right, wrong) = (median(|| drop(parse())), judge(&legal), judge(&spoilt));
    println!("{name:<28}{lines:>7}{:>12.1?}{:>12.1?}{:>12.1?}", read, right, wrong);
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut times = [(); ROUNDS].map(|()| {
        let begin = Instant::now();
        work();
        begin.elapsed()
    });
    times.sort();
    times[ROUNDS / 2]
}
