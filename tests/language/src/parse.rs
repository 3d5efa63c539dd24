//! From the characters of a golden file to its lines and settings, or to a message that says
//! where it goes wrong. What the lines mean together is decided in `order`.

use std::fmt;
use std::time::Duration;

use crate::cause::{Cause, Verb};
use crate::lane::{Lane, is_word};
use crate::text::Template;
use crate::transcript::End;

/// A golden file that cannot be read: where, what was found, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters, from 1.
    pub column: usize,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: String,
    /// The form that is nearest to what was found, if any is near.
    pub nearest: Option<String>,
    /// The whole line.
    pub source: String,
}

impl std::error::Error for Malformed {}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Malformed { file, line, column, found, expected, nearest, source } = self;
        writeln!(f, "{file}:{line}:{column}: found `{found}`, expected {expected}")?;
        writeln!(f, "    {source}")?;
        write!(f, "    {}^", " ".repeat(column.saturating_sub(1)))?;
        match nearest {
            Some(form) => write!(f, "\n    nearest valid form: {form}"),
            None => Ok(()),
        }
    }
}

/// A mistake within one line; `at` is a byte offset.
#[derive(Debug)]
pub(crate) struct Slip {
    pub at: usize,
    pub found: String,
    pub expected: String,
    pub nearest: Option<String>,
}

impl Slip {
    pub fn new(at: usize, found: &str, expected: impl Into<String>) -> Slip {
        Slip { at, found: found.to_owned(), expected: expected.into(), nearest: None }
    }

    pub fn near(mut self, form: Option<String>) -> Slip {
        self.nearest = form;
        self
    }

    fn shifted(mut self, by: usize) -> Slip {
        self.at += by;
        self
    }

    pub fn in_file(self, file: &str, line: usize, source: &str) -> Box<Malformed> {
        let shorten = |text: &str| match text.char_indices().nth(100) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        };
        Box::new(Malformed {
            file: file.to_owned(),
            line,
            column: source[..self.at].chars().count() + 1,
            found: shorten(&self.found),
            expected: self.expected,
            nearest: self.nearest,
            source: source.to_owned(),
        })
    }
}

/// Which implementation of a lesson a line or a run belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// The lesson itself.
    Rust,
    /// Its twin.
    Python,
}

/// Where a line was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Standard output: `name | text`.
    Out,
    /// Standard error: `name ! text`, where the text is the whole raw line.
    Err,
}

/// The notes of a line, each with its byte offset in the line.
pub(crate) type Margin = Vec<(usize, Note)>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Note {
    Cause(Cause),
    Takes(Seats),
    Holds(Seats),
    NextFrom(String),
    Perhaps,
    OnceOrMore,
    AnyNumberOfTimes,
    AnyOrder,
    Only(Language),
}

/// What a turn takes: a lock, or `one of 2 seats`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Seats {
    pub name: String,
    /// So many turns may go on at once.
    pub count: usize,
}

impl Seats {
    fn parse(words: &str) -> Option<Seats> {
        let (count, name) = match words.strip_prefix("one of ") {
            Some(several) => {
                let (count, name) = several.split_once(' ')?;
                (count.parse().ok().filter(|&count| count > 1)?, name)
            }
            None => (1, words),
        };
        is_word(name).then(|| Seats { name: name.to_owned(), count })
    }
}

impl std::fmt::Display for Seats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.count {
            1 => f.write_str(&self.name),
            count => write!(f, "one of {count} {}", self.name),
        }
    }
}

/// A golden file as it is written, without the other language's lines and settings.
pub(crate) struct Parsed {
    pub file: String,
    pub language: Language,
    pub end: End,
    pub may_hang: bool,
    pub limit: Duration,
    pub outlives_main: Vec<String>,
    pub orders: Option<u64>,
    pub lines: Vec<ParsedLine>,
}

pub(crate) struct ParsedLine {
    /// In the file, from 1.
    pub number: usize,
    pub source: String,
    pub stream: Stream,
    pub lane: Lane,
    pub text: Template,
    pub notes: Margin,
}

pub(crate) enum Setting {
    End(End),
    MayHang,
    Limit(Duration),
    OutlivesMain(String),
    Orders(u64),
}

