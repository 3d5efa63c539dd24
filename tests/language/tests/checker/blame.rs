//! Which line is blamed? The first one behind the longest beginning that a legal run can have. All
//! legal runs of small golden files are enumerated here, by rules of three lines: a process keeps
//! its order, `received from` means the latest line above, `joined` all of them.

use crate::random::Random;
use golden::{Golden, Language, Run};

struct Line {
    lane: &'static str,
    text: String,
    cause: Option<(&'static str, &'static str)>,
}

fn random_file(random: &mut Random) -> Vec<Line> {
    const LANES: [&str; 3] = ["main", "a", "b"];
    let line = |number| {
        let cause = random.one_in(2).then(|| {
            (random.pick(&["joined", "received from", "received from"]), random.pick(&LANES))
        });
        Line { lane: random.pick(&LANES), text: format!("line {number}"), cause }
    };
    (0..6).map(line).collect()
}

/// What must come before each line.
fn before(lines: &[Line]) -> Vec<Vec<usize>> {
    let above = |at: usize, lane: &str| -> Vec<usize> {
        (0..at).filter(|&other| lines[other].lane == lane).collect()
    };
    let of_one = |(at, line): (usize, &Line)| {
        let mut before = above(at, line.lane);
        match line.cause {
            Some(("joined", lane)) => before.extend(above(at, lane)),
            Some((_, lane)) => before.extend(above(at, lane).last()),
            None => {}
        }
        before
    };
    lines.iter().enumerate().map(of_one).collect()
}

fn legal_orders(before: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for _ in before {
        let longer = |order: Vec<usize>| {
            let free = |line: &usize| {
                !order.contains(line) && before[*line].iter().all(|first| order.contains(first))
            };
            let next: Vec<usize> = (0..before.len()).filter(free).collect();
            next.into_iter().map(move |line| [&order[..], &[line]].concat()).collect::<Vec<_>>()
        };
        orders = orders.into_iter().flat_map(longer).collect();
    }
    orders
}

fn printed(lines: &[Line], order: &[usize]) -> Run {
    let row = |&at: &usize| format!("{} | {}\n", lines[at].lane, lines[at].text);
    Run::printed(&order.iter().map(row).collect::<String>(), "")
}

#[test]
fn the_first_line_that_no_legal_run_has_there_is_blamed() {
    let mut random = Random::new(3);
    let (mut files, mut moved, mut doubled, mut lost) = (0, 0, 0, 0);
    while files < 300 {
        let lines = random_file(&mut random);
        let written = |line: &Line| {
            let cause = line.cause.map(|(verb, lane)| format!("  <- {verb} {lane}"));
            format!("{} | {}{}\n", line.lane, line.text, cause.unwrap_or_default())
        };
        let source: String = lines.iter().map(written).collect();
        let Ok(golden) = Golden::parse("random.txt", &source, Language::Rust) else { continue };
        files += 1;
        let legal = legal_orders(&before(&lines));
        for order in &legal {
            assert!(golden.check(&printed(&lines, order)).is_legal(), "{source}{order:?}");
        }
        for _ in 0..20 {
            let right = &legal[random.below(legal.len())];
            let (from, to) = (random.below(6), random.below(6));

            let mut order = right.clone();
            let line = order.remove(from);
            order.insert(to, line);
            let shared = |other: &Vec<usize>| {
                order.iter().zip(other).take_while(|(line, other)| line == other).count()
            };
            let longest = legal.iter().map(shared).max().expect("one is legal");
            let run = printed(&lines, &order);
            let report = golden.check(&run);
            let blamed = report.lines().position(|line| !line.word.starts_with("golden line"));
            if longest == order.len() {
                assert_eq!(blamed, None, "{source}{order:?}\n{report}");
            } else {
                moved += 1;
                assert!(!report.is_legal(), "{source}{order:?}");
                assert_eq!(blamed, Some(longest), "{source}{order:?}\n{report}");
            }

            let mut order = right.clone();
            order.insert(to.max(from), right[from]);
            let run = printed(&lines, &order);
            let report = golden.check(&run);
            let words: Vec<String> = report.lines().map(|line| line.word).collect();
            let blamed: Vec<usize> =
                (0..7).filter(|&at| !words[at].starts_with("golden line")).collect();
            assert!(!report.is_legal(), "{source}{order:?}");
            // Of the two, one takes the place in the file, and the other is the one too many.
            let twins: Vec<usize> = (0..7).filter(|&at| order[at] == right[from]).collect();
            assert_eq!(blamed, [twins[1]], "{source}{order:?}\n{report}");
            doubled += 1;

            let mut order = right.clone();
            order.remove(from);
            let run = printed(&lines, &order);
            let report = golden.check(&run);
            assert!(!report.is_legal(), "{source}{order:?}");
            let number = format!("golden line {}", right[from] + 1);
            assert!(report.problems().any(|problem| problem.contains(&number)), "{report}");
            lost += 1;
        }
    }
    assert!(moved > 1000 && doubled > 1000 && lost > 1000);
}
