//! The pages beside the lessons say what is so: every name is one of ours or of Python's, every
//! sentence on the golden language is the library's, every figure was measured.

mod names;

use std::fs;
use std::path::Path;
use std::process::Command;

use golden::{Verb, Written};
use pulldown_cmark::{Event, Parser, Tag};

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("book/ has a parent");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The cells of the rows of all tables, without the lines below their heads.
fn rows(page: &str) -> Vec<Vec<&str>> {
    page.lines()
        .filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'))
        .filter(|line| !line.starts_with("--"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect()
}

/// What stands in backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_golden_language_is_explained() {
    let page = read("book/src/golden-files.md");
    for verb in Verb::ALL {
        let row = format!("| {} P | {} |", verb.words(), verb.sentence("P"));
        assert!(page.contains(&row), "golden-files.md needs:\n{row}");
    }
    for mark in [
        "takes lock",
        "holds lock",
        "takes one of 2 seats",
        "holds one of 2 seats",
        "perhaps",
        "once or more",
        "any number of times",
        "any order",
        "rust only",
        "python only",
    ] {
        let line = format!("main | text  <- {mark}");
        let lines = Written::lines("a mark", &line).expect("a mark");
        let row = format!("| {mark} | {} |", lines[0].notes[0].sentence);
        assert!(page.contains(&row), "golden-files.md needs:\n{row}");
    }
}

#[test]
fn every_name_of_ours_exists() {
    let source = read("book/tool/tests/names/mod.rs");
    // `Queue::<u8>::put` is `Queue::put`.
    let mut used = String::new();
    let mut depth = 0;
    for (at, c) in source.char_indices() {
        let rest = &source[at..];
        match c {
            _ if rest.starts_with("::<") => depth += 1,
            '>' if depth > 0 => depth -= 1,
            _ if depth == 0 => used.push(c),
            _ => {}
        }
    }
    let is_part = |c: char| c.is_alphanumeric() || "_:".contains(c);
    let words: Vec<&str> = used.split(|c| !is_part(c)).collect();
    let page = read("book/src/from-python.md");
    let names: Vec<&str> =
        rows(&page).iter().filter_map(|row| row.get(1)).flat_map(|cell| code(cell)).collect();
    assert!(names.len() > 50, "only {} names of ours", names.len());
    for name in names {
        let bare = name.trim_end_matches('!');
        assert!(words.contains(&bare), "from-python.md: tests/names/mod.rs does not use {name}");
    }
}

/// Says which of its arguments is no name of Python's.
const NAMES: &str = r#"
import inspect, multiprocessing, os, pickle, queue, signal, subprocess, sys, threading, time
from multiprocessing import connection, pool, queues, shared_memory
names = {**vars(multiprocessing), "shared_memory": shared_memory, "Queue": queues.Queue, "JoinableQueue": queues.JoinableQueue,
         "Pool": pool.Pool, "AsyncResult": pool.AsyncResult, "Connection": connection.Connection,
         "Event": multiprocessing.Event(), "Lock": multiprocessing.Lock(),
         "Semaphore": multiprocessing.Semaphore(), "Value": multiprocessing.Value("i"),
         "Condition": multiprocessing.Condition(), "Barrier": multiprocessing.Barrier(2),
         "Array": multiprocessing.Array("i", 1),
         "os": os, "sys": sys, "time": time, "queue": queue, "signal": signal, "subprocess": subprocess, "threading": threading, "pickle": pickle}
for name in sys.argv[1:]:
    thing, _, parameter = name.partition("(")
    try:
        thing = eval(thing, names)
        if parameter:
            assert parameter.partition("=")[0] in inspect.signature(thing).parameters
    except Exception as error:
        print(name, repr(error))
"#;

#[test]
fn every_name_of_pythons_exists() {
    let page = read("book/src/from-python.md");
    let names: Vec<&str> =
        rows(&page).iter().filter_map(|row| row.first()).flat_map(|cell| code(cell)).collect();
    assert!(names.len() > 50, "only {} names of Python's", names.len());
    let output = Command::new("python3").arg("-c").arg(NAMES).args(&names).output();
    let Some(output) = output.ok().filter(|output| output.status.code() != Some(127)) else {
        eprintln!("not tested: there is no python3");
        return;
    };
    let unknown = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(unknown.is_empty() && output.status.success(), "from-python.md:\n{unknown}");
}

#[test]
fn every_figure_was_measured() {
    let (page, measured) = (read("book/src/channels.md"), read("shared/BENCHMARKS.md"));
    let mut count = 0;
    for row in rows(&page) {
        for cell in row {
            let Some((number, "ns" | "µs" | "ms")) = cell.split_once(' ') else {
                continue;
            };
            assert!(number.parse::<f64>().is_ok(), "channels.md: {cell}");
            assert!(
                measured.contains(&format!(" {cell} ")),
                "channels.md: {cell} was not measured"
            );
            count += 1;
        }
    }
    assert!(count > 20, "only {count} figures");
}

/// The pages that are read in the checkout, not in the book.
const READMES: [&str; 5] = [
    "README.md",
    ".github/CONTRIBUTING.md",
    "shared/README.md",
    "shared/BENCHMARKS.md",
    "tests/README.md",
];

/// As a forge makes it of a heading.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
    heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

#[test]
fn what_a_readme_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("book/ has a parent");
    let mut missing = Vec::new();
    for name in READMES {
        let page = read(name);
        let folder = root.join(name).parent().expect("it lies in a folder").to_owned();
        for event in Parser::new(&page) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) if !dest_url.contains("://") => {
                    let (file, place) = dest_url.split_once('#').unwrap_or((&dest_url, ""));
                    let heading = |line: &str| anchor(line.trim_start_matches(['#', ' '])) == place;
                    if !folder.join(file).exists()
                        || (file.is_empty() && !page.lines().any(heading))
                    {
                        missing.push(format!("{name}: {dest_url}"));
                    }
                }
                // A path from the root, but for one that names no particular file.
                Event::Code(code) if code.contains('/') && !code.contains(['<', '*', ' ']) => {
                    let first = code.split('/').next().unwrap_or_default();
                    if root.join(first).is_dir() && !root.join(&*code).exists() {
                        missing.push(format!("{name}: `{code}`"));
                    }
                }
                _ => {}
            }
        }
    }
    assert!(missing.is_empty(), "not there:\n{}", missing.join("\n"));
}
