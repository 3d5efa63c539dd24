//! Results as they come: a pool counts words, and main adds them up.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Pool, pause, say, say_err};

const TEXTS: [(&str, &str); 4] = [
    ("ant.txt", "the ant works all day"),
    ("bee.txt", "the bee sings"),
    ("cat.txt", "the cat sleeps and the cat eats"),
    ("dog.txt", "the dog barks at it"),
];

/// Each word, and how often it is there.
type Counts = BTreeMap<String, usize>;

/// Maps a text to its counts. Its name goes along: nothing else will say whose counts these are.
fn count(folder: &Path, name: String) -> Result<(String, Counts)> {
    say!("counts {name}");
    let text = fs::read_to_string(folder.join(&name))?;
    // A longer text takes longer.
    pause(Duration::from_millis(20) * text.len() as u32);
    let mut counts = Counts::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    Ok((name, counts))
}

fn main() -> Result<()> {
    // The folder is removed at the end of main, also after an error.
    let folder = tempfile::tempdir()?;
    for (name, text) in TEXTS {
        fs::write(folder.path().join(name), text)?;
    }
    let pool = Pool::new(2, |name| count(folder.path(), name))?;

    say!("four files, two workers");
    let mut total = Counts::new();
    let names = TEXTS.map(|(name, _)| name.to_owned());
    for (done, result) in (1..).zip(pool.imap(names)) {
        let (name, counts) = result?;
        say!("{name}: {} words", counts.values().sum::<usize>());
        // On stderr: so the bar is seen, and not saved, when the output goes to a file.
        say_err!("[{:4}] {done} of 4", "#".repeat(done));
        // Reduces what is there to one table.
        for (word, times) in counts {
            *total.entry(word).or_default() += times;
        }
    }
    pool.close();
    pool.join()?;
    say!("{} words in all, \"the\" {} times", total.values().sum::<usize>(), total["the"]);
    Ok(())
}
