//! The language: files, runs and verdicts.

use golden::{Golden, Language, Run, Verdict};

const QUEUE: &str = include_str!("../examples/queue.txt");
const POISON_PILL: &str = include_str!("../examples/poison-pill.txt");
const LOCK: &str = include_str!("../examples/lock.txt");
const POOL: &str = include_str!("../examples/pool.txt");
const TERMINATE: &str = include_str!("../examples/terminate.txt");

fn golden(source: &str) -> Golden {
    Golden::parse("test.txt", source, Language::Rust).unwrap_or_else(|error| panic!("{error}"))
}

/// `writer: puts 0` is shorter to write here than the real line; `!` begins a line on stderr.
fn run(short: &str) -> Run {
    let mut run = Run::default();
    for line in short.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("! ") {
            Some(raw) => run.err.push(raw.to_owned()),
            None => {
                let (name, text) = line.split_once(": ").expect("name: text");
                run.out.extend(Run::printed(&format!("{name:<10} | {text}"), "").out);
            }
        }
    }
    run
}

#[track_caller]
fn check(source: &str, short: &str, expected: Verdict) -> String {
    let golden = golden(source);
    let run = run(short);
    let report = golden.check(&run);
    assert_eq!(report.verdict(), expected, "{report}");
    report.to_string()
}

/// A golden file, and runs with their verdicts; `blamed` must be in the message.
struct Case {
    run: &'static str,
    verdict: Verdict,
    says: &'static str,
}

#[track_caller]
fn table(source: &str, end: golden::End, cases: &[Case]) {
    let golden = golden(source);
    for case in cases {
        let mut run = run(case.run);
        run.end = end;
        let report = golden.check(&run);
        let message = report.to_string();
        assert_eq!(report.verdict(), case.verdict, "{message}");
        assert!(message.contains(case.says), "no {:?} in:\n{message}", case.says);
    }
}

use Verdict::{AnotherLegalOrder, Different, NotLegal, Same};

#[test]
fn queue() {
    table(
        QUEUE,
        golden::End::Code(0),
        &[
            Case {
                run: "main: one writer, two readers
                    writer: puts 0
                    writer: puts 1
                    writer: puts 2
                    main: the writer has ended, 3 items wait
                    reader-1: got 0
                    reader-2: got 1
                    reader-1: got 2
                    main: everything was read",
                verdict: Same,
                says: "the same as the golden file",
            },
            Case {
                run: "main: one writer, two readers
                    writer: puts 0
                    writer: puts 1
                    writer: puts 2
                    main: the writer has ended, 3 items wait
                    reader-2: got 1
                    reader-1: got 0
                    reader-1: got 2
                    main: everything was read",
                verdict: AnotherLegalOrder,
                says: "    6  reader-2   | got 1\n    7  reader-1   | got 0\n",
            },
            Case {
                run: "main: one writer, two readers
                    writer: puts 0
                    writer: puts 1
                    main: the writer has ended, 3 items wait
                    writer: puts 2
                    reader-1: got 0
                    reader-1: got 1
                    reader-1: got 2
                    main: everything was read",
                verdict: NotLegal,
                says: "your line 4: main       | the writer has ended, 3 items wait\n  came too \
                       early: it must come after golden line 5, `writer | puts 2`, because \
                       main has to join writer first. join returns only when writer has ended, so writer \
                       has said everything.",
            },
            Case {
                run: "main: one writer, two readers
                    writer: puts 0
                    writer: puts 1
                    writer: puts 2
                    main: the writer has ended, 3 items wait
                    reader-1: got 1
                    reader-1: got 0
                    reader-2: got 2
                    main: everything was read",
                verdict: NotLegal,
                says: "your line 7: reader-1   | got 0\n  came too late",
            },
            Case {
                run: "main: one writer, two readers
                    writer: puts 0
                    writer: puts 1
                    writer: puts 2
                    main: the writer has ended, 3 items wait
                    reader-1: got 0
                    reader-2: got 0
                    reader-2: got 1
                    reader-2: got 2
                    main: everything was read",
                verdict: Different,
                says: "your line 7: reader-2   | got 0\n  is repeated: golden line 7",
            },
            Case {
                run: "main: one writer, two readers
                    writer: puts 0
                    writer: puts 2
                    main: the writer has ended, 3 items wait
                    reader-1: got 0
                    reader-2: got 1
                    reader-2: got 2
                    main: everything was read",
                verdict: Different,
                says: "golden line 4, `writer | puts 1` is missing",
            },
            Case {
                run: "writer: puts 0
                    main: one writer, two readers
                    writer: puts 1
                    writer: puts 2
                    main: the writer has ended, 4 items wait
                    reader-1: got 0
                    reader-2: got 1
                    reader-2: got 2
                    main: everything was read",
                verdict: NotLegal,
                says: "because main has to start writer first. A process cannot speak before it is started.",
            },
        ],
    );
}

