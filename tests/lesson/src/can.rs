//! `can`: whether one line can come before another. Yes, and the program does it; or no, and the causes that
//! forbid it.

use std::io::{self, IsTerminal};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use driving::Record;
use golden::{Golden, Link, Row, Tone, count};
use proving::Letter;
use serde_json::json;

use crate::oracle::{Answer, Ground, Oracle, Spoken, Way};
use crate::output::{tell, tell_rows};
use crate::program::{Built, Program};

/// On a terminal a run of many lines takes so long, and a line of a short one at most a tenth of that.
const WHOLE: Duration = Duration::from_millis(1_000);

/// Two lines of a golden file, each by its number; several that say the same are one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// The line that is to come first.
    pub first: Vec<usize>,
    /// The other one.
    pub second: Vec<usize>,
}

pub fn can(program: &Program, first: &str, second: &str, is_json: bool) -> Result<u8> {
    let golden = program.golden()?;
    let pair = Pair::of(&golden, first, second)?;
    let built = Built::new(std::slice::from_ref(program))?;
    let mut oracle = Oracle::new(program, &golden, &built);
    match oracle.answer(&pair)? {
        Answer::Yes(way) if is_json => {
            let mut lines = Vec::new();
            let run = oracle.drive(&way, &mut |said| {
                lines.push(said.row.to_owned());
                Ok(())
            })?;
            let code = run.header.code;
            let answer = json!({ "can": true, "lines": lines, "schedule": code });
            tell(format!("{:#}\n", program.in_json(answer))).map(|()| 0)
        }
        Answer::Yes(way) => {
            let yes = Row::new(0).toned(Tone::Good, "Yes").plain(": the program does it now.");
            tell_rows(&[yes, Row::default()])?;
            let code = show(&oracle, &way, &pair)?;
            // In one piece, so that it can be copied.
            tell(format!("\n  cargo lesson run {} --schedule {code}\n", program.arguments()))?;
            tell_rows(&[Row::text(
                "shows it again; with `draw` instead of `run` as a picture, with `play` step by step.",
            )])?;
            Ok(0)
        }
        Answer::Open => {
            program.refuse_undriven().context("no cause in its golden file forbids it")?;
            Ok(0)
        }
        Answer::No(why, ground) => {
            no(program, &golden, &why, ground, is_json)?;
            Ok(1)
        }
    }
}

impl Pair {
    /// Each by its text or its number.
    ///
    /// # Errors
    /// If it is no line, or lines of several processes; if both are the same line, or stand on two streams.
    pub fn of(golden: &Golden, first: &str, second: &str) -> Result<Pair> {
        let meant = |what| golden.find(what).map_err(|error| anyhow!(error));
        let pair = Pair { first: meant(first)?, second: meant(second)? };
        if pair.first == pair.second {
            bail!("`{first}` and `{second}` are the same line.");
        }
        if golden.is_on_stderr(pair.first[0]) != golden.is_on_stderr(pair.second[0]) {
            bail!(
                "one is on standard output, the other on standard error: nothing orders the two \
                 streams."
            );
        }
        Ok(pair)
    }

    /// Whether the first line comes in this run, and the second one only after it.
    pub fn is_so(&self, golden: &Golden, record: &Record) -> bool {
        let at = |lines: &[usize]| {
            record.lines().into_iter().position(|line| {
                let name = record.steps[line.step].name.as_str();
                let own = line.text.split_once(" | ").filter(|_| !line.is_error);
                let text = own.map_or(line.text.as_str(), |(_, text)| text);
                is_one_of(golden, lines, (!line.is_error).then_some(name), text)
            })
        };
        at(&self.first).zip(at(&self.second)).is_some_and(|(first, second)| first < second)
    }

    /// Whether a letter may be the first line.
    pub fn is_first(&self, golden: &Golden, letter: &Letter) -> bool {
        is_one_of(golden, &self.first, letter.process.as_deref(), &letter.text)
    }

