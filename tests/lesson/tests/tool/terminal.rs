//! `cargo lesson run` on a terminal, under a shell with job control: as the bare program.

use std::io::{BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;
use std::{fs, thread};

use crate::command::{LONG, Workshop, wait_until};

/// A shell of one job, which it has in the foreground of its terminal. On `fg` it continues a job
/// that has stopped. Nobody in the background may print.
const SHELL: &str = "import fcntl, os, signal, struct, sys, termios
size = struct.pack('HHHH', 24, int(os.environ['COLUMNS']), 0, 0)
fcntl.ioctl(0, termios.TIOCSWINSZ, size)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
modes = termios.tcgetattr(0)
modes[3] |= termios.TOSTOP
termios.tcsetattr(0, termios.TCSANOW, modes)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    status = os.waitpid(job, os.WUNTRACED)[1]
    os.tcsetpgrp(0, os.getpgrp())
    if not os.WIFSTOPPED(status):
        break
    print('[stopped]', flush=True)
    assert input() == 'fg'
    os.tcsetpgrp(0, job)
    os.killpg(job, signal.SIGCONT)
print('[exit %d]' % os.WEXITSTATUS(status), flush=True)
";

struct Terminal {
    shell: Child,
    keyboard: ChildStdin,
    screen: Receiver<u8>,
}

impl Terminal {
    fn run(workshop: &Workshop, arguments: &str) -> Terminal {
        Terminal::with(100, workshop, arguments)
    }

    fn with(columns: u32, workshop: &Workshop, arguments: &str) -> Terminal {
        let lesson = workshop.command(arguments);
        let mut shell = Command::new("python3");
        shell.args([
            "-c",
            "import pty, sys; pty.spawn([sys.executable, '-c'] + sys.argv[1:])",
            SHELL,
        ]);
        shell.arg(lesson.get_program()).args(lesson.get_args()).current_dir(&workshop.0);
        shell.env("COLUMNS", columns.to_string());
        shell.envs(lesson.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let pipes = shell.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = pipes.spawn().expect("the shell");
        let (sender, screen) = mpsc::channel();
        let out = shell.stdout.take().expect("a pipe");
        thread::spawn(move || {
            BufReader::new(out).bytes().map_while(Result::ok).try_for_each(|byte| sender.send(byte))
        });
        Terminal { keyboard: shell.stdin.take().expect("a pipe"), shell, screen }
    }

    /// Waits until these words are on the screen; what was there before is scrolled away.
    #[track_caller]
    fn shows(&self, words: &str) {
        let (begin, mut seen) = (Instant::now(), Vec::new());
        while !seen.ends_with(words.as_bytes()) {
            let rest = LONG.saturating_sub(begin.elapsed());
            match self.screen.recv_timeout(rest) {
                Ok(byte) => seen.push(byte),
                Err(_) => panic!("no `{words}` in:\n{}", String::from_utf8_lossy(&seen)),
            }
        }
    }

    fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the shell is there");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_check_that_takes_long_says_who_waits_and_ctrl_c_reports_it() {
    let twin = "import time\ntime.sleep(1000)";
    let Some(workshop) = Workshop::new("long-check", twin, "main | hello\n") else { return };
    let mut terminal = Terminal::run(&workshop, "check hello --python --limit 100");
    terminal.shows("still running after ");
    terminal.shows("lesson.py waits");
    terminal.types("\x03");
    terminal.shows(", when it was interrupted");
    terminal.shows("never came");
    terminal.shows("golden line 1");
    terminal.shows("[exit 130]");
}

#[test]
#[cfg(target_os = "linux")]
fn a_report_fits_a_narrow_terminal() {
    let twin = "print('main       | bye')\nprint('main       | hello')\n";
    let golden = "main | hello\nmain | bye\n";
    let Some(workshop) = Workshop::new("narrow", twin, golden) else { return };
    let broken_at = |columns| match columns {
        60 => "golden line 1, `main |\r\n  hello`, because",
        _ => "golden line 1, `main | hello`, because the lines of one\r\n  process",
    };
    for columns in [60, 100, 200] {
        let terminal = Terminal::with(columns, &workshop, "check hello --python");
        terminal.shows(&format!("came too early: it must come after {}", broken_at(columns)));
        terminal.shows("[exit 1]");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_narrow_list_has_numbers_but_no_names() {
    let Some(workshop) = Workshop::new("narrow-list", "", "main | hello\n") else { return };
    for (columns, row) in [(22, " 1. Say it  "), (21, " 1. Say it\r\n\r\nYou have")] {
        let terminal = Terminal::with(columns, &workshop, "list");
        terminal.shows(row);
        terminal.shows("[exit 0]");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended, unless the test has failed.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_shown_program_has_the_terminal() {
    let twin = "import os
open(os.environ['WORKSHOP'] + '/pid', 'w').write(str(os.getpid()))
print('main       | who is there?')
print('main       | hello', input())
print('main       | bye', input())
";
    let Some(workshop) = Workshop::new("terminal", twin, "main | hello\n") else {
        return;
    };
    let mut terminal = Terminal::run(&workshop, "run hello --python");
    terminal.shows("who is there?");
    terminal.types("friend\n");
    terminal.shows("main       | hello friend");
    terminal.types("\x1a");
    terminal.shows("[stopped]");
    let pid = fs::read_to_string(workshop.0.join("pid")).expect("the pid");
    let pid = pid.parse().expect("a number");
    let state = || running::Stat::of(pid).expect("it is there").state;
    wait_until("the program has stopped, too", || state() == 'T');
    terminal.types("fg\nfoe\n");
    terminal.shows("main       | bye foe");
    terminal.shows("[exit 0]");
}

#[test]
#[cfg(target_os = "linux")]
fn a_shown_program_gets_one_interrupt_for_one_key() {
    let twin = "import os, signal
open(os.environ['WORKSHOP'] + '/pid', 'w').write(str(os.getppid()))
times = 0
def interrupted(*_):
    global times
    times += 1
    print('main       | interrupted', flush=True)
signal.signal(signal.SIGINT, interrupted)
signal.signal(signal.SIGTERM, interrupted)
print('main       | is ready', flush=True)
input()
print('main       | signals:', times, flush=True)
";
    let Some(workshop) = Workshop::new("one-interrupt", twin, "main | hello\n") else {
        return;
    };
    let mut terminal = Terminal::run(&workshop, "run hello --python");
    terminal.shows("is ready");
    terminal.types("\x03");
    terminal.shows("interrupted");
    terminal.types("\n");
    terminal.shows("signals: 1");
    terminal.shows("[exit 0]");

    // The second is the end.
    let mut terminal = Terminal::run(&workshop, "run hello --python");
    terminal.shows("is ready");
    terminal.types("\x03");
    terminal.shows("interrupted");
    // A signal that comes while one of its kind is pending is no second one.
    let lesson = fs::read_to_string(workshop.0.join("pid")).expect("the pid");
    wait_until("the first interrupt was taken", || {
        let status = fs::read_to_string(format!("/proc/{lesson}/status")).expect("it is there");
        let pending =
            status.lines().find_map(|line| line.strip_prefix("ShdPnd:")).expect("signals");
        u64::from_str_radix(pending.trim(), 16).expect("a set") & 2 == 0
    });
    terminal.types("\x03");
    terminal.shows("[exit 137]");
}
