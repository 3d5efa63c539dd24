//! A warden for each run: a process of its own that starts the program, so that whoever descends
//! from the warden belongs to that run and to no other. It ends everybody when the process that
//! wanted the run is gone, however that ended.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};

use crate::model::Golden;
use crate::processes::Scope;
use crate::run::{Patience, Ran, end_everybody, kill_all, supervise};
use crate::shake;
use crate::transcript::End;

/// How a program is to be run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Orders {
    /// How long it may take.
    pub limit: Duration,
    /// Is it to end by the time limit? Then the limit counts only while nobody in it runs, and the
    /// run takes ten times as long at most: on a loaded machine a program comes late to the place
    /// where it hangs.
    pub hangs: bool,
    /// May processes that it leaves behind go on until the limit?
    pub may_outlive: bool,
    /// A seed: run it on one core now and then, beside a busy program.
    pub load: Option<u64>,
}

impl Golden {
    /// How a program that this file describes is to be run.
    pub fn orders(&self) -> Orders {
        Orders {
            limit: self.limit,
            hangs: self.end == End::TimeLimit,
            may_outlive: !self.outlives_main.is_empty(),
            load: None,
        }
    }
}

/// The first argument of a program that is to be a warden: its `main` calls [`serve`] then.
pub const WARDEN: &str = "warden";

/// Runs the program as [`run`](crate::run()) does, under a warden. `warden` is a program that
/// calls [`serve`]: the `lesson` command.
///
/// # Errors
/// If the warden or the program cannot be started, or if the warden dies.
pub fn watch(warden: &Path, command: &Command, orders: &Orders) -> io::Result<Ran> {
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
    // Its other end tells the warden that somebody still waits.
    let still_here = warden.stdin.take();
    let mut answer = Vec::new();
    let mut stdout = warden.stdout.take().expect("stdout is a pipe");
    stdout.read_to_end(&mut answer)?;
    let status = warden.wait()?;
    drop(still_here);
    let answer: Result<Ran, String> = serde_json::from_slice(&answer)
        .map_err(|_| io::Error::other(format!("the warden of the run ended with {status}")))?;
    answer.map_err(io::Error::other)
}

/// The whole program of a warden, with its arguments behind [`WARDEN`].
///
/// # Errors
/// If the arguments are not those of [`watch`], or if nobody takes the answer.
pub fn serve(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let orders = arguments.next().unwrap_or_default();
    let orders: Orders = serde_json::from_slice(orders.as_encoded_bytes())?;
    let program = arguments.next().ok_or_else(|| io::Error::other("no program to run"))?;
    // Whoever ends the warden ends the run; only SIGKILL leaves it no time for that.
    let end = || {
        kill_all();
        std::process::exit(128 + Signal::SIGTERM as i32);
    };
    ctrlc::set_handler(end).map_err(io::Error::other)?;
    thread::spawn(|| {
        // An error, too, means that nobody is there.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        end_everybody();
    });
    if let Some(seed) = orders.load {
        shake::disturb(seed);
    }
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let patience = Patience { limit: orders.limit, hangs: orders.hangs };
    let ran = supervise(&mut command, patience, orders.may_outlive, Scope::Family);
    let answer = serde_json::to_vec(&ran.map_err(|error| error.to_string()))?;
    io::stdout().write_all(&answer)
}
