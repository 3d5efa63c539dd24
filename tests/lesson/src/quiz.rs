//! `quiz`: what can happen in a lesson? Each answer is what all its runs say.

use std::io::{self, BufRead, IsTerminal};

use anyhow::Result;
use golden::{Claim, Golden, Row, Tone, count};
use proving::{Letter, Reached};

use crate::can::{Answer, answer, as_run, is_one_of, with_first_moved};
use crate::output::{tell, tell_rows, warn};
use crate::program::{Built, Program};
use crate::progress::Progress;
use crate::prove;
use curriculum::Curriculum;

/// So many questions about two lines; one about three runs follows.
const QUESTIONS: usize = 4;

/// Can the one line come before the other?
struct Question {
    first: usize,
    second: usize,
    answer: Answer,
    /// The higher, the later it is asked.
    difficulty: usize,
}

pub fn quiz(curriculum: &Curriculum, program: &Program, seed: u64) -> Result<u8> {
    let golden = program.golden()?;
    let built = Built::new(std::slice::from_ref(program))?;
    let mut reached = prove::reached(program, &built)?;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut answers = io::stdin().lock().lines();
    let (mut right, mut asked) = (0, 0);
    let (questions, spare) = questions(&golden, &mut reached, &mut random);
    let runs = spare.and_then(|no| three_runs(&golden, &mut reached, &no, &mut random));
    for (number, question) in (1..).zip(&questions) {
        let (first, second) = (shown(&golden, question.first), shown(&golden, question.second));
        tell_rows(&[
            Row::default(),
            Row::new(0).toned(Tone::Strong, format!("{number}. Can this line come first?")),
            Row::text(first),
            Row::text(format!("before {second}")),
        ])?;
        let is_yes = matches!(question.answer, Answer::Yes(_));
        let Some(said) = ask("y or n: ", &["y", "n"], &mut answers)? else { break };
        asked += 1;
        let is_right = (said == "y") == is_yes;
        right += usize::from(is_right);
        tell_rows(&verdict(is_right, is_yes))?;
        tell_rows(&shown_answer(&golden, question))?;
    }
    if asked == questions.len()
        && let Some((runs, wrong, why)) = runs
    {
        let mut rows = vec![Row::default()];
        let text = format!("{}. Which of these runs is impossible?", asked + 1);
        rows.push(Row::new(0).toned(Tone::Strong, text));
        for (name, run) in ["a", "b", "c"].iter().zip(&runs) {
            rows.push(Row::text(format!("{name}:")));
            rows.extend(run.iter().map(|letter| Row::new(6).plain(letter.to_string())));
        }
        tell_rows(&rows)?;
        if let Some(said) = ask("a, b or c: ", &["a", "b", "c"], &mut answers)? {
            asked += 1;
            let is_right = said == ["a", "b", "c"][wrong];
            right += usize::from(is_right);
            let mut rows = verdict(is_right, true);
            rows.pop();
            rows.push(Row::text(format!("It is {}. {why}", ["a", "b", "c"][wrong])));
            tell_rows(&rows)?;
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

/// What can be asked, from easy to hard: what a note says, what is free, what follows from several notes.
/// And one more that has the answer no.
fn questions(
    golden: &Golden,
    reached: &mut Reached,
    random: &mut fastrand::Rng,
) -> (Vec<Question>, Option<Question>) {
    let claims: Vec<Claim> = golden.claims().collect();
    let lines: Vec<usize> = golden.lines_on_stdout().collect();
    let mut pairs = Vec::new();
    for (at, &above) in lines.iter().enumerate() {
        for &below in &lines[at + 1..] {
            // The way round that is not the file's is the question.
            pairs.push((below, above));
        }
    }
    random.shuffle(&mut pairs);
    let (mut easy, mut free, mut hard) = (Vec::new(), Vec::new(), Vec::new());
    for (first, second) in pairs {
        if easy.len() + free.len() + hard.len() >= 3 * QUESTIONS {
            break;
        }
        let is_first = |letter: &Letter| is_one_of(golden, &[first], letter);
        let is_second = |letter: &Letter| is_one_of(golden, &[second], letter);
        // Lines that say the same cannot be told apart.
        let is_clear = |letters: &[Letter]| {
            !letters.iter().any(|letter| is_first(letter) && is_second(letter))
        };
        let answer = answer(golden, reached, (&is_first, &is_second));
        let is_claimed = claims.iter().any(|claim| claim.line == first && claim.source == second);
        match &answer {
            Answer::Yes(word) if is_clear(word) => {
                free.push(Question { first, second, answer, difficulty: 1 });
            }
            Answer::No(why) if !why.is_empty() && is_claimed => {
                easy.push(Question { first, second, answer, difficulty: 0 });
            }
            Answer::No(why) if !why.is_empty() && !golden.in_one_lane(first, second) => {
                hard.push(Question { first, second, answer, difficulty: 2 });
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    for turn in 0..3 * QUESTIONS {
        let from = [&mut free, &mut easy, &mut hard];
        all.extend(from.into_iter().nth(turn % 3).and_then(Vec::pop));
    }
    let others = all.split_off(all.len().min(QUESTIONS));
    all.sort_by_key(|question| question.difficulty);
    let is_no = |question: &Question| matches!(question.answer, Answer::No(_));
    let spare = others.into_iter().chain(hard).chain(easy).find(is_no);
    (all, spare)
}

/// Three runs, which of them is impossible, and why.
fn three_runs(
    golden: &Golden,
    reached: &mut Reached,
    no: &Question,
    random: &mut fastrand::Rng,
) -> Option<(Vec<Vec<Letter>>, usize, String)> {
    let is_first = |letter: &Letter| is_one_of(golden, &[no.first], letter);
    let is_second = |letter: &Letter| is_one_of(golden, &[no.second], letter);
    let mut runs: Vec<_> =
        (0..3).map(|_| reached.order(&mut |many| random.usize(..many))).collect();
    let wrong = random.usize(..3);
    runs[wrong] = with_first_moved(runs[wrong].clone(), (&is_first, &is_second));
    if reached.has(&runs[wrong]) {
        return None;
    }
    let report = golden.check(&as_run(&runs[wrong]));
    let why = report.problems().next().unwrap_or_default();
    Some((runs, wrong, why))
}

fn shown(golden: &Golden, line: usize) -> String {
    golden.shown(line).unwrap_or_default()
}

fn verdict(is_right: bool, is_yes: bool) -> Vec<Row> {
    let row = match is_right {
        true => Row::text("").toned(Tone::Good, "Right."),
        false => Row::text("").toned(Tone::Bad, "Wrong."),
    };
    let what = if is_yes { "It can, for instance so:" } else { "It cannot." };
    vec![row, Row::text(what)]
}

fn shown_answer(golden: &Golden, question: &Question) -> Vec<Row> {
    match &question.answer {
        Answer::Yes(word) => {
            let is_it =
                |letter: &Letter| is_one_of(golden, &[question.first, question.second], letter);
            let row = |letter: &Letter| match is_it(letter) {
                true => Row::new(4).toned(Tone::Strong, format!("> {letter}")),
                false => Row::new(6).plain(letter.to_string()),
            };
            word.iter().map(row).collect()
        }
        Answer::No(why) => why.first().map(Row::text).into_iter().collect(),
    }
}

/// What is answered; None if nobody answers any more.
fn ask(
    question: &str,
    allowed: &[&str],
    answers: &mut impl Iterator<Item = io::Result<String>>,
) -> Result<Option<String>> {
    loop {
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
}
