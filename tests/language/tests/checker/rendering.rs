//! How a report looks: the same said once, one and several told apart, and who said what counted.

use golden::{Golden, Language, Run};

#[track_caller]
fn golden(source: &str) -> Golden {
    Golden::parse("rendering.txt", source, Language::Rust).unwrap_or_else(|error| panic!("{error}"))
}

const STARTS: &str = "main | goes
a | 1  <- started by main
b | 1  <- started by main
c | 1  <- started by main
main | looks
main | ends
";

#[test]
fn what_has_one_cause_is_said_once() {
    let golden = golden(STARTS);
    let run = "a | 1\nb | 1\nc | 1\nmain | goes\nmain | ends\nmain | looks\n";
    let report = golden.check(&Run::printed(run, "")).to_string();
    let large = "
  your line 1: a          | 1
  came too early: it must come after golden line 1, `main | goes`, because main has to start a first. A process cannot speak before it is started.
  Does main say its line before it starts a?
  The same goes for your lines 2 and 3.

  Also:
  - your line 5: too early, must come after golden line 5, `main | looks`

  The run, line by line:
";
    assert!(report.contains(large), "{report}");
    // A whole program that is another one.
    let run = "x | 1\nx | 2\nx | 3\nx | 4\n";
    let report = golden.check(&Run::printed(run, "")).to_string();
    assert!(report.contains("\n  The same goes for your lines 2 to 4.\n"), "{report}");
    assert!(report.contains("\n  - golden lines 1 to 6 never came; the first is"), "{report}");
}

#[test]
fn one_is_not_several() {
    let golden = golden(STARTS);
    let all = "main | goes\na | 1\nb | 1\nc | 1\nmain | looks\nmain | ends\n";
    let one = golden.check(&Run::printed(&all.replace("b | 1\n", ""), "")).to_string();
    assert!(one.contains("  golden line 3, `b | 1` is missing.\n"), "{one}");
    let one = golden.check(&Run::printed("a | 2\na | 2\n", "")).to_string();
    assert!(one.contains("  The same goes for your line 2.\n"), "{one}");
    let lost = |more| {
        let run = Run { more, ..Run::printed(all, "") };
        golden.check(&run).to_string()
    };
    assert!(lost(1).contains("the last line was not kept."), "{}", lost(1));
    assert!(lost(2).contains("the last 2 lines were not kept."), "{}", lost(2));
    assert_eq!(golden::count(1, "run"), "1 run");
    assert_eq!(golden::count(2, "run"), "2 runs");
}

#[test]
fn who_got_what() {
    let golden = golden("main | goes\nr-* | got 0  <- started by main\nr-* | got 1\nr-* | got 2\n");
    let split = |run: &str| golden.check(&Run::printed(run, "")).split().to_string();
    assert_eq!(
        split("main | goes\nr-2 | got 0\nr-1 | got 1\nr-2 | got 2\n"),
        "r-1 got 1; r-2 got 0, 2"
    );
    assert_eq!(split("main | goes\nr-1 | got 0\nr-1 | got 1\nr-1 | got 2\n"), "r-1 got 0, 1, 2");
    let source = "w-[a] | begins\nw-[b] | begins\nw-[a] | ends\nw-[b] | ends\n";
    let golden = self::golden(source);
    let split =
        golden.check(&Run::printed("w-2 | begins\nw-1 | begins\nw-2 | ends\nw-1 | ends\n", ""));
    assert_eq!(split.split().to_string(), "w-1 [b]; w-2 [a]");
    assert!(self::golden(STARTS).check(&Run::printed("main | goes\n", "")).split().is_empty());
}
