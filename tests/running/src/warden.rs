//! A warden for each run: a process of its own that starts the program, so that every
//! descendant of the warden belongs to that run and to no other. The warden kills them all when the
//! process that wanted the run is gone, however that ended.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::ended::Ended;
use crate::going::{end_everybody, is_anything_going, leave_nothing_at_ctrl_c, stop};
use crate::orders::Orders;
use crate::processes::Scope;
use crate::run::{capture, supervise};
use crate::shake;
use crate::stand::Stand;
use crate::waits::Board;

/// The first argument of a program that is to be a warden: its `main` calls [`serve`] then.
pub const WARDEN: &str = "warden";

/// What a warden prints, a line each.
#[derive(Serialize, Deserialize)]
enum Tale {
    /// It has not ended yet.
    Still(Stand),
    Ended(Box<Result<Ended, String>>),
}

/// The other end of each warden's standard input: closed, somebody is gone; a byte is the order to
/// end the run.
#[derive(Default)]
struct Wardens {
    by_pid: Vec<(u32, ChildStdin)>,
    stopped: bool,
}

static WARDENS: Mutex<Wardens> = Mutex::new(Wardens { by_pid: Vec::new(), stopped: false });

/// Has every program that [`watch`] is running ended as its time limit would end it, and every later
/// one at its start. Says whether there is one, or one that a [`Begun`](crate::Begun) holds.
pub fn stop_all() -> bool {
    let mut wardens = WARDENS.lock().unwrap_or_else(PoisonError::into_inner);
    wardens.stopped = true;
    for (_, stdin) in &mut wardens.by_pid {
        // It may just have ended.
        let _ = stdin.write_all(b"s");
    }
    !wardens.by_pid.is_empty() || is_anything_going()
}

/// Has [`stop_all`] been called?
pub fn is_stopped() -> bool {
    WARDENS.lock().unwrap_or_else(PoisonError::into_inner).stopped
}

/// Runs the program as [`run`](crate::run()) does, under a warden. `warden` is a program that
/// calls [`serve`].
///
/// # Errors
/// If the warden or the program cannot be started, or if the warden dies.
pub fn watch(warden: &Path, command: &Command, orders: &Orders) -> io::Result<Ended> {
    watch_and_tell(warden, command, orders, |_| {})
}

/// The same; `tell` hears where a run stands that goes on for more than two seconds, now and then
/// if that changes.
///
/// # Errors
/// As [`watch`].
pub fn watch_and_tell(
    warden: &Path,
    command: &Command,
    orders: &Orders,
    mut tell: impl FnMut(&Stand),
) -> io::Result<Ended> {
    let mut watched = Command::new(warden);
    watched
        .arg(WARDEN)
        .arg(serde_json::to_string(orders)?)
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // What an error prints must not depend on the shell's settings.
        .env_remove("RUST_BACKTRACE")
        .env_remove("RUST_LIB_BACKTRACE")
        // Ctrl-C is for those who wait for the run.
        .process_group(0);
    if let Some(folder) = command.get_current_dir() {
        watched.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => watched.env(name, value),
            None => watched.env_remove(name),
        };
    }
    let mut warden = watched.spawn()?;
    let pid = warden.id();
    if let Some(mut stdin) = warden.stdin.take() {
        let mut wardens = WARDENS.lock().unwrap_or_else(PoisonError::into_inner);
        if wardens.stopped {
            stdin.write_all(b"s")?;
        }
        wardens.by_pid.push((pid, stdin));
    }
    let stdout = BufReader::new(warden.stdout.take().expect("stdout is a pipe"));
    let mut answer = None;
    for line in stdout.lines() {
        match line.map(|line| serde_json::from_str(&line)) {
            Ok(Ok(Tale::Still(stand))) => tell(&stand),
            Ok(Ok(Tale::Ended(ran))) => answer = Some(*ran),
            Ok(Err(_)) | Err(_) => break,
        }
    }
    let status = warden.wait()?;
    let mut wardens = WARDENS.lock().unwrap_or_else(PoisonError::into_inner);
    wardens.by_pid.retain(|(other, _)| *other != pid);
    drop(wardens);
    let lost = || Err(format!("the warden of the run ended with {status}"));
    answer.unwrap_or_else(lost).map_err(io::Error::other)
}

/// The whole program of a warden, with its arguments behind [`WARDEN`].
///
/// # Errors
/// If the arguments are not those of [`watch`], or if nobody takes the answer.
pub fn serve(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let orders = arguments.next().unwrap_or_default();
    let orders: Orders = serde_json::from_slice(orders.as_encoded_bytes())?;
    let program = arguments.next().ok_or_else(|| io::Error::other("no program to run"))?;
    // The end of the warden is the end of the run; only SIGKILL leaves no time for that.
    leave_nothing_at_ctrl_c()?;
    thread::spawn(|| {
        if let Ok(1) = io::stdin().read(&mut [0]) {
            stop();
        }
        // An error, too, means that nobody is there.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        end_everybody();
    });
    if let Some(seed) = orders.load {
        shake::disturb(seed);
    }
    let mut command = Command::new(program);
    command.args(arguments);
    capture(&mut command);
    let mut tell = |stand: &Stand| {
        // Nobody may want to know.
        let _ = print(&Tale::Still(stand.clone()));
    };
    let ran = supervise(&mut command, &orders, Scope::Family, &Board::new(), Some(&mut tell));
    print(&Tale::Ended(Box::new(ran.map_err(|error| error.to_string()))))
}

fn print(tale: &Tale) -> io::Result<()> {
    let mut line = serde_json::to_vec(tale)?;
    line.push(b'\n');
    io::stdout().write_all(&line)
}
