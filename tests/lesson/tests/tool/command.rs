//! The `lesson` command, in workshops of its own whose lessons are a few lines of Python: verdicts,
//! exit statuses, what a run may leave behind, the time limit, Ctrl-C.
//!
//! Without python3 nothing is tested here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use running::Ended;
use serde_json::Value;

pub const LONG: Duration = Duration::from_secs(60);

/// A place with one lesson, `hello`.
pub struct Workshop(pub PathBuf);

impl Workshop {
    /// `None` without python3.
    pub fn new(name: &str, twin: &str, golden: &str) -> Option<Workshop> {
        if !lesson::has_python() {
            eprintln!("not tested: there is no python3");
            return None;
        }
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // From the run before.
        let _ = fs::remove_dir_all(&root);
        let files = [
            ("book/src/SUMMARY.md", "# Greetings\n\n- [Say it](hello.md)\n"),
            ("lessons/hello/Cargo.toml", "description = \"Say hello\"\n"),
            ("lessons/hello/src/main.rs", ""),
            ("lessons/hello/lesson.py", twin),
            ("tests/golden/hello.txt", golden),
            ("tmp/README", "What runs are given for temporary files lies here."),
        ];
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
            fs::write(path, text).expect("the file");
        }
        Some(Workshop(root))
    }

    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lesson"));
        command
            .args(arguments.split(' ').filter(|word| !word.is_empty()))
            .env("LESSON_ROOT", &self.0)
            .env("WORKSHOP", &self.0)
            .current_dir(&self.0);
        command
    }

    pub fn lesson(&self, arguments: &str) -> Answer {
        let ran = running::run(&mut self.command(arguments), LONG, false).expect("the command");
        assert!(ran.left_over.is_empty(), "{:?}", ran.left_over);
        Answer(ran)
    }
}

pub struct Answer(pub Ended);

impl Answer {
    /// Whether it ended with this code and said all this, on either stream.
    #[track_caller]
    pub fn expect(&self, code: i32, parts: &[&str]) -> &Answer {
        let text = self.0.printed();
        assert_eq!(self.0.code, Some(code), "{text}");
        contains(&text, parts);
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.0.printed()).expect("JSON")
    }
}

/// Whether the text has all these parts, wherever its lines end.
#[track_caller]
pub fn contains(text: &str, parts: &[&str]) {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(words(text).contains(&words(part)), "`{part}` is not in:\n{text}");
    }
}

const HELLO: &str = "print('main       | hello')\nprint('main       | bye')\n";
const GOLDEN: &str = "main | hello\nmain | bye\n";

/// What comes before the two lines of `HELLO`, and what is said of it.
#[track_caller]
fn complains(name: &str, before: &str, code: i32, parts: &[&str]) {
    let twin = format!("import os, sys, time, tempfile\n{before}\n{HELLO}");
    if let Some(workshop) = Workshop::new(name, &twin, GOLDEN) {
        workshop.lesson("check hello --python --limit 20").expect(code, parts);
    }
}

#[test]
fn the_list_knows_what_was_checked() {
    let Some(workshop) = Workshop::new("list", HELLO, GOLDEN) else {
        return;
    };
    let shown =
        ["Greetings", "next  1. Say it  hello", "checked 0 of 1 lessons.", "cargo lesson 1 "];
    workshop.lesson("").expect(0, &shown);
    workshop.lesson("list").expect(0, &shown);
    fs::write(workshop.0.join("lesson-progress.txt"), "hello\n").expect("the file");
    workshop.lesson("list").expect(0, &["ok    1. Say it  hello", "checked 1 of 1 lessons."]);
    workshop.lesson("list --forget").expect(0, &["Forgotten"]);
    workshop.lesson("list --forget").expect(0, &["Forgotten"]);
    workshop.lesson("list").expect(0, &shown);
}

