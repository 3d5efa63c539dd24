//! Whatever a program prints: what is drafted from two of its runs allows the first.

use golden::{Golden, Language, Run};

use crate::random::Random;

/// What the language, a terminal or Unicode makes something of.
const PIECES: [&str; 46] = [
    "main",
    "child",
    "got",
    " ",
    " ",
    "  ",
    "|",
    "| ",
    "!",
    "! ",
    ":",
    "#",
    "# ",
    "[",
    "[[",
    "]",
    "[pid]",
    "[u+1b]",
    "[n 1..0]",
    "*",
    "<-",
    " <- ",
    "  <- perhaps",
    " <- joined main",
    "\x1b[31m",
    "\x1b[0m",
    "\0",
    "\t",
    "\r",
    "\u{7f}",
    "\u{85}",
    "\u{9b}31m",
    "\u{a0}",
    "\u{2028}",
    "\u{200b}",
    "\u{feff}",
    "ü",
    "👩\u{200d}👧",
    "-",
    "-0.5",
    "nan",
    "1e5",
    "12",
    "1234",
    "0.51",
    "exit 3",
];

const LANES: [&str; 14] = [
    "",
    "main       | ",
    "child      | ",
    "a*b | ",
    "w-[a] | ",
    "#x | ",
    "[u+23] | ",
    "a,b | ",
    "\ta | ",
    "a\u{1b}[1m | ",
    "  | ",
    "exit | ",
    "!\u{a0}x | ",
    "- |",
];

fn printed(random: &mut Random, most: usize) -> String {
    let mut text = String::new();
    for _ in 0..random.below(most) {
        text += random.pick(&LANES);
        for _ in 0..random.below(8) {
            text += random.pick(&PIECES);
        }
        text.push('\n');
    }
    text
}

/// The same, but for some of its letters and digits.
fn another(random: &mut Random, text: &str) -> String {
    let other = |c: char| match c {
        '0'..='9' if random.one_in(3) => random.pick(&['0', '7', 'x']),
        'a'..='z' | '-' if random.one_in(8) => random.pick(&['q', '.', '5']),
        c => c,
    };
    text.chars().map(other).collect()
}

#[test]
fn what_is_drafted_allows_the_run_that_it_is_drafted_from() {
    for seed in 0..600 {
        let random = &mut Random::new(seed);
        let (out, err) = (printed(random, 12), printed(random, 3));
        let first = Run::printed(&out, &err);
        let second = Run::printed(&another(random, &out), &another(random, &err));
        let source = golden::draft("Nasty", None, &first, &second)
            .unwrap_or_else(|error| panic!("{seed}: {error}"));
        let hidden = |c: char| c.is_control() && c != '\n';
        assert!(!source.contains(hidden), "{seed}: {source:?}");
        let golden = Golden::parse("draft", &source, Language::Rust)
            .unwrap_or_else(|error| panic!("{seed}, {out:?}: {error}"));
        let report = golden.check(&first);
        assert!(report.is_legal(), "{seed}, {out:?}\n{source}\n{report}");
        // What another order prints can be saved, and compared.
        let other = golden.another(seed);
        let saved = Run::printed(&other.to_string(), "");
        if err.is_empty() {
            assert!(golden.check(&saved).is_legal(), "{seed}\n{source}\n{other}");
        }
    }
}
