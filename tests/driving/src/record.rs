//! What a run did, kept: a file of JSON lines.
//!
//! The first line is the [`Header`]. Each further line is a step, an [`Entry`]: who did what, between two
//! points at which it stood.
//!
//! ```text
//! {"record":2,"lesson":"queue","broken":null,"code":"01…","order":"exact"}
//! {"name":"main","place":"main","did":[{"object":0,"op":"Begin"}]}
//! {"name":"main","place":"main","did":[{"object":2,"op":{"New":{"kind":"Queue","names":["items"]}}}]}
//! {"name":"main","place":"main","did":[{"object":0,"op":{"Start":{"child":"1","nth":1}}}]}
//! {"name":"writer","place":"1","did":[{"object":0,"op":{"Line":{"stream":"Stdout","text":"puts 0"}}}]}
//! {"name":"writer","place":"1","did":[{"object":2,"op":{"Put":{"nth":1,"capacity":null,"item":"0"}}}]}
//! {"name":"writer","place":"1","did":[{"object":0,"op":{"End":{"code":0}}}],"ended":["1"]}
//! ```
//!
//! | field | what it is |
//! |---|---|
//! | `record` | The version of the format: [`VERSION`]. |
//! | `lesson`, `broken` | The program: a lesson, and the name of its broken variant or null. |
//! | `code` | Of a driven run: what `--schedule` repeats. Else null. |
//! | `order` | `exact`, or `nearly`: see [`Order`]. |
//! | `name` | The process, as its lines name it. |
//! | `place` | Where it stands in its family, the same in every run: `main`, `2` for its second child, `2.1` for the first child of that. |
//! | `did` | The operations, each on an `object` (the number of a queue, lock, ...; 0: on none). [`Op`](crate::Op) lists them. Pids are replaced by places; and where an object was made, by its `names` there: none if they are not known, two for the ends of a pipe. |
//! | `item`, `number`, `first` | What was put or sent, what a value was, and what it began with. Left out if it has no words. |
//! | `ended` | Whose end this step was; left out if nobody's. |

use std::collections::HashMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::conductor::Driven;
use crate::event::Event;
use crate::explore::Trace;
use crate::op::{Did, Op};
use crate::place::Place;

/// The version of the format. It is another one as soon as an old reader would misunderstand it.
pub const VERSION: u32 = 2;

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Of what.
    pub header: Header,
    /// In the order in which they came.
    pub steps: Vec<Entry>,
}

/// With what a record begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub record: u32,
    /// The lesson.
    pub lesson: String,
    /// The broken variant of it.
    pub broken: Option<String>,
    /// Of a driven run: the same run again.
    pub code: Option<String>,
    /// How far the order of the steps can be relied on.
    pub order: Order,
}

/// How far the order of the steps can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// One process went on at a time: they came in this order.
    Exact,
    /// Nobody drove the run, and each process noted an operation after it was done: those of one process
    /// are in their order, those of several only nearly.
    Nearly,
}

/// A step of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What the process is called.
    pub name: String,
    /// What it did.
    #[serde(flatten)]
    pub event: Event,
}

/// A line that was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The step that ended it.
    pub step: usize,
    /// On standard error, or on standard output.
    pub is_error: bool,
    /// The line, with its end of line left out; on standard output with the name before the bar.
    pub text: String,
}

impl Record {
    /// The record of a driven run.
    pub fn driven(lesson: &str, broken: Option<&str>, driven: Driven) -> Record {
        let header = Header::new(lesson, broken, Some(driven.code), Order::Exact);
        Record { header, steps: driven.did }
    }

    /// The record of a run that the explorer has found.
    pub fn explored(lesson: &str, broken: Option<&str>, trace: Trace) -> Record {
        let header = Header::new(lesson, broken, Some(trace.code), Order::Exact);
        let step = |event: Event| {
            let name = trace.names.get(&event.place).cloned().unwrap_or_default();
            Entry { name, event }
        };
        Record { header, steps: trace.events.into_iter().map(step).collect() }
    }

    /// The record of a run that nobody drove, from what its processes appended to `LESSON_RECORD`.
    pub fn appended(lesson: &str, broken: Option<&str>, file: &str) -> Record {
        let told = file.lines().filter_map(|line| {
            let (pid, line) = line.split_once(' ')?;
            let (place, line) = line.split_once(' ')?;
            Some((pid.parse().ok()?, place, line))
        });
        let told: Vec<(i32, &str, &str)> = told.collect();
        // A fresh program image takes itself for main before it knows what it is: its last word counts.
        let (mut places, mut names) = (HashMap::<i32, Place>::new(), HashMap::new());
        for (pid, place, line) in &told {
            if let (Some(name), Ok(place)) = (line.strip_prefix("hello "), place.parse()) {
                places.insert(*pid, place);
                names.insert(*pid, name);
            }
        }
        let step = |(pid, _, line): &(i32, &str, &str)| {
            let did = Did::told(line.strip_prefix("did ")?, |pid| places.get(&pid).cloned())?;
            let event = Event { did: vec![did], ..Event::nothing(places.get(pid)?.clone()) };
            Some(Entry { name: (*names.get(pid)?).to_owned(), event })
        };
        let mut steps: Vec<Entry> = told.iter().filter_map(step).collect();
        // A child that is fast is heard before its parent has told that it was started.
        for at in 0..steps.len() {
            let started = steps[at].event.did.iter().find_map(|did| match &did.op {
                Op::Start { child, .. } => child.as_ref(),
                _ => None,
            });
            let own = |step: &Entry| Some(&step.event.place) == started;
            if let Some(first) = steps[..at].iter().position(own) {
                steps[first..=at].rotate_right(1);
            }
        }
        // Whoever was killed said nothing any more.
        for place in places.values() {
            if let Some(last) = steps.iter_mut().rfind(|step| step.event.place == *place) {
                last.event.ended.push(place.clone());
            }
        }
        Record { header: Header::new(lesson, broken, None, Order::Nearly), steps }
    }

