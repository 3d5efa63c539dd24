//! The causes: the closed list of what can order lines of different processes, each with the
//! sentence that a learner reads.

use crate::lane::Lane;

/// What kind of event orders a line after another process's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `started by P`
    StartedBy,
    /// `joined P`
    Joined,
    /// `saw the end of P`
    SawTheEndOf,
    /// `received from P`
    ReceivedFrom,
    /// `room made by P`
    RoomMadeBy,
    /// `all done by P`
    AllDoneBy,
    /// `woken by P`
    WokenBy,
    /// `met P`
    Met,
    /// `read from P`
    ReadFrom,
    /// `by the clock after P`: usual, and guaranteed by nothing.
    ByTheClockAfter,
}

impl Verb {
    /// Every cause there is.
    pub const ALL: [Verb; 10] = [
        Verb::StartedBy,
        Verb::Joined,
        Verb::SawTheEndOf,
        Verb::ReceivedFrom,
        Verb::RoomMadeBy,
        Verb::AllDoneBy,
        Verb::WokenBy,
        Verb::Met,
        Verb::ReadFrom,
        Verb::ByTheClockAfter,
    ];

    /// How a golden file writes it.
    pub fn words(self) -> &'static str {
        match self {
            Verb::StartedBy => "started by",
            Verb::Joined => "joined",
            Verb::SawTheEndOf => "saw the end of",
            Verb::ReceivedFrom => "received from",
            Verb::RoomMadeBy => "room made by",
            Verb::AllDoneBy => "all done by",
            Verb::WokenBy => "woken by",
            Verb::Met => "met",
            Verb::ReadFrom => "read from",
            Verb::ByTheClockAfter => "by the clock after",
        }
    }

    /// Why it orders anything, with the source's name in the place of P.
    pub fn sentence(self, source: &str) -> String {
        match self {
            Verb::StartedBy => "A process cannot speak before it is started.",
            Verb::Joined => "join returns only when P has ended, so P has said everything.",
            Verb::SawTheEndOf => "A dead P (not alive, end of file, new parent) says nothing more.",
            Verb::ReceivedFrom => {
                "A message cannot arrive before it is sent, and P spoke before sending."
            }
            Verb::RoomMadeBy => {
                "A full queue lets a put in only after a get; P spoke before that get."
            }
            Verb::AllDoneBy => {
                "The queue's join returns only when each item is marked done; P spoke before marking."
            }
            Verb::WokenBy => {
                "This can come only after P's set, notify or shutdown; P spoke before that."
            }
            Verb::Met => {
                "Nobody passes a barrier before all have arrived; P spoke before arriving."
            }
            Verb::ReadFrom => {
                "A number cannot be read before it is written, and P spoke before writing."
            }
            Verb::ByTheClockAfter => "Only a delay makes this usual; nothing guarantees it.",
        }
        .replace('P', source)
    }

    /// What happened between the two processes, as in "main joined writer".
    pub(crate) fn event(self, who: &str, source: &str) -> String {
        match self {
            Verb::StartedBy => format!("{source} started {who}"),
            Verb::Joined => format!("{who} joined {source}"),
            Verb::SawTheEndOf => format!("{who} saw the end of {source}"),
            Verb::ReceivedFrom => format!("{who} received it from {source}"),
            Verb::RoomMadeBy => format!("{source} made room for it"),
            Verb::AllDoneBy => format!("{source} marked every item done"),
            Verb::WokenBy => format!("{source} woke {who}"),
            Verb::Met => format!("{who} met {source}"),
            Verb::ReadFrom => format!("{who} read what {source} had written"),
            Verb::ByTheClockAfter => format!("{source} is usually faster"),
        }
    }

    /// The same, of a run in which that had not happened when it had to, as in "main has to join
    /// writer first".
    pub(crate) fn demand(self, who: &str, source: &str) -> String {
        match self {
            Verb::StartedBy => format!("{source} has to start {who} first"),
            Verb::Joined => format!("{who} has to join {source} first"),
            Verb::SawTheEndOf => format!("{who} has to see the end of {source} first"),
            Verb::ReceivedFrom => format!("{who} has to receive it from {source} first"),
            Verb::RoomMadeBy => format!("{source} has to make room for it first"),
            Verb::AllDoneBy => format!("{source} has to mark every item done first"),
            Verb::WokenBy => format!("{source} has to wake {who} first"),
            Verb::Met => format!("{who} has to meet {source} first"),
            Verb::ReadFrom => format!("{who} has to read what {source} writes first"),
            Verb::ByTheClockAfter => format!("{source} is usually faster"),
        }
    }

    /// What to look at in a program that breaks this order: at the one who should have waited,
    /// which is mostly the one that did not, and then at the other.
    pub(crate) fn where_to_look(self, who: &str, source: &str) -> String {
        match self {
            Verb::StartedBy => format!("Does {source} say its line before it starts {who}?"),
            Verb::Joined => format!("Does {who} join {source} before it says this?"),
            Verb::SawTheEndOf => format!("Does {who} wait for that end before it says this?"),
            Verb::ReceivedFrom => format!(
                "Does {who} receive before it says this? And does {source} say its line before it \
                 sends?"
            ),
            Verb::RoomMadeBy => format!(
                "Does {who} put before it says this? And does {source} say its line before it gets?"
            ),
            Verb::AllDoneBy => format!(
                "Does {who} join the queue before it says this? And does {source} say its line \
                 before it marks the item done?"
            ),
            Verb::WokenBy => format!(
                "Does {who} wait before it says this? And does {source} say its line before it sets, \
                 notifies or shuts down?"
            ),
            Verb::Met => format!(
                "Does {who} wait at the barrier before it says this? And does {source} say its line \
                 before it arrives there?"
            ),
            Verb::ReadFrom => format!(
                "Does {who} read the number before it says this? And does {source} say its line before \
                 it writes?"
            ),
            Verb::ByTheClockAfter => String::new(),
        }
    }

    /// Does it come after all lines of the source, or after the latest one?
    pub(crate) fn means_all(self) -> bool {
        matches!(self, Verb::Joined | Verb::SawTheEndOf | Verb::AllDoneBy | Verb::Met)
    }

    /// Has the source ended then?
    pub(crate) fn ends_the_source(self) -> bool {
        matches!(self, Verb::Joined | Verb::SawTheEndOf)
    }
}

/// A cause as it stands in the margin: `received from writer "puts 0"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    /// What happened.
    pub verb: Verb,
    /// Whose lines must be there first.
    pub source: Lane,
    /// Which of them, where the latest one is not meant.
    pub text: Option<String>,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb.words(), self.source)?;
        match &self.text {
            Some(text) => write!(f, " \"{text}\""),
            None => Ok(()),
        }
    }
}
