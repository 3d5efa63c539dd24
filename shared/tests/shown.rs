//! What errors and values show of themselves.

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;

use multiprocessing::{
    Array, Barrier, BrokenBarrierError, CodecError, Condition, Event, Exit, GetError,
    JoinableQueue, Lock, LockError, Message, PipeError, Pool, PoolError, Process, ProcessError,
    PutError, Queue, Semaphore, Signal, TooManyDone, Value, pipe, spawn,
};

/// Each type of error, of each variant that has a cause; the cause is `boom` where it can be chosen.
fn errors() -> Vec<(&'static str, Box<dyn Error + Send + Sync>)> {
    let boom = || io::Error::other("boom");
    let codec = || u32::decode([].as_slice().into()).unwrap_err();
    let undecodable = || PutError::Undecodable { message: "M", error: codec() };
    let os = || ProcessError::Os { action: "start", name: "x".into(), error: boom() };
    vec![
        ("CodecError", codec().into()),
        ("ProcessError", os().into()),
        ("ProcessError", ProcessError::Argument { name: "x".into(), reason: "boom".into() }.into()),
        ("PipeError", PipeError::Os(boom()).into()),
        ("PipeError", PipeError::Codec("boom".into()).into()),
        ("PutError", PutError::Encode(codec()).into()),
        ("PutError", undecodable().into()),
        ("GetError", GetError::Decode(codec()).into()),
        ("LockError", LockError::HolderDied { pid: 7 }.into()),
        ("TooManyDone", TooManyDone.into()),
        ("BrokenBarrierError", BrokenBarrierError.into()),
        ("PoolError", PoolError::Task("boom".into()).into()),
        ("PoolError", PoolError::Panic("boom".into()).into()),
        ("PoolError", PoolError::WorkerDied(Exit::Code(3)).into()),
        ("PoolError", PoolError::Send(undecodable()).into()),
        ("PoolError", PoolError::Receive(GetError::Decode(codec())).into()),
        ("PoolError", PoolError::Process(os()).into()),
        ("PoolError", PoolError::Make(boom()).into()),
    ]
}

/// A child that returns an error prints it with `{:#}`, which adds the causes that are exposed.
#[test]
fn a_cause_is_printed_and_not_exposed_as_well() {
    for (name, error) in errors() {
        let text = error.to_string();
        assert!(error.source().is_none(), "{name}, {text}: says its cause, and exposes it, too");
        let whole = format!("{:#}", anyhow::Error::from_boxed(error));
        assert_eq!(whole, text, "{name}");
        let cause = ["boom", "unexpected end"].iter().find(|cause| text.contains(**cause));
        let times = cause.map_or(0, |cause| text.to_lowercase().matches(cause).count());
        assert!(times <= 1, "{name}: {text}");
    }
}

#[test]
fn no_type_of_error_is_forgotten_here() {
    let known: Vec<&str> = errors().iter().map(|(name, _)| *name).collect();
    let mut found = 0;
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for (at, _) in text.match_indices("thiserror::Error)]") {
                let (_, kind) = text[at..].split_once("\npub ").unwrap();
                let name = kind.split([' ', ';', '(']).nth(1).unwrap();
                assert!(known.contains(&name), "{name} in {path:?}");
                found += 1;
            }
        }
    }
    assert_eq!(found, 9);
}

/// Messages that cannot be shown are not in the way.
#[test]
fn values_show_what_tells_them_from_others() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Hidden;
    let queue = JoinableQueue::<Hidden>::unbounded().unwrap();
    queue.put(Hidden).unwrap();
    let text = format!("{queue:?}");
    assert!(text.starts_with("JoinableQueue { queue: Queue { object: "), "{text}");
    assert!(text.ends_with(", len: 1 } }"), "{text}");
    let (end, other) = pipe::<Hidden>().unwrap();
    let (end, other) = (format!("{end:?}"), format!("{other:?}"));
    assert!(end.starts_with("PipeEnd { object: ") && end.ends_with(", end: 0 }"), "{end}");
    assert_eq!(other, end.replace("end: 0", "end: 1"));
    let (lock, event) = (Lock::new().unwrap(), Event::new().unwrap());
    assert!(format!("{lock:?}").ends_with(", holder: None }"), "{lock:?}");
    let guard = lock.lock().unwrap();
    let me = std::process::id();
    assert!(format!("{lock:?}").ends_with(&format!(", holder: Some({me}) }}")), "{lock:?}");
    assert!(format!("{guard:?}").ends_with(&format!(", holder: {me} }}")), "{guard:?}");
    assert!(format!("{event:?}").ends_with(", set: false }"), "{event:?}");
    let seats = Semaphore::new(3).unwrap();
    let _seat = seats.acquire();
    assert!(format!("{seats:?}").ends_with(", free: 2 }"), "{seats:?}");
    assert_eq!(format!("{:?}", Exit::Signal(Signal::SIGKILL)), "Signal(SIGKILL)");
    let changed = Condition::new().unwrap();
    assert!(format!("{changed:?}").ends_with(", waiting: 0 }"), "{changed:?}");
    let barrier = Barrier::new(2).unwrap();
    let shown = format!("{barrier:?}");
    assert!(shown.ends_with(", there: 0, parties: 2, broken: false }"), "{shown}");
    let value = Value::new(7).unwrap();
    assert!(format!("{value:?}").starts_with("Value { object: "), "{value:?}");
    let array = Array::new(&[7; 3]).unwrap();
    assert!(format!("{array:?}").ends_with(", len: 3 }"), "{array:?}");
    let process = Process::new(|| ()).name("x").daemon(true);
    assert_eq!(format!("{process:?}"), "Process { name: Some(\"x\"), daemon: true }");
    fn shows<T: std::fmt::Debug>() {}
    shows::<Pool<'_, Hidden, Hidden>>();
    shows::<spawn::Spawn<Hidden>>();
    shows::<Queue<Hidden>>();
    shows::<CodecError>();
}

/// Of the types that the crate offers, errors aside.
#[test]
fn the_front_page_has_every_type_and_a_lesson_that_shows_it() {
    let front = include_str!("../src/lib.rs");
    let rows: Vec<Vec<&str>> = front
        .lines()
        .filter_map(|line| Some(line.strip_prefix("//! | [")?.split('|').collect()))
        .collect();
    let words = |text: &str| -> Vec<String> {
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        text.split(|c| !is_name(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let listed: Vec<String> = rows.iter().flat_map(|row| words(row[0])).collect();
    let offered = front.lines().filter(|line| line.starts_with("pub use ")).flat_map(words);
    let is_type = |name: &String| {
        name.starts_with(char::is_uppercase) && !name.ends_with("Error") && name != "TooManyDone"
    };
    for name in offered.filter(is_type) {
        assert!(listed.contains(&name), "the table in lib.rs lacks {name}");
    }
    for row in &rows {
        let Some(lesson) = row.get(2).and_then(|cell| words(cell).pop()) else { continue };
        let path = format!("{}/../lessons/{lesson}/src/main.rs", env!("CARGO_MANIFEST_DIR"));
        assert!(Path::new(&path).exists(), "{row:?}: there is no such lesson");
    }
    assert!(rows.len() > 15, "{rows:?}");
}
