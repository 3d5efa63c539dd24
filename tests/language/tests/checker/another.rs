//! Random legal orders of every golden file and example are accepted; they do differ; and one cause
//! broken in one of them is noticed.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use crate::folder::golden_files;
use golden::{Golden, Language, Run};

fn each_golden(check: impl Fn(&Golden)) {
    for path in golden_files() {
        let source = fs::read_to_string(&path).expect("a golden file");
        // Most files say the same of both.
        let differ = [" python only", " rust only"].iter().any(|only| source.contains(only));
        let languages = [Language::Rust, Language::Python];
        for language in languages.into_iter().take(if differ { 2 } else { 1 }) {
            let golden = Golden::parse(&path.display().to_string(), &source, language);
            check(&golden.unwrap_or_else(|error| panic!("{error}")));
        }
    }
}

fn parse(source: &str) -> Golden {
    Golden::parse("test.txt", source, Language::Rust).unwrap_or_else(|error| panic!("{error}"))
}

fn orders(golden: &Golden, seeds: u64) -> HashSet<Vec<String>> {
    let texts = |run: Run| run.out.iter().map(|said| said.text.clone()).collect();
    (0..seeds).map(|seed| texts(golden.another(seed))).collect()
}

#[test]
fn every_order_is_accepted() {
    each_golden(|golden| {
        for seed in 0..1000 {
            let run = golden.another(seed);
            let report = golden.check(&run);
            assert!(report.is_legal(), "{}, seed {seed}\n{run}\n{report}", golden.file);
        }
    });
}

#[test]
fn the_same_seed_gives_the_same_order() {
    each_golden(|golden| assert_eq!(golden.another(3), golden.another(3)));
}

#[test]
fn all_orders_come() {
    let two = parse("a | 1\na | 2\nb | 3\n");
    assert_eq!(orders(&two, 100).len(), 3);
    let free = parse("w-* | 1\nw-* | 2\nw-* | 3\n");
    assert_eq!(orders(&free, 500).len(), 5, "two processes: 3! without 3 2 1");
    let group = parse("m | 1  <- any order\nm | 2  <- any order\nm | 3  <- any order\n");
    assert_eq!(orders(&group, 500).len(), 6);
    let lock =
        parse("a | 1  <- takes l\na | 2  <- holds l\nb | 3  <- takes l\nb | 4  <- holds l\n");
    assert_eq!(orders(&lock, 100).len(), 2);
    let perhaps = parse("a | 1  <- perhaps\na | 2\n");
    assert_eq!(orders(&perhaps, 100).len(), 2);
}

#[test]
fn an_order_with_the_last_line_first_is_noticed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden/queue.txt");
    let golden = parse(&fs::read_to_string(path).expect("the golden file"));
    for seed in 0..100 {
        let mut run = golden.another(seed);
        run.out.rotate_right(1);
        assert!(!golden.check(&run).is_legal(), "{run}");
    }
}
