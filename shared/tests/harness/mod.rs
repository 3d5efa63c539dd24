//! Runs each test case in a process of its own, under a warden of its own and a time limit.
//!
//! A process that forks must have one thread, and a crate about killed processes must not let one
//! case hurt the next. So the test program runs itself again for each case, and once more as the
//! warden that watches it. When a case is over, nobody who descends from it may be left; when it takes
//! too long, the report says who was still there and what each was waiting for, and everybody is killed.
//!
//! ```ignore
//! mod harness;
//! fn joins() { .. }
//! fn main() {
//!     harness::run(harness::cases![joins]);
//! }
//! ```
// Each test program uses a part of this file.
#![allow(dead_code, unused_macros, unused_imports, unsafe_code)]

use std::io::Write;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
pub use running::Stat;
use running::{Orders, Process};

/// The name of a case or of a helper program, and what it does.
pub type Case = (&'static str, fn());

/// Turns functions into cases that bear their names.
macro_rules! cases {
    ($($case:ident),* $(,)?) => { &[$((stringify!($case), $case as fn())),*] };
}
pub(crate) use cases;

const WHICH: &str = "HARNESS_RUN";
/// If this is set, what a case has said is shown even if it passes: for measured figures.
pub const SHOW: &str = "HARNESS_SHOW";
const LIMIT: Duration = Duration::from_secs(30);
/// How many cases run at once, on any machine: most of the time they sleep.
const THREADS: usize = 8;

/// Runs `cases`, each with a limit of 30 seconds.
pub fn run(cases: &[Case]) {
    run_within(LIMIT, cases, &[]);
}

/// Runs `cases`, each with this limit; `programs` are started by cases, with [`program`].
pub fn run_within(limit: Duration, cases: &[Case], programs: &[Case]) {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == running::WARDEN) {
        return running::serve(arguments).expect("somebody takes the answer");
    }
    if let Ok(which) = std::env::var(WHICH) {
        let named = |&&(name, _): &&Case| name == which;
        if let Some((_, body)) = cases.iter().find(named) {
            return judged_at_once(*body);
        }
        let (_, body) = programs.iter().find(named).expect("one of this program");
        return body();
    }
    let trials = cases.iter().map(|&(name, _)| Trial::test(name, move || case(name, limit)));
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

/// Runs a case. If it fails, it does not wait for its children, which may wait for ever.
fn judged_at_once(case: fn()) {
    for given_by_the_warden in ["TMPDIR", "LESSON_WAITS"] {
        // SAFETY: this process has one thread.
        unsafe { std::env::remove_var(given_by_the_warden) };
    }
    if std::panic::catch_unwind(case).is_err() {
        let _ = std::io::stdout().flush();
        // SAFETY: it takes any number.
        unsafe { libc::_exit(101) }
    }
}

/// A command that runs the helper program `name` of this test program.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test program"));
    command.env(WHICH, name);
    command
}

fn case(name: &'static str, limit: Duration) -> Result<(), Failed> {
    let this = std::env::current_exe()?;
    let orders = Orders { limit, hangs: false, may_outlive: false, load: None };
    let ran = running::watch(&this, &program(name), &orders)?;
    let list = |processes: &[Process]| -> String {
        processes.iter().map(|process| format!("  {process}\n")).collect()
    };
    let verdict = match ran.code {
        None => format!("not over after {limit:?}; still there:\n{}", list(ran.at_the_limit())),
        Some(0) if ran.left_over.is_empty() => {
            if std::env::var_os(SHOW).is_some() {
                println!("--- output of {name}\n{}", ran.printed());
            }
            return Ok(());
        }
        Some(0) => format!("it ended, but it left behind:\n{}", list(&ran.left_over)),
        Some(code) => format!("exit code {code}"),
    };
    Err(format!("{verdict}\n--- output of {name}\n{}", ran.printed()).into())
}

/// From now on a signal interrupts this process every so many microseconds, in whatever it waits.
pub fn interrupt_every(microseconds: i64) {
    extern "C" fn nothing(_: i32) {}
    let every = libc::timeval { tv_sec: 0, tv_usec: microseconds as _ };
    let timer = libc::itimerval { it_interval: every, it_value: every };
    // SAFETY: the handler does nothing, and without SA_RESTART it interrupts every call that waits.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = nothing as *const () as libc::sighandler_t;
        libc::sigaction(libc::SIGALRM, &action, std::ptr::null_mut());
        libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut());
    }
}

/// Every process of this machine (none where there is no /proc).
pub fn pids() -> Vec<i32> {
    Stat::of_all().iter().map(|stat| stat.pid).collect()
}
