//! What a process did: the operations of `shared/src/memory/event.rs`, as they are told and kept.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::place::Place;
use crate::source;

/// One operation on an object (0: on none). `nth` counts from 1, for each object by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Did {
    /// The number of the queue, lock, event, ...: the same in every process that shares it.
    pub object: u32,
    /// What.
    pub op: Op,
}

/// The operations. Each is explained where the crate tells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "shared/src/memory/event.rs explains them")]
pub enum Op {
    New {
        kind: Kind,
        /// What the source calls it, or the ends of a pipe, as far as that is known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        first: Option<String>,
    },
    Start {
        child: Option<Place>,
        nth: u32,
    },
    Begin,
    End {
        code: i32,
    },
    Join {
        child: Option<Place>,
        code: i32,
    },
    LookedAtChild {
        child: Option<Place>,
        alive: bool,
    },
    LookedAtProcess {
        pid: Option<Place>,
        state: String,
    },
    LookedAtParent {
        parent: Option<Place>,
    },
    Signal {
        target: Option<Place>,
        signal: i32,
    },
    Put {
        nth: u64,
        capacity: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<String>,
    },
    Get {
        nth: u64,
    },
    LookedAtQueue {
        len: u64,
    },
    ShutDown,
    FoundShutDown(String),
    Done {
        nth: u64,
    },
    AllDone {
        nth: u64,
    },
    Acquire {
        nth: u64,
        permits: u64,
    },
    Release {
        nth: u64,
    },
    HolderDied {
        holder: Option<Place>,
    },
    Set {
        nth: u64,
    },
    Clear {
        nth: u64,
    },
    LookedAtEvent {
        nth: u64,
        set: bool,
    },
    Woken {
        nth: u64,
    },
    BeganToWait {
        nth: u64,
    },
    Noticed {
        nth: u64,
        wake_up: u64,
    },
    Notify {
        after: u64,
        until: u64,
        before: u64,
        given: u64,
    },
    Arrive {
        round: u64,
        parties: u64,
    },
    Met {
        round: u64,
    },
    Break,
    FoundBroken,
    Read {
        nth: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<String>,
    },
    Write {
        nth: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<String>,
    },
    Send {
        end: u8,
        nth: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<String>,
    },
    Receive {
        end: u8,
        nth: u64,
    },
    EndOfFile {
        end: u8,
    },
    Close {
        end: u8,
    },
    LookedAtPipe {
        end: u8,
        ready: bool,
    },
    Missed(String),
    Line {
        stream: String,
        text: String,
    },
    Piece {
        stream: String,
        bytes: Vec<u8>,
    },
    Pause {
        duration: String,
    },
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "shared/src/memory/event.rs explains them")]
pub enum Kind {
    Queue,
    Tasks,
    Results,
    Lock,
    Semaphore,
    Event,
    Condition,
    Barrier,
    Value,
    Array(u32),
    Pipe,
    Output,
}

impl Kind {
    /// How many objects it is, whose numbers follow one another.
    pub(crate) fn count(self) -> u32 {
        if let Kind::Array(len) = self { len.max(1) } else { 1 }
    }
}

impl Op {
    /// Whether nobody else can notice it, except on the screen.
    pub(crate) fn is_a_look(&self) -> bool {
        use Op::*;
        matches!(
            self,
            New { .. }
                | Pause { .. }
                | Line { .. }
                | Missed(_)
                | Read { .. }
                | LookedAtChild { .. }
                | LookedAtProcess { .. }
                | LookedAtParent { .. }
                | LookedAtQueue { .. }
                | FoundShutDown(_)
                | LookedAtEvent { .. }
                | LookedAtPipe { .. }
        )
    }
}

impl Did {
    /// About so many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        let text = match &self.op {
            Op::Line { text, .. } => text.len(),
            Op::Piece { bytes, .. } => bytes.len(),
            _ => 0,
        };
        text + 4 * size_of::<Did>()
    }

    /// As a process tells it: the object, and the operation as Rust prints it. `who` says which
    /// process has that pid. None: it tells something else.
    pub(crate) fn told(line: &str, who: impl Fn(i32) -> Option<Place>) -> Option<Did> {
        let (object, op) = line.split_once(' ')?;
        let mut op = printed_by_rust(&mut op.trim_start())?;
        if let Some(fields) =
            op.as_object_mut().and_then(|op| op.values_mut().next()?.as_object_mut())
        {
            // Where it is made stands for what it is called there.
            if let Some(file) = fields.remove("file") {
                let mut number = |name| fields.remove(name)?.as_u64()?.try_into().ok();
                let names = source::names(file.as_str()?, number("line")?, number("column")?);
                fields.insert("names".to_owned(), names.into());
            }
            for name in ["item", "number", "first"] {
                fields.retain(|field, text| field != name || text != "");
            }
            for name in ["child", "pid", "parent", "target", "holder"] {
                if let Some(field) = fields.get_mut(name) {
                    let place = field.as_i64().and_then(|pid| who(i32::try_from(pid).ok()?));
                    *field = serde_json::to_value(place).ok()?;
                }
            }
        }
        Some(Did { object: object.parse().ok()?, op: serde_json::from_value(op).ok()? })
    }
}

