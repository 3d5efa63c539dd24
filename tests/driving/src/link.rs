//! One process of the run, as the conductor knows it.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use running::{Stat, Wait};

use crate::op::printed_by_rust;
use crate::place::Place;

/// How a process stands.
#[derive(Debug)]
pub(crate) enum Stands {
    /// Before an operation, for which it would wait so long; `what` it concerns, for `Words::next`.
    Before { act: String, object: u32, patience: Patience, what: Option<String> },
    /// Until something is there, or until that moment of the run's clock.
    Waits { until: Option<u64>, wait: Wait },
}

/// How long a call waits if it cannot be done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    No,
    /// So many nanoseconds.
    Limited(u64),
    ForEver,
}

impl Patience {
    fn told(word: &str) -> Patience {
        match word.parse() {
            Err(_) => Patience::ForEver,
            Ok(0) => Patience::No,
            Ok(limit) => Patience::Limited(limit),
        }
    }
}

impl Stands {
    /// When the process goes on for no other reason than that time has passed.
    pub fn pauses_until(&self) -> Option<u64> {
        match self {
            Stands::Waits { until, wait } if wait.is_pause() => *until,
            _ => None,
        }
    }

    /// Whether it is a worker of a pool that has nothing to do.
    pub fn is_for_a_task(&self) -> bool {
        matches!(self, Stands::Waits { wait, .. } if wait.is_for_a_task())
    }

    /// When it gives up waiting for something.
    pub fn gives_up_at(&self) -> Option<u64> {
        match self {
            Stands::Waits { until, wait } if !wait.is_pause() => *until,
            _ => None,
        }
    }
}

pub(crate) struct Link {
    pub pid: i32,
    pub place: Place,
    pub name: String,
    /// Whether the end of its parent kills it.
    pub follows: bool,
    pub stands: Stands,
    /// At the last question what it waits for was not there.
    pub is_not_ready: bool,
    /// Nothing more will be heard of it here.
    pub has_let_go: bool,
    stream: BufReader<UnixStream>,
    /// The beginning of a line that is still to come.
    part: Vec<u8>,
}

/// How long to wait for a line before looking around.
const STEP: Duration = Duration::from_millis(20);

impl Link {
    /// A process that has just connected. None: it is gone already.
    pub fn new(stream: UnixStream) -> io::Result<Option<Link>> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(STEP))?;
        let stream = BufReader::new(stream);
        let (act, patience) = ("Begin".to_owned(), Patience::No);
        let stands = Stands::Before { act, object: 0, patience, what: None };
        let (place, name) = (Place::default(), String::new());
        let mut link = Link {
            pid: 0,
            place,
            name,
            follows: false,
            stands,
            is_not_ready: false,
            has_let_go: false,
            stream,
            part: Vec::new(),
        };
        let hello = loop {
            match link.hear()? {
                Heard::Nothing => {}
                Heard::End => return Ok(None),
                Heard::Line(line) => break line,
            }
        };
        let mut words = hello.splitn(5, ' ').skip(1);
        let mut word = || words.next().unwrap_or_default();
        link.pid = word().parse().unwrap_or(0);
        link.place = word().parse().unwrap_or_default();
        link.follows = word() == "1";
        link.name = word().to_owned();
        Ok(Some(link))
    }

    /// Whether by these words it stands again.
    pub fn stands_before(&mut self, line: &str) -> bool {
        let mut words = line.splitn(5, ' ');
        let mut word = || words.next().unwrap_or_default();
        match word() {
            "about" => {
                let (object, act) = (word().parse().unwrap_or(0), word().to_owned());
                let patience = Patience::told(word());
                let what = printed_by_rust(&mut word());
                let what = what.and_then(|what| Some(what.as_str()?.to_owned()));
                let what = what.filter(|what| !what.is_empty());
                self.stands = Stands::Before { act, object, patience, what };
            }
            "waits" => {
                let (until, wait) =
                    (word().parse().ok(), Wait::of_word(word().parse().unwrap_or(0)));
                self.stands = Stands::Waits { until, wait };
            }
            _ => return false,
        }
        true
    }

    pub fn tell(&mut self, line: &str) {
        // If it is gone, that is heard at the next reading.
        let _ = writeln!(self.stream.get_mut(), "{line}");
    }

    pub fn hear(&mut self) -> io::Result<Heard> {
        match self.stream.read_until(b'\n', &mut self.part) {
            Ok(_) if self.part.last() == Some(&b'\n') => {
                let line = std::mem::take(&mut self.part);
                Ok(Heard::Line(String::from_utf8_lossy(&line).trim_end().to_owned()))
            }
            Ok(_) => Ok(Heard::End),
            Err(error) => match error.kind() {
                io::ErrorKind::ConnectionReset => Ok(Heard::End),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Ok(Heard::Nothing),
                io::ErrorKind::Interrupted => Ok(Heard::Nothing),
                _ => Err(error),
            },
        }
    }

    /// Whether it can go on; `None`: it is gone.
    pub fn can_go_on(&mut self) -> io::Result<Option<bool>> {
        if let Stands::Before { .. } = self.stands {
            self.is_not_ready = false;
            return Ok(Some(true));
        }
        self.tell("look");
        loop {
            match self.hear()? {
                Heard::Line(answer) => {
                    self.is_not_ready = answer != "yes";
                    return Ok(Some(!self.is_not_ready));
                }
                Heard::End => return Ok(None),
                Heard::Nothing => {}
            }
        }
    }

    /// Whether the system still runs it. One that has ended may need a moment to vanish.
    pub fn is_alive(&self) -> bool {
        Stat::of(self.pid).is_some_and(|stat| !matches!(stat.state, 'Z' | 'X'))
    }

    /// Whether this signal ends it: by default it would, and it has not been blocked, ignored or
    /// given a handler.
    pub fn will_obey(&self, signal: u32) -> bool {
        // Those that do nothing, or stop it, or let it go on.
        const HARMLESS: [u32; 8] = [17, 18, 19, 20, 21, 22, 23, 28];
        const KILL: u32 = 9;
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let refuses = status.lines().any(|line| {
            let mask =
                ["SigBlk:", "SigIgn:", "SigCgt:"].iter().find_map(|mask| line.strip_prefix(mask));
            let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
            mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
        });
        signal == KILL || (!HARMLESS.contains(&signal) && !refuses)
    }

    /// Whether SIGKILL is on the way to it, or has ended it already.
    pub fn is_doomed(&self) -> bool {
        const KILL: u64 = 1 << 8;
        let Ok(status) = fs::read_to_string(format!("/proc/{}/status", self.pid)) else {
            return true;
        };
        let is_sent = |line: &str| {
            let mask = line.strip_prefix("SigPnd:").or(line.strip_prefix("ShdPnd:"));
            let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
            mask.is_some_and(|mask| mask & KILL != 0)
        };
        status.lines().any(is_sent) || !self.is_alive()
    }

    /// Whether it is at work, so that its silence means nothing.
    pub fn computes(&self) -> bool {
        Stat::of(self.pid).is_some_and(|stat| stat.state != 'S')
    }
}

pub(crate) enum Heard {
    Line(String),
    /// Not within this time.
    Nothing,
    /// It has ended, or let go of the conductor.
    End,
}
