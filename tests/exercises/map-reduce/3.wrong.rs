//! Broken: results that come in any order are matched with the files by their place.
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;

use anyhow::Result;
use multiprocessing::{Event, Pool, say};

const TEXTS: [(&str, &str); 2] =
    [("ant.txt", "the ant works all day"), ("bee.txt", "the bee sings")];

fn count(folder: &Path, name: String, go_on: &Event) -> Result<usize> {
    say!("counts {name}");
    if name == "ant.txt" {
        // This makes the bad outcome certain: the first file is the last to be done.
        go_on.wait();
    }
    let words = fs::read_to_string(folder.join(&name))?.split_whitespace().count();
    say!("has counted {name}");
    Ok(words)
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, text) in TEXTS {
        fs::write(folder.path().join(name), text)?;
    }
    let go_on = Event::new()?;
    let pool = Pool::new(2, |name| count(folder.path(), name, &go_on))?;

    say!("two files, two workers");
    let names = TEXTS.map(|(name, _)| name.to_owned());
    for (name, words) in names.iter().zip(pool.imap(names.clone())) {
        say!("{name}: {} words", words?);
        go_on.set();
    }
    pool.close();
    pool.join()?;
    say!("the pool has ended");
    Ok(())
}