#[test]
fn poison_pill() {
    let legal = "main: puts 4 tasks, then 2 pills
        consumer-1: 0 squared is 0
        consumer-2: 1 squared is 1
        consumer-1: 2 squared is 4
        consumer-2: takes a pill and exits
        consumer-1: 3 squared is 9
        consumer-1: takes a pill and exits
        main: every task is done
        main: result 0
        main: result 4
        main: result 1
        main: result 9
        main: 4 results";
    check(POISON_PILL, legal, AnotherLegalOrder);
    let same_sender = legal
        .replace("main: result 4\n        main: result 1", "main: result 1\n        main: result 4")
        .replace("result 0", "result X")
        .replace("result 4", "result 0")
        .replace("result X", "result 4");
    let message = check(POISON_PILL, &same_sender, NotLegal);
    assert!(message.contains("because one process sent both"), "{message}");
    let undone = legal.replace("        consumer-1: 3 squared is 9\n", "").replace(
        "main: every task is done\n",
        "main: every task is done\n consumer-1: 3 squared is 9\n",
    );
    let message = check(POISON_PILL, &undone, NotLegal);
    assert!(message.contains("The queue's join returns only when each item"), "{message}");
}

#[test]
fn lock() {
    let legal = "main: two processes, one lock
        clerk-2: opens
        clerk-2: writes
        clerk-2: closes
        clerk-1: opens
        clerk-1: writes
        clerk-1: closes
        main: both have ended";
    check(LOCK, legal, AnotherLegalOrder);
    let mixed = legal
        .replace("        clerk-1: opens\n", "")
        .replace("clerk-2: closes\n", "clerk-1: opens\n clerk-2: closes\n");
    let message = check(LOCK, &mixed, NotLegal);
    assert!(message.contains("came while the lock `lock` was held"), "{message}");
}

#[test]
fn pool() {
    let legal = "main: asks for 3 squares and goes on
        SpawnWorker: x
        worker-1: task 1 begins";
    let _ = legal;
    let one_worker = "main: asks for 3 squares and goes on
        worker-1: task 0 begins
        worker-1: task 0 ends
        worker-1: task 1 begins
        worker-1: task 1 ends
        main: 0 squared is 0
        main: 1 squared is 1
        worker-1: task 2 begins
        worker-1: task 2 ends
        main: 2 squared is 4
        main: the pool has ended";
    check(POOL, one_worker, AnotherLegalOrder);
    let three = "main: asks for 3 squares and goes on
        worker-3: task 2 begins
        worker-1: task 1 begins
        worker-2: task 0 begins
        worker-1: task 1 ends
        worker-3: task 2 ends
        worker-2: task 0 ends
        main: 0 squared is 0
        main: 1 squared is 1
        main: 2 squared is 4
        main: the pool has ended";
    check(POOL, three, AnotherLegalOrder);
    let both_at_once = one_worker.replace(
        "worker-1: task 0 ends\n        worker-1: task 1 begins",
        "worker-1: task 1 begins\n        worker-1: task 0 ends",
    );
    let message = check(POOL, &both_at_once, NotLegal);
    assert!(message.contains("its process had not yet said golden line 4"), "{message}");
    let another_ends = three.replace("worker-2: task 0 ends", "worker-4: task 0 ends");
    let message = check(POOL, &another_ends, NotLegal);
    assert!(message.contains("worker-[a] is worker-2 in this run"), "{message}");
}

