//! The five classic ways to break a lesson, done to copies of real ones: `cargo lesson check` says
//! what is wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::command::contains;
use crate::read;

const CHECK_THEN_GET: &str = r#"
use anyhow::Result;
use multiprocessing::{Event, Process, Queue, say};

fn read(queue: &Queue<u32>, looked: &Queue<()>, go: &Event) -> Result<()> {
    while !queue.is_empty() {
        // Both are here before either goes on: what luck would do now and then, always.
        looked.put(())?;
        go.wait();
        let item = queue.get()?;
        say!("got {item}");
    }
    Ok(())
}

fn main() -> Result<()> {
    let (queue, looked, go) = (Queue::unbounded()?, Queue::unbounded()?, Event::new()?);
    say!("one item, two readers");
    queue.put(0)?;
    let work = || read(&queue, &looked, &go);
    let first = Process::new(work).name("reader-1").start()?;
    let second = Process::new(work).name("reader-2").start()?;
    looked.get()?;
    looked.get()?;
    go.set();
    first.join()?;
    second.join()?;
    say!("everything was read");
    Ok(())
}
"#;

const CHECK_THEN_GET_GOLDEN: &str = "\
main     | one item, two readers
reader-* | got 0                  <- started by main
main     | everything was read    <- joined reader-*
";

/// Some of them hang until this limit; the others need less than three seconds of an idle machine.
const LIMIT: &str = "8";

#[track_caller]
fn replace(text: &str, what: &str, by: &str) -> String {
    assert!(text.contains(what), "the lesson has changed: no `{what}` in it");
    text.replace(what, by)
}

