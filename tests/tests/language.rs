//! The language: files, runs and verdicts.

use golden::{Golden, Language, Run, Verdict};

const QUEUE: &str = include_str!("examples/queue.txt");
const POISON_PILL: &str = include_str!("examples/poison-pill.txt");
const LOCK: &str = include_str!("examples/lock.txt");
const POOL: &str = include_str!("examples/pool.txt");
const TERMINATE: &str = include_str!("examples/terminate.txt");

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
                run.out
                    .extend(Run::printed(&format!("{name:<10} | {text}"), "").out);
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
        assert!(
            message.contains(case.says),
            "no {:?} in:\n{message}",
            case.says
        );
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
                says: "your line 6, `reader-2   | got 1`, comes before your line 7, `reader-1   \
                       | got 0`, here",
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
                       early: it must come after golden line 5, `writer | puts 2`,\n  because \
                       main joined writer. join returns only when writer has ended, so writer \
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
                says: "because main started writer. A process cannot speak before it is started.",
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
        .replace(
            "main: result 4\n        main: result 1",
            "main: result 1\n        main: result 4",
        )
        .replace("result 0", "result X")
        .replace("result 4", "result 0")
        .replace("result X", "result 4");
    let message = check(POISON_PILL, &same_sender, NotLegal);
    assert!(
        message.contains("because one process sent both"),
        "{message}"
    );
    let undone = legal
        .replace("        consumer-1: 3 squared is 9\n", "")
        .replace(
            "main: every task is done\n",
            "main: every task is done\n consumer-1: 3 squared is 9\n",
        );
    let message = check(POISON_PILL, &undone, NotLegal);
    assert!(
        message.contains("The queue's join returns only when each item"),
        "{message}"
    );
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
    assert!(
        message.contains("came while the lock lock was held"),
        "{message}"
    );
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
    assert!(
        message.contains("its process had not yet said golden line 4"),
        "{message}"
    );
    let another_ends = three.replace("worker-2: task 0 ends", "worker-4: task 0 ends");
    let message = check(POOL, &another_ends, NotLegal);
    assert!(
        message.contains("worker-[a] is worker-2 in this run"),
        "{message}"
    );
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
    assert!(message.contains("Unusual, and legal"), "{message}");
    check(TERMINATE, &legal.replace("worker: begins\n", ""), NotLegal);
    check(TERMINATE, &legal.replace("tick 2", "tick 3"), Different);
    check(TERMINATE, &legal.replace("-15", "0"), Different);
    let speaks_on = legal.to_owned() + "\n worker: tick 3";
    check(TERMINATE, &speaks_on, NotLegal);
}
