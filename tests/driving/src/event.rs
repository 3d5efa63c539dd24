//! One step of an explored run, and which steps cannot change places.

use serde::{Deserialize, Serialize};

use crate::link::Patience;
use crate::op::{Did, Op};
use crate::place::Place;

/// A limit up to this may be over at any moment; a longer one only when nobody else can go on.
pub(crate) const SHORT: u64 = 1_000_000_000;

/// What one process did between two points at which it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Who.
    pub place: Place,
    /// What: at least one operation, or its end.
    pub did: Vec<Did>,
    /// Whose end it was: its own, and that of everybody whom it took along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Place>,
    /// Whether it might have happened without waiting, or in vain.
    #[serde(skip)]
    pub(crate) waits: Waits,
    /// A look that had the same answer before: it came only because something has changed.
    #[serde(skip)]
    pub(crate) is_again: bool,
    /// Whose end would have ended it, too, and everybody's between them.
    #[serde(skip)]
    pub(crate) dies_with: Option<Place>,
    /// What those whom it ended stood before or waited for: they might still have come to that.
    #[serde(skip)]
    pub(crate) cut_off: Vec<(Place, Did)>,
}

/// How long it would have waited for what it needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Waits {
    /// Not at all, or for a time that may be over at any moment.
    #[default]
    Shortly,
    /// Until it is there, or nobody else can go on.
    Long,
    /// It did, and nobody else could go on.
    InVain,
}

impl Waits {
    pub fn of(patience: Patience) -> Waits {
        match patience {
            Patience::No => Waits::Shortly,
            Patience::Limited(limit) if limit <= SHORT => Waits::Shortly,
            Patience::Limited(_) | Patience::ForEver => Waits::Long,
        }
    }
}

/// Whether the order of two steps of different processes matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Conflict {
    /// It does not: the result is the same.
    No,
    /// The later one needs the earlier one.
    Needs,
    /// It does, and it might have been the other way round.
    Race,
}

impl Event {
    /// A step that is still to come.
    pub(crate) fn nothing(place: Place) -> Event {
        Event {
            place,
            did: Vec::new(),
            ended: Vec::new(),
            waits: Waits::Shortly,
            is_again: false,
            dies_with: None,
            cut_off: Vec::new(),
        }
    }

    /// Whether it changes what others see.
    pub(crate) fn is_change(&self) -> bool {
        !self.ended.is_empty() || self.did.iter().any(|did| !did.op.is_a_look())
    }

    /// How it and a later step of another process are ordered.
    pub(crate) fn conflict(&self, later: &Event) -> Conflict {
        if self.waits == Waits::InVain || later.waits == Waits::InVain {
            return Conflict::Needs;
        }
        let needs = match later.waits {
            Waits::Shortly => Conflict::Race,
            Waits::Long | Waits::InVain => Conflict::Needs,
        };
        let mut found = Conflict::No;
        // Whether or not it did: this one may have ended by itself before.
        let takes_along = |ended: &Place| {
            let furthest = self.dies_with.as_ref();
            self.place.descends_from(ended)
                && furthest.is_some_and(|up| ended == up || ended.descends_from(up))
        };
        if later.ended.iter().any(|ended| *ended == self.place || takes_along(ended)) {
            found = Conflict::Race;
        }
        for (who, missed) in &self.cut_off {
            found = found.max(with_process(who, missed, later, Conflict::Race));
            let same = |b: &&Did| missed.object != 0 && missed.object == b.object;
            for b in later.did.iter().filter(same) {
                found = found.max(on_one_object(&missed.op, &b.op, Conflict::Race));
            }
            if might_see(&missed.op, later) {
                found = Conflict::Race;
            }
        }
        for a in &self.did {
            found = found.max(with_process(&self.place, a, later, Conflict::Race));
            if let Op::Start { child: Some(child), .. } = &a.op
                && *child == later.place
            {
                found = found.max(Conflict::Needs);
            }
            let same = |b: &&Did| a.object != 0 && a.object == b.object;
            for b in later.did.iter().filter(same) {
                found = found.max(on_one_object(&a.op, &b.op, needs));
            }
            if later.did.iter().any(|b| may_be_one_line(&a.op, &b.op)) {
                found = found.max(Conflict::Race);
            }
        }
        for b in &later.did {
            found = found.max(with_process(&later.place, b, self, needs));
            if might_see(&b.op, self) {
                found = Conflict::Race;
            }
        }
        found
    }
}