/// What was checked is a side matter: without a place to keep it, there is the same verdict.
#[test]
fn no_verdict_needs_a_place_for_what_was_checked() {
    let Some(workshop) = Workshop::new("no-progress", HELLO, GOLDEN) else {
        return;
    };
    // A folder can be neither read nor written as a file.
    let lesson = |arguments: &str| {
        let mut command = workshop.command(arguments);
        command.env("LESSON_PROGRESS", &workshop.0);
        Answer(running::run(&mut command, LONG, false).expect("the command"))
    };
    let warning = ["the same as the golden file", "warning: cannot read", "LESSON_PROGRESS"];
    lesson("check hello --python").expect(0, &warning);
    lesson("list").expect(0, &["1. Say it  hello", "warning"]);
    lesson("hello").expect(0, &["1. Say it", "warning"]);
    lesson("list --forget").expect(2, &["cannot remove"]);
    fs::write(workshop.0.join("tests/golden/hello.txt"), "main | bye\n").expect("the file");
    let wrong = lesson("check hello --python");
    assert!(!wrong.expect(1, &["is unexpected"]).0.printed().contains("warning"));
}

/// As cargo has it: a file is no member of the workspace.
#[test]
fn a_file_among_the_lessons_is_no_lesson() {
    let Some(workshop) = Workshop::new("notes", HELLO, GOLDEN) else {
        return;
    };
    fs::write(workshop.0.join("lessons/notes.txt"), "No lesson.\n").expect("the file");
    let list = workshop.lesson("list");
    assert!(!list.expect(0, &["1. Say it  hello"]).0.printed().contains("notes"));
    workshop.lesson("check hello --python").expect(0, &["the same as the golden file"]);
}

#[test]
fn what_cannot_be_printed() {
    let Some(workshop) = Workshop::new("full", HELLO, GOLDEN) else {
        return;
    };
    let saved = workshop.0.join("saved.txt");
    fs::write(saved, "main       | hello\nmain       | bye\n").expect("the file");
    for arguments in [
        "",
        "list",
        "list --forget",
        "1",
        "check hello --python",
        "check hello --python --json",
        "explain hello",
        "another hello",
        "draft hello --python",
        "compare hello saved.txt",
        "compare hello saved.txt --json",
        "--help",
        "check --help",
    ] {
        // Nobody reads: that is no failure, and there is no word about it.
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let output = workshop.command(arguments).stdout(writer).output().expect("the command");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments}: {errors}");
        assert!(!errors.contains("panicked") && !errors.contains("Broken"), "{errors}");
        // A full disk is one.
        let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
            continue;
        };
        let output = workshop.command(arguments).stdout(full).output().expect("the command");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{arguments}: {errors}");
        assert!(errors.contains("cannot write to standard output: No space left"), "{errors}");
    }
    // What cannot be said on standard error either leaves the status as it is.
    for (arguments, code) in [("check nobody", 2), ("run hello --python --limit 0.1", 124)] {
        let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
            return;
        };
        let twin = "import time\ntime.sleep(100)\n";
        fs::write(workshop.0.join("lessons/hello/lesson.py"), twin).expect("the twin");
        let output = workshop.command(arguments).stderr(full).output().expect("the command");
        assert_eq!(output.status.code(), Some(code), "{arguments}");
    }
}

#[test]
fn a_legal_run() {
    let Some(workshop) = Workshop::new("legal", HELLO, GOLDEN) else {
        return;
    };
    workshop
        .lesson("check hello --python")
        .expect(0, &["hello, in Python: the same as the golden file", "nothing was left behind"]);
    let progress = fs::read_to_string(workshop.0.join("lesson-progress.txt"));
    assert_eq!(progress.expect("the file"), "hello, in Python\n");
    workshop
        .lesson("check hello --python --runs 3")
        .expect(0, &["3 runs, all legal, 1 order seen", "3 times  1-2"]);
    workshop.lesson("check hello --python --shake 3").expect(0, &["the same"]);
    let json = workshop.lesson("check hello --python --json").json();
    assert_eq!((&json["legal"], &json["runs"]), (&Value::Bool(true), &1.into()));
    assert_eq!(json["lines"][1]["golden_line"], 2);
    workshop.lesson("run hello --python").expect(0, &["main       | hello"]);
    workshop.lesson("explain hello").expect(0, &["1  main | hello", "Everything is ordered"]);
    workshop.lesson("another hello 7").expect(0, &["main       | hello", "the same"]);
    workshop.lesson("draft hello --python").expect(0, &["# Say hello.", "main       | bye"]);
}

