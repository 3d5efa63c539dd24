//! The book builds without a problem, and mdBook's protocol gives the same book.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
