//! Texts with holes: what a line says, up to what varies from run to run.

use std::collections::HashSet;

use crate::lane::is_word;
use crate::parse::{Slip, nearest};

/// A line's text: literal pieces and holes in turn.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub source: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Literal(String),
    Hole(Hole),
}

/// One hole; `[n:total 0..9]` has the kind `Range(0, 9)` and the name `total`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hole {
    pub kind: Kind,
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Pid,
    Text,
    Time,
    Number,
    Range(i64, i64),
    Count { first: i64, step: i64 },
    OneOf(Vec<String>),
}

const FORMS: [&str; 9] = [
    "[pid]",
    "[pid:word]",
    "[text]",
    "[time]",
    "[n]",
    "[n:word]",
    "[n 0..9]",
    "[one of this / that]",
    "[u+1b]",
];

/// The character as a report and a draft show it: `[u+1b]` for what moves the cursor, changes colours
/// or cannot be seen.
pub(crate) fn visible(c: char) -> String {
    let is_hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    match c.is_control() || is_hidden || c.is_whitespace() && c != ' ' {
        true => code(c),
        false => c.to_string(),
    }
}

/// `[u+5b]`: this very character, where it would mean something else or could not be seen.
pub(crate) fn code(c: char) -> String {
    format!("[u+{:x}]", u32::from(c))
}

/// The character of `u+5b`. A line has no end inside.
pub(crate) fn coded(code: &str) -> Option<char> {
    let digits = code.strip_prefix("u+").filter(|digits| !digits.starts_with('+'))?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?).filter(|&c| c != '\n')
}

/// A bound on the depth of [`Template::fit`].
pub(crate) const MOST_HOLES: usize = 64;

impl Template {
    pub fn parse(source: &str) -> Result<Template, Slip> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(next) = source[at..].chars().next() {
            let rest = &source[at..];
            if rest.starts_with("[[") {
                literal.push('[');
                at += 2;
            } else if next == '[' && rest[1..].starts_with(|c: char| c.is_ascii_lowercase()) {
                let Some(end) = rest.find(']') else {
                    return Err(Slip::new(at, rest, "a hole that ends with `]`, or `[[` for a [")
                        .near(nearest(rest, FORMS)));
                };
                if let Some(c) = coded(&rest[1..end]) {
                    literal.push(c);
                    at += end + 1;
                    continue;
                }
                let Some(hole) = Hole::parse(&rest[1..end]) else {
                    let found = &rest[..=end];
                    return Err(Slip::new(at, found, "a hole, or `[[` for a literal [")
                        .near(nearest(found, FORMS)));
                };
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Hole(hole));
                at += end + 1;
            } else {
                literal.push(next);
                at += next.len_utf8();
            }
        }
        // No run has blanks there.
        literal.truncate(literal.trim_end().len());
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        if pieces.iter().filter(|p| matches!(p, Piece::Hole(_))).count() > MOST_HOLES {
            return Err(Slip::new(0, source, "at most 64 holes in one line"));
        }
        Ok(Template { source: source.to_owned(), pieces })
    }

    pub fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(hole),
            Piece::Literal(_) => None,
        })
    }

    /// The text, if it has no hole.
    pub fn literal(&self) -> Option<&str> {
        match &self.pieces[..] {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// What stands in the holes, if the text fits. Numbers take every digit that is there; only
    /// `[text]` and `[one of ..]` try several lengths, and remember where they failed.
    pub fn fit<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let mut values = Vec::new();
        let mut failed = HashSet::new();
        self.fit_from(0, text, 0, &mut values, &mut failed).then_some(values)
    }

    fn fit_from<'t>(
        &self,
        piece: usize,
        text: &'t str,
        at: usize,
        values: &mut Vec<&'t str>,
        failed: &mut HashSet<(usize, usize)>,
    ) -> bool {
        let rest = &text[at..];
        let hole = match self.pieces.get(piece) {
            None => return rest.is_empty(),
            Some(Piece::Literal(literal)) => {
                return rest.starts_with(literal.as_str())
                    && self.fit_from(piece + 1, text, at + literal.len(), values, failed);
            }
            Some(Piece::Hole(hole)) => hole,
        };
        // What follows a `[text]` that failed from here fails from further right too.
        let anywhere = if hole.kind == Kind::Text { usize::MAX } else { at };
        if failed.contains(&(piece, anywhere)) {
            return false;
        }
        for length in hole.lengths(rest) {
            values.push(&rest[..length]);
            if self.fit_from(piece + 1, text, at + length, values, failed) {
                return true;
            }
            values.pop();
        }
        failed.insert((piece, anywhere));
        false
    }

    /// The text with every hole filled by `fill`.
    pub fn filled(&self, mut fill: impl FnMut(&Hole) -> String) -> String {
        let one = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Hole(hole) => fill(hole),
        };
        self.pieces.iter().map(one).collect()
    }
}