/// A workspace with the broken lessons; their names differ from those of the real ones, for they
/// are built into the same folder.
fn workshop() -> &'static Path {
    static WORKSHOP: OnceLock<PathBuf> = OnceLock::new();
    WORKSHOP.get_or_init(|| {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("breakages");
        let (queue, relay) =
            (read("lessons/queue/src/main.rs"), read("lessons/queue-relay/src/main.rs"));
        let pill = read("lessons/poison-pill/src/main.rs");
        let golden = |slug: &str| read(&format!("tests/golden/{slug}.txt"));
        let joins = "    first.join()?;\n    second.join()?;\n";
        let last = "    say!(\"everything was read\");\n";
        let hands_on = "        say!(\"reads {item} and hands it on\");\n";
        let sends = "        to.send(Some(item))?;\n";
        // Once, and for ten times as long as a loaded machine takes to let reader-2 say its line.
        let waits =
            "        if item == 0 {\n            pause(Duration::from_secs(1));\n        }\n";
        let broken = [
            (
                "no-join",
                replace(&queue, "    writer.join()?;\n", "    drop(writer);\n"),
                golden("queue"),
            ),
            (
                "join-too-late",
                replace(&queue, &format!("{joins}{last}"), &format!("{last}{joins}")),
                golden("queue"),
            ),
            ("no-pill", replace(&pill, "        tasks.put(None)?;\n", ""), golden("poison-pill")),
            ("check-then-get", CHECK_THEN_GET.to_owned(), CHECK_THEN_GET_GOLDEN.to_owned()),
            (
                "print-after-put",
                replace(
                    &relay,
                    &format!("{hands_on}{sends}"),
                    &format!("{sends}{waits}{hands_on}"),
                ),
                golden("queue-relay"),
            ),
            (
                "nobody-sets",
                replace(
                    &read("lessons/start-function/src/main.rs"),
                    "    say!(\"runs the function\");\n",
                    "    multiprocessing::Event::new().unwrap().wait();\n    say!(\"runs the function\");\n",
                ),
                golden("start-function"),
            ),
            ("early", read("tests/exercises/start-function/1.wrong.rs"), golden("start-function")),
            ("solved", read("tests/exercises/start-function/1.rs"), golden("start-function")),
            (
                "set-and-cleared",
                replace(
                    &replace(
                        &read("lessons/start-function/src/bin/no-join.rs"),
                        "    // A join is missing here.\n    say!(\"the child has ended\");\n    go_on.set();\n",
                        "    multiprocessing::pause(std::time::Duration::from_secs(2));\n    go_on.set();\n    go_on.clear();\n    child.join()?;\n    say!(\"the child has ended\");\n",
                    ),
                    "    Process::new(work)",
                    "    let child = Process::new(work)",
                ),
                read("tests/golden/start-function/no-join.txt"),
            ),
            ("every-wait", read("tests/lesson/tests/examples/every-wait.rs"), "exit by the time limit\nmain | starts\n".to_owned()),
        ];
        let members = broken.each_ref().map(|(slug, ..)| format!("\"lessons/{slug}\"")).join(", ");
        let manifest = read("Cargo.toml");
        let line_of = |key| manifest.lines().find(|line| line.starts_with(key)).expect("the line");
        let manifest = replace(&manifest, line_of("default-members"), "");
        let manifest = replace(&manifest, line_of("members"), &format!("members = [{members}]"));
        let shared = format!("path = {:?}", crate::root().join("shared"));
        let mut files = vec![
            ("Cargo.toml".to_owned(), replace(&manifest, "path = \"shared\"", &shared)),
            ("Cargo.lock".to_owned(), read("Cargo.lock")),
            ("book/src/SUMMARY.md".to_owned(), String::new()),
        ];
        let variant = "[[bin]]\nname = \"looks-too-early\"\ntest = false\n\n";
        let package = replace(&read("lessons/queue-relay/Cargo.toml"), variant, "");
        for (slug, program, golden) in broken {
            let folder = format!("lessons/{slug}");
            files.push((
                format!("{folder}/Cargo.toml"),
                replace(&package, "lesson-queue-relay", &format!("lesson-{slug}")),
            ));
            files.push((format!("{folder}/src/main.rs"), program));
            files.push((format!("tests/golden/{slug}.txt"), golden));
        }
        // They have an exercise, too.
        for (slug, number) in [("early", 1), ("solved", 1), ("set-and-cleared", 3)] {
            let sheet =
                "[[exercises]]\nnumber = 1\n[[exercises]]\nnumber = 2\nwrites = true\n".to_owned();
            files.push((format!("lessons/{slug}/lesson.toml"), sheet));
            files.push((
                format!("tests/golden/{slug}/exercise-2.txt"),
                read("tests/golden/start-function/exercise-1.txt"),
            ));
            let golden = read(&format!("tests/golden/start-function/exercise-{number}.txt"));
            files.push((format!("tests/golden/{slug}/exercise-1.txt"), golden));
        }
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
            // What is as it was need not be built again.
            if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
                fs::write(&path, text).expect("the file");
            }
        }
        root
    })
}

/// Built beside the real lessons, of what those are built of.
fn lesson() -> Command {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesson"));
    command.env("CARGO_TARGET_DIR", target);
    command.env("LESSON_ROOT", workshop()).env("LESSON_SPEED", "1");
    command
}