/// A value as `{:?}` prints it, as JSON has it.
pub(crate) fn printed_by_rust(rest: &mut &str) -> Option<Value> {
    let end = rest.find(|letter: char| " ,(){}[]".contains(letter)).unwrap_or(rest.len());
    if let Some(text) = rest.strip_prefix('"') {
        let (text, after) = unquoted(text)?;
        *rest = after;
        return Some(text.into());
    }
    if let Some(list) = rest.strip_prefix('[') {
        *rest = list;
        return Some(Value::Array(listed(rest, ']', printed_by_rust)?));
    }
    let word = &rest[..end];
    *rest = &rest[end..];
    if let Some(fields) = rest.strip_prefix(" { ") {
        *rest = fields;
        let fields = listed(rest, '}', |rest| {
            let (name, value) = rest.split_once(": ")?;
            *rest = value;
            Some((name.to_owned(), printed_by_rust(rest)?))
        })?;
        return Some(
            Map::from_iter([(word.to_owned(), Value::Object(fields.into_iter().collect()))]).into(),
        );
    }
    if let Some(inner) = rest.strip_prefix('(') {
        *rest = inner;
        let value = printed_by_rust(rest)?;
        *rest = rest.strip_prefix(')')?;
        return Some(match word {
            "Some" => value,
            word => Map::from_iter([(word.to_owned(), value)]).into(),
        });
    }
    Some(match word {
        "None" => Value::Null,
        "true" | "false" => (word == "true").into(),
        word => word.parse::<i64>().map_or_else(|_| word.into(), Value::from),
    })
}

fn listed<T>(
    rest: &mut &str,
    end: char,
    mut one: impl FnMut(&mut &str) -> Option<T>,
) -> Option<Vec<T>> {
    let mut all = Vec::new();
    loop {
        *rest = rest.trim_start_matches([',', ' ']);
        if let Some(after) = rest.strip_prefix(end) {
            *rest = after;
            return Some(all);
        }
        all.push(one(rest)?);
    }
}

/// What stands before the closing quote, and what comes after it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((out, &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                '0' => out.push('\0'),
                'u' => {
                    let digits = letters
                        .by_ref()
                        .map(|(_, letter)| letter)
                        .skip(1)
                        .take_while(|&letter| letter != '}');
                    let code = u32::from_str_radix(&digits.collect::<String>(), 16).ok()?;
                    out.push(char::from_u32(code)?);
                }
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_tells() {
        let who = |pid| (pid == 7).then(|| "2.1".parse().unwrap());
        let told = |line: &str| Did::told(line, who).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(
            told("3 Put { nth: 2, capacity: Some(4), item: \"\\\"a\\\"\" }"),
            Did {
                object: 3,
                op: Op::Put { nth: 2, capacity: Some(4), item: Some("\"a\"".to_owned()) }
            }
        );
        let made = "7 New { kind: Value, first: \"0\", file: \"none.rs\", line: 3, column: 9 }";
        let new = Op::New { kind: Kind::Value, names: Vec::new(), first: Some("0".to_owned()) };
        assert_eq!(told(made).op, new);
        let made =
            "7 New { kind: Array(2), first: \"[0, 1]\", file: \"none.rs\", line: 3, column: 9 }";
        let kept = serde_json::to_string(&told(made)).unwrap();
        assert_eq!(kept, r#"{"object":7,"op":{"New":{"kind":{"Array":2},"first":"[0, 1]"}}}"#);
        assert_eq!(serde_json::from_str::<Did>(&kept).unwrap(), told(made));
        assert_eq!(told("0 Start { child: 7, nth: 1 }").op, Op::Start { child: who(7), nth: 1 });
        assert_eq!(told("0 Join { child: 8, code: -9 }").op, Op::Join { child: None, code: -9 });
        assert_eq!(told("5 Missed(Get)").op, Op::Missed("Get".to_owned()));
        assert_eq!(told("0 Begin").op, Op::Begin);
        for text in ["a \"b\" \\ {c}, (d)", "e\nf\tg\u{1b}h\0", ""] {
            let line = format!("0 Line {{ stream: Stderr, text: {text:?} }}");
            let op = Op::Line { stream: "Stderr".to_owned(), text: text.to_owned() };
            assert_eq!(told(&line).op, op);
        }
        let piece = Op::Piece { stream: "Stdout".to_owned(), bytes: vec![0, 255] };
        assert_eq!(told("0 Piece { stream: Stdout, bytes: [0, 255] }").op, piece);
        assert_eq!(Did::told("0 Put { nth: 2", who), None);
        let kept = serde_json::to_string(&told("1 Read { nth: 2, number: \"\" }")).unwrap();
        assert_eq!(kept, r#"{"object":1,"op":{"Read":{"nth":2}}}"#);
        assert_eq!(
            serde_json::from_str::<Did>(&kept).unwrap().op,
            Op::Read { nth: 2, number: None }
        );
        let kept = serde_json::to_string(&told("0 Join { child: 7, code: 0 }")).unwrap();
        assert_eq!(kept, r#"{"object":0,"op":{"Join":{"child":"2.1","code":0}}}"#);
    }
}
