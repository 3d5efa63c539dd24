//! One run of an exploration: who can go on, and what one of them does until it stands again.
//!
//! The rules are those of a proof, not of a replay: a pause ends at any time, unless it is longer than a
//! minute, a limit of up to a second, too; what is longer ends when nobody else can go on. Each process has a clock of its own, which a message or
//! an end carries on: so what time it is depends on the causes alone, and not on the order of what
//! has nothing to do with each other.

use std::collections::{BTreeMap, HashMap};
use std::io;

use crate::conductor::{LONG, MOVES};
use crate::event::{Event, SHORT, Waits};
use crate::link::{Link, Patience, Stands};
use crate::op::{Did, Op};
use crate::place::Place;
use crate::stage::{Granted, Stage};

/// After so many looks that had the same answer while nothing changed, a process is idle.
const LOOKS: u32 = 2;
/// After so many pauses that nothing but lines came between, too.
const PAUSES: u32 = 3;

/// What came of letting a process go on.
#[derive(Debug)]
pub(crate) enum Advance {
    /// It did that.
    Did(Event),
    /// It could do nothing, and waits now.
    Waits,
    /// It waits for something that is not the crate's.
    Outside,
    /// The run was stopped.
    Stopped,
}

/// Who can go on.
#[derive(Debug, Default)]
pub(crate) struct Free {
    /// Now; those who would only look again, or pause again, come last.
    pub now: Vec<Place>,
    /// Those who would only look again, or pause again, and whether they say a line each time.
    pub idle: BTreeMap<Place, bool>,
    /// If nobody else can: those whose limits are over first.
    pub late: Vec<Place>,
}

pub(crate) struct Execution {
    pub stage: Stage,
    local: HashMap<Place, Local>,
    /// When each object was last changed.
    changed: HashMap<u32, u64>,
    /// When each process has ended.
    ended: HashMap<Place, u64>,
    /// When the last child of each process has ended.
    last_child: HashMap<Place, u64>,
    /// How much has changed so far.
    changes: u64,
    /// How many times only time has passed since then.
    moves: u32,
}

/// What there is to know of a process.
#[derive(Default)]
struct Local {
    clock: u64,
    /// Before what it stood last.
    act: String,
    object: u32,
    what: Option<String>,
    patience: Option<Patience>,
    /// What it has seen since it last did anything else, how many times, and after how many changes.
    looks: Vec<Look>,
    /// So many pauses since then.
    pauses: u32,
    /// So many lines since then.
    lines: u32,
    /// Whether what it waits for is there; not known if something has happened to that.
    ready: Option<bool>,
}

struct Look {
    did: Vec<Did>,
    times: u32,
    after: u64,
}

impl Execution {
    pub fn new(stage: Stage) -> Execution {
        Execution {
            stage,
            local: HashMap::new(),
            changed: HashMap::new(),
            ended: HashMap::new(),
            last_child: HashMap::new(),
            changes: 0,
            moves: 0,
        }
    }

    /// Waits for main. False: there is nobody to be driven.
    pub fn begin(&mut self) -> io::Result<bool> {
        self.stage.meet(None, 0)
    }

    /// Whether nothing happens any more but that time passes.
    pub fn only_time_passes(&self) -> bool {
        self.moves > MOVES
    }

    pub fn who_can(&mut self) -> io::Result<Free> {
        while self.stage.has_guests() && !self.stage.is_over() {
            self.stage.host(0)?;
        }
        let (mut busy, mut gone) = (Vec::new(), Vec::new());
        let (mut idle, mut late) = (BTreeMap::new(), BTreeMap::new());
        for (place, link) in &mut self.stage.all {
            let local = self.local.entry(place.clone()).or_default();
            local.note(&link.stands);
            let ready = local.ask(link)?;
            match (ready, &link.stands) {
                (None, _) => gone.push(place.clone()),
                (Some(true), Stands::Before { .. }) if local.is_idle(self.changes) => {
                    idle.insert(place.clone(), local.lines > 0);
                }
                // Whoever begins comes first, so that all workers of a pool have begun alike.
                (Some(true), _) if local.act == "Begin" => busy.insert(0, place.clone()),
                (Some(true), _) => busy.push(place.clone()),
                (Some(false), Stands::Waits { until: Some(until), wait }) => {
                    if local.may_be_over(*until, wait.is_pause()) {
                        busy.push(place.clone());
                    } else {
                        late.entry(*until).or_insert_with(Vec::new).push(place.clone());
                    }
                }
                (Some(false), _) => {}
            }
        }
        for place in gone {
            self.lose(place);
        }
        busy.extend(idle.keys().cloned());
        let late = late.into_values().next().unwrap_or_default();
        Ok(Free { now: busy, idle, late })
    }

