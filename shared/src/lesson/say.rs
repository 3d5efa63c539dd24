//! Lines on stdout and stderr that no other process tears.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::OnceLock;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::lesson::output::{Output, is_ready};
use crate::memory::seam::{self, Act, Op, Stream, Text};
use crate::memory::{current, ending};

/// Prints one line on stdout, after the name of this process: `writer     | put 0`.
///
/// The line goes out at once and in one piece, whatever else this process or the others print,
/// on a terminal, in a pipe and in a file. A text of several lines has the name before each of them.
/// On a terminal every process has its own colour, unless `NO_COLOR` is set.
///
/// Python's nearest is `print(f"{current_process().name:10} | put {i}", flush=True)`.
///
/// When nobody reads the output any more (`| head -1`), the program ends as others do then: by
/// SIGPIPE, quietly, with the processes it has started. A process that has redirected its own
/// output ends alone, with those it has started. When the output cannot be written for
/// another reason, such as a full disk, it ends with one message on stderr and exit status 1.
/// A closed stdout swallows everything, as it does with [`println!`].
///
/// Limit: a program image made by [`spawn`](crate::spawn) does not share the turns at printing;
/// its lines are in one piece up to the `PIPE_BUF` of the system (4,096 bytes on Linux).
///
/// ```
/// # use multiprocessing::say;
/// say!("put {}", 7); // main       | put 7
/// ```
#[macro_export]
macro_rules! say {
    () => { $crate::__private::line(::std::format_args!("")) };
    ($($text:tt)+) => { $crate::__private::line(::std::format_args!($($text)+)) };
}

/// Prints one line on stderr, as it is, with the same care as [`say!`] (Python:
/// `print(…, file=sys.stderr, flush=True)`). [`eprintln!`] writes a line in pieces.
///
/// ```
/// # use multiprocessing::say_err;
/// say_err!("no more than {} readers", 4);
/// ```
#[macro_export]
macro_rules! say_err {
    () => { $crate::__private::raw_line(::std::format_args!("")) };
    ($($text:tt)+) => { $crate::__private::raw_line(::std::format_args!($($text)+)) };
}

/// This process's stdout for what is not a line with a name. Each `write` goes out at once, in one
/// piece and in its turn, without a buffer; otherwise like [`say!`] (Python: `sys.stdout.write` and
/// `flush`).
///
/// ```
/// use std::io::Write;
/// write!(multiprocessing::stdout(), "half a line, ")?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn stdout() -> impl Write {
    Pieces(Stream::Stdout)
}

/// The same for stderr.
pub fn stderr() -> impl Write {
    Pieces(Stream::Stderr)
}

struct Pieces(Stream);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let stream = self.0;
        let piece = seam::about(Act::Piece, 0);
        emit(stream, bytes);
        piece.did(|| Op::Piece { stream, bytes });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `yes` or `no`, for a line (Python prints a `bool` as `True` or `False`).
pub fn yes_or_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// Behind [`say!`].
pub fn line(text: fmt::Arguments<'_>) {
    let text = text.to_string();
    let name = current::current();
    let (colour, plain) = colours();
    let mut out = String::with_capacity(text.len() + 32);
    for line in text.split('\n') {
        writeln!(out, "{colour}{:<10} |{plain} {line}", name.name()).expect("a String grows");
    }
    pass(Stream::Stdout, &text, out.as_bytes());
}

/// Behind [`say_err!`].
pub fn raw_line(text: fmt::Arguments<'_>) {
    let text = text.to_string();
    pass(Stream::Stderr, &text, format!("{text}\n").as_bytes());
}

fn pass(stream: Stream, text: &str, bytes: &[u8]) {
    let attempt = seam::about_this(Act::Line, 0, Text(&text));
    emit(stream, bytes);
    attempt.did(|| Op::Line { stream, text });
}

/// One line `name: text` on stderr, however many lines the text has.
pub(crate) fn complain(text: &str) {
    let parts: Vec<&str> = text.lines().map(str::trim).filter(|part| !part.is_empty()).collect();
    raw_line(format_args!("{}: {}", current::current().name(), parts.join(", ")));
}

/// What goes before and after the name: one of six colours, or nothing.
fn colours() -> (&'static str, &'static str) {
    static WANTED: OnceLock<bool> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_none_or(|term| term == "dumb");
        io::stdout().is_terminal() && set("NO_COLOR").is_none() && !dumb
    });
    if *wanted { (CYCLE[current::number() as usize % CYCLE.len()], "\x1b[0m") } else { ("", "") }
}

