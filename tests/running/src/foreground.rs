//! How a program is shown as if it had been started without us: it belongs to the process group of this
//! process. So what is typed reaches it, it may print wherever we may, Ctrl-C and Ctrl-Z reach both,
//! and the rest of a pipeline (`| less`) keeps its terminal.

use std::io;
use std::process::Command;

pub(crate) use system::stand_aside;

#[cfg(target_os = "linux")]
mod system {
    use super::*;
    use std::thread;

    use nix::sys::signal::{SigSet, Signal};
    use nix::sys::signalfd::{SfdFlags, SignalFd, siginfo};

    use crate::going::send_to_all;

    /// The signals by which a user ends a program.
    const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP];

    /// Sees to it that these signals end the program, and not this process. To be called while this
    /// process has one thread: the others inherit what it blocks.
    pub(crate) fn stand_aside(_command: &mut Command) -> io::Result<()> {
        let signals: SigSet = ENDING.into_iter().collect();
        signals.thread_block()?;
        let signals = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC)?;
        thread::spawn(move || {
            let mut interrupts = 0;
            while let Ok(Some(info)) = signals.read_signal() {
                let signal = Signal::try_from(info.ssi_signo.cast_signed());
                interrupts += u32::from(signal == Ok(Signal::SIGINT));
                match signal {
                    // The program has had its chance.
                    Ok(Signal::SIGINT) if interrupts > 1 => send_to_all(Signal::SIGKILL),
                    Ok(signal) if !is_from_the_terminal(&info) => send_to_all(signal),
                    _ => {}
                }
            }
        });
        Ok(())
    }

    /// What the terminal sends, it sends to everybody in the foreground: the program has got it too.
    fn is_from_the_terminal(info: &siginfo) -> bool {
        info.ssi_code == nix::libc::SI_KERNEL
    }
}

/// Elsewhere nobody can tell who belongs to a program but by a group of its own, so it stays in the
/// background.
#[cfg(not(target_os = "linux"))]
mod system {
    use super::*;
    use std::os::unix::process::CommandExt;

    use nix::sys::signal::Signal;

    use crate::going::send_to_all;

    pub(crate) fn stand_aside(command: &mut Command) -> io::Result<()> {
        command.process_group(0);
        let mut times = 0;
        let pass_on = move || {
            times += 1;
            send_to_all(if times == 1 { Signal::SIGINT } else { Signal::SIGKILL });
        };
        ctrlc::set_handler(pass_on).map_err(io::Error::other)
    }
}
