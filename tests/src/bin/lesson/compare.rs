//! `compare`: a verdict on output that somebody else has got.

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use golden::{Run, Verdict};

use crate::judge::Judged;
use crate::output::{note, tell};
use crate::program::Program;
use crate::{COULD_NOT_JUDGE, NOT_LEGAL, paint};

pub fn compare(program: &Program, file: Option<PathBuf>, json: bool) -> Result<u8> {
    let golden = program.golden()?;
    let mut bytes = Vec::new();
    match &file {
        Some(file) => {
            bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        }
        None => {
            if io::stdin().is_terminal() {
                note("Reading from the terminal; end with Ctrl-D.");
            }
            io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = anstream::adapter::strip_str(&text).to_string();
    if text.trim().is_empty() {
        bail!(
            "there is nothing to compare. Pipe the lesson's output here: \
             cargo run -p lesson-{0} | cargo lesson compare {0}",
            program.slug
        );
    }
    let report = golden.check_printed(&text);
    let judged = Judged::new(&report, &Run::printed(&text, ""));
    match json {
        true => tell(format!("{:#}\n", judged.json))?,
        false => tell(format!("{}: {}\n", paint::bold(&program.title()), judged.text))?,
    }
    Ok(match judged.verdict {
        Verdict::Undecided => COULD_NOT_JUDGE,
        _ if judged.is_legal => 0,
        _ => NOT_LEGAL,
    })
}