/// The order is the same each time; who says it is not.
#[test]
fn who_said_what_is_counted() {
    let twin = "import os
n = 0
while True:
    try:
        os.mkdir(os.environ['WORKSHOP'] + f'/run-{n}')
        break
    except FileExistsError:
        n += 1
for item in range(3): print(f'r-{n % 2 + 1}        | got {item}')
";
    let golden = "r-* | got 0\nr-* | got 1\nr-* | got 2\n";
    let Some(workshop) = Workshop::new("splits", twin, golden) else { return };
    let parts = [
        "3 runs, all legal, 1 order and 2 splits seen\n",
        "3 times  1-3\n",
        " 2 times  r-1 got 0, 1, 2\n      1 time   r-2 got 0, 1, 2\n",
    ];
    workshop.lesson("check hello --python --runs 3").expect(0, &parts);
    let json = workshop.lesson("check hello --python --runs 4 --json").json();
    let orders = serde_json::json!([{ "times": 4, "golden_lines": [1, 2, 3] }]);
    assert_eq!(json["orders"], orders);
    let who = |name: &str| serde_json::json!({ name: ["got 0", "got 1", "got 2"] });
    assert_eq!(json["splits"][0], serde_json::json!({ "times": 2, "who": who("r-1") }));
    assert_eq!(json["splits"][1], serde_json::json!({ "times": 2, "who": who("r-2") }));
}

/// The README says what each key is.
#[test]
fn what_json_holds_is_documented() {
    let Some(workshop) = Workshop::new("keys", "import time\ntime.sleep(100)", GOLDEN) else {
        return;
    };
    fn keys(json: &Value, all: &mut BTreeSet<String>) {
        match json {
            // Whose names these are is the lesson's matter.
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                all.insert(key.clone());
                if key != "who" {
                    keys(value, all);
                }
            }),
            Value::Array(list) => list.iter().for_each(|one| keys(one, all)),
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    keys(&workshop.lesson("check hello --python --json --limit 2").json(), &mut all);
    fs::write(workshop.0.join("lessons/hello/lesson.py"), HELLO).expect("the twin");
    fs::write(workshop.0.join("tests/golden/hello.txt"), "m* | hello\nm* | bye\n")
        .expect("the file");
    keys(&workshop.lesson("check hello --python --json").json(), &mut all);
    for key in ["splits", "stand", "ended", "who", "missing", "seed"] {
        assert!(all.contains(key), "no {key} in {all:?}");
    }
    let readme = crate::read("README.md");
    for key in all.iter().chain(["error".to_owned()].iter()) {
        assert!(readme.contains(&format!("`{key}`")), "README.md does not say what `{key}` is");
    }
}

