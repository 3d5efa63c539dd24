//! The harness is tested too: what it must catch, it catches.
mod harness;

use std::time::Duration;

fn passes() {}

fn fails() {
    println!("the reason");
    std::process::exit(3);
}

fn hangs() {
    std::thread::sleep(Duration::from_secs(3600));
}

#[expect(clippy::zombie_processes, reason = "that is what the harness must notice")]
fn leaves_one_behind() {
    // In a group of its own: the harness finds it as a descendant.
    use std::os::unix::process::CommandExt;
    harness::program("hangs").process_group(0).spawn().unwrap();
}

fn catches() {
    let mark = std::process::id().to_string();
    let mut inner = harness::program("");
    let run = inner.env_remove("HARNESS_RUN").env("INNER", &mark).output().unwrap();
    let text = String::from_utf8_lossy(&run.stdout);
    for part in [
        "1 passed; 3 failed",
        "exit code 3\n--- output of fails\nthe reason",
        "not over after 2s; still there:\n  ",
        "but it left behind:\n  ",
        "harness_itself-",
    ] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
    let left = harness::pids().into_iter().filter(|pid| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(&format!("INNER={mark}\0"))
    });
    assert_eq!(left.count(), 0, "everything was killed");
}

fn main() {
    let inner = harness::cases![passes, fails, hangs, leaves_one_behind];
    match std::env::var("INNER") {
        Ok(_) => harness::run_within(Duration::from_secs(2), inner, &[]),
        Err(_) => harness::run_within(Duration::from_secs(30), harness::cases![catches], inner),
    }
}
