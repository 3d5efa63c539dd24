//! `quiz`: what can happen in a lesson? Each yes is driven, and each no has its causes.

use std::io::{self, BufRead, IsTerminal};

use anyhow::Result;
use golden::{Row, Tone, count};

use crate::can::{chain, ground, show};
use crate::oracle::{Answer, Oracle};
use crate::output::{tell, tell_rows, warn};
use crate::program::{Built, Program};
use crate::progress::Progress;
use crate::questions::{Question, Runs, questions, three_runs};
use curriculum::Curriculum;

/// What the runs of the last question are called.
const NAMES: [&str; 3] = ["a", "b", "c"];

pub fn quiz(curriculum: &Curriculum, program: &Program, seed: u64) -> Result<u8> {
    let golden = program.golden()?;
    let built = Built::new(std::slice::from_ref(program))?;
    let mut oracle = Oracle::new(program, &golden, &built);
    let sheet = curriculum.lesson(&program.slug)?.sheet(curriculum)?;
    let hand_picked = if program.broken.is_none() { &sheet.questions[..] } else { &[] };
    let questions = questions(&golden, hand_picked, seed)?;
    let mut answers = io::stdin().lock().lines();
    let (mut right, mut asked) = (0, 0);
    for question in &questions {
        let Some(is_right) = ask_one(&mut oracle, asked + 1, question, &mut answers)? else {
            break;
        };
        right += usize::from(is_right);
        asked += 1;
    }
    if asked == questions.len() {
        match three_runs(&mut oracle, &questions, seed)? {
            Some(runs) => {
                let said = ask_for_run(&oracle, asked + 1, &runs, &mut answers)?;
                right += usize::from(said == Some(true));
                asked += usize::from(said.is_some());
            }
            None if questions.is_empty() => {
                tell("Only one process speaks, and in one order: there is nothing to ask.\n")?;
                return Ok(0);
            }
            None if golden.orders() == Some(1) => {
                tell("\nThat is all: its lines have only one order.\n")?;
            }
            None => tell("\nThat is all.\n")?,
        }
    }
    tell(format!("\n{right} of {} right.\n", count(asked, "answer")))?;
    if asked > 0 && right == asked {
        let mut progress = Progress::read(curriculum);
        let added = progress
            .as_mut()
            .map_or(Ok(()), |progress| progress.add(&format!("{}, the quiz", program.title())));
        added.unwrap_or_else(|error| warn(&error));
    }
    Ok(0)
}

/// Whether the answer was right; None if nobody answers.
fn ask_one(
    oracle: &mut Oracle<'_>,
    number: usize,
    question: &Question,
    answers: &mut impl Iterator<Item = io::Result<String>>,
) -> Result<Option<bool>> {
    let (first, second) = question.pair.shown(oracle.golden);
    let head = format!("{number}. Can the first line come before the second?");
    tell_rows(&[
        Row::default(),
        Row::new(0).toned(Tone::Strong, head),
        Row::new(4).plain(first),
        Row::new(4).plain(second),
    ])?;
    let Some(said) = ask("y or n: ", &["y", "n"], answers)? else { return Ok(None) };
    let answer = oracle.answer(&question.pair)?;
    let is_right = (said == "n") == matches!(answer, Answer::No(..));
    match &answer {
        Answer::Yes(way) => {
            tell_rows(&[verdict(is_right).plain(" It can, and now it does:")])?;
            show(oracle, way, &question.pair)?;
        }
        Answer::Open => tell_rows(&[verdict(is_right).plain(" It can: no cause orders them.")])?,
        Answer::No(why, on) => {
            let mut rows = vec![verdict(is_right).plain(" It cannot:")];
            rows.extend(chain(oracle.golden, why));
            if why.is_empty() {
                rows.push(Row::text(ground(*on)));
            }
            tell_rows(&rows)?;
        }
    }
    if let Some(because) = &question.because {
        tell_rows(&[Row::text(because)])?;
    }
    Ok(Some(is_right))
}

fn ask_for_run(
    oracle: &Oracle<'_>,
    number: usize,
    Runs { runs, wrong, why }: &Runs,
    answers: &mut impl Iterator<Item = io::Result<String>>,
) -> Result<Option<bool>> {
    let head = format!("{number}. Which of these three runs is impossible?");
    let mut rows = vec![Row::default(), Row::new(0).toned(Tone::Strong, head)];
    for (name, run) in NAMES.iter().zip(runs) {
        rows.push(Row::text(format!("{name}:")));
        rows.extend(run.iter().map(|letter| Row::new(6).plain(letter.to_string())));
    }
    tell_rows(&rows)?;
    let Some(said) = ask("a, b or c: ", &NAMES, answers)? else { return Ok(None) };
    let is_right = said == NAMES[*wrong];
    let mut rows = vec![verdict(is_right).plain(format!(" It is {}:", NAMES[*wrong]))];
    rows.extend(chain(oracle.golden, why));
    tell_rows(&rows)?;
    Ok(Some(is_right))
}

fn verdict(is_right: bool) -> Row {
    match is_right {
        true => Row::text("").toned(Tone::Good, "Right."),
        false => Row::text("").toned(Tone::Bad, "Wrong."),
    }
}

/// So many times it is asked again if the answer is none of those that can be given.
const PATIENCE: usize = 5;

/// What is answered; None if nobody answers any more.
fn ask(
    question: &str,
    allowed: &[&str],
    answers: &mut impl Iterator<Item = io::Result<String>>,
) -> Result<Option<String>> {
    for _ in 0..PATIENCE {
        tell(format!("  {question}"))?;
        let Some(answer) = answers.next().transpose()? else { return Ok(None) };
        let answer = answer.trim().to_lowercase();
        if !io::stdin().is_terminal() {
            tell("\n")?;
        }
        if let Some(short) = allowed.iter().find(|allowed| answer.starts_with(**allowed)) {
            return Ok(Some((*short).to_owned()));
        }
    }
    Ok(None)
}