#[test]
fn what_is_not_legal() {
    let twin = "print('main       | bye')\nprint('main       | hello')\nexit(3)\n";
    let Some(workshop) = Workshop::new("swapped", twin, GOLDEN) else {
        return;
    };
    let parts = [
        "your line 1: main       | bye",
        "came too early",
        "The program ended with `exit 3`",
        "cargo lesson explain hello --python",
    ];
    workshop.lesson("check hello --python").expect(1, &parts);
    workshop
        .lesson("check hello --python --runs 2 --shake 5")
        .expect(1, &["2 not legal", "Run 1, the first", "--shake 5", "compare hello --python"]);
    let saved = workshop.0.join("saved.txt");
    fs::write(&saved, "main       | bye\nmain       | hello\n").expect("the file");
    workshop.lesson("compare hello saved.txt").expect(1, &["came too early"]);
    let json = workshop.lesson("compare hello saved.txt --json").json();
    assert_eq!(json["legal"], false);
    for text in ["\u{feff}main | hello\nmain | bye\n", "\u{feff}main | hello\r\nmain | bye"] {
        fs::write(&saved, text).expect("the file");
        workshop.lesson("compare hello saved.txt").expect(0, &["the same"]);
        // As a redirection in Windows' PowerShell writes it.
        for bytes in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            let wide: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
            fs::write(&saved, wide).expect("the file");
            workshop.lesson("compare hello saved.txt").expect(0, &["the same"]);
        }
    }
    fs::write(&saved, "\x1b[36mmain       |\x1b[0m hello\nmain       | bye\n").expect("the file");
    workshop.lesson("compare hello saved.txt").expect(0, &["the same"]);
}

#[test]
fn a_broken_variant_has_a_golden_file_of_its_own() {
    let Some(workshop) = Workshop::new("broken", HELLO, GOLDEN) else {
        return;
    };
    for (path, text) in [
        ("lessons/hello/src/bin/mute.rs", ""),
        ("lessons/hello/mute.py", "print('main       | silence')\n"),
        ("tests/golden/hello/mute.txt", "main | silence\n"),
    ] {
        let path = workshop.0.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(path, text).expect("the file");
    }
    workshop.lesson("hello").expect(0, &["cargo lesson run hello --broken mute"]);
    workshop.lesson("run hello --broken mute --python").expect(0, &["main       | silence"]);
    workshop
        .lesson("check hello --broken mute --python")
        .expect(0, &["hello, broken by mute, in Python: the same"]);
    workshop.lesson("check hello --broken mut --python").expect(2, &["Did you mean `mute`?"]);
}

#[test]
fn what_cannot_be_judged() {
    let Some(workshop) = Workshop::new("unknown", HELLO, "main | hello  <- joined nobody\n") else {
        return;
    };
    workshop
        .lesson("check helo")
        .expect(2, &["no lesson `helo`", "Did you mean `hello`?", "cargo lesson list"]);
    workshop.lesson("check hello --python").expect(2, &["a line of nobody above"]);
    workshop.lesson("check hello --broken x").expect(2, &["`hello` has no broken variant"]);
    workshop.lesson("chekc hello").expect(2, &["check"]);
    workshop.lesson("check hello --runs 0").expect(2, &["--runs"]);
    fs::write(workshop.0.join("tests/golden/hello.txt"), GOLDEN).expect("the file");
    workshop.lesson("compare hello nowhere.txt").expect(2, &["cannot read nowhere.txt"]);
    workshop.lesson("compare hello").expect(2, &["nothing to compare"]);
}

