//! What a queue could also be made of: ipc-channel, and a bare pipe. And a bare fork.

use std::io::{Read, Write, pipe};

use ipc_channel::ipc;
use multiprocessing::Process;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

use crate::ours::{PAIR, beside, crew, timed};

pub fn ipc_channel(what: &str, size: usize, n: usize) -> anyhow::Result<f64> {
    match what {
        "stream" if size == 16 => {
            let (sender, receiver) = ipc::channel::<(u64, u64)>()?;
            crew(n, &[&|| sender.send(PAIR).unwrap(), &|| _ = receiver.recv().unwrap()])
        }
        "stream" => {
            let (sender, receiver) = ipc::bytes_channel()?;
            let message = vec![0; size];
            crew(n, &[&|| sender.send(&message).unwrap(), &|| _ = receiver.recv().unwrap()])
        }
        "ping_pong" => {
            let (there, inbox) = ipc::channel()?;
            let (back, answers) = ipc::channel()?;
            let child =
                Process::new(|| while back.send(inbox.recv().unwrap()).is_ok() {}).start()?;
            let took = timed(n, || {
                there.send(PAIR)?;
                answers.recv()?;
                Ok(())
            });
            child.kill()?;
            child.join()?;
            took
        }
        _ => anyhow::bail!("no benchmark `{what}`"),
    }
}

/// A message of 16 bytes is written and read whole, even by two writers and two readers.
pub fn raw(what: &str, size: usize, n: usize) -> anyhow::Result<f64> {
    let (reader, writer) = pipe()?;
    let message = vec![0; size];
    let put = || (&writer).write_all(&message).unwrap();
    let get = || (&reader).read_exact(&mut vec![0; size]).unwrap();
    match what {
        "start" => beside(size, || timed(n, fork_and_wait)),
        "stream" => crew(n, &[&put, &get]),
        "two_to_two" => Ok(crew(n / 2, &[&put, &put, &get, &get])? / 2.0),
        "ping_pong" => {
            let (answers, back) = pipe()?;
            let echo = || {
                let mut message = [0; 16];
                while (&reader).read_exact(&mut message).is_ok() {
                    (&back).write_all(&message).unwrap();
                }
            };
            let child = Process::new(echo).start()?;
            let took = timed(n, || {
                put();
                Ok((&answers).read_exact(&mut [0; 16])?)
            });
            child.kill()?;
            child.join()?;
            took
        }
        _ => anyhow::bail!("no benchmark `{what}`"),
    }
}

fn fork_and_wait() -> anyhow::Result<()> {
    // SAFETY: the child calls nothing but _exit.
    match unsafe { fork() }? {
        // SAFETY: _exit takes any number and touches no memory.
        ForkResult::Child => unsafe { libc::_exit(0) },
        ForkResult::Parent { child } => waitpid(child, None)?,
    };
    Ok(())
}
