//! The process that watches over a server of our own.
//!
//! It starts the server, and starts it again if that is killed, as a system's service manager does. It ends
//! when main ends, however that happens, and takes the server and its folder with it. Only if somebody kills
//! this very process do both remain.

use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Result;
use multiprocessing::current;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::mkdtemp;

use crate::NOT_INSTALLED;

/// What ends it. Its parent, when that ends, sends SIGTERM, or has the system send it.
const ENDS: [Signal; 3] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP];

/// Keeps a server on this port until main ends. The number is an exit status: the server has ended by itself.
pub fn keep(port: u16, password: &str) -> i32 {
    // Taken one at a time, and never by a handler: so none of them comes at the wrong moment.
    let signals: SigSet = ENDS.into_iter().chain([Signal::SIGCHLD]).collect();
    let main = current().parent_pid();
    let can_wait = signals.thread_block().and_then(|()| follow());
    // Main may have ended before the request.
    if can_wait.is_err() || nix::unistd::getppid().as_raw() != main {
        return 1;
    }
    // Nobody else can look into it.
    let Ok(folder) = mkdtemp(&std::env::temp_dir().join("lesson-redis-XXXXXX")) else { return 1 };
    let status = watch(port, password, &folder, &signals);
    // One that cannot be removed harms nobody.
    let _ = fs::remove_dir_all(&folder);
    status
}

fn watch(port: u16, password: &str, folder: &Path, signals: &SigSet) -> i32 {
    let Ok(mut server) = start(port, password, folder) else { return NOT_INSTALLED };
    loop {
        match signals.wait() {
            Ok(Signal::SIGCHLD) => match server.try_wait() {
                Ok(Some(status)) if status.signal().is_some() => {
                    match start(port, password, folder) {
                        Ok(again) => server = again,
                        Err(_) => return 1,
                    }
                }
                // The port is taken, or it was told to end.
                Ok(Some(_)) => return 1,
                _ => {}
            },
            _ => {
                // Nothing of what it keeps is needed any more.
                let _ = server.kill();
                let _ = server.wait();
                return 0;
            }
        }
    }
}

/// The password goes in with the configuration: whoever lists the processes sees their arguments.
fn start(port: u16, password: &str, folder: &Path) -> Result<Child> {
    let configuration = format!(
        "bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir \"{}\"\n\
         # What is acknowledged is on the disk.\nappendonly yes\nappendfsync always\nsave \"\"\n",
        folder.display()
    );
    let mut command = Command::new("redis-server");
    command.arg("-").stdin(Stdio::piped()).stdout(Stdio::null());
    let mut server = command.spawn()?;
    if let Some(mut stdin) = server.stdin.take() {
        stdin.write_all(configuration.as_bytes())?;
    }
    Ok(server)
}

/// Has the system tell this process when main dies, however that dies.
fn follow() -> nix::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(Signal::SIGTERM)?;
    Ok(())
}