    /// Whether it may be the second one.
    pub fn is_second(&self, golden: &Golden, letter: &Letter) -> bool {
        is_one_of(golden, &self.second, letter.process.as_deref(), &letter.text)
    }
}

fn is_one_of(golden: &Golden, lines: &[usize], process: Option<&str>, text: &str) -> bool {
    lines.iter().any(|&line| golden.may_be(line, process, text))
}

/// Drives the program, and shows each line when it comes, the two that were asked for marked. Gives the code.
pub fn show(oracle: &Oracle<'_>, way: &Way, pair: &Pair) -> Result<String> {
    let golden = oracle.golden;
    let lines = u32::try_from(golden.lines().count()).unwrap_or(u32::MAX).max(10);
    let pause = if io::stdout().is_terminal() { WHOLE / lines } else { Duration::ZERO };
    let run = oracle.drive(way, &mut |Spoken { row, process, text }| {
        let is = |lines: &[usize]| is_one_of(golden, lines, process, text);
        let row = match is(&pair.first) || is(&pair.second) {
            true => Row::new(2).toned(Tone::Strong, format!("> {row}")),
            false => Row::new(4).plain(row),
        };
        tell_rows(&[row])?;
        thread::sleep(pause);
        Ok(())
    })?;
    Ok(run.header.code.unwrap_or_default())
}

/// From the one line to the other, and below each what comes between.
pub fn chain(golden: &Golden, links: &[Link]) -> Vec<Row> {
    let shown = |line: usize| golden.shown(line).unwrap_or_default();
    let mut rows: Vec<Row> =
        links.first().map(|link| Row::new(4).plain(shown(link.earlier))).into_iter().collect();
    for link in links {
        rows.push(Row::new(4).plain(shown(link.later)));
        rows.push(Row::new(8).toned(Tone::Faint, &link.why));
    }
    rows
}

/// What a no stands on, in a sentence.
pub fn ground(ground: Ground) -> String {
    match ground {
        Ground::File { is_proved: true } => {
            "So it is in every run: the golden file says so, and it is proved.".to_owned()
        }
        Ground::File { is_proved: false } => {
            "The golden file says so, and no run was found that does otherwise.".to_owned()
        }
        Ground::Undriven => {
            "The golden file says so; it is not proved, for nobody drives it.".to_owned()
        }
        Ground::Runs { runs: 1, are_all: true } => {
            "So it is in the one run that stands for all.".to_owned()
        }
        Ground::Runs { runs, are_all: true } => {
            format!("So it is in all {} that stand for all.", count(runs, "run"))
        }
        Ground::Runs { runs, are_all: false } => {
            format!("So it is in the {} that were explored. There are more.", count(runs, "run"))
        }
    }
}

fn no(program: &Program, golden: &Golden, why: &[Link], on: Ground, is_json: bool) -> Result<()> {
    if is_json {
        let links: Vec<_> = why
            .iter()
            .map(|Link { earlier, later, why }| json!({ "earlier": earlier, "later": later, "why": why }))
            .collect();
        let (ground, runs, is_certain) = match on {
            Ground::File { is_proved } => ("golden file", None, is_proved),
            Ground::Undriven => ("golden file", None, false),
            Ground::Runs { runs, are_all } => ("runs", Some(runs), are_all),
        };
        let answer = json!({
            "can": false, "ground": ground, "runs": runs, "is_certain": is_certain, "why": links,
        });
        return tell(format!("{:#}\n", program.in_json(answer)));
    }
    let is_certain = !matches!(on, Ground::Runs { are_all: false, .. });
    let head = Row::new(0).toned(Tone::Bad, "No");
    let mut rows = vec![match (is_certain, why.is_empty()) {
        (true, false) => head.plain(":"),
        (true, true) => head.plain("."),
        (false, _) => head.plain(", as far as it was explored."),
    }];
    if !why.is_empty() {
        rows.push(Row::default());
        rows.extend(chain(golden, why));
    }
    rows.extend([Row::default(), Row::text(ground(on))]);
    tell_rows(&rows)
}
