//! `compare`: a verdict on output that somebody else has got.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use golden::{MOST, Run, Verdict};

use crate::judged::Judged;
use crate::output::{note, tell, tell_rows};
use crate::program::Program;
use crate::{COULD_NOT_JUDGE, NOT_LEGAL};

pub fn compare(program: &Program, file: Option<PathBuf>, json: bool) -> Result<u8> {
    let golden = program.golden()?;
    let bytes = match &file {
        Some(file) => File::open(file)
            .and_then(beginning)
            .with_context(|| format!("cannot read {}", file.display()))?,
        None => {
            if io::stdin().is_terminal() {
                note("Reading from the terminal; end with Ctrl-D.");
            }
            beginning(io::stdin()).context("cannot read standard input")?
        }
    };
    if bytes.len() > MOST {
        bail!("this is more than {} KiB: too much for the output of a lesson.", MOST >> 10);
    }
    let text = decoded(&bytes);
    // Some editors begin a file with a byte order mark. No program printed it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.trim().is_empty() {
        bail!(
            "there is nothing to compare. Pipe the lesson's output here: \
             cargo run -p lesson-{0} | cargo lesson compare {0}",
            program.slug
        );
    }
    // A run that was saved may have a terminal's colours; a program may print escapes of its own.
    let plain = anstream::adapter::strip_str(text).to_string();
    let reports = [text, &plain].map(|text| (golden.check_printed(text), text));
    let fewest = reports.iter().min_by_key(|(report, _)| report.problems().count());
    let (report, text) = fewest.expect("there are two");
    let judged = Judged::new(report, &Run::printed(text, ""), None);
    match json {
        true => tell(format!("{:#}\n", program.in_json(judged.json)))?,
        false => tell_rows(&judged.titled(&program.title()))?,
    }
    Ok(match judged.verdict {
        Verdict::Undecided => COULD_NOT_JUDGE,
        _ if judged.is_legal => 0,
        _ => NOT_LEGAL,
    })
}

/// UTF-8, or what a redirection in Windows' PowerShell makes of it.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let units = |number: fn([u8; 2]) -> u16| {
        bytes.chunks_exact(2).map(|pair| number([pair[0], pair[1]])).collect::<Vec<_>>()
    };
    match bytes {
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)).into(),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)).into(),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// What is judged, and one byte more if there is more: somebody may write for ever.
fn beginning(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
