//! What a program really printed, and how it ended.

use std::fmt;

/// So many bytes of each stream are judged: tens of thousands of lines, where a lesson has tens.
pub const MOST: usize = 1 << 20;

/// One run of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Its lines on standard output, in the order of their arrival.
    pub out: Vec<Said>,
    /// Its lines on standard error, raw.
    pub err: Vec<String>,
    /// How many more lines it printed than are kept.
    pub more: u64,
    /// How main ended.
    pub end: End,
    /// Processes that were alive when main had ended.
    pub outlived_main: Vec<String>,
    /// Processes that main left and that had ended, too, when its end was seen: before main, or
    /// just after it.
    pub ended_unjoined: Vec<String>,
}

/// One line and the process that said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The name before the bar; empty if the line has no bar.
    pub process: String,
    /// What stands behind it, without trailing blanks.
    pub text: String,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this exit code; a signal is negative, as in Python (`-15` for SIGTERM).
    Code(i32),
    /// It had to be ended at the time limit.
    TimeLimit,
}

impl Default for End {
    fn default() -> End {
        End::Code(0)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Code(code) => write!(f, "exit {code}"),
            End::TimeLimit => f.write_str("exit by the time limit"),
        }
    }
}

impl Run {
    /// A run that printed this and ended well.
    ///
    /// ```
    /// let run = golden::Run::printed("main       | hello\nwriter     | puts 0\n", "");
    /// assert_eq!(run.out[1].process, "writer");
    /// assert_eq!(run.out[1].text, "puts 0");
    /// ```
    pub fn printed(out: &str, err: &str) -> Run {
        Run {
            out: out.lines().map(Said::parse).collect(),
            err: err.lines().map(|line| line.trim_end().to_owned()).collect(),
            ..Run::default()
        }
    }
}

impl Said {
    fn parse(line: &str) -> Said {
        let line = line.trim_end();
        let (name, text) = match line.split_once('|') {
            Some((name, text)) if name.ends_with(' ') && !name.trim_end().contains(' ') => {
                (name.trim_end(), text.strip_prefix(' ').unwrap_or(text))
            }
            _ => ("", line),
        };
        Said { process: name.to_owned(), text: text.to_owned() }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.out.iter().try_for_each(|said| writeln!(f, "{said}"))?;
        self.err.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.process.as_str() {
            // What would be read as another process's line has a bar, too.
            "" if Said::parse(&self.text) == *self => f.write_str(&self.text),
            name => write!(f, "{name:<10} | {}", self.text),
        }
    }
}