impl Hole {
    fn parse(inside: &str) -> Option<Hole> {
        if let Some(list) = inside.strip_prefix("one of ") {
            let kind = Kind::OneOf(list.split(" / ").map(str::to_owned).collect());
            return Some(Hole { kind, name: None });
        }
        let (head, tail) = match inside.split_once(' ') {
            Some((head, tail)) => (head, Some(tail)),
            None => (inside, None),
        };
        let (kind, name) = match head.split_once(':') {
            Some((kind, name)) if is_word(name) => (kind, Some(name.to_owned())),
            Some(_) => return None,
            None => (head, None),
        };
        let kind = match (kind, tail) {
            ("pid", None) => Kind::Pid,
            ("text", None) if name.is_none() => Kind::Text,
            ("time", None) if name.is_none() => Kind::Time,
            ("n", None) => Kind::Number,
            ("n", Some(rule)) => match rule.strip_suffix(",..") {
                Some(two) => {
                    let (first, second) = two.split_once(',')?;
                    let first = first.parse::<i64>().ok()?;
                    let step = second.parse::<i64>().ok()?.checked_sub(first)?;
                    Kind::Count { first, step }
                }
                None => {
                    let (low, high) = rule.split_once("..")?;
                    let (low, high) = (low.parse().ok()?, high.parse().ok()?);
                    if low > high {
                        return None;
                    }
                    Kind::Range(low, high)
                }
            },
            _ => return None,
        };
        Some(Hole { kind, name })
    }

    /// How many bytes of the text may stand in this hole, the likeliest first.
    fn lengths(&self, text: &str) -> Vec<usize> {
        let digits = |from: usize| {
            text[from..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - from)
        };
        let integer = || {
            let sign = usize::from(text.starts_with('-'));
            let length = sign + digits(sign);
            if length == sign { None } else { Some(length) }
        };
        match &self.kind {
            Kind::Pid => Some(digits(0)).filter(|&length| length > 0).into_iter().collect(),
            Kind::Number | Kind::Count { .. } => integer().into_iter().collect(),
            Kind::Range(low, high) => integer()
                .filter(|&length| {
                    text[..length].parse::<i64>().is_ok_and(|n| (*low..=*high).contains(&n))
                })
                .into_iter()
                .collect(),
            Kind::Time => {
                let whole = digits(0);
                if whole == 0 {
                    return vec![];
                }
                let fraction = match text[whole..].strip_prefix('.') {
                    Some(_) if digits(whole + 1) > 0 => 1 + digits(whole + 1),
                    _ => 0,
                };
                vec![whole + fraction]
            }
            Kind::OneOf(list) => {
                list.iter().filter(|one| text.starts_with(one.as_str())).map(String::len).collect()
            }
            Kind::Text => {
                let mut lengths: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
                lengths.push(text.len());
                lengths
            }
        }
    }

    /// As it stands in a golden file.
    pub fn source(&self) -> String {
        let name = self.name.as_ref().map_or(String::new(), |name| format!(":{name}"));
        match &self.kind {
            Kind::Pid => format!("[pid{name}]"),
            Kind::Text => "[text]".into(),
            Kind::Time => "[time]".into(),
            Kind::Number => format!("[n{name}]"),
            Kind::Range(low, high) => format!("[n{name} {low}..{high}]"),
            Kind::Count { first, step } => format!("[n{name} {first},{},..]", first + step),
            Kind::OneOf(list) => format!("[one of {}]", list.join(" / ")),
        }
    }
}
