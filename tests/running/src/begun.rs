//! A program whose end somebody else waits for.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::going::{self, Going};
use crate::processes::Scope;
use crate::run::{adopt_orphans, code_of};

/// A program that runs in a process group of its own and prints nothing. Dropped, it is killed, with
/// everybody in its group.
#[derive(Debug)]
pub struct Begun {
    child: Child,
    group: Pid,
    /// What it leaves there when it is killed in the middle goes with this.
    _folder: TempDir,
}

impl Begun {
    /// # Errors
    /// If the program cannot be started.
    pub fn new(command: &mut Command) -> io::Result<Begun> {
        adopt_orphans()?;
        signals::reset_in(command);
        let folder = TempDir::new()?;
        command.env("TMPDIR", folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let (going, child) = Going::begin(command, Scope::Group)?;
        let group = going.0.main();
        // It is listed until this is dropped, which looks for nobody: all are this process's to wait for.
        std::mem::forget(going);
        Ok(Begun { child, group, _folder: folder })
    }

    /// The number of main.
    pub fn pid(&self) -> i32 {
        self.group.as_raw()
    }

    /// How main ended: its exit code, or minus the number of a signal. Waits for that.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub fn code(&mut self) -> io::Result<i32> {
        self.child.wait().map(code_of)
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // There may be nobody left.
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait();
        // On Linux orphans are this process's; elsewhere they are init's.
        let everybody = Pid::from_raw(-self.group.as_raw());
        while !matches!(waitpid(everybody, None), Err(Errno::ECHILD)) {}
        going::forget(self.group);
    }
}