pub(crate) enum Item {
    Line(Stream, Lane, Template, Margin),
    Setting(Setting, Option<Language>),
}

/// A run has this long where the golden file sets no limit.
const DEFAULT_LIMIT: Duration = Duration::from_secs(30);

impl Parsed {
    pub fn read(file: &str, source: &str, language: Language) -> Result<Parsed, Box<Malformed>> {
        let mut parsed = Parsed {
            file: file.to_owned(),
            language,
            end: End::default(),
            may_hang: false,
            limit: DEFAULT_LIMIT,
            outlives_main: Vec::new(),
            orders: None,
            lines: Vec::new(),
        };
        for (number, source) in (1..).zip(source.lines()) {
            match item(source).map_err(|slip| slip.in_file(file, number, source))? {
                None => {}
                Some(Item::Setting(_, Some(only))) if only != language => {}
                Some(Item::Setting(Setting::End(end), _)) => {
                    parsed.end = end;
                    parsed.may_hang |= end == End::TimeLimit;
                }
                Some(Item::Setting(Setting::MayHang, _)) => parsed.may_hang = true,
                Some(Item::Setting(Setting::Limit(limit), _)) => parsed.limit = limit,
                Some(Item::Setting(Setting::OutlivesMain(name), _)) => {
                    parsed.outlives_main.push(name);
                }
                Some(Item::Setting(Setting::Orders(orders), _)) if parsed.orders.is_none() => {
                    parsed.orders = Some(orders);
                }
                Some(Item::Setting(Setting::Orders(_), _)) => {
                    let slip = Slip::new(0, source, "one line that says how many orders there are");
                    return Err(slip.in_file(file, number, source));
                }
                Some(Item::Line(stream, lane, text, notes)) => {
                    let only = notes.iter().find_map(|(_, note)| match note {
                        Note::Only(only) => Some(*only),
                        _ => None,
                    });
                    if only.is_none_or(|only| only == language) {
                        let source = source.to_owned();
                        parsed.lines.push(ParsedLine { number, source, stream, lane, text, notes });
                    }
                }
            }
        }
        Ok(parsed)
    }
}

/// The file with the remark that its lines have so many orders, instead of the one that is there; a new
/// one is the last line, so that the others keep their numbers.
///
/// ```
/// let file = "# Two.\na | 1\nb | 2\n";
/// let with = golden::with_orders(file, 2);
/// assert_eq!(with, "# Two.\na | 1\nb | 2\norders 2\n");
/// assert_eq!(golden::with_orders(&with, 2), with);
/// assert_eq!(golden::with_orders("orders 1  <- rust only\na | 1\n", 2), "orders 2  <- rust only\na | 1\n");
/// ```
pub fn with_orders(source: &str, orders: u64) -> String {
    let is_remark =
        |line: &&str| matches!(item(line), Ok(Some(Item::Setting(Setting::Orders(_), _))));
    let mut rows: Vec<String> = source.lines().map(str::to_owned).collect();
    match source.lines().find(is_remark) {
        Some(remark) => {
            let margin = remark.find("  <-").map_or("", |at| &remark[at..]);
            let at = rows.iter().position(|row| row == remark);
            rows[at.unwrap_or_default()] = format!("orders {orders}{margin}");
        }
        None => rows.push(format!("orders {orders}")),
    }
    rows.join("\n") + "\n"
}

/// Reads one line of a golden file; `None` for a comment or a blank line.
pub(crate) fn item(source: &str) -> Result<Option<Item>, Slip> {
    if source.trim().is_empty() || source.starts_with('#') {
        return Ok(None);
    }
    let source = source.trim_end();
    if let Some((name, stream, body)) = lane_and_body(source) {
        return line(source, name, stream, body).map(Some);
    }
    setting(source).map(Some)
}

/// Splits `name | text`: the name, the stream and where the text begins.
pub(crate) fn lane_and_body(source: &str) -> Option<(&str, Stream, usize)> {
    let (name, rest) = source.split_once(' ')?;
    let rest = rest.trim_start_matches(' ');
    let stream = match rest.chars().next()? {
        '|' => Stream::Out,
        '!' => Stream::Err,
        _ => return None,
    };
    let body = source.len() - rest.len() + 1;
    match rest[1..].chars().next() {
        None => Some((name, stream, body)),
        Some(' ') => Some((name, stream, body + 1)),
        Some(_) => None,
    }
}