    /// As it is kept.
    ///
    /// # Errors
    /// If `to` cannot be written.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        writeln!(to, "{}", serde_json::to_string(&self.header)?)?;
        for step in &self.steps {
            writeln!(to, "{}", serde_json::to_string(step)?)?;
        }
        to.flush()
    }

    /// What was kept.
    ///
    /// # Errors
    /// If it is no record, or one of another version: says so.
    pub fn read(text: &str) -> Result<Record, String> {
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let header: serde_json::Value = serde_json::from_str(first).unwrap_or_default();
        match header["record"].as_u64() {
            None => return Err("this is no record of a run".to_owned()),
            Some(version) if version != u64::from(VERSION) => {
                return Err(format!("this is a record of version {version}, not of {VERSION}"));
            }
            Some(_) => {}
        }
        let header = serde_json::from_value(header).map_err(|error| format!("line 1: {error}"))?;
        let step = |(at, line)| {
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 2))
        };
        Ok(Record { header, steps: lines.enumerate().map(step).collect::<Result<_, _>>()? })
    }

    /// What the processes did, without their names.
    pub fn events(&self) -> Vec<Event> {
        self.steps.iter().map(|step| step.event.clone()).collect()
    }

    /// What was printed, line by line.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        // Pieces of several processes may make one line.
        let mut parts: HashMap<bool, String> = HashMap::new();
        for (step, entry) in self.steps.iter().enumerate() {
            for did in &entry.event.did {
                let (stream, said) = match &did.op {
                    Op::Line { stream, text } => {
                        let said: String = text
                            .split('\n')
                            .map(|line| match stream.as_str() {
                                "Stderr" => format!("{line}\n"),
                                _ => format!("{:<10} | {line}\n", entry.name),
                            })
                            .collect();
                        (stream, said)
                    }
                    Op::Piece { stream, bytes } => {
                        (stream, String::from_utf8_lossy(bytes).into_owned())
                    }
                    _ => continue,
                };
                let is_error = stream == "Stderr";
                let part = parts.entry(is_error).or_default();
                part.push_str(&said);
                while let Some((line, rest)) = part.split_once('\n') {
                    lines.push(Line { step, is_error, text: line.trim_end().to_owned() });
                    *part = rest.to_owned();
                }
            }
        }
        lines
    }
}

impl Header {
    fn new(lesson: &str, broken: Option<&str>, code: Option<String>, order: Order) -> Header {
        let (lesson, broken) = (lesson.to_owned(), broken.map(str::to_owned));
        Header { record: VERSION, lesson, broken, code, order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the processes of a small run append, a fresh program image among them.
    const APPENDED: &str = "\
7 main hello main
7 main did 0 Begin
7 main about 0 Start 0
8 main hello main
8 main did 0 Read { nth: 1, number: \"\" }
8 1 hello ann
8 1 did 0 Begin
7 main did 0 Start { child: 8, nth: 1 }
8 1 did 0 Line { stream: Stdout, text: \"one\\ntwo\" }
8 1 did 0 Piece { stream: Stderr, bytes: [104, 105] }
8 1 did 0 Piece { stream: Stderr, bytes: [10] }
7 main waits - 3
7 main did 0 Join { child: 8, code: -9 }
";

    #[test]
    fn what_is_written_is_read() {
        let record = Record::appended("queue", Some("no-join"), APPENDED);
        assert_eq!(record.header.order, Order::Nearly);
        let mut kept = Vec::new();
        record.write(&mut kept).unwrap();
        let kept = String::from_utf8(kept).unwrap();
        assert!(
            kept.starts_with(
                r#"{"record":2,"lesson":"queue","broken":"no-join","code":null,"order":"nearly"}"#
            ),
            "{kept}"
        );
        assert_eq!(kept.lines().count(), record.steps.len() + 1);
        assert_eq!(Record::read(&kept).unwrap(), record);
        let other = kept.replacen("\"record\":2", "\"record\":3", 1);
        assert_eq!(Record::read(&other).unwrap_err(), "this is a record of version 3, not of 2");
        assert_eq!(Record::read("main | x").unwrap_err(), "this is no record of a run");
        assert!(Record::read(&(kept + "x")).unwrap_err().starts_with("line 10: "));
    }

    #[test]
    fn what_processes_append() {
        let record = Record::appended("queue", None, APPENDED);
        let ann: Vec<&Entry> = record.steps.iter().filter(|step| step.name == "ann").collect();
        assert!(ann.iter().all(|step| step.event.place.to_string() == "1"));
        assert_eq!(ann.len(), 5);
        // It was started before it began, whoever told it first.
        let is_start = |step: &Entry| matches!(step.event.did[0].op, Op::Start { .. });
        let begin = |step: &Entry| step.name == "ann";
        assert!(record.steps.iter().position(is_start) < record.steps.iter().position(begin));
        // It was killed, and has ended nevertheless.
        assert_eq!(ann.iter().map(|step| step.event.ended.len()).sum::<usize>(), 1);
        assert_eq!(ann[4].event.ended.len(), 1);
        let lines: Vec<_> =
            record.lines().into_iter().map(|line| (line.is_error, line.text)).collect();
        let expected = [(false, "ann        | one"), (false, "ann        | two"), (true, "hi")];
        assert_eq!(lines, expected.map(|(is_error, text)| (is_error, text.to_owned())));
    }
}
