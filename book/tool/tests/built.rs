//! The book builds without a problem, and mdBook's protocol gives the same book.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

/// A page grows by at most so many bytes of pictures.
const MOST: usize = 60_000;

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

    assert_found(&ours);
    let (ours, theirs) = (pages(&ours), pages(&theirs));
    assert!(ours["queue.html"].contains("<figure class=\"golden\" data-file="));
    assert_drawn(&ours);
    assert!(ours["queue.html"].contains("<div class=\"twins\">"));
    assert!(ours["queue.html"].contains("# The whole file: lessons/queue/lesson.py"));
    let predicted = ours["queue.html"].split("id=\"run-it\"").next().expect("it begins");
    let asked = "Can <code>got 1</code> come before <code>got 0</code>?";
    assert!(predicted.contains(asked) && predicted.contains("<svg"), "what can happen is asked");
    assert!(predicted.contains("main started reader-*. A process cannot speak before it is"));
    let hidden = |page: &String| !page.contains("def say(") && !page.contains("def pause(");
    assert!(ours.values().all(hidden), "a chapter shows what all twins have");
    for cause in ["started by main", "received from P", "joined P"] {
        let explained = format!("<dt>{cause}</dt>");
        assert!(ours["how-to-read.html"].contains(&explained), "the primer needs `{cause}`");
    }
    assert!(ours == theirs, "the two books differ");
}

/// Behind the golden files stand the pictures of their runs, and no page has too much of them.
fn assert_drawn(pages: &BTreeMap<String, String>) {
    let mut all = 0;
    for (name, page) in pages.iter().filter(|(name, _)| *name != "print.html") {
        let pictures = page.split("<figure class=\"run\"").skip(1);
        let sizes = pictures.map(|rest| rest.split("</figure>").next().map_or(0, str::len));
        let sizes: Vec<usize> = sizes.collect();
        let size: usize = sizes.iter().sum();
        assert!(size <= MOST, "{name}: {} pictures have {size} bytes", sizes.len());
        all += sizes.len();
    }
    assert!(all >= 66, "only {all} pictures");
    let (_, queue) = pages["queue.html"].split_once("<details class=\"printed\">").expect("folded");
    let (folded, _) = queue.split_once("</details>").expect("its end");
    assert!(folded.contains("<svg class=\"run\""), "the picture shows what is to be predicted");
}

/// What people look for, and the chapter that treats it. What the search looks through has an entry of
/// the glossary with that title, which it therefore shows first, and names it in the chapter.
fn assert_found(book: &Path) {
    let index = fs::read_dir(book)
        .expect("a built book")
        .map(|entry| entry.expect("a file").path())
        .find(|path| path.display().to_string().contains("/searchindex-"))
        .expect("the index of the search");
    let index = fs::read_to_string(index).expect("the index");
    let (_, json) = index.split_once("JSON.parse('").expect("its data");
    let (json, _) = json.rsplit_once("')").expect("their end");
    let json = json.replace("\\'", "'").replace("\\\\", "\\");
    let index: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let text = |of: &serde_json::Value| of.as_str().expect("a text").to_lowercase();
    let sections: Vec<(String, String, String)> = index["index"]["documentStore"]["docs"]
        .as_object()
        .expect("sections")
        .iter()
        .map(|(number, section)| {
            let number: usize = number.parse().expect("a number");
            (text(&index["doc_urls"][number]), text(&section["title"]), text(&section["body"]))
        })
        .collect();
    for (term, chapter) in [
        ("deadlock", "pool-blocking"),
        ("race condition", "queue-empty"),
        ("lost update", "lock"),
        ("zombie", "exit-codes"),
        ("orphan", "orphan"),
        ("starvation", "lock"),
        ("backpressure", "queue-capacity"),
        ("fork bomb", "main-guard"),
        ("busy waiting", "queue-nowait"),
    ] {
        let entry = format!("glossary.html#{}", term.replace(' ', "-"));
        let is_entry =
            |title: &str| title.strip_prefix(term).is_some_and(|rest| rest.starts_with(' '));
        let has_entry = sections.iter().any(|(url, title, _)| *url == entry && is_entry(title));
        assert!(has_entry, "the glossary has no entry `{term}` at {entry}");
        let page = format!("{chapter}.html");
        let is_named =
            sections.iter().any(|(url, _, body)| url.starts_with(&page) && body.contains(term));
        assert!(is_named, "no section of {chapter}.md says `{term}`");
    }
}

/// The book of the checkout in which one stands, under the target directory in which the tool lies.
#[test]
fn the_book_of_another_checkout() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("other-book");
    // From the run before.
    let _ = fs::remove_dir_all(&folder);
    let (checkout, target) = (folder.join("checkout"), folder.join("target"));
    for folder in [checkout.join("lessons/hello"), checkout.join("book/src"), target.join("debug")]
    {
        fs::create_dir_all(folder).expect("the folder");
    }
    for file in ["book.toml", "lessons.css", "lessons.js", "tutorials.toml"] {
        fs::copy(Path::new(BOOK).join(file), checkout.join("book").join(file)).expect("the file");
    }
    let chapters =
        [("SUMMARY.md", "# Summary\n\n[Hello](hello.md)\n"), ("hello.md", "# Another book\n")];
    for (file, text) in chapters {
        fs::write(checkout.join("book/src").join(file), text).expect("the chapter");
    }
    let tool = target.join("debug/book");
    fs::hard_link(TOOL, &tool).expect("the tool's second name");
    let tool = || {
        let mut tool = Command::new(&tool);
        tool.current_dir(checkout.join("lessons/hello")).env_remove("LESSON_ROOT");
        tool
    };
    let built = tool().output().expect("the tool");
    let page = PathBuf::from(String::from_utf8_lossy(&built.stdout).trim_end());
    let target = target.canonicalize().expect("a folder");
    assert_eq!(page, target.join("book/index.html"), "{built:?}");
    assert!(fs::read_to_string(page).expect("a page").contains("Another book"));
    assert!(!checkout.join("target").exists());

    let lost = tool().current_dir("/").output().expect("the tool");
    assert_eq!(lost.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&lost.stderr).contains("Go into one (cd)"), "{lost:?}");
    if let Ok(full) = fs::File::options().write(true).open("/dev/full") {
        let full = tool().arg("--help").stdout(full).output().expect("the tool");
        assert_eq!(full.status.code(), Some(1));
        let error = "cargo book: cannot write to standard output: No space left on device";
        assert!(String::from_utf8_lossy(&full.stderr).starts_with(error), "{full:?}");
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