fn line(source: &str, name: &str, stream: Stream, body: usize) -> Result<Item, Slip> {
    let lane = match name {
        "" => Lane::Named(String::new()),
        _ => Lane::parse(name).map_err(|(at, form)| Slip::new(at, name, form))?,
    };
    let (text, notes) = text_and_margin(source, body)?;
    let text = text.trim_end();
    if notes.is_empty()
        && let Some(at) = text.find(" <- ")
        && note(text, at + 4).is_ok()
    {
        return Err(Slip::new(body + at, " <- ", "two blanks before `<-`"));
    }
    let text = Template::parse(text).map_err(|slip| slip.shifted(body))?;
    Ok(Item::Line(stream, lane, text, notes))
}

pub(crate) fn text_and_margin(source: &str, body: usize) -> Result<(&str, Margin), Slip> {
    let Some(at) = source[body..].find("  <-") else {
        return Ok((&source[body..], Vec::new()));
    };
    let arrow = body + at + 2;
    let mut at = match source[arrow + 2..].chars().next() {
        None => return Err(Slip::new(arrow, "<-", "a note after `<-`")),
        Some(' ') => arrow + 3,
        Some(_) => return Err(Slip::new(arrow, &source[arrow..], "a blank after `<-`")),
    };
    let mut notes = Vec::new();
    loop {
        let (one, end) = note(source, at)?;
        notes.push((at, one));
        match &source[end..] {
            "" => return Ok((&source[body..arrow - 2], notes)),
            rest => match rest.strip_prefix(", ") {
                Some(_) => at = end + 2,
                None => {
                    return Err(Slip::new(end, rest, "`, ` and another note, or the line's end"));
                }
            },
        }
    }
}

const PLAIN_NOTES: [(&str, Note); 6] = [
    ("perhaps", Note::Perhaps),
    ("once or more", Note::OnceOrMore),
    ("any number of times", Note::AnyNumberOfTimes),
    ("any order", Note::AnyOrder),
    ("rust only", Note::Only(Language::Rust)),
    ("python only", Note::Only(Language::Python)),
];

/// Reads the note that begins at byte `at`; says where it ends.
fn note(source: &str, at: usize) -> Result<(Note, usize), Slip> {
    let rest = &source[at..];
    for verb in Verb::ALL {
        if let Some(tail) = rest.strip_prefix(verb.words()).and_then(|t| t.strip_prefix(' ')) {
            let lane_at = source.len() - tail.len();
            let name = &tail[..tail.find([' ', ',']).unwrap_or(tail.len())];
            let source_lane =
                Lane::parse(name).map_err(|(by, form)| Slip::new(lane_at + by, name, form))?;
            let mut end = lane_at + name.len();
            let mut text = None;
            if let Some(quoted) = source[end..].strip_prefix(" \"") {
                let closing = quoted.match_indices('"').map(|(at, _)| at).find(|&at| {
                    let after = &quoted[at + 1..];
                    after.is_empty() || after.starts_with(", ")
                });
                let Some(closing) = closing else {
                    return Err(Slip::new(end + 1, &source[end + 1..], "a text between two `\"`"));
                };
                text = Some(quoted[..closing].to_owned());
                end += 2 + closing + 1;
            }
            return Ok((Note::Cause(Cause { verb, source: source_lane, text }), end));
        }
    }
    let found = &rest[..rest.find(", ").unwrap_or(rest.len())];
    let end = at + found.len();
    for (words, plain) in PLAIN_NOTES {
        if found == words {
            return Ok((plain, end));
        }
    }
    if let Some((verb, seats)) = found.split_once(' ')
        && let Some(seats) = Seats::parse(seats)
    {
        match verb {
            "takes" => return Ok((Note::Takes(seats), end)),
            "holds" => return Ok((Note::Holds(seats), end)),
            _ => {}
        }
    }
    if let Some(queue) = found.strip_prefix("next from ").filter(|queue| is_word(queue)) {
        return Ok((Note::NextFrom(queue.to_owned()), end));
    }
    Err(Slip::new(at, found, "a cause or another note").near(nearest_note(found)))
}

