//! `can`: whether one line can come before another, shown by the real program, or by why not.

use anyhow::{Result, anyhow, bail};
use golden::{Golden, Row, Run, Tone, count};
use proving::{Letter, Reached};
use serde_json::json;

use crate::output::{tell, tell_rows};
use crate::program::{Built, Program};
use crate::prove;

/// Whether lines that a first one is can come before those that a second one is.
pub enum Answer {
    /// In this order.
    Yes(Vec<Letter>),
    /// What is in the way, a text each.
    No(Vec<String>),
}

/// Which of the two lines a line is.
pub type Which<'a> = (&'a dyn Fn(&Letter) -> bool, &'a dyn Fn(&Letter) -> bool);

pub fn can(program: &Program, first: &str, second: &str, is_json: bool) -> Result<u8> {
    let golden = program.golden()?;
    let meant = |what| golden.find(what).map_err(|error| anyhow!(error));
    let (first_lines, second_lines) = (meant(first)?, meant(second)?);
    if first_lines == second_lines {
        bail!("`{first}` and `{second}` are the same line.");
    }
    let is_out = |lines: &[usize]| golden.lines_on_stdout().any(|line| lines.contains(&line));
    if is_out(&first_lines) != is_out(&second_lines) {
        bail!(
            "one is on standard output, the other on standard error: nothing orders the two streams."
        );
    }
    let built = Built::new(std::slice::from_ref(program))?;
    let mut reached = prove::reached(program, &built)?;
    let is_first = |letter: &Letter| is_one_of(&golden, &first_lines, letter);
    let is_second = |letter: &Letter| is_one_of(&golden, &second_lines, letter);
    let which: Which = (&is_first, &is_second);
    match answer(&golden, &mut reached, which) {
        Answer::Yes(word) => {
            let schedule = reached.schedule(&word);
            let schedule = schedule.ok_or_else(|| anyhow!("no run prints {word:?}"))?;
            let code = driving::follow(prove::command(program, &built)?, &schedule)?.code;
            yes(program, &word, &code, which, is_json)
        }
        Answer::No(why) => no(program, &reached, &why, is_json),
    }
}

pub fn is_one_of(golden: &Golden, lines: &[usize], letter: &Letter) -> bool {
    lines.iter().any(|&line| golden.may_be(line, letter.process.as_deref(), &letter.text))
}

pub fn answer(golden: &Golden, reached: &mut Reached, which: Which) -> Answer {
    if let Some(word) = reached.with_first(which.0, which.1) {
        return Answer::Yes(word);
    }
    // As if the first came right before the second: the report says what is in the way.
    let word = reached.with_first(which.1, which.0);
    Answer::No(word.map_or(Vec::new(), |word| {
        let word = with_first_moved(word, which);
        golden.check(&as_run(&word)).problems().collect()
    }))
}

/// The first line, moved to right before the second one.
pub fn with_first_moved(mut word: Vec<Letter>, which: Which) -> Vec<Letter> {
    let first = word.iter().position(which.0).unwrap_or(0);
    let letter = word.remove(first);
    let second = word.iter().position(which.1).unwrap_or(0);
    word.insert(second, letter);
    word
}

/// A run that prints this, on the stream on which it stands.
pub fn as_run(word: &[Letter]) -> Run {
    let text: String = word.iter().map(|letter| format!("{letter}\n")).collect();
    match word.iter().all(|letter| letter.process.is_none()) {
        true => Run::printed("", &text),
        false => Run::printed(&text, ""),
    }
}

fn yes(program: &Program, word: &[Letter], code: &str, which: Which, is_json: bool) -> Result<u8> {
    let lines: Vec<String> = word.iter().map(Letter::to_string).collect();
    if is_json {
        let answer = json!({ "can": true, "lines": lines, "schedule": code });
        return tell(format!("{:#}\n", program.in_json(answer))).map(|()| 0);
    }
    let first = word.iter().position(which.0);
    let second = word.iter().position(which.1);
    let mut rows =
        vec![Row::new(0).toned(Tone::Good, "Yes").plain(", for instance so:"), Row::default()];
    rows.extend(lines.iter().enumerate().map(|(at, line)| match Some(at) {
        at if at == first || at == second => Row::new(2).toned(Tone::Strong, format!("> {line}")),
        _ => Row::new(4).plain(line),
    }));
    rows.push(Row::default());
    let arguments = program.arguments();
    rows.push(Row::text(format!(
        "See the program do it: cargo lesson run {arguments} --schedule {code}"
    )));
    tell_rows(&rows).map(|()| 0)
}

fn no(program: &Program, reached: &Reached, why: &[String], is_json: bool) -> Result<u8> {
    let all = reached.explored.bounds.is_empty();
    let runs = reached.explored.runs;
    if is_json {
        let answer = json!({ "can": false, "is_certain": all, "runs": runs, "why": why });
        return tell(format!("{:#}\n", program.in_json(answer))).map(|()| 1);
    }
    let how_many = match all {
        true if runs == 1 => ", not in the one run that stands for all.".to_owned(),
        true => format!(", in none of the {} that stand for all.", count(runs, "run")),
        false => format!(", as far as {} tell. There are more.", count(runs, "run")),
    };
    let mut rows = vec![Row::new(0).toned(Tone::Bad, "No").plain(how_many)];
    if let Some(why) = why.first() {
        rows.extend([Row::default(), Row::text("If it did:"), Row::text(why)]);
    }
    tell_rows(&rows).map(|()| 1)
}
