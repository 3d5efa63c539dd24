//! Runs each test case in a process of its own, in a session of its own, under a time limit.
//!
//! A process that forks must have one thread, and a crate about killed processes must not let one
//! case hurt the next. So the test program runs itself again for each case. When a case is over,
//! nothing of its session may be left; when it takes too long, the report says who was still
//! there and what each was waiting for, and everything is killed.
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

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};

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
/// How long a killed orphan may take to vanish once its case has ended.
const GRACE: Duration = Duration::from_secs(1);

/// Runs `cases`, each with a limit of 30 seconds.
pub fn run(cases: &[Case]) {
    run_within(LIMIT, cases, &[]);
}

/// Runs `cases`, each with this limit; `programs` are started by cases, with [`program`].
pub fn run_within(limit: Duration, cases: &[Case], programs: &[Case]) {
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
    // A file, not a pipe: a process that is left over would keep a pipe open.
    let mut output = unnamed_file()?;
    let mut command = program(name);
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?);
    // SAFETY: between fork and exec only setsid is called, which is async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            nix::unistd::setsid()?;
            Ok(())
        })
    };
    let mut leader = command.spawn()?;
    let session = leader.id() as i32;
    let verdict = judge(&mut leader, session, limit);
    end_session(session);
    leader.wait()?;
    let mut said = Vec::new();
    output.rewind()?;
    output.read_to_end(&mut said)?;
    let Err(verdict) = verdict else {
        if std::env::var_os(SHOW).is_some() {
            println!("--- output of {name}\n{}", String::from_utf8_lossy(&said));
        }
        return Ok(());
    };
    Err(format!("{verdict}\n--- output of {name}\n{}", String::from_utf8_lossy(&said)).into())
}

fn judge(leader: &mut Child, session: i32, limit: Duration) -> Result<(), String> {
    let deadline = Instant::now() + limit;
    let status = loop {
        if let Some(status) = leader.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if Instant::now() >= deadline {
            return Err(format!("not over after {limit:?}; still there:\n{}", members(session)));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    match (status.code(), status.signal()) {
        (Some(0), _) => {}
        (Some(code), _) => return Err(format!("exit code {code}")),
        _ => return Err(status.to_string()),
    }
    let ended = Instant::now();
    while !members(session).is_empty() {
        if ended.elapsed() >= GRACE {
            return Err(format!("it ended, but it left behind:\n{}", members(session)));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
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

/// One line for each process of the session that still runs: pid, name, state, what it waits for.
pub fn members(session: i32) -> String {
    let mut lines = String::new();
    for pid in pids() {
        let Some(stat) = Stat::of(pid) else { continue };
        // A zombie here has lost its parent: it is in the hands of pid 1.
        if stat.session == session && !matches!(stat.state, 'Z' | 'X') {
            let wait = fs::read_to_string(format!("/proc/{pid}/wchan")).unwrap_or_default();
            lines += &format!("  pid {pid} ({}) state {} in {wait}\n", stat.comm, stat.state);
        }
    }
    lines
}

/// What `/proc/PID/stat` tells.
pub struct Stat {
    pub comm: String,
    pub state: char,
    pub parent: i32,
    pub session: i32,
}

impl Stat {
    /// Of a process that exists, zombies included.
    pub fn of(pid: i32) -> Option<Stat> {
        // A name may hold any bytes.
        let bytes = fs::read(format!("/proc/{pid}/stat")).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let (head, tail) = text.rsplit_once(')')?;
        let mut fields = tail.split_whitespace();
        Some(Stat {
            comm: head.split_once('(')?.1.to_owned(),
            state: fields.next()?.chars().next()?,
            parent: fields.next()?.parse().ok()?,
            session: fields.nth(1)?.parse().ok()?,
        })
    }
}

/// Every process of this machine (none where there is no /proc).
pub fn pids() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// Kills everything in the session, whatever group it has moved to.
fn end_session(session: i32) {
    use nix::sys::signal::{Signal, kill, killpg};
    use nix::unistd::Pid;
    // An error says that there is nobody left to kill.
    let _ = killpg(Pid::from_raw(session), Signal::SIGKILL);
    for pid in pids() {
        if Stat::of(pid).is_some_and(|stat| stat.session == session) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

fn unnamed_file() -> std::io::Result<File> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = format!("{}/case-{}-{number}", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    let file = File::options().read(true).append(true).create_new(true).open(&path)?;
    fs::remove_file(path)?;
    Ok(file)
}