#[test]
fn terminate() {
    let legal = "main: starts a worker that would tick for ever
        worker: begins
        worker: tick 0
        worker: tick 1
        main: terminates it
        worker: tick 2
        main: it is still alive: yes
        main: it has ended: exit code -15";
    check(TERMINATE, legal, AnotherLegalOrder);
    let at_once = "main: starts a worker that would tick for ever
        main: terminates it
        main: it is still alive: no
        main: it has ended: exit code -15";
    check(TERMINATE, at_once, Same);
    let late = "main: starts a worker that would tick for ever
        main: terminates it
        worker: begins
        main: it is still alive: yes
        main: it has ended: exit code -15";
    let message = check(TERMINATE, late, AnotherLegalOrder);
    assert!(message.contains("Unusual but legal"), "{message}");
    check(TERMINATE, &legal.replace("worker: begins\n", ""), NotLegal);
    check(TERMINATE, &legal.replace("tick 2", "tick 3"), Different);
    check(TERMINATE, &legal.replace("-15", "0"), Different);
    let speaks_on = legal.to_owned() + "\n worker: tick 3";
    check(TERMINATE, &speaks_on, NotLegal);
}

/// What is wrong with a file: where, and what the message must contain.
#[test]
fn malformed_files() {
    let cases: &[(&str, usize, usize, &str)] = &[
        ("main | a\nwriter", 2, 1, "found `writer`, expected `name | text`, a setting"),
        ("exit 3x", 1, 1, "nearest valid form: exit 0"),
        ("exot 3", 1, 1, "nearest valid form: exit 0"),
        ("limit 2", 1, 1, "nearest valid form: limit 2 s"),
        ("limit -1 s", 1, 1, "found `limit -1 s`"),
        ("limit 1e999 s", 1, 1, "found `limit 1e999 s`"),
        ("limit 0 s", 1, 1, "found `limit 0 s`"),
        ("exit by time limit", 1, 1, "nearest valid form: exit by the time limit"),
        ("outlive main: child", 1, 1, "nearest valid form: outlives main: name"),
        ("exit 1  <- perhaps", 1, 12, "expected `rust only` or `python only`"),
        (" main | a", 1, 1, "found ` main | a`, expected `name | text`"),
        ("main |a", 1, 1, "nearest valid form: name | text"),
        ("w-** | a", 1, 4, "at most one `*`"),
        ("w-*[a] | a", 1, 4, "at most one `*` or one `[letter]`"),
        ("w-[] | a", 1, 3, "`[letter]`"),
        ("w-[a | a", 1, 3, "`[letter]`"),
        ("main | a [pidd]", 1, 10, "nearest valid form: [pid]"),
        ("main | a [n:]", 1, 10, "found `[n:]`, expected a hole"),
        ("main | a [n 9..0]", 1, 10, "found `[n 9..0]`, expected a hole"),
        ("main | a [n", 1, 10, "a hole that ends with `]`"),
        ("main | é [pidd]", 1, 10, "found `[pidd]`"),
        ("main | a  <-", 1, 11, "expected a note after `<-`"),
        ("main | a  <-started by main", 1, 11, "expected a blank after `<-`"),
        ("main | a\nb | b <- started by main", 2, 6, "expected two blanks before `<-`"),
        ("main | a\nb | b  <- strated by main", 2, 11, "nearest valid form: started by main"),
        ("main | a\nb | b  <- joind main", 2, 11, "nearest valid form: joined main"),
        ("main | a  <- perhabs", 1, 14, "nearest valid form: perhaps"),
        ("main | a  <- take key", 1, 14, "nearest valid form: takes key"),
        ("main | a  <- perhaps; any order", 1, 14, "expected a cause or another note"),
        ("main | a\nb | b  <- joined main x", 2, 22, "expected `, ` and another note"),
        ("main | a\nb | b  <- joined main \"a", 2, 23, "a text between two `\"`"),
        ("main | a  <- perhaps, once or more", 1, 23, "expected one note that says how often"),
        ("main | a\nb | b  <- joined writer", 2, 11, "expected a line of writer above"),
        (
            "main | a\nb | b  <- received from main \"x\"",
            2,
            11,
            "expected a line of main with the text \"x\" above",
        ),
        ("w | a\nmain | b  <- joined w\nw | c", 3, 1, "it ended at line 2, and no `started by`"),
        ("w | a\nmain | b  <- saw the end of w\nw | c", 3, 1, "no line of w here"),
        (
            "main | a\nw | b  <- started by main\nw | c  <- started by main",
            3,
            11,
            "expected one start of w: line 2 has started it, and nothing saw it end",
        ),
        (
            "main | a\nw | b  <- started by main\nmain | c  <- joined w\nw | d",
            4,
            1,
            "it ended at line 3, and no `started by` follows",
        ),
        ("orders 0", 1, 8, "found `0`, expected a number of orders, from 1"),
        ("orders +3", 1, 8, "found `+3`, expected a number of orders, from 1"),
        ("order 3", 1, 1, "nearest valid form: orders 6"),
        ("orders 3\norders 3", 2, 1, "expected one line that says how many orders there are"),
        ("main | a  <- next form q", 1, 14, "nearest valid form: next from q"),
        ("main ! a  <- next from q", 1, 14, "expected this note at a line on standard output"),
        ("main | a  <- next from q, next from r", 1, 27, "expected one queue that it is from"),
        (
            "w-* | a  <- any order, next from q",
            1,
            24,
            "expected `next from q` in any order at a line of one process that comes once",
        ),
        (
            "w | a  <- perhaps, any order, next from q",
            1,
            31,
            "expected `next from q` in any order at a line of one process that comes once",
        ),
        (
            "w | a  <- any order, next from q\nw | b  <- any order",
            2,
            1,
            "expected neighbours in any order that are next from one queue, or none of them",
        ),
        ("main | a  <- holds key", 1, 14, "expected `takes key` at a line of main above"),
        ("w-* | a  <- takes key\nw-* | b  <- holds key", 2, 13, "w-* may be several"),
        ("main | a  <- takes one off 2 s", 1, 14, "nearest valid form: takes one of 2 s"),
        ("main | a  <- takes one of 1 seats", 1, 14, "nearest valid form: takes one of 2 seats"),
        (
            "main | a  <- holds one of 2 seats",
            1,
            14,
            "expected `takes one of 2 seats` at a line of",
        ),
        ("a | a  <- takes one of 2 s\nb | b  <- takes one of 3 s", 2, 11, "`one of 2 s`, as above"),
        (
            "a | a  <- perhaps, takes one of 2 s",
            1,
            20,
            "expected `one of 2 s` at a line that comes once",
        ),
        (
            "a | x  <- takes one of 2 s\nb | x  <- takes one of 2 s\nc | x  <- takes one of 2 s\n\
             a | y  <- holds one of 2 s\nb | y  <- holds one of 2 s",
            3,
            1,
            "expected a file that keeps its own rules: came while 2 turns of `s` went on",
        ),
        (
            "a | x  <- takes key\nb | y  <- takes key\na | z  <- holds key",
            2,
            1,
            "expected a file that keeps its own rules: came while the lock `key` was held",
        ),
        ("a | [n:x 0..1]\na | [n:x 5..6]", 2, 1, "a file that keeps its own rules"),
    ];
    for (source, line, column, says) in cases {
        let error = match Golden::parse("bad.txt", source, Language::Rust) {
            Ok(_) => panic!("accepted: {source}"),
            Err(error) => error,
        };
        let message = error.to_string();
        assert_eq!((error.line, error.column), (*line, *column), "{message}");
        assert!(message.contains(says), "no {says:?} in:\n{message}");
        assert!(message.starts_with(&format!("bad.txt:{line}:{column}: ")), "{message}");
    }
}

