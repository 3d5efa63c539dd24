//! `cargo book`: builds the book, checks its links and says where it is. Also mdBook's
//! preprocessor `lessons`.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::{env, io, process};

use anyhow::{Context, Result, bail};
use book::chapter::{self, Lessons};
use book::links;
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

const HELP: &str = "\
Builds the book, checks its links and says where it is.

Usage: cargo book [--open]

  --open                        shows the book in the browser
  preprocess                    is for mdBook: a book on stdin, the same book on stdout
  preprocess supports RENDERER  is for mdBook, too
";

fn main() {
    if let Err(error) = run() {
        eprintln!("cargo book: {error:#}");
        process::exit(1);
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => tell(format!("{}\n", build()?.display()))?,
        ["--open"] => {
            let page = build()?;
            tell(format!("{}\n", page.display()))?;
            opener::open(&page).context("no browser could be started: open that file yourself")?;
        }
        ["preprocess"] => chapter::preprocess(io::stdin(), io::stdout())?,
        ["preprocess", "supports", renderer] => process::exit(i32::from(renderer != "html")),
        ["--help" | "-h"] => tell(HELP)?,
        _ => {
            eprint!("{HELP}");
            process::exit(2);
        }
    }
    Ok(())
}

/// Prints it; that nobody reads it through a pipe is no failure.
fn tell(text: impl Display) -> Result<()> {
    match write!(io::stdout(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        told => told.context("cannot write to standard output"),
    }
}

/// Builds the book of the checkout in which one stands, and gives its first page.
fn build() -> Result<PathBuf> {
    let root = golden::checkout()?.join("book");
    let mut config = Config::from_disk(root.join("book.toml"))?;
    // Under the target directory, wherever that is. `target/debug/book` runs.
    if let Some(target) = env::current_exe()?.ancestors().nth(2) {
        config.build.build_dir = target.join("book");
    }
    config.update_from_env()?;
    let mut book = MDBook::load_with_config(root, config)?;
    book.with_preprocessor(Lessons).build()?;
    let folder = book.build_dir_for("html");
    let folder = folder.canonicalize().unwrap_or(folder);

    let mut problems = links::check(&folder)?;
    problems.extend(unlisted(&book)?);
    if !problems.is_empty() {
        bail!("the book has problems:\n  {}", problems.join("\n  "));
    }
    Ok(folder.join("index.html"))
}

/// Chapters that mdBook leaves out without a word.
fn unlisted(book: &MDBook) -> Result<Vec<String>> {
    let source = book.source_dir();
    let listed: Vec<&Path> =
        book.book.chapters().filter_map(|chapter| chapter.source_path.as_deref()).collect();
    let files = links::files(&source)?;
    let chapters = files
        .iter()
        .filter_map(|file| file.strip_prefix(&source).ok())
        .filter(|file| file.extension().is_some_and(|extension| extension == "md"));
    Ok(chapters
        .filter(|file| {
            !["SUMMARY.md", "404.md"].map(Path::new).contains(file) && !listed.contains(file)
        })
        .map(|file| format!("{}: SUMMARY.md does not list it", file.display()))
        .collect())
}