fn nearest_note(found: &str) -> Option<String> {
    let words: Vec<&str> = found.split(' ').collect();
    let verbs = Verb::ALL.iter().map(|verb| {
        let own = verb.words().split(' ').count().min(words.len());
        let tail = words[own..].join(" ");
        format!("{} {}", verb.words(), if tail.is_empty() { "P" } else { &tail })
    });
    let name = words.last().copied().unwrap_or_default();
    let of = if words.len() > 2 { "one of 2 " } else { "" };
    let locks = ["takes", "holds"].map(|verb| format!("{verb} {of}{name}"));
    let queue = format!("next from {name}");
    let plain = PLAIN_NOTES.iter().map(|(words, _)| words.to_string());
    nearest(found, plain.chain(verbs).chain(locks).chain([queue]))
}

fn setting(source: &str) -> Result<Item, Slip> {
    const FORMS: [&str; 6] = [
        "name | text",
        "exit 0",
        "exit by the time limit",
        "limit 2 s",
        "outlives main: name",
        "orders 6",
    ];
    let (body, notes) = text_and_margin(source, 0)?;
    let body = body.trim_end();
    let (mut only, mut perhaps) = (None, false);
    for (at, one) in notes {
        match one {
            Note::Perhaps if body == "exit by the time limit" => perhaps = true,
            Note::Only(language) => only = Some(language),
            _ => return Err(Slip::new(at, &source[at..], "`rust only` or `python only`")),
        }
    }
    let parsed = if body == "exit by the time limit" {
        Some(if perhaps { Setting::MayHang } else { Setting::End(End::TimeLimit) })
    } else if let Some(code) = body.strip_prefix("exit ") {
        code.parse().ok().map(|code| Setting::End(End::Code(code)))
    } else if let Some(limit) = body.strip_prefix("limit ") {
        limit
            .strip_suffix(" s")
            .and_then(|seconds| seconds.parse().ok())
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .filter(|limit| !limit.is_zero())
            .map(Setting::Limit)
    } else if let Some(orders) = body.strip_prefix("orders ") {
        let is_number = orders.bytes().all(|byte| byte.is_ascii_digit());
        let orders = orders.parse().ok().filter(|&orders| is_number && orders > 0);
        match orders {
            Some(orders) => Some(Setting::Orders(orders)),
            None => return Err(Slip::new(7, &body[7..], "a number of orders, from 1")),
        }
    } else {
        let name = body.strip_prefix("outlives main: ");
        match name.filter(|name| !name.contains(' ')).map(Lane::parse) {
            Some(Ok(Lane::Named(name))) => Some(Setting::OutlivesMain(name)),
            _ => None,
        }
    };
    match parsed {
        Some(setting) => Ok(Item::Setting(setting, only)),
        None => {
            let expected = "`name | text`, a setting, or a comment that begins with #";
            let form = match body.contains('|') {
                true => Some(FORMS[0].to_owned()),
                false => nearest(body, FORMS),
            };
            Err(Slip::new(0, body, expected).near(form))
        }
    }
}

/// The form with the smallest edit distance, if at least half of it agrees.
pub fn nearest<S: Into<String>>(found: &str, forms: impl IntoIterator<Item = S>) -> Option<String> {
    let forms =
        forms.into_iter().map(Into::into).map(|form: String| (likeness(found, &form), form));
    let best = forms.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(likeness, _)| *likeness >= 0.5).map(|(_, form)| form)
}

/// 1 for the same text, 0 for nothing in common: one minus the edit distance per character. Only
/// the first 100 characters count, so that a huge line costs little.
pub(crate) fn likeness(one: &str, other: &str) -> f64 {
    let one: Vec<char> = one.chars().take(100).collect();
    let other: Vec<char> = other.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let cost = (diagonal + usize::from(a != b)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    1.0 - row[other.len()] as f64 / one.len().max(other.len()).max(1) as f64
}