/// Cyan, brown, magenta, green, violet, olive, of the 256 colours that are the same on every terminal:
/// each has a contrast of at least 3:1 on black and on white, which no four of the first sixteen have
/// everywhere. Red is left to faults.
const CYCLE: [&str; 6] = [
    "\x1b[38;5;31m",
    "\x1b[38;5;130m",
    "\x1b[38;5;164m",
    "\x1b[38;5;28m",
    "\x1b[38;5;63m",
    "\x1b[38;5;100m",
];

fn emit(stream: Stream, bytes: &[u8]) {
    // The locks of the standard library order the threads of this process, the turn orders the
    // processes. Both are let go of before an error ends this process.
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let (written, sink) = match stream {
        Stream::Stdout => {
            let mut locked = stdout.lock();
            let flushed = locked.flush();
            (flushed.and_then(|()| write_line(locked.as_fd(), bytes)), stdout.as_fd())
        }
        Stream::Stderr => (write_line(stderr.lock().as_fd(), bytes), stderr.as_fd()),
    };
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => end_by_sigpipe(sink),
        Err(error) => {
            if let Stream::Stdout = stream {
                complain(&format!("cannot write to stdout: {error}"));
            }
            ending::quit(1)
        }
    }
}

fn write_line(sink: BorrowedFd<'_>, mut rest: &[u8]) -> io::Result<()> {
    let _turn = Output::get().map(|output| output.turn(sink));
    while !rest.is_empty() {
        match nix::unistd::write(sink, rest) {
            Ok(count) => rest = &rest[count..],
            Err(Errno::EINTR) => {}
            // Somebody has made this terminal or pipe non-blocking, for all who share it. What
            // `poll` reports beyond room to write, the next `write` tells as an error.
            Err(Errno::EAGAIN) => _ = is_ready(sink, PollTimeout::NONE),
            // A closed stdout is nobody's mistake: the standard library ignores it too.
            Err(Errno::EBADF) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Ends this process quietly once one of the family has seen that nobody reads where this one
/// prints.
pub(crate) fn end_if_nobody_reads() {
    if let Some(output) = Output::get()
        && output.is_any_unread()
    {
        // The second look is for a named pipe, which may have got a new reader.
        end_if(|sink| output.is_unread(sink) && is_closed(sink));
    }
}

/// Ends this process quietly if nobody reads where it prints. Not for every wait, because it asks the
/// system: a fresh program that met the closed pipe cannot tell the family.
pub(crate) fn end_if_output_is_closed() {
    end_if(is_closed);
}

#[cold]
fn end_if(nobody_reads: impl Fn(BorrowedFd<'_>) -> bool) {
    for sink in [io::stdout().as_fd(), io::stderr().as_fd()] {
        if nobody_reads(sink) {
            end_by_sigpipe(sink);
        }
    }
}

fn is_closed(sink: BorrowedFd<'_>) -> bool {
    let mut sink = [PollFd::new(sink, PollFlags::empty())];
    let closed = PollFlags::POLLERR | PollFlags::POLLHUP;
    poll(&mut sink, PollTimeout::ZERO) == Ok(1)
        && sink[0].revents().is_some_and(|seen| seen.intersects(closed))
}

fn end_by_sigpipe(unread: BorrowedFd<'_>) -> ! {
    if let Some(output) = Output::get() {
        output.nobody_reads(unread);
    }
    ending::by_sigpipe()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the cube of 6 × 6 × 6 colours: red, green and blue.
    fn parts(colour: &str) -> [f64; 3] {
        let number = colour.trim_start_matches("\x1b[38;5;").trim_end_matches('m');
        let place = number.parse::<usize>().unwrap() - 16;
        [place / 36, place / 6 % 6, place % 6].map(|step| [0., 95., 135., 175., 215., 255.][step])
    }

    /// As WCAG 2 has it.
    fn luminance(parts: [f64; 3]) -> f64 {
        let linear = |part: f64| match part / 255. {
            small if small <= 0.04045 => small / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        };
        let [red, green, blue] = parts.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    #[test]
    fn every_colour_can_be_read_on_black_and_on_white_and_none_is_red() {
        for (nth, colour) in CYCLE.iter().enumerate() {
            let parts @ [red, green, blue] = parts(colour);
            let light = luminance(parts);
            let (on_black, on_white) = ((light + 0.05) / 0.05, 1.05 / (light + 0.05));
            println!("{parts:?}: {on_black:.1} on black, {on_white:.1} on white");
            assert!(on_black.min(on_white) >= 3., "{parts:?}");
            assert!(red < 2. * green.max(blue), "{parts:?} looks red");
            assert!(!CYCLE[..nth].contains(colour));
        }
    }
}