/// What looks like the language and is plain text.
#[test]
fn literal_texts() {
    let cases = [
        ("main | [0, 1, 4] [INFO/x] [] [[n]", "[0, 1, 4] [INFO/x] [] [n]"),
        ("main | a <- b", "a <- b"),
        ("main | a | b ! c", "a | b ! c"),
        ("main |", ""),
        ("main | # no comment", "# no comment"),
        ("main | exit 3   ", "exit 3"),
    ];
    for (source, text) in cases {
        let run = Run::printed(&format!("main       | {text}\n"), "");
        let golden = golden(source);
        let report = golden.check(&run);
        assert!(report.is_legal(), "{source}\n{report}");
    }
}

/// Each hole, what it takes, and what it does not.
#[test]
fn holes() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("[pid] x", &["1 x", "4194304 x"], &["x", "-1 x", "a x"]),
        ("[n]", &["0", "-7", "123456789012345678901234567890"], &["", "-", "1.5", "+1"]),
        ("[n 0..3]", &["0", "3"], &["4", "-1", "x"]),
        ("[n -2..-1]", &["-2"], &["0"]),
        ("[time] s", &["0 s", "0.25 s"], &["0. s", ".5 s", "-1 s", "1.2.3 s"]),
        ("say [text]!", &["say !", "say a!b!"], &["say a", "sayx!"]),
        ("[text]-[text]", &["-", "a-b-c"], &["ab"]),
        ("[one of a / ab]c", &["ac", "abc"], &["c", "abbc"]),
        ("[n:x] + [n:x]", &["1 + 1"], &["1 + 2"]),
        ("[pid:x] [pid:y]", &["1 2"], &["1 1"]),
        ("[n 5,7,..] [n 1,2,..]", &["5 1"], &["7 1", "5 2"]),
        ("[n:x 0,1,..] [n:x 0,1,..]", &["0 1"], &["0 0"]),
    ];
    for (text, good, bad) in cases {
        let golden = golden(&format!("main | {text}"));
        let check = |said: &&str| {
            let run = Run::printed(&format!("main       | {said}\n"), "");
            golden.check(&run).is_legal()
        };
        good.iter().for_each(|said| assert!(check(said), "{text} refuses {said}"));
        bad.iter().for_each(|said| assert!(!check(said), "{text} takes {said}"));
    }
}