#[test]
fn all_of_them_in_a_table() {
    let mut command = lesson();
    // A program that is ended too early, on a loaded machine, is not found legal either.
    command.args(["check", "--all", "--limit", "2"]).env("LESSON_SPEED", "10");
    let ran = running::run(&mut command, Duration::from_secs(300), false).expect("the command");
    let text = ran.printed();
    assert_eq!(ran.code, Some(1), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let rows = lines.iter().filter(|line| line.ends_with("  not legal"));
    assert_eq!(rows.count(), 10, "{text}");
    let told = lines.iter().filter(|line| line.starts_with("  What orders its lines, and why"));
    assert_eq!(told.count(), 10, "{text}");
    assert!(lines.contains(&"10 programs, 10 not found legal"), "{text}");
}

/// Checks it as a learner would, at a learner's speed, and holds the answer to these parts.
#[track_caller]
fn is_told(slug: &str, parts: &[&str]) {
    let mut command = lesson();
    command.args(["check", slug, "--limit", LIMIT]);
    says(command, parts);
}

/// What hangs after a fifth of a second at this speed has time to stand still before its limit, if
/// everything takes ten times as long, too.
fn long_enough(slug: &str) -> Command {
    let mut command = lesson();
    command.args(["check", slug, "--limit", "6"]).env("LESSON_SPEED", "10");
    command
}

#[track_caller]
fn says(mut command: Command, parts: &[&str]) {
    let ran = running::run(&mut command, Duration::from_secs(300), false).expect("the command");
    let text = ran.printed();
    assert_eq!(ran.code, Some(1), "{text}");
    contains(&text, parts);
}

#[test]
fn no_join() {
    let because = "because main has to join writer first. join returns only when writer has ended";
    is_told("no-join", &["the writer has ended, ", "came too early", because]);
}

#[test]
fn the_join_in_the_wrong_place() {
    let parts =
        ["main       | everything was read", "came too early", "because main has to join reader-"];
    is_told("join-too-late", &parts);
}

#[test]
fn no_pill() {
    let parts = [
        "no-pill: hangs: no progress for ",
        "main         waits for consumer-1 to end\n",
        "consumer-1   waits in `get` of a queue until somebody puts a message\n",
        "consumer-2   waits in `get` of a queue until somebody puts a message\n",
        "All of them are waiting, so none can help another.",
        "The lines so far, line by line:",
        "never came            golden lines ",
    ];
    says(long_enough("no-pill"), &parts);
}

#[test]
fn check_then_get() {
    says(
        long_enough("check-then-get"),
        &[
            "check-then-get: hangs: no progress for ",
            "   waits in `get` of a queue until somebody puts a message",
            "never came            golden line 3",
        ],
    );
}

/// Each of its runs is legal, but for one in many thousands.
#[test]
fn what_luck_passes_is_refused_as_an_exercise() {
    let mut command = lesson();
    command.args(["check", "early", "--exercise", "1"]);
    let parts = [
        "early, exercise 1: not in every schedule",
        "One run may be right by luck. Of all that there can be, this one is not:",
        "This run: not legal",
        "came too early",
        "because main has to join child first",
        "The same run again: cargo lesson check early --exercise 1 --schedule x",
        "Step by step: cargo lesson play early --exercise 1 --schedule x",
    ];
    says(command, &parts);
}

/// The event is not set any more when a late child looks.
#[test]
fn an_exercise_that_can_hang_says_who_waits() {
    let mut command = lesson();
    command.args(["check", "set-and-cleared", "--exercise", "1"]);
    let parts = [
        "set-and-cleared, exercise 1: it can hang",
        "main waits for child to end; child waits for",
        "See it: cargo lesson run set-and-cleared --exercise 1 --schedule x",
    ];
    says(command, &parts);
}

#[test]
fn what_an_exercise_asks_for_is_said_where_the_lesson_refuses_it() {
    let hint = "It may be what exercise 1 asks for: cargo lesson check solved --exercise 1";
    is_told("solved", &["main       | has joined it", "is unexpected", hint]);
    let mut command = lesson();
    command.args(["check", "solved", "--exercise", "1"]);
    command.env("LESSON_PROGRESS", workshop().join("progress.txt"));
    let ran = running::run(&mut command, Duration::from_secs(300), false).expect("the command");
    let text = ran.printed();
    assert_eq!(ran.code, Some(0), "{text}");
    contains(&text, &["solved, exercise 1: solved, in every schedule: 3 orders, seen in 1 run"]);
}

#[test]
fn a_golden_file_that_an_exercise_asks_for() {
    let file = workshop().join("lessons/solved/golden.txt");
    let check = |code, parts: &[&str]| {
        let mut command = lesson();
        command.args(["check", "solved", "--exercise", "2"]);
        command.env("LESSON_PROGRESS", workshop().join("progress-2.txt"));
        let ran = running::run(&mut command, Duration::from_secs(300), false).expect("the command");
        let text = ran.printed();
        assert_eq!(ran.code, Some(code), "{text}");
        contains(&text, &["solved, exercise 2: solved, in every schedule: 3 orders"]);
        contains(&text, parts);
    };
    // From the run before.
    let _ = fs::remove_file(&file);
    let how = "To begin with: cp tests/golden/solved.txt lessons/solved/golden.txt";
    check(1, &["Now write its golden file: lessons/solved/golden.txt", how]);
    let right = read("tests/golden/start-function/exercise-1.txt");
    let write = |what: &str, by: &str| {
        fs::write(&file, replace(&right, what, by)).expect("the file");
    };
    write("  <- joined child", "");
    check(1, &["golden.txt: a cause is missing", "What does it wait for?"]);
    write("goes on\n", "goes on\nmain       | is here\n");
    let refused =
        ["golden.txt: not in every schedule", "The program is right", "See it: cargo lesson run"];
    check(1, &refused);
    write("joined child", "received from child");
    check(1, &["golden.txt: right for another reason", "Line 6 says `received from child`"]);
    write("orders 3", "orders 4");
    check(1, &["golden.txt: another number", "its lines can come in 3 orders"]);
    write("orders 3\n", "");
    check(0, &["golden.txt: solved, in every schedule: 3 orders"]);
}

/// Each way to wait that the crate has, in its words. The file says that it hangs, so the limit counts
/// only once everybody waits, however long that takes.
#[test]
#[cfg(target_os = "linux")]
fn who_waits_for_what() {
    let parts = [
        "main         has nothing left to do and waits for its child getter to end\n",
        "getter       waits in `get` of a queue (object ",
        ") until somebody puts a message\n",
        ") until somebody puts a message, for a limited time\n",
        "putter       waits in `put` of a full queue (object ",
        ") until somebody gets a message\n",
        "finisher     waits in `join` of a queue (object ",
        ") until every message is marked done\n",
        "runner       waits for an event until somebody sets it\n",
        "guest        waits in `acquire` of a semaphore until somebody releases a permit\n",
        "receiver     waits in `recv` of a pipe (object ",
        ") until the other end sends or is closed\n",
        "sender       waits in `send` of a pipe (object ",
        ") until the other end receives\n",
        "sleeper      pauses\n",
        "boss         waits for a result of its pool\n",
        "     waits for a task of its pool\n",
        "holder       waits for an event until somebody sets it\n",
        "that right holds\n",
        "that left holds\n",
        "that holder holds\n",
        "A deadlock: left waits for right, right waits for left.\n",
        "Already ended: done.\n",
    ];
    let mut command = lesson();
    command.args(["check", "every-wait", "--limit", "2"]);
    says(command, &parts);
}

/// The README shows it, but for the seconds.
#[test]
#[cfg(target_os = "linux")]
fn the_transcript_of_a_hang() {
    let mut command = long_enough("nobody-sets");
    let ran = running::run(&mut command, Duration::from_secs(300), false).expect("the command");
    let text = ran.printed().replace("nobody-sets", "start-function");
    let at = text.find("start-function: hangs: no progress for ").expect("a hang");
    let last = "cargo lesson explain start-function";
    let end = text.find(last).expect("the last line") + last.len();
    let seconds = text[at..].split(' ').nth(5).expect("seconds");
    let transcript = text[at..end].replacen(&format!("for {seconds} s"), "for 29 s", 1);
    assert!(read("README.md").contains(&transcript), "not in README.md:\n{transcript}");
}

#[test]
fn print_after_put() {
    let parts = [
        "reader-2   | reads 0",
        "came too early",
        "because reader-2 has to receive it from reader-1 first. A message cannot arrive before it is sent",
    ];
    is_told("print-after-put", &parts);
}
