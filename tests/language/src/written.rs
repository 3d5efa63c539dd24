//! A golden file as it is written, for those who show it: what stands before the margin, and each
//! note of the margin with the sentence that a learner reads.

use crate::cause::Cause;
use crate::parse::{self, Item, Language, Malformed, Note, Seats, Setting, Slip};

/// One line of a golden file as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<'a> {
    /// What stands before the margin, without trailing blanks.
    pub text: &'a str,
    /// What stands in the margin.
    pub notes: Vec<Noted<'a>>,
    /// Is it for `cargo lesson prove` alone? It says how many orders there are.
    pub is_remark: bool,
}

/// A note as it is written, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted<'a> {
    /// As in the file.
    pub text: &'a str,
    /// For a learner.
    pub sentence: String,
    /// The cause, if the note is one.
    pub cause: Option<Cause>,
}

impl<'a> Written<'a> {
    /// Splits each line of a golden file at its margin. `file` is only named in messages.
    ///
    /// ```
    /// let file = "main       | the writer has ended  <- joined writer, rust only";
    /// let lines = golden::Written::lines("queue.txt", file)?;
    /// assert_eq!(lines[0].text, "main       | the writer has ended");
    /// assert_eq!(lines[0].notes[0].text, "joined writer");
    /// assert!(lines[0].notes[0].sentence.starts_with("join returns only when writer has ended"));
    /// assert_eq!(lines[0].notes[1].sentence, "Only the Rust program does this.");
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    ///
    /// # Errors
    /// The first line that is not the language. What the lines mean together is not looked at:
    /// [`Golden::parse`](crate::Golden::parse) does that.
    pub fn lines(file: &str, source: &'a str) -> Result<Vec<Written<'a>>, Box<Malformed>> {
        (1..)
            .zip(source.lines())
            .map(|(number, line)| {
                Written::line(line.trim_end()).map_err(|slip| slip.in_file(file, number, line))
            })
            .collect()
    }

    fn line(line: &'a str) -> Result<Written<'a>, Slip> {
        let is_remark = match parse::item(line)? {
            None => return Ok(Written { text: line, notes: Vec::new(), is_remark: false }),
            Some(item) => matches!(item, Item::Setting(Setting::Orders(_), _)),
        };
        let body = parse::lane_and_body(line).map_or(0, |(_, _, body)| body);
        let (text, margin) = parse::text_and_margin(line, body)?;
        let ends = margin.iter().skip(1).map(|(next, _)| next - ", ".len());
        let notes = margin
            .iter()
            .zip(ends.chain([line.len()]))
            .map(|((at, note), end)| Noted {
                text: &line[*at..end],
                sentence: note.sentence(),
                cause: match note {
                    Note::Cause(cause) => Some(cause.clone()),
                    _ => None,
                },
            })
            .collect();
        let text = line[..body + text.len()].trim_end();
        Ok(Written { text, notes, is_remark })
    }
}

impl Note {
    fn sentence(&self) -> String {
        match self {
            Note::Cause(cause) => cause.verb.sentence(&cause.source.to_string()),
            Note::Takes(Seats { name, count: 1 }) => {
                format!("A turn of {name} begins. The turns of {name} never overlap.")
            }
            Note::Takes(Seats { name, count }) => {
                format!("A turn of {name} begins. Never more than {count} turns of {name} overlap.")
            }
            Note::Holds(Seats { name, .. }) => format!("The turn of {name} goes on."),
            Note::NextFrom(queue) => format!(
                "The next message from {queue}, which is first in, first out. A process says its line, \
                 and puts what that announces, before it goes on."
            ),
            Note::Perhaps => "The line may be missing.".into(),
            Note::OnceOrMore => "The line comes once or more.".into(),
            Note::AnyNumberOfTimes => "The line may come any number of times, or never.".into(),
            Note::AnyOrder => {
                "Neighbours with this note may change places, but what one process sent keeps its order."
                    .into()
            }
            Note::Only(Language::Rust) => "Only the Rust program does this.".into(),
            Note::Only(Language::Python) => "Only the Python program does this.".into(),
        }
    }
}
