//! What a run did is kept, and can be read again.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use driving::{Order, Record};
use serde_json::Value;

use crate::root;

fn check(arguments: &[&str]) -> Output {
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
    lesson.arg("check").args(arguments).current_dir(root()).output().expect("the command")
}

/// A file of this name that is gone when the test is.
struct Kept(PathBuf);

impl Kept {
    fn new(name: &str) -> Kept {
        Kept(env::temp_dir().join(format!("kept-{}-{name}", std::process::id())))
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a plain name")
    }

    fn read(&self) -> String {
        fs::read_to_string(&self.0).unwrap_or_else(|error| panic!("{}: {error}", self.path()))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_driven_run() {
    let (file, picture) = (Kept::new("driven"), Kept::new("picture"));
    let keep = ["--record", file.path(), "--perfetto", picture.path()];
    let checked = check(&[&["queue", "--seed", "7", "--json"], &keep[..]].concat());
    let json: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let first = file.read();
    let record = Record::read(&first).expect("a record");
    assert_eq!(record.header.code.as_deref(), json["schedule"].as_str());
    assert_eq!(record.header.order, Order::Exact);
    let said: Vec<Value> = record.lines().into_iter().map(|line| line.text.into()).collect();
    let printed = json["lines"].as_array().expect("lines");
    let printed: Vec<Value> = printed.iter().map(|line| line["text"].clone()).collect();
    assert_eq!(said, printed);
    // Each of its four processes has ended once.
    assert_eq!(record.events().iter().map(|event| event.ended.len()).sum::<usize>(), 4);
    let code = record.header.code.as_deref().expect("a code");
    check(&["queue", "--schedule", code, "--record", file.path()]);
    assert_eq!(file.read(), first, "the same run, and another record");
    assert_picture(&picture.read(), &record);
}

/// Every arrow begins and ends within a slice of its track, and each step is a slice.
fn assert_picture(picture: &str, record: &Record) {
    let picture: Value = serde_json::from_str(picture).expect("JSON");
    let events = picture["traceEvents"].as_array().expect("an array");
    let of = |ph: &str| events.iter().filter(|event| event["ph"] == ph).collect::<Vec<_>>();
    let names: Vec<&str> = of("M")
        .iter()
        .filter(|event| event["name"] == "thread_name")
        .filter_map(|event| event["args"]["name"].as_str())
        .collect();
    assert_eq!(names, ["main", "writer", "reader-1", "reader-2"]);
    assert_eq!(of("X").len(), record.steps.len());
    let is_on = |arrow: &&Value, slice: &&&Value| {
        let at = arrow["ts"].as_u64().expect("a time");
        let began = slice["ts"].as_u64().expect("a time");
        let ended = began + slice["dur"].as_u64().expect("a time");
        arrow["tid"] == slice["tid"] && (began..ended).contains(&at)
    };
    let (from, to) = (of("s"), of("f"));
    assert!(from.len() > 10, "six messages, three starts, three ends: {}", from.len());
    assert_eq!(from.len(), to.len());
    for (from, to) in from.iter().zip(&to) {
        assert_eq!(
            (&from["id"], &from["cat"], &from["name"]),
            (&to["id"], &to["cat"], &to["name"])
        );
        assert_eq!(to["bp"], "e");
        for arrow in [from, to] {
            assert_eq!(of("X").iter().filter(|slice| is_on(arrow, slice)).count(), 1, "{arrow}");
        }
        assert!(from["ts"].as_u64() < to["ts"].as_u64());
    }
}

#[test]
fn a_run_that_nobody_drives() {
    let file = Kept::new("free");
    let checked = check(&["start-function", "--json", "--record", file.path()]);
    let json: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let record = Record::read(&file.read()).expect("a record");
    assert_eq!((record.header.order, &record.header.code), (Order::Nearly, &None));
    let texts = |lines: Vec<String>| {
        let mut lines = lines;
        lines.sort();
        lines
    };
    let said = texts(record.lines().into_iter().map(|line| line.text).collect());
    let printed = json["lines"].as_array().expect("lines").iter();
    let printed = printed.filter_map(|line| Some(line["text"].as_str()?.to_owned())).collect();
    assert_eq!(said, texts(printed));
    assert_eq!(record.events().iter().map(|event| event.ended.len()).sum::<usize>(), 2);
}

#[test]
fn a_file_that_cannot_be_written() {
    for drive in [&["--seed", "1"][..], &[]] {
        let arguments = [&["join", "--record", "/no/such/folder"], drive].concat();
        let checked = check(&arguments);
        let told = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert!(
            checked.status.success() && told.contains("warning: the run was not kept"),
            "{told}"
        );
    }
}
