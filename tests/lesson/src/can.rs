//! `can`: whether one line can come before another, shown by the real program, or by why not.

use anyhow::{Result, anyhow, bail};
use golden::{Golden, Row, Run, Tone, count};
use proving::{Letter, Reached};
use serde_json::json;

use crate::output::{tell, tell_rows};
use crate::program::{Built, Program};
use crate::prove::MOST;

pub fn can(program: &Program, first: &str, second: &str, is_json: bool) -> Result<u8> {
    let golden = program.golden()?;
    let meant = |what| golden.find(what).map_err(|error| anyhow!(error));
    let (first_lines, second_lines) = (meant(first)?, meant(second)?);
    if first_lines == second_lines {
        bail!("`{first}` and `{second}` are the same line.");
    }
    let built = Built::new(std::slice::from_ref(program))?;
    let command = || built.command(program, 1.0).map_err(std::io::Error::other);
    let mut reached = proving::reach(&golden, &command, MOST)?;
    let is = |lines: &[usize], letter: &Letter| {
        lines.iter().any(|&line| golden.may_be(line, letter.process.as_deref(), &letter.text))
    };
    let is_first = |letter: &Letter| is(&first_lines, letter);
    let is_second = |letter: &Letter| is(&second_lines, letter);
    if let Some(word) = reached.with_first(&is_first, &is_second) {
        let schedule = reached.schedule(&word);
        let schedule = schedule.ok_or_else(|| anyhow!("no run prints what was found: {word:?}"))?;
        let code = driving::follow(command()?, &schedule)?.code;
        return yes(program, &word, &code, (&is_first, &is_second), is_json);
    }
    no(program, &golden, &mut reached, (&is_first, &is_second), is_json)
}

/// Which of the two lines a line is.
type Which<'a> = (&'a dyn Fn(&Letter) -> bool, &'a dyn Fn(&Letter) -> bool);

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

fn no(
    program: &Program,
    golden: &Golden,
    reached: &mut Reached,
    which: Which,
    is_json: bool,
) -> Result<u8> {
    let all = reached.explored.bounds.is_empty();
    let runs = reached.explored.runs;
    // As if the first came right before the second: the report says what is in the way.
    let word = reached.with_first(which.1, which.0);
    let why: Vec<String> = word.map_or(Vec::new(), |mut word| {
        let first = word.iter().position(which.0).unwrap_or(0);
        let letter = word.remove(first);
        let second = word.iter().position(which.1).unwrap_or(0);
        word.insert(second, letter);
        let printed: String = word.iter().map(|letter| format!("{letter}\n")).collect();
        golden.check(&Run::printed(&printed, "")).problems().collect()
    });
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
