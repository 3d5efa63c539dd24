//! The book builds without a problem, mdBook's protocol gives the same book, and the table of the
//! causes says what the library says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use golden::Written;
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

const TOOL: &str = env!("CARGO_BIN_EXE_book");
const BOOK: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn the_book() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (ours, theirs) = (target.join("ours"), target.join("theirs"));

    let built = Command::new(TOOL)
        .env("MDBOOK_BUILD__BUILD_DIR", &ours)
        .output()
        .expect("the book's program starts");
    let message = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{message}");
    let page = PathBuf::from(String::from_utf8_lossy(&built.stdout).trim_end());
    assert_eq!(page, ours.canonicalize().expect("a folder").join("index.html"));

    let mut config = Config::from_disk(Path::new(BOOK).join("book.toml")).expect("book.toml");
    config.build.build_dir = theirs.clone();
    config.set("preprocessor.lessons.command", format!("{TOOL} preprocess")).expect("a command");
    MDBook::load_with_config(BOOK, config)
        .and_then(|book| book.build())
        .expect("mdBook runs the preprocessor");

    let (ours, theirs) = (pages(&ours), pages(&theirs));
    assert!(ours["queue.html"].contains("<figure class=\"golden\">"));
    assert!(ours["queue.html"].contains("<div class=\"twins\">"));
    assert!(ours == theirs, "the two books differ");
}

/// The table is for people who read the chapters as plain text; the sentences are the library's.
#[test]
fn the_introduction_has_every_cause() {
    let read = |path: &Path| fs::read_to_string(path).expect("a text");
    let introduction = read(&Path::new(BOOK).join("src/introduction.md"));
    let golden = Path::new(BOOK).join("../tests/golden");
    for entry in fs::read_dir(golden).expect("the golden files") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue; // the broken variants, which no chapter shows yet
        }
        let source = read(&path);
        let lines = Written::lines(&path.display().to_string(), &source).expect("a golden file");
        let notes = lines.iter().flat_map(|line| &line.notes);
        for verb in notes.filter_map(|note| Some(note.cause.as_ref()?.verb)) {
            let row = format!("| {} P | {} |", verb.words(), verb.sentence("P"));
            let name = path.display();
            assert!(introduction.contains(&row), "{name} needs in the introduction:\n{row}");
        }
    }
}

fn pages(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).expect("a built book");
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "html"))
        .map(|path| {
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a page"))
        })
        .collect()
}