    /// Whoever stood here and is there no more: somebody from outside has ended it.
    pub fn killed_from_outside(&mut self) -> Vec<Event> {
        let links = self.stage.all.values().filter(|link| !link.is_alive());
        let places: Vec<Place> = links.map(|link| link.place.clone()).collect();
        places.into_iter().map(|place| self.lose(place)).collect()
    }

    /// The end of one that has said nothing of it.
    fn lose(&mut self, place: Place) -> Event {
        self.stage.lost(&place);
        let clock = self.local.get(&place).map_or(0, |local| local.clock);
        let event = Event { ended: vec![place.clone()], ..Event::nothing(place) };
        self.note(&event, clock);
        event
    }

    /// All who have not ended.
    pub fn everybody(&self) -> Vec<Place> {
        self.stage.all.keys().cloned().collect()
    }

    /// Before what each of them stands, or stood when it began to wait, and on which object.
    pub fn who_stands(&self) -> Vec<(Place, String, u32)> {
        let stand = |place: &Place| {
            let local = self.local.get(place)?;
            Some((place.clone(), local.act.clone(), local.object))
        };
        self.stage.all.keys().filter_map(stand).collect()
    }

    /// The text that this one tells with that.
    pub fn what(&self, place: &Place) -> Option<String> {
        self.local.get(place)?.what.clone()
    }

    /// Lets one go on until it has done something. `is_late`: nobody else can.
    pub fn advance(&mut self, place: &Place, is_late: bool) -> io::Result<Advance> {
        let mut event = Event::nothing(place.clone());
        event.dies_with = self.stage.dies_with(place);
        loop {
            let Some(link) = self.stage.all.get_mut(place) else { return Ok(Advance::Waits) };
            let local = self.local.entry(place.clone()).or_default();
            local.note(&link.stands);
            let is_ready = local.ask(link)? == Some(true);
            let link = &self.stage.all[place];
            match &link.stands {
                Stands::Before { act, object, patience, .. } => {
                    // What is there already has taken its time, too.
                    let time = match act.as_str() {
                        "Join" | "WaitForFirst" => self.last_child.get(place),
                        "Get" | "Receive" | "Acquire" | "WaitForEvent" | "WaitForDone"
                        | "WaitForNotice" | "Meet" => self.changed.get(object),
                        _ => None,
                    };
                    let most = match patience {
                        Patience::Limited(limit) => local.clock.saturating_add(*limit),
                        Patience::No | Patience::ForEver => u64::MAX,
                    };
                    local.clock = local.clock.max(time.copied().unwrap_or(0).min(most));
                }
                Stands::Waits { until, wait } if is_ready => {
                    let whom = wait.whom().and_then(|whom| self.stage.place_of(whom));
                    let ended = whom.and_then(|whom| self.ended.get(&whom));
                    let changed = self.changed.get(&local.object);
                    let time = ended.max(changed).copied().unwrap_or(0);
                    // What comes in time does not come late.
                    local.clock = local.clock.max(time.min(until.unwrap_or(u64::MAX)));
                }
                Stands::Waits { until: Some(until), wait } => {
                    if !local.may_be_over(*until, wait.is_pause()) {
                        if !is_late {
                            return Ok(Advance::Waits);
                        }
                        event.waits = Waits::InVain;
                    }
                    local.clock = local.clock.max(*until);
                }
                Stands::Waits { until: None, .. } => return Ok(Advance::Waits),
            }
            if event.waits == Waits::Shortly {
                event.waits = match &link.stands {
                    Stands::Waits { until: None, .. } => Waits::Long,
                    _ => local.patience.map_or(Waits::Shortly, Waits::of),
                };
            }
            event.is_again |= local.has_had_enough();
            local.ready = None;
            let clock = local.clock;
            let step = match self.stage.grant(place, clock)? {
                Granted::Step(step) => step,
                Granted::Outside(_) => return Ok(Advance::Outside),
                Granted::Stopped => return Ok(Advance::Stopped),
            };
            event.did.extend(step.did);
            for ended in step.ended.iter().filter(|ended| *ended != place) {
                if let Some(local) = self.local.get(ended) {
                    let op = Op::Missed(local.act.clone());
                    event.cut_off.push((ended.clone(), Did { object: local.object, op }));
                }
            }
            event.ended.extend(step.ended);
            if !event.did.is_empty() || !event.ended.is_empty() {
                self.note(&event, clock);
                return Ok(Advance::Did(event));
            }
        }
    }

