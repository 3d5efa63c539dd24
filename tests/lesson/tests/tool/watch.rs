//! What the runner has seen, held against a golden file; and the command as a warden.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::{Duration, Instant};

use golden::{Golden, Language};
use running::{Ended, Orders};

fn shell(script: &str, limit: Duration, may_outlive: bool) -> Ended {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    running::run(&mut command, limit, may_outlive).expect("the run")
}

fn long() -> Duration {
    Duration::from_secs(30)
}

/// That nobody outlived main is said only where main left nobody.
#[test]
fn who_had_ended_when_main_was_seen_to_end_may_have_outlived_it() {
    let golden = Golden::parse("it.txt", "outlives main: it\n", Language::Rust);
    let golden = golden.expect("right");
    // cat ends when the child has closed its end, and waits for no child.
    let script = "mkfifo $TMPDIR/it; (exec 3>$TMPDIR/it) & exec cat $TMPDIR/it";
    let ran = shell(script, long(), true);
    assert_eq!((ran.outlived_main.len(), ran.ended_unjoined.len()), (0, 1), "{ran:?}");
    assert!(lesson::judge(&golden, &ran).is_legal());
    let nobody_waited = |sentence: &String| sentence.contains("nobody waited");
    assert!(
        !ran.complaints(true).iter().any(nobody_waited)
            && ran.complaints(false).iter().any(nobody_waited)
    );
    let ran = shell("(exit 0) & wait", long(), true);
    let report = lesson::judge(&golden, &ran).to_string();
    assert!(report.contains("nobody outlived main; the golden file says it"), "{report}");
}

/// On a loaded machine a program may not even have begun at its limit.
#[test]
fn who_has_to_hang_is_given_the_time_to_get_there() {
    let warden = std::path::Path::new(env!("CARGO_BIN_EXE_lesson"));
    let hangs = |script: &str, limit| {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let limit = Duration::from_millis(limit);
        let orders = Orders { limit, hangs: true, may_outlive: false, load: None };
        let begin = Instant::now();
        let ran = running::watch(warden, &command, &orders).expect("the run");
        (ran, begin.elapsed())
    };
    // It works for twice its limit, by the clock. All of it may take ten times the limit, which can be
    // too short for a small limit on a loaded machine.
    let comes_to_hang = |seconds: u64| {
        let busy = "end=$(($(date +%s) + BUSY)); while [ $(date +%s) -lt $end ]; do :; done; \
                    echo 'main | late'; sleep 60";
        let busy = busy.replace("BUSY", &(2 * seconds).to_string());
        let (ran, _) = hangs(&busy, 1000 * seconds);
        assert_eq!(ran.code, None);
        ran.out == "main | late\n"
    };
    assert!([1, 5].into_iter().any(comes_to_hang), "it was ended before it hung");
    let (ran, time) = hangs("while :; do :; done", 100);
    assert_eq!(ran.code, None);
    assert!(time >= Duration::from_secs(1), "{time:?}");
    assert_eq!(hangs("exit 3", 2000).0.code, Some(3));
}