/// Whether somebody who still waits for the first of several might have seen that: at what it looks is
/// told when it has looked.
fn might_see(missed: &Op, step: &Event) -> bool {
    use Op::*;
    let is_of_a_queue = |op: &Op| matches!(op, Put { .. } | Get { .. } | ShutDown);
    let is_of_a_pipe = |op: &Op| matches!(op, Send { .. } | Receive { .. } | Close { .. });
    let is_seen = |did: &Did| is_of_a_queue(&did.op) || is_of_a_pipe(&did.op);
    matches!(missed, Missed(act) if act == "WaitForFirst") && step.did.iter().any(is_seen)
}

/// What has to do with a process, and a step that may be its end, its join, or anything that it does.
fn with_process(who: &Place, did: &Did, step: &Event, needs: Conflict) -> Conflict {
    let looks_at = |place: &Place| {
        let joins = |other: &Did| matches!(&other.op, Op::Join { child: Some(child), .. } if child == place);
        let signals = |other: &Did| matches!(&other.op, Op::Signal { target: Some(target), .. } if target == place);
        step.ended.contains(place) || step.did.iter().any(|other| joins(other) || signals(other))
    };
    let of = |is_so: bool, conflict| if is_so { conflict } else { Conflict::No };
    match &did.op {
        Op::Join { child: Some(child), .. } => of(step.ended.contains(child), needs),
        Op::HolderDied { holder: Some(holder) } => of(step.ended.contains(holder), needs),
        Op::LookedAtChild { child: Some(child), .. } => of(looks_at(child), Conflict::Race),
        Op::LookedAtProcess { pid: Some(pid), .. } => of(looks_at(pid), Conflict::Race),
        Op::LookedAtParent { .. } => {
            of(step.ended.iter().any(|ended| who.is_child_of(ended)), Conflict::Race)
        }
        Op::Signal { target: Some(target), .. } => {
            of(step.place == *target || looks_at(target), Conflict::Race)
        }
        // Whose end it may have been, nobody tells.
        Op::EndOfFile { .. } | Op::Send { .. } | Op::LookedAtPipe { .. } => {
            of(!step.ended.is_empty(), Conflict::Race)
        }
        Op::Missed(act) if ["Join", "Signal", "WaitForFirst"].contains(&act.as_str()) => {
            of(step.ended.iter().any(|ended| ended.is_child_of(who)), Conflict::Race)
        }
        Op::Missed(act) if act == "Send" => of(!step.ended.is_empty(), Conflict::Race),
        _ => Conflict::No,
    }
}

