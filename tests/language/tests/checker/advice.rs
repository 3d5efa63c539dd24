//! Small wrong variants: whom does the report ask, and how often does it say the same?

use golden::{Golden, Language, Run};

/// What is wrong with the run, in the report's words, and the report.
#[track_caller]
fn told(golden: &str, run: &str) -> (Vec<String>, String) {
    let golden = Golden::parse("advice.txt", golden, Language::Rust);
    let golden = golden.unwrap_or_else(|error| panic!("{error}"));
    let report = golden.check(&Run::printed(run, ""));
    (report.problems().collect(), report.to_string())
}

#[track_caller]
fn is_told_once(golden: &str, run: &str, parts: &[&str]) {
    let (problems, report) = told(golden, run);
    assert_eq!(problems.len(), 1, "{report}");
    for part in parts {
        assert!(problems[0].contains(part), "`{part}` is not in:\n{report}");
    }
    assert!(!report.contains("because main joined"), "that did not happen:\n{report}");
}

/// Most wrong programs do not wait at all; so the one who should have is asked first.
#[test]
fn the_waiter_is_asked_first() {
    let early = "main | goes\nfriend | went on\nmain | is ready\n";
    for (cause, first, second) in [
        (
            "woken by main",
            "Does friend wait before it says this?",
            "before it sets, notifies or shuts down?",
        ),
        ("met main", "Does friend wait at the barrier before", "before it arrives there?"),
        ("read from main", "Does friend read the number before", "before it writes?"),
        ("received from main", "Does friend receive before it says this?", "before it sends?"),
        ("room made by main", "Does friend put before it says this?", "before it gets?"),
        ("all done by main", "Does friend join the queue before", "before it marks the item done?"),
    ] {
        let golden = format!("main | goes\nmain | is ready\nfriend | went on  <- {cause}\n");
        let asked = first;
        let second = format!("And does main say its line {second}");
        let (problems, report) = told(&golden, early);
        let place = |part: &str| {
            let at = problems[0].replace('\n', " ").find(part);
            at.unwrap_or_else(|| panic!("`{part}` is not in:\n{report}"))
        };
        assert!(place(asked) < place(&second), "{report}");
    }
}

#[test]
fn what_did_not_happen_is_not_told_as_if_it_had() {
    let golden = "friend | is done\nmain | ends  <- joined friend\n";
    let run = "main | ends\nfriend | is done\n";
    is_told_once(golden, run, &["because main has to join friend first. join returns only when"]);
}

#[test]
fn the_worker_that_is_missing_is_named() {
    let golden = "worker-* | does 0\nworker-* | does 1\nworker-* | does 2\nmain | ends  <- joined worker-*\n";
    let run = "worker-1 | does 1\nworker-3 | does 0\nmain | ends\nworker-2 | does 2\n";
    let parts = [
        "`worker-* | does 2` (your line 4, said by worker-2)",
        "because main has to join worker-2 first. join returns only when worker-2 has ended",
        "Does main join worker-2 before it says this?",
    ];
    is_told_once(golden, run, &parts);
    // Of two that are missing none is singled out.
    let run = "worker-1 | does 1\nmain | ends\nworker-3 | does 0\nworker-2 | does 2\n";
    is_told_once(golden, run, &["because main has to join worker-* first."]);
}

const TURNS: &str = "main | begins
clerk-1 | opens   <- takes lock
clerk-1 | writes  <- holds lock
clerk-1 | closes  <- holds lock
clerk-2 | opens   <- takes lock
clerk-2 | writes  <- holds lock
clerk-2 | closes  <- holds lock
clerk-3 | opens   <- takes lock
clerk-3 | writes  <- holds lock
clerk-3 | closes  <- holds lock
main | ends  <- joined clerk-*
";

#[test]
fn without_a_lock_the_first_who_comes_in_between_is_told() {
    let run = "main | begins\nclerk-1 | opens\nclerk-2 | opens\nclerk-3 | opens
clerk-1 | writes\nclerk-1 | closes\nclerk-2 | writes\nclerk-3 | writes\nclerk-2 | closes
clerk-3 | closes\nmain | ends\n";
    let parts = [
        "your line 3: clerk-2    | opens",
        "came while the lock `lock` was held",
        "Does clerk-2 take `lock` before it says this? And does clerk-1 hold it to the end",
    ];
    is_told_once(TURNS, run, &parts);
    let (_, report) = told(TURNS, run);
    assert_eq!(report.matches("  inside a turn ").count(), 1, "{report}");
    assert!(report.contains("  out of turn "), "{report}");
    // What has nothing to do with the lock is told beside it.
    let run = run.replace("main | ends", "main | stops here");
    let (problems, report) = told(TURNS, &run);
    assert_eq!(problems.len(), 3, "{report}");
}

#[test]
fn another_name_is_told_once() {
    let golden = "main | goes\nfriend | 1\nfriend | 2\nfriend | 3\nmain | ends  <- joined friend\n";
    let run = "main | goes\nbuddy | 1\nbuddy | 2\nbuddy | 3\nmain | ends\n";
    let parts = ["your line 2: buddy", "comes from `buddy`", "it says what `friend` should say"];
    is_told_once(golden, run, &parts);
    // By another name, too, it must not come too early.
    let run = "main | goes\nbuddy | 1\nmain | ends\nbuddy | 2\nbuddy | 3\n";
    let (problems, report) = told(golden, run);
    assert_eq!(problems.len(), 2, "{report}");
    assert!(problems[1].contains("came too early"), "{report}");
    let golden = "main | goes\nw-* | 1\nw-* | 2\nmain | ends  <- joined w-*\n";
    let run = "main | goes\nhand | 1\nw-2 | 2\nmain | ends\n";
    is_told_once(golden, run, &["comes from `hand`", "what `w-*` should say"]);
    // Somebody who says what nobody should is not another's name.
    let run = "main | goes\nhand | 7\nw-2 | 1\nw-2 | 2\nmain | ends\n";
    let (problems, report) = told(golden, run);
    assert!(problems[0].contains("is unexpected"), "{report}");
}

#[test]
fn lines_that_never_came_are_one_problem() {
    let golden = "main | 1\nmain | 2\nmain | 3\nmain | 4\n";
    let parts = ["golden lines 2 to 4 never came; the first is golden line 2, `main | 2`."];
    is_told_once(golden, "main | 1\n", &parts);
    is_told_once(golden, "main | 1\nmain | 2\nmain | 3\n", &["`main | 4` is missing."]);
}
