//! No file of the crate uses one that stands above it, by `use` or by a path in its code. The order
//! is that of the `mod` lines, in lib.rs and then in each room's mod.rs.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The files from the bottom up, as `memory::clock` or `pipe`, each with its text.
fn files() -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read =
        |path: PathBuf| fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    let modules = |text: &str| -> Vec<String> {
        let name = |line: &str| Some(line.split_once("mod ")?.1.strip_suffix(';')?.to_owned());
        text.lines().filter(|line| !line.starts_with("//")).filter_map(name).collect()
    };
    let mut files = Vec::new();
    for room in modules(&read(source.join("lib.rs"))) {
        let file = source.join(format!("{room}.rs"));
        if file.exists() {
            files.push((room, read(file)));
            continue;
        }
        for module in modules(&read(source.join(&room).join("mod.rs"))) {
            let text = read(source.join(&room).join(format!("{module}.rs")));
            files.push((format!("{room}::{module}"), text));
        }
    }
    files
}

/// What is compiled outside of tests, without comments.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every path that begins at the crate, whole: `crate::a::{b, c::d}` is two.
fn paths(code: &str) -> Vec<String> {
    code.match_indices("crate::")
        .filter(|(at, _)| !code[..*at].ends_with('$'))
        .flat_map(|(at, found)| expand(&code[at + found.len()..]))
        .collect()
}

fn expand(text: &str) -> Vec<String> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let end = text.find(|c| !is_path(c)).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    let Some(group) = rest.strip_prefix('{') else { return vec![path.to_owned()] };
    let (mut depth, mut parts, mut start) = (0, Vec::new(), 0);
    for (at, c) in group.char_indices() {
        match c {
            ',' | '}' if depth == 0 => {
                parts.extend(expand(group[start..at].trim_start()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    parts.iter().filter(|part| !part.is_empty()).map(|part| format!("{path}{part}")).collect()
}

#[test]
fn no_arrow_points_up() {
    let files = files();
    assert!(files.len() > 25, "{} files", files.len());
    let place: HashMap<&str, usize> =
        files.iter().enumerate().map(|(place, (name, _))| (name.as_str(), place)).collect();
    let mut wrong = Vec::new();
    for (here, (name, text)) in files.iter().enumerate() {
        let code = code(text);
        if code.contains("super::") {
            wrong.push(format!("{name}: `super::` hides where an arrow points"));
        }
        for path in paths(&code) {
            let inside = path.trim_start_matches(name.as_str()).starts_with("::");
            let parts: Vec<&str> = path.split("::").collect();
            let whole = parts[..parts.len().min(2)].join("::");
            let used = place.get(whole.as_str()).or_else(|| place.get(parts[0]));
            match used {
                Some(&used) if used < here || inside => {}
                Some(_) => wrong.push(format!("{name} uses {path}, which stands above it")),
                None => wrong.push(format!("{name} uses {path}: name it by its file")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} arrows point up:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_kind_of_path_is_seen() {
    let code = "use crate::a::{b, c::{self, d}};\nfn f() { crate::e::f(); $crate::g() }";
    assert_eq!(paths(code), ["a::b", "a::c::self", "a::c::d", "e::f"]);
}

/// It shows the rooms from the top down, and the files of each from the bottom up.
#[test]
fn the_drawing_in_the_readme_is_the_crate() {
    let readme = include_str!("../README.md");
    let drawing = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
    let mut drawn = Vec::new();
    for line in drawing.expect("a drawing").lines().rev() {
        let (room, files) = line.split_once(' ').unwrap_or((line, ""));
        match files.trim().is_empty() {
            true => drawn.push(room.to_owned()),
            false => drawn.extend(files.split_whitespace().map(|file| format!("{room}::{file}"))),
        }
    }
    let there: Vec<String> = files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(drawn, there, "shared/README.md draws (left) other files than there are (right)");
}

/// The README says how many files one reads to change one.
#[test]
fn what_a_newcomer_reads() {
    let files: HashMap<String, String> = files().into_iter().collect();
    let count = |name: &str| {
        let (mut read, mut to_do) = (HashSet::new(), vec![name.to_owned()]);
        while let Some(name) = to_do.pop() {
            let Some(text) = files.get(&name) else { continue };
            if read.insert(name) {
                for path in paths(&code(text)) {
                    let parts: Vec<&str> = path.split("::").collect();
                    to_do.extend([parts[0].to_owned(), parts[..parts.len().min(2)].join("::")]);
                }
            }
        }
        read.len()
    };
    let [value, event, queue] = ["sync::value", "sync::event", "queue::queue"].map(count);
    let said = format!("{value} files for `Value`, {event} for `Event`, {queue} for `Queue`");
    let readme = include_str!("../README.md").replace('\n', " ");
    assert!(readme.contains(&said), "shared/README.md has to say: {said}");
}