/// `a` comes before `b`. `needs`: what it is if `b` cannot do without `a`.
fn on_one_object(a: &Op, b: &Op, needs: Conflict) -> Conflict {
    use Conflict::{No, Race};
    use Op::*;
    let of = |is_so: bool, conflict| if is_so { conflict } else { No };
    match (a, b) {
        (Put { .. }, Put { .. }) | (Get { .. }, Get { .. }) => Race,
        (Put { nth, .. }, Get { nth: got }) => of(nth == got, needs),
        (Get { nth }, Put { nth: put, capacity: Some(capacity), .. }) => {
            of(nth + capacity == *put, needs)
        }
        (Put { .. } | Get { .. }, LookedAtQueue { .. })
        | (LookedAtQueue { .. }, Put { .. } | Get { .. }) => Race,
        // Without it the put could have been; the get could not.
        (ShutDown, FoundShutDown(act)) if act == "Get" => needs,
        (ShutDown | Get { .. }, FoundShutDown(_))
        | (Put { .. } | LookedAtQueue { .. } | ShutDown, ShutDown)
        | (ShutDown, LookedAtQueue { .. }) => Race,
        (Done { .. }, AllDone { .. }) => needs,
        (AllDone { .. }, Done { .. } | Put { .. }) | (Put { .. }, AllDone { .. }) => Race,

        // Of two that give a permit back, the first one lets somebody in.
        (Acquire { .. }, Acquire { .. }) | (Release { .. }, Release { .. }) => Race,
        (Release { nth }, Acquire { nth: turn, permits }) => of(nth + permits == *turn, needs),
        (HolderDied { .. }, Acquire { .. }) | (Acquire { .. }, HolderDied { .. }) => Race,

        (Set { .. }, Woken { .. }) => needs,
        (Set { .. }, Clear { .. } | LookedAtEvent { .. })
        | (Clear { .. }, Set { .. } | Clear { .. } | LookedAtEvent { .. } | Woken { .. })
        | (LookedAtEvent { .. }, Set { .. } | Clear { .. })
        | (Woken { .. }, Clear { .. }) => Race,

        (BeganToWait { .. } | Notify { .. }, BeganToWait { .. } | Notify { .. })
        | (Noticed { .. }, Noticed { .. }) => Race,
        (Notify { .. }, Noticed { .. }) => of(is_woken_by(b, a), needs),

        (Arrive { round, .. }, Arrive { round: other, .. }) => of(round != other, Race),
        (Arrive { round, .. }, Met { round: met }) => of(round == met, needs),
        (Break, FoundBroken) => needs,
        (Arrive { .. }, Break) => Race,

        (Write { .. }, Write { .. } | Read { .. }) | (Read { .. }, Write { .. }) => Race,

        (Send { end, .. }, Send { end: other, .. })
        | (Receive { end, .. }, Receive { end: other, .. }) => of(end == other, Race),
        (Send { end, nth, .. }, Receive { end: other, nth: got }) => {
            of(end != other && nth == got, needs)
        }
        (Close { end }, EndOfFile { end: other } | Send { end: other, .. })
        | (Send { end: other, .. }, Close { end }) => of(end != other, Race),
        (LookedAtPipe { end, .. }, Send { end: other, .. } | Close { end: other })
        | (Send { end: other, .. } | Close { end: other }, LookedAtPipe { end, .. }) => {
            of(end != other, Race)
        }
        (LookedAtPipe { end, .. }, Receive { end: other, .. })
        | (Receive { end: other, .. }, LookedAtPipe { end, .. }) => of(end == other, Race),

        (Missed(act), change) => of(is_missed_by(change, act), Race),
        (change, Missed(act)) => of(is_missed_by(change, act), Race),
        _ => No,
    }
}

/// Whether it has taken a wake-up that this notify gave, or could not have taken it before.
pub(crate) fn is_woken_by(noticed: &Op, notify: &Op) -> bool {
    match (noticed, notify) {
        (Op::Noticed { nth, wake_up }, Op::Notify { after, until, before, given }) => {
            before < wake_up && wake_up <= given || after < nth && nth <= until
        }
        _ => false,
    }
}

/// Whether what they print may come into one line: a piece need not end with its line.
fn may_be_one_line(a: &Op, b: &Op) -> bool {
    use Op::{Line, Piece};
    match (a, b) {
        (Piece { stream, .. }, Piece { stream: other, .. } | Line { stream: other, .. })
        | (Line { stream, .. }, Piece { stream: other, .. }) => stream == other,
        _ => false,
    }
}

/// Whether this may be what somebody waited for in vain, or took away.
fn is_missed_by(change: &Op, act: &str) -> bool {
    use Op::*;
    match act {
        "Get" | "Put" => matches!(change, Put { .. } | Get { .. } | ShutDown),
        "ShutDown" => matches!(change, ShutDown),
        "WaitForDone" => matches!(change, Put { .. } | Done { .. }),
        "Acquire" => matches!(change, Acquire { .. } | Release { .. } | HolderDied { .. }),
        "WaitForEvent" => matches!(change, Set { .. } | Clear { .. }),
        "WaitForNotice" => matches!(change, Notify { .. } | Noticed { .. }),
        "Meet" => matches!(change, Arrive { .. } | Break),
        "Receive" | "Send" => matches!(change, Send { .. } | Receive { .. } | Close { .. }),
        _ => false,
    }
}

/// What somebody may do who stands before that.
pub(crate) fn likely(act: &str) -> Op {
    match act {
        "Get" => Op::Get { nth: 0 },
        "Put" => Op::Put { nth: 0, capacity: None, item: None },
        "ShutDown" => Op::ShutDown,
        "WaitForDone" => Op::AllDone { nth: 0 },
        "Acquire" => Op::Acquire { nth: 0, permits: 1 },
        "WaitForEvent" => Op::Woken { nth: 0 },
        "WaitForNotice" => Op::Noticed { nth: 0, wake_up: 0 },
        "Meet" => Op::Met { round: 0 },
        other => Op::Missed(other.to_owned()),
    }
}