    /// What follows from it for the others, and for itself.
    fn note(&mut self, event: &Event, clock: u64) {
        let is_look = event.did.iter().all(|did| did.op.is_a_look()) && event.ended.is_empty();
        let is = |kind: fn(&Op) -> bool| event.did.iter().all(|did| kind(&did.op));
        let is_line = is(|op| matches!(op, Op::Line { .. } | Op::Piece { .. }));
        if event.is_change() {
            self.changes += 1;
            self.moves = 0;
        } else if !is_line {
            self.moves += 1;
        }
        for place in &event.ended {
            self.ended.insert(place.clone(), clock);
            if let Some(parent) = place.parent() {
                let last = self.last_child.entry(parent).or_default();
                *last = clock.max(*last);
            }
        }
        for did in &event.did {
            if !did.op.is_a_look() {
                let changed = self.changed.entry(did.object).or_default();
                *changed = clock.max(*changed);
            }
            if let Op::Start { child: Some(child), .. } = &did.op {
                self.local.entry(child.clone()).or_default().clock = clock;
            }
        }
        for local in self.local.values_mut() {
            let is_its = |did: &Did| did.object == local.object || local.act == "WaitForFirst";
            let touches = |did: &Did| is_its(did) && !did.op.is_a_look();
            if !event.ended.is_empty() || event.did.iter().any(touches) {
                local.ready = None;
            }
        }
        let changes = self.changes;
        let Some(local) = self.local.get_mut(&event.place) else { return };
        if !is_look {
            (local.looks, local.pauses, local.lines) = (Vec::new(), 0, 0);
        } else if is(|op| matches!(op, Op::Pause { .. })) {
            local.pauses += 1;
        } else if is_line {
            local.lines += u32::from(local.pauses > 0);
        } else {
            local.pauses = 0;
            match local.looks.iter_mut().find(|look| look.did == event.did) {
                Some(look) => (look.times, look.after) = (look.times + 1, changes),
                None => {
                    local.looks.push(Look { did: event.did.clone(), times: 1, after: changes });
                }
            }
        }
    }
}

impl Local {
    /// Whether it can go on; `None`: it is gone.
    fn ask(&mut self, link: &mut Link) -> io::Result<Option<bool>> {
        if self.ready.is_none() {
            self.ready = link.can_go_on()?;
        }
        Ok(self.ready)
    }

    /// Before what it stands, or for what it waits.
    fn note(&mut self, stands: &Stands) {
        match stands {
            Stands::Before { act, object, patience, what } => {
                (self.act, self.object, self.what) = (act.clone(), *object, what.clone());
                self.patience = Some(*patience);
            }
            Stands::Waits { wait, .. } if wait.object() != 0 => {
                self.object = wait.object();
                // A pool tells of no attempt before it waits.
                if wait.is_for_a_task() || wait.is_for_a_result() {
                    self.act = "Get".to_owned();
                }
            }
            Stands::Waits { .. } => {}
        }
    }

    /// Whether it may be over now that it waits until then: a limit if it is short, a pause unless it is
    /// so long that it means "for ever".
    fn may_be_over(&self, until: u64, is_pause: bool) -> bool {
        until.saturating_sub(self.clock) <= if is_pause { LONG } else { SHORT }
    }

    /// Whether it would only see again what it has seen, or pause once more.
    fn is_idle(&self, changes: u64) -> bool {
        let is_same =
            |look: &Look| look.is_of(self) && look.times >= LOOKS && look.after == changes;
        self.looks.iter().any(is_same) || self.has_paused_enough()
    }

    /// Whether it is about to look or to pause once more, whatever has changed meanwhile.
    fn has_had_enough(&self) -> bool {
        self.looks.iter().any(|look| look.is_of(self) && look.times >= LOOKS)
            || self.has_paused_enough()
    }

    fn has_paused_enough(&self) -> bool {
        self.act == "Pause" && self.pauses >= PAUSES
    }
}

impl Look {
    /// Whether it is the one before which that process stands.
    fn is_of(&self, local: &Local) -> bool {
        let act = local.act.as_str();
        let is_its = |did: &Did| did.object == local.object || act == "WaitForFirst";
        self.did.iter().any(|did| is_its(did) && is_act(&did.op, act))
    }
}

/// Whether this look is what that act does.
fn is_act(op: &Op, act: &str) -> bool {
    match op {
        Op::Missed(missed) => missed == act,
        Op::Read { .. } => act == "Read",
        Op::LookedAtChild { .. } if act == "WaitForFirst" => true,
        Op::LookedAtQueue { .. } | Op::LookedAtPipe { .. } if act == "WaitForFirst" => true,
        Op::LookedAtChild { .. } => act == "LookAtChild",
        Op::LookedAtProcess { .. } => act == "LookAtProcess",
        Op::LookedAtParent { .. } => act == "LookAtParent",
        Op::LookedAtQueue { .. } => act == "LookAtQueue",
        Op::LookedAtEvent { .. } => act == "LookAtEvent",
        _ => false,
    }
}