#[test]
fn a_temporary_file_is_found() {
    complains("temporary", "tempfile.mkstemp(prefix='abc')", 1, &["left the temporary file abc"]);
    complains("removed", "os.remove(tempfile.mkstemp()[1])", 0, &["the same"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_child_that_nobody_waits_for_is_found() {
    let before = "child = os.fork()\nif child == 0: os._exit(0)\n\
                  os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)";
    complains("zombie", before, 1, &["ended, and nobody waited for it", "Join every process"]);
    let before = "if os.fork() == 0: os._exit(0)\nos.wait()";
    complains("no-zombie", before, 0, &["the same"]);
}

#[test]
fn an_orphan_is_found_in_a_session_of_its_own_too() {
    let before = "if os.fork() == 0: os.setsid() and 0; time.sleep(100)";
    complains("orphan", before, 1, &["outlived main; the golden file says nobody"]);
}

#[test]
fn an_orphan_and_a_deadlock_that_are_the_lesson() {
    let twin = "import os, time\n\
                if os.fork() == 0:\n    \
                    while os.getppid() == int(os.environ['MAIN']): time.sleep(0.01)\n    \
                    print('child      | says more')\n\
                else:\n    print('main       | ends')\n";
    let twin = twin.replace("if os.fork", "os.environ['MAIN'] = str(os.getpid())\nif os.fork");
    let golden = "outlives main: child\nmain | ends\nchild | says more  <- saw the end of main\n";
    let Some(workshop) = Workshop::new("lesson-orphan", &twin, golden) else {
        return;
    };
    workshop.lesson("check hello --python --limit 20").expect(0, &["the same as the golden file"]);

    let twin = format!("import time\n{HELLO}\nimport sys; sys.stdout.flush(); time.sleep(100)");
    let golden = "limit 3 s\nexit by the time limit\nmain | hello\nmain | bye\n";
    let Some(workshop) = Workshop::new("lesson-deadlock", &twin, golden) else {
        return;
    };
    workshop.lesson("check hello --python").expect(0, &["the same as the golden file"]);
}

#[test]
fn the_time_limit() {
    let twin = format!("import time\n{HELLO}\nimport sys; sys.stdout.flush(); time.sleep(100)");
    let Some(workshop) = Workshop::new("limit", &twin, GOLDEN) else {
        return;
    };
    let told = |arguments: &str, status, parts: &[&str]| {
        in_time_for_python(|limit| {
            let limit = format!("{limit}.5");
            let answer = workshop.lesson(&format!("{arguments} --limit {limit}"));
            let has_begun = answer.0.printed().contains("main       | bye");
            if has_begun {
                let parts = parts.iter().map(|part| part.replace("LIMIT", &limit));
                let parts: Vec<String> = parts.collect();
                answer.expect(status, &parts.iter().map(|part| &**part).collect::<Vec<_>>());
            }
            has_begun
        });
    };
    thread::scope(|scope| {
        let parts = ["Who waits for what:\n  python3 lessons/hello/lesson.py   "];
        scope.spawn(move || told("check hello --python", 1, &parts));
        let end =
            "Ended at the time limit of LIMIT s. Who waits for what:\n  python3 lessons/hello";
        told("run hello --python", 124, &["main       | bye", end]);
    });
}

/// A limit that python3 meets on an idle machine, and longer ones if a loaded one has not even begun
/// at its end.
fn in_time_for_python(has_begun: impl Fn(u32) -> bool) {
    assert!([2, 12, 60].into_iter().any(has_begun), "python3 did not begin within a minute");
}

#[test]
fn too_much_output_costs_neither_memory_nor_the_verdict() {
    // A thousand lines of 1 KiB are kept.
    let twin = "for n in range(3000): print(f'main       | {n:01010}')";
    let Some(workshop) = Workshop::new("too-much", twin, GOLDEN) else {
        return;
    };
    let file = workshop.lesson("check hello --python --limit 50");
    let parts =
        ["It printed more than 1024 KiB", "… and 1976 more\n", "hello-python.not-legal.txt"];
    file.expect(1, &parts);
    let lines = file.0.out.lines().count();
    assert!((40..120).contains(&lines), "{lines} lines");

    // One that also does not end: that comes first.
    let twin = format!("import time\n{twin}\nprint(flush=True)\ntime.sleep(1000)");
    fs::write(workshop.0.join("lessons/hello/lesson.py"), twin).expect("the twin");
    in_time_for_python(|limit| {
        let answer = workshop.lesson(&format!("check hello --python --limit {limit}"));
        let text = answer.0.printed();
        let Some(too_much) = text.find("It printed more than 1024 KiB") else { return false };
        // Asleep it hangs, and on a loaded machine it may not have come to that.
        let ends = ["does not end: still running after", "hangs: no progress for"];
        let first = ends.into_iter().find_map(|end| text.find(end));
        let first = first.unwrap_or_else(|| panic!("no end in {text}"));
        let last = text.rfind("… and ").unwrap_or_else(|| panic!("nothing is left out in {text}"));
        assert!(first < too_much && too_much < last, "{text}");
        answer.expect(1, &["hello-python.not-legal.txt"]);
        let lines = answer.0.out.lines().count();
        assert!((40..120).contains(&lines), "{lines} lines");
        true
    });

    // What is no line has no end.
    let twin = "import sys\nfor n in range(64): sys.stdout.write('\\0' * 65536)";
    fs::write(workshop.0.join("lessons/hello/lesson.py"), twin).expect("the twin");
    let answer = workshop.lesson("check hello --python --limit 50");
    answer.expect(1, &["your line 1: unexpected", "… and 1 more\n"]);
    let length = answer.0.printed().len();
    assert!(length < 5000, "{length} bytes");

    fs::write(workshop.0.join("saved.txt"), [b'x'; (1 << 20) + 1]).expect("the file");
    workshop.lesson("compare hello saved.txt").expect(2, &["more than 1024 KiB"]);
    workshop.lesson("compare hello /dev/zero").expect(2, &["more than 1024 KiB"]);
}

/// `nohup`, a shell's `trap ''` and many a service leave something to who is started by them.
#[test]
fn a_run_begins_with_the_signals_of_a_fresh_login() {
    // CPython ignores two itself.
    let twin = "import signal\n\
                ignored = [s.name for s in signal.Signals if signal.getsignal(s) == signal.SIG_IGN]\n\
                print('main       | ignores', *ignored, flush=True)\n\
                print('main       | blocks', *signal.pthread_sigmask(signal.SIG_BLOCK, []))\n";
    let golden = "main | ignores SIGPIPE SIGXFSZ\nmain | blocks\n";
    let Some(workshop) = Workshop::new("signals", twin, golden) else {
        return;
    };
    let starter = "import os, signal, sys\n\
                   every = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}\n\
                   for number in every: signal.signal(number, signal.SIG_IGN)\n\
                   signal.pthread_sigmask(signal.SIG_BLOCK, every)\n\
                   os.execv(sys.argv[1], sys.argv[1:])\n";
    let lesson = |arguments: &str| {
        let command = workshop.command(arguments);
        let mut python = Command::new("python3");
        python.args(["-c", starter]).arg(command.get_program()).args(command.get_args());
        python.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        python.current_dir(&workshop.0);
        Answer(running::run(&mut python, LONG, false).expect("the command"))
    };
    lesson("check hello --python").expect(0, &["the same as the golden file"]);
    lesson("run hello --python").expect(0, &["| ignores SIGPIPE SIGXFSZ\n", "| blocks\n"]);
}

/// It says who it is, and sleeps.
const SLEEPER: &str = "import os, time\n\
                       folder = os.environ['WORKSHOP']\n\
                       open(folder + '/new', 'w').write(str(os.getpid()))\n\
                       os.rename(folder + '/new', folder + '/pid')\n\
                       time.sleep(1000)";

#[test]
fn ctrl_c_leaves_nothing_behind() {
    for (name, arguments, signal, code) in [
        ("interrupt-check", "check hello --python --limit 100", Signal::SIGINT, 130),
        ("interrupt-run", "run hello --python --limit 100", Signal::SIGINT, 130),
        ("terminate-run", "run hello --python --limit 100", Signal::SIGTERM, 143),
    ] {
        let Some(workshop) = Workshop::new(name, SLEEPER, GOLDEN) else {
            return;
        };
        let mut command = workshop.command(arguments);
        command.env("TMPDIR", workshop.0.join("tmp"));
        let (out, err) = (Stdio::piped(), Stdio::null());
        let lesson = command.stdout(out).stderr(err).spawn().expect("the command");
        let file = workshop.0.join("pid");
        wait_until("the twin runs", || file.exists());
        let pid: i32 = fs::read_to_string(&file).expect("the file").parse().expect("a pid");
        let lesson_pid = Pid::from_raw(lesson.id().cast_signed());
        kill(lesson_pid, signal).expect("the signal");
        let answer = lesson.wait_with_output().expect("its end");
        assert_eq!(answer.status.code(), Some(code), "{name}");
        let text = String::from_utf8(answer.stdout).expect("a report");
        let is_report = text.contains(", when it was interrupted") && text.contains("lesson.py ");
        assert_eq!(is_report, name == "interrupt-check", "{text}");
        wait_until("the twin is gone", || !is_alive(pid));
        let left = || fs::read_dir(workshop.0.join("tmp")).expect("the folder").count();
        wait_until("the run's folder is gone", || left() == 1);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_warden_that_is_ended_leaves_nothing_behind() {
    let Some(workshop) = Workshop::new("warden", SLEEPER, GOLDEN) else {
        return;
    };
    let mut command = workshop.command("check hello --python --limit 100");
    command.env("TMPDIR", workshop.0.join("tmp"));
    let (out, err) = (Stdio::null(), Stdio::null());
    let mut lesson = command.stdout(out).stderr(err).spawn().expect("the command");
    let file = workshop.0.join("pid");
    wait_until("the twin runs", || file.exists());
    let pid: i32 = fs::read_to_string(&file).expect("the file").parse().expect("a pid");
    let warden = Pid::from_raw(running::Stat::of(pid).expect("the twin runs").parent);
    kill(warden, Signal::SIGTERM).expect("the signal");
    assert_eq!(lesson.wait().expect("its end").code(), Some(2), "it could not judge");
    wait_until("the twin is gone", || !is_alive(pid));
    let left = || fs::read_dir(workshop.0.join("tmp")).expect("the folder").count();
    wait_until("the run's folder is gone", || left() == 1);
}

/// An orphan may stay a zombie for as long as its new parent likes.
fn is_alive(pid: i32) -> bool {
    match running::Stat::of(pid) {
        Some(stat) => !stat.is_zombie(),
        None => cfg!(not(target_os = "linux")) && kill(Pid::from_raw(pid), None).is_ok(),
    }
}

#[track_caller]
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < LONG, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_draft_is_legal_for_what_it_was_drafted_from() {
    let twin = r"
print('main       | \x1b[31mred\x1b[0m, and a <- b')
print('without a lane')
";
    let Some(workshop) = Workshop::new("drafted", twin, "main | to be drafted\n") else {
        return;
    };
    let golden = workshop.command("draft hello --python").output().expect("the command").stdout;
    let red =
        "main       | [u+1b][[31mred[u+1b][[0m, and a [u+3c]- b\n           | without a lane\n";
    assert_eq!(String::from_utf8_lossy(&golden), format!("# Say hello.\n{red}"));
    fs::write(workshop.0.join("tests/golden/hello.txt"), golden).expect("the file");
    workshop.lesson("check hello --python").expect(0, &["the same as the golden file"]);
    let printed = "main       | \x1b[31mred\x1b[0m, and a <- b\nwithout a lane\n";
    fs::write(workshop.0.join("saved.txt"), printed).expect("the file");
    workshop.lesson("compare hello saved.txt").expect(0, &["the same"]);
    let another = workshop.command("another hello 3").output().expect("the command").stdout;
    let another = String::from_utf8_lossy(&another).into_owned();
    assert!(another.contains("| \x1b[31mred\x1b[0m, and"), "{another:?}");
    // Too much to be judged is too much to be drafted.
    let twin = "for n in range(3000): print(f'main       | {n:01010}')\n";
    fs::write(workshop.0.join("lessons/hello/lesson.py"), twin).expect("the twin");
    let parts = ["no golden file can be written", "lines were not kept"];
    workshop.lesson("draft hello --python").expect(2, &parts);
}
