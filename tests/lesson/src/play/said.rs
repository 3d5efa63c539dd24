//! What the processes of a run have said, and which golden line each of it was.

use driving::{Entry, Header, Line, Order, Place, Record, VERSION};
use golden::{Golden, Run, State};

use super::run::Moment;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whose it is.
    pub place: Place,
    /// The step that ended it.
    pub step: usize,
    pub is_error: bool,
    /// Without the name before it.
    pub text: String,
    /// The golden line, as far as it is known; none if the golden file has no place for it.
    pub number: Option<usize>,
}

/// So many ways to read a run are kept apart.
const WAYS: usize = 500;

/// What was done so far, as a record.
pub fn record(moment: &Moment) -> Record {
    let header = Header {
        record: VERSION,
        lesson: String::new(),
        broken: None,
        code: moment.code.clone(),
        order: Order::Exact,
    };
    let name = |place| moment.names.get(place).cloned().unwrap_or_default();
    let events = moment.events.iter();
    let steps = events.map(|event| Entry { name: name(&event.place), event: event.clone() });
    Record { header, steps: steps.collect() }
}

/// The lines of a record, each with whose it is and which golden line it was.
pub fn said(golden: &Golden, record: &Record, lines: &[Line]) -> Vec<Said> {
    let parted: Vec<_> = lines.iter().map(part).collect();
    let numbers = numbers(golden, &parted);
    let said = |((line, (_, text)), number): ((&Line, &(_, String)), _)| Said {
        place: record.steps[line.step].event.place.clone(),
        step: line.step,
        is_error: line.is_error,
        text: text.clone(),
        number,
    };
    lines.iter().zip(&parted).zip(numbers).map(said).collect()
}

/// The name before the bar, and the text behind it. On standard error nobody is named.
fn part(line: &Line) -> (Option<String>, String) {
    if line.is_error {
        return (None, line.text.clone());
    }
    let said = Run::printed(&line.text, "").out.into_iter().next();
    said.map_or_else(
        || (Some(String::new()), String::new()),
        |said| (Some(said.process), said.text),
    )
}

/// The golden line of each line: on the likeliest way on which all of them have one. A line that is on no
/// way has none, and the others go on behind it.
fn numbers(golden: &Golden, lines: &[(Option<String>, String)]) -> Vec<Option<usize>> {
    let mut matcher = golden.matcher();
    // For each line the states behind it, each with the golden line, and the state before it.
    let mut layers = vec![vec![(matcher.start(), None, 0)]];
    for (process, text) in lines {
        let heard = matcher.hear(process.as_deref(), text);
        let before = &layers[layers.len() - 1];
        let mut layer: Vec<(State, Option<usize>, usize)> = Vec::new();
        for (from, (state, ..)) in before.iter().enumerate() {
            for (number, next) in matcher.steps(state, &heard) {
                let is_new = layer.iter().all(|(known, ..)| *known != next);
                if is_new && layer.len() < WAYS {
                    layer.push((next, Some(number), from));
                }
            }
        }
        if layer.is_empty() {
            let same = |(at, (state, ..)): (usize, &(State, _, _))| (state.clone(), None, at);
            layer = before.iter().enumerate().map(same).collect();
        }
        layers.push(layer);
    }
    let mut at = 0;
    let mut numbers: Vec<Option<usize>> = Vec::new();
    for layer in layers[1..].iter().rev() {
        let (_, number, from) = &layer[at];
        numbers.push(*number);
        at = *from;
    }
    numbers.reverse();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, said: &[(&str, &str)], numbers: &[Option<usize>]) {
        let golden = Golden::parse("file.txt", file, golden::Language::Rust).unwrap();
        let said: Vec<_> =
            said.iter().map(|(who, text)| (Some((*who).to_owned()), (*text).to_owned())).collect();
        assert_eq!(super::numbers(&golden, &said), numbers);
    }

    #[test]
    fn each_line_has_its_golden_line() {
        let file = "main | starts\na | runs  <- started by main\nb | runs  <- started by main\n";
        let said = [("main", "starts"), ("b", "runs"), ("a", "runs")];
        check(file, &said, &[Some(1), Some(3), Some(2)]);
        // Nothing is said twice, and the rest is judged all the same.
        let said = [("a", "runs"), ("main", "starts"), ("main", "starts"), ("b", "runs")];
        check(file, &said, &[None, Some(1), None, Some(3)]);
    }

    /// Which of two lines it was, only what comes later tells.
    #[test]
    fn what_comes_later_decides() {
        let file = "w-* | 1\nw-* | 1\nw-* | 2\n";
        let golden = Golden::parse("file.txt", file, golden::Language::Rust).unwrap();
        let one = |who: &str, text: &str| (Some(who.to_owned()), text.to_owned());
        let numbers = super::numbers(&golden, &[one("w-1", "1"), one("w-2", "1"), one("w-1", "2")]);
        assert!(numbers.iter().all(Option::is_some), "{numbers:?}");
    }
}