#[test]
fn one_name_twice() {
    let source = "main | a\nw | b  <- started by main\nmain | c  <- joined w\n\
                  w | d  <- started by main\nmain | e  <- joined w";
    check(source, "main: a\n w: b\n main: c\n w: d\n main: e", Same);
    check(source, "main: a\n w: b\n w: d\n main: c\n main: e", NotLegal);
}

#[test]
fn lines_of_one_language() {
    let source = "main | a\nmain | code 101  <- rust only\nmain | code 1  <- python only\n\
                  main ! boom  <- python only\nexit 3  <- rust only\nexit 1  <- python only";
    let rust = Golden::parse("x", source, Language::Rust).expect("legal");
    let python = Golden::parse("x", source, Language::Python).expect("legal");
    let mut of_rust = run("main: a\n main: code 101");
    of_rust.end = golden::End::Code(3);
    let mut of_python = run("main: a\n main: code 1\n ! boom");
    of_python.end = golden::End::Code(1);
    assert_eq!(rust.check(&of_rust).verdict(), Same);
    assert_eq!(python.check(&of_python).verdict(), Same);
    assert_eq!(rust.check(&of_python).verdict(), Different);
    assert_eq!(python.check(&of_rust).verdict(), Different);
}

#[test]
fn ends_and_orphans() {
    let stuck = golden("limit 2 s\nexit by the time limit\nmain | waits for ever");
    assert_eq!(stuck.limit, std::time::Duration::from_secs(2));
    let mut waits = run("main: waits for ever");
    let message = stuck.check(&waits).to_string();
    assert!(message.contains("ended with `exit 0`; the golden file says `exit by the time"));
    waits.end = golden::End::TimeLimit;
    assert!(stuck.check(&waits).is_legal());

    let either = golden("exit by the time limit  <- perhaps\nmain | waits for ever");
    assert!(either.check(&waits).is_legal());
    assert!(either.check(&run("main: waits for ever")).is_legal());
    waits.end = golden::End::Code(1);
    assert!(!either.check(&waits).is_legal());

    let orphan = golden(
        "outlives main: child\nmain | starts a child\nchild | my parent is [pid:old]  <- started \
         by main\nmain | ends\nchild | my parent is now [pid:new]  <- saw the end of main",
    );
    let mut lives_on = run("main: starts a child
        child: my parent is 10
        main: ends
        child: my parent is now 1");
    let message = orphan.check(&lives_on).to_string();
    assert!(message.contains("nobody outlived main; the golden file says child"), "{message}");
    lives_on.outlived_main.push("other (pid 3, running)".into());
    assert!(!orphan.check(&lives_on).is_legal());
    lives_on.outlived_main = vec!["child (pid 3, running)".into()];
    assert!(orphan.check(&lives_on).is_legal());
    lives_on.out.swap(2, 3);
    let message = orphan.check(&lives_on).to_string();
    assert!(message.contains("A dead main (not alive"), "{message}");
}

/// Orders go through lines of the other stream, and hold within each stream.
#[test]
fn two_streams() {
    let source =
        "main | a\nw ! x  <- started by main\nmain | b  <- joined w\nv ! y  <- started by main";
    check(source, "main: a\n main: b\n ! x\n ! y", Same);
    let message = check(source, "main: a\n main: b\n ! y\n ! x", NotLegal);
    assert!(message.contains("your line 1 on stderr: y"), "{message}");
    let message = check(source, "main: b\n main: a\n ! x\n ! y", NotLegal);
    assert!(message.contains("your line 1: main       | b"), "{message}");
    check(source, "main: a\n main: b\n ! x", Different);
}

#[test]
fn one_slip_is_one_problem() {
    let golden = golden(QUEUE);
    let right = golden.as_written();
    for at in 0..right.out.len() {
        let mut lost = right.clone();
        lost.out.remove(at);
        let message = golden.check(&lost).to_string();
        assert_eq!(message.matches("is missing").count(), 1, "{message}");
        assert_eq!(message.matches("your line").count(), 0, "{message}");

        let mut doubled = right.clone();
        doubled.out.insert(at, right.out[at].clone());
        let message = golden.check(&doubled).to_string();
        assert_eq!(message.matches("is repeated").count(), 1, "{message}");

        let mut other = right.clone();
        other.out[at].text.push('x');
        let message = golden.check(&other).to_string();
        assert_eq!(message.matches("is almost golden line").count(), 1, "{message}");
        assert_eq!(message.matches("your line").count(), 1, "{message}");
    }
}

/// Whose pid is `a` and whose is `b` only main's line tells, so that which is right is not blamed.
#[test]
fn the_wrong_value_is_named() {
    let source = "w-* | my pid is [pid:a]\n\
                  w-* | my pid is [pid:b]\n\
                  main | first is [pid:a], second is [pid:b]  <- joined w-*\n";
    for (first, second) in [(11, 12), (12, 11)] {
        let run = format!("w-1: my pid is {first}\n w-2: my pid is {second}\n");
        let wrong = check(source, &format!("{run} main: first is 11, second is 99"), Different);
        assert!(wrong.contains("[pid:b] must be 12 here"), "{wrong}");
        let wrong = check(source, &format!("{run} main: first is 99, second is 12"), Different);
        assert!(wrong.contains("[pid:a] must be 11 here"), "{wrong}");
    }
}

/// Main did not join, so it was early and counted other items.
#[test]
fn almost_and_too_early() {
    let message = check(
        QUEUE,
        "main: one writer, two readers
        main: the writer has ended, 0 items wait
        writer: puts 0
        writer: puts 1
        writer: puts 2
        reader-1: got 0
        reader-1: got 1
        reader-1: got 2
        main: everything was read",
        Different,
    );
    assert!(message.contains("is almost golden line 6"), "{message}");
    assert!(message.contains("and came too early: it must come after golden line 5"), "{message}");
    assert!(message.contains("because main has to join writer first"), "{message}");
    assert_eq!(message.matches("your line").count(), 1, "{message}");
}

#[test]
fn a_line_that_nobody_says() {
    let message = check("main | a", "main: a\n main: what is this", Different);
    assert!(message.contains("Nothing more could come here"), "{message}");
    let mut torn = run("main: a");
    torn.out.extend(Run::printed("no name here", "").out);
    let golden = golden("main | a");
    assert_eq!(golden.check(&torn).verdict(), Different);
}

/// Ambiguity that nothing resolves ends in a message, not in a hang.
#[test]
fn the_step_limit() {
    let mut source = String::new();
    for n in 0..30 {
        source += &format!("main | got [n:x{n}]  <- any order\n");
    }
    for n in 0..30 {
        source += &format!("main | then [n:x{n}]\n");
    }
    let golden = golden(&source);
    let mut run = golden.as_written();
    for n in 0..30 {
        run.out[n].text = format!("got {n}");
        run.out[30 + n].text = format!("then {}", (n * 7) % 30);
    }
    run.out[59].text = "then 1000".into();
    let begin = std::time::Instant::now();
    let report = golden.check(&run);
    assert_eq!(report.verdict(), Verdict::Undecided);
    assert!(report.to_string().contains("Make these golden lines more distinct"), "{report}");
    assert!(begin.elapsed() < std::time::Duration::from_secs(10));
}

/// On standard error nobody tells the processes apart: these ten lines can be paired off in
/// 3,628,800 ways, but those leave only 1,024 sets of lines to come.
#[test]
fn ways_that_meet_are_gone_once() {
    let source: String = (0..10).map(|n| format!("w-* ! works\nw-* ! ends {n}\n")).collect();
    let ends: String = (0..9).map(|n| format!("! ends {n}\n")).collect();
    check(&source, &("! works\n".repeat(10) + &ends), Different);
}

#[test]
fn warnings() {
    let warned = |source: &str| golden(source).warnings.join("\n");
    assert!(warned("w-* | a\nw-* | a").contains("lines 1 and 2 of w-* say the same"));
    assert_eq!(warned("w-1 | a\nw-1 | a"), "");
    let repeats = "w | tick [n]  <- once or more\nw | tick 5  <- once or more";
    assert!(warned(repeats).contains("lines 1 and 2 both repeat and match the same text"));
}

#[test]
fn written_lines() {
    let source = r#"# <- no note
outlives main: child  <- python only

bad      ! a <- b  <- received from w-* "x, y", any order, takes lock
bad      ! no more"#;
    let lines = golden::Written::lines("file", source).expect("the language");
    let split =
        lines.iter().map(|line| (line.text, line.notes.iter().map(|note| note.text).collect()));
    let expected: [(&str, Vec<&str>); 5] = [
        ("# <- no note", vec![]),
        ("outlives main: child", vec!["python only"]),
        ("", vec![]),
        ("bad      ! a <- b", vec![r#"received from w-* "x, y""#, "any order", "takes lock"]),
        ("bad      ! no more", vec![]),
    ];
    assert_eq!(split.collect::<Vec<_>>(), expected);
    let causes: Vec<bool> = lines[3].notes.iter().map(|n| n.cause.is_some()).collect();
    assert_eq!(causes, [true, false, false]);

    let refused = golden::Written::lines("file", "main | a\nmain | b  <- joned x").unwrap_err();
    assert_eq!((refused.line, refused.column), (2, 14));
}

/// Lines that say the same are taken in the file's order only where it makes no difference.
#[test]
fn any_of_several_that_say_the_same() {
    let source = "w-* | x\nw-* | x\nmain | y  <- received from w-*\n";
    check(source, "w-1: x\nmain: y\nw-2: x", AnotherLegalOrder);
    check(source, "main: y\nw-1: x\nw-2: x", NotLegal);
    let source = "w-* | x\nw-* | z\nw-* | x\n";
    check(source, "w-1: z\nw-1: x\nw-2: x", AnotherLegalOrder);
}

#[test]
fn a_run_that_may_hang_and_was_interrupted() {
    let golden = golden("main | waits\nexit by the time limit\n");
    let hung = Run { end: golden::End::TimeLimit, ..run("main: waits") };
    let watched = |interrupted| {
        let endless = golden::Endless { headline: "hangs".into(), rows: Vec::new(), interrupted };
        golden.check_watched(&hung, Some(endless)).verdict()
    };
    assert_eq!(watched(false), Same);
    assert_eq!(watched(true), Verdict::Endless);
}

#[test]
fn a_queue_is_first_in_first_out() {
    const TASKS: &str = "main | puts 4
c-* | 0  <- received from main, next from tasks
c-* | 1  <- received from main, next from tasks
c-* | 2  <- received from main, next from tasks
c-* | 3  <- received from main, next from tasks
main | got 0  <- received from c-* \"0\", any order, next from results
main | got 1  <- received from c-* \"1\", any order, next from results
main | got 2  <- received from c-* \"2\", any order, next from results
main | got 3  <- received from c-* \"3\", any order, next from results
";
    table(
        TASKS,
        golden::End::Code(0),
        &[
            Case {
                run: "main: puts 4
                    c-2: 1
                    c-2: 2
                    c-1: 0
                    c-1: 3
                    main: got 1
                    main: got 0
                    main: got 2
                    main: got 3",
                verdict: AnotherLegalOrder,
                says: "legal",
            },
            Case {
                run: "main: puts 4
                    c-2: 1
                    c-2: 2
                    c-2: 3
                    main: got 1
                    main: got 2
                    main: got 3
                    c-1: 0
                    main: got 0",
                verdict: AnotherLegalOrder,
                says: "legal",
            },
            // c-1 was slow with its 0, and took another only after that: the 1 and 2 were gone.
            Case {
                run: "main: puts 4
                    c-2: 2
                    c-1: 0
                    c-1: 1
                    c-2: 3
                    main: got 0
                    main: got 1
                    main: got 2
                    main: got 3",
                verdict: NotLegal,
                says: "your line 4: c-1        | 1\n  came too late: golden line 4, `c-* | 2` was \
                       already there when c-1 said its line before this one. What c-1 takes after that \
                       line stands behind that message in `tasks`.\n  Does c-1 say what it has taken \
                       before it takes another?",
            },
            // c-1 went on to its 2, so it had put the result of 0 before.
            Case {
                run: "main: puts 4
                    c-1: 0
                    c-1: 2
                    c-2: 1
                    c-2: 3
                    main: got 1
                    main: got 0
                    main: got 2
                    main: got 3",
                verdict: NotLegal,
                says: "your line 6: main       | got 1\n  came too early: golden line 6, `main | got 0` \
                       had to come first, because c-1 had put it before golden line 3, `c-* | 1` was \
                       said, and messages leave `results` in the order in which they were put.\n  \
                       Does c-1 put it before it says its next line?",
            },
            // Also if that shows only later: the 3 was there, so c-1 had its 2.
            Case {
                run: "main: puts 4
                    c-1: 0
                    c-2: 1
                    c-2: 3
                    c-1: 2
                    main: got 1
                    main: got 3
                    main: got 0
                    main: got 2",
                verdict: NotLegal,
                says: "your line 7: main       | got 3\n  came too early: golden line 6, `main | got 0` \
                       had to come first",
            },
            // The result of 0 was put after that of 3; so c-1 took nothing before the 3.
            Case {
                run: "main: puts 4
                    c-1: 0
                    c-2: 1
                    c-2: 3
                    main: got 1
                    main: got 3
                    c-1: 2
                    main: got 0
                    main: got 2",
                verdict: NotLegal,
                says: "your line 7: c-1        | 2\n  came too late: golden line 5, `c-* | 3` was already \
                       there",
            },
        ],
    );
}

#[test]
fn of_equal_messages_any_may_be_the_next() {
    const PILLS: &str =
        "c-* | works  <- next from q\nc-1 | pill  <- next from q\nc-2 | pill  <- next from q\n";
    check(PILLS, "c-2: pill\nc-1: works\nc-1: pill", AnotherLegalOrder);
    check(PILLS, "c-1: pill\nc-2: works\nc-2: pill", AnotherLegalOrder);
    // A line that says the same and is no message is another.
    const ALIKE: &str = "c-* | begins\nc-* | a  <- next from q\nc-* | a\nc-* | b  <- next from q\n";
    check(ALIKE, "c-2: b\nc-1: begins\nc-1: a\nc-3: a", AnotherLegalOrder);
}

#[test]
fn how_many_orders_there_are_is_a_remark() {
    let both = "orders 1  <- rust only\norders 2  <- python only\nmain | a\nb | b\n";
    assert_eq!(golden(both).orders(), Some(1));
    let python = Golden::parse("test.txt", both, golden::Language::Python);
    assert_eq!(python.expect("right").orders(), Some(2));
    assert_eq!(golden("main | a\n").orders(), None);
    check("orders 7\nmain | a\nb | b", "b: b\nmain: a", AnotherLegalOrder);
    let lane = "orders | a\n";
    assert_eq!(golden::with_orders(lane, 1), "orders | a\norders 1\n");
}
