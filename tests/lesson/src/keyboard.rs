//! Keys one by one, as they are pressed, while everything is printed as always.

use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// A signal wants this program to end.
static STOP: AtomicBool = AtomicBool::new(false);

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Letter(char),
    /// There is no keyboard any more, or a signal wants this program to end.
    Gone,
}

/// The keyboard, until this is dropped.
pub struct Keyboard {
    before: Termios,
}

impl Keyboard {
    /// # Errors
    /// If standard input is no terminal.
    pub fn take() -> io::Result<Keyboard> {
        // Whoever ended at once would leave the terminal as it is now.
        ctrlc::set_handler(|| STOP.store(true, Relaxed)).map_err(io::Error::other)?;
        let keyboard = Keyboard { before: tcgetattr(io::stdin())? };
        keyboard.listen()?;
        Ok(keyboard)
    }

    fn listen(&self) -> io::Result<()> {
        let mut raw = self.before.clone();
        raw.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
        Ok(tcsetattr(io::stdin(), SetArg::TCSANOW, &raw)?)
    }

    fn give_back(&self) {
        // If there is no terminal any more, nothing is to be given back.
        let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, &self.before);
    }

    /// Somebody else reads from it meanwhile.
    pub fn lend<T>(&self, to: impl FnOnce() -> T) -> T {
        self.give_back();
        let done = to();
        // If that fails, letters come when Enter is pressed.
        let _ = self.listen();
        done
    }

    /// Whether a signal wants this program to end.
    pub fn is_stopped() -> bool {
        STOP.load(Relaxed)
    }

    /// The key that is pressed within this time.
    pub fn next(&self, within: Duration) -> io::Result<Option<Key>> {
        let end = Instant::now() + within;
        let stdin = io::stdin();
        loop {
            if STOP.load(Relaxed) {
                return Ok(Some(Key::Gone));
            }
            let left = end.saturating_duration_since(Instant::now());
            let most = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            let mut polled = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
            match poll(&mut polled, most) {
                Ok(0) => return Ok(None),
                Ok(_) => break,
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let mut byte = [0];
        // Past the buffer of standard input: what is in there, poll does not see.
        let read = nix::unistd::read(stdin.as_fd(), &mut byte).unwrap_or(0);
        Ok(Some(if read == 0 { Key::Gone } else { Key::Letter(char::from(byte[0])) }))
    }

    /// The next letter, whenever it comes; None: there is no keyboard any more.
    pub fn ask(&self) -> io::Result<Option<char>> {
        loop {
            match self.next(Duration::from_secs(1))? {
                Some(Key::Letter(letter)) => return Ok(Some(letter)),
                Some(Key::Gone) => return Ok(None),
                None => {}
            }
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.give_back();
    }
}
