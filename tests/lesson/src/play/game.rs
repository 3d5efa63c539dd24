//! The game: what is there to be seen, and what a key does. It knows no terminal.

use std::collections::BTreeSet;

use driving::{Can, Op, Place, Shared, Standing, Went, Words};
use golden::{Golden, Tone};

use super::run::{Ask, Moment, Now};
use super::said::{Said, record, said};
use super::words;
use crate::goal::{Aim, Ended, Reach};

/// The keys of the processes: main is 0, and its first child 1. No letter of them does anything else.
const KEYS: &str = "0123456789abcdefijklmnopstvwxyz";

const OVER: &str = "Nobody can go on: `u` takes a step back, `r` begins again.";

pub struct Game<'g> {
    golden: &'g Golden,
    aims: Vec<Aim<'g>>,
    pub title: String,
    pub moment: Moment,
    pub lanes: Vec<Lane>,
    pub said: Vec<Said>,
    /// Each shared object and how it stands.
    pub shared: Vec<(String, String)>,
    pub goals: Vec<Goal>,
    /// The goals that were reached in any run so far, by their numbers.
    pub reached: BTreeSet<usize>,
    /// Those of them that were reached before the game.
    known: BTreeSet<usize>,
    pub verdict: Option<(Tone, String)>,
    /// What has just happened.
    pub message: (Tone, String),
    pub page: Page,
    /// A step takes its time.
    pub is_busy: bool,
    /// Anybody is to go on, until somebody has done something.
    is_for_any: bool,
    random: fastrand::Rng,
}

/// A process, from its start on.
#[derive(Clone, Debug)]
pub struct Lane {
    pub place: Place,
    pub key: char,
    pub name: String,
    /// What it would do, or why it cannot, or how it has ended.
    pub next: String,
    pub can: Can,
    pub is_there: bool,
}

pub struct Goal {
    pub name: String,
    pub reach: Reach,
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Run,
    Goals,
    Why,
    Help,
}

/// What comes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Do {
    Ask(Ask),
    Quit,
}

impl<'g> Game<'g> {
    pub fn new(title: String, golden: &'g Golden, aims: Vec<Aim<'g>>) -> Game<'g> {
        Game {
            golden,
            aims,
            title,
            moment: Moment::default(),
            lanes: Vec::new(),
            said: Vec::new(),
            shared: Vec::new(),
            goals: Vec::new(),
            reached: BTreeSet::new(),
            known: BTreeSet::new(),
            verdict: None,
            message: (Tone::Faint, String::new()),
            page: Page::Run,
            is_busy: true,
            is_for_any: false,
            random: fastrand::Rng::with_seed(1),
        }
    }

    /// What that key does, if anything has to be done outside of the game.
    pub fn press(&mut self, key: char) -> Option<Do> {
        if key == 'q' {
            return Some(Do::Quit);
        }
        if self.is_busy {
            return None;
        }
        // Whatever is read is put away by any key; a second `?` is no other page.
        let page = std::mem::replace(&mut self.page, Page::Run);
        let open = |wanted| if page == wanted { Page::Run } else { wanted };
        match key {
            '?' => self.page = open(Page::Help),
            'g' => self.page = open(Page::Goals),
            'h' => self.page = open(Page::Why),
            'u' if self.moment.events.is_empty() => self.say(Tone::Plain, "This is the start."),
            'u' => return self.ask(Ask::Undo),
            'r' => return self.ask(Ask::Restart),
            ' ' => {
                self.is_for_any = true;
                return self.anybody();
            }
            key => return self.choose(key),
        }
        None
    }

    fn ask(&mut self, ask: Ask) -> Option<Do> {
        self.is_busy = true;
        Some(Do::Ask(ask))
    }

    fn choose(&mut self, key: char) -> Option<Do> {
        let lane = self.lanes.iter().find(|lane| lane.key == key)?;
        let why = match (&self.moment.end, lane.can) {
            (Some(_), _) => OVER.to_owned(),
            (None, Can::Not) if !lane.is_there => format!("{} has ended.", lane.name),
            (None, Can::Not) => format!("{} cannot go on: it {}.", lane.name, lane.next),
            (None, _) => {
                let place = lane.place.clone();
                return self.ask(Ask::Go(place));
            }
        };
        self.say(Tone::Plain, &why);
        None
    }

    /// One of those who can do more than look again, if there is one.
    fn anybody(&mut self) -> Option<Do> {
        let of = |wanted| self.lanes.iter().filter(move |lane| lane.can == wanted);
        let free = [Can::Now, Can::Late, Can::OnlyAgain].map(|can| of(can).collect::<Vec<_>>());
        let free = free.into_iter().find(|free| !free.is_empty());
        let Some(free) = free else {
            self.is_for_any = false;
            self.say(Tone::Plain, OVER);
            return None;
        };
        let place = free[self.random.usize(..free.len())].place.clone();
        self.ask(Ask::Go(place))
    }

    /// Takes in how the run stands now. What is to be done next, if it goes on by itself.
    pub fn hear(&mut self, now: &Now, moment: Moment) -> Option<Do> {
        self.is_busy = false;
        self.moment = moment;
        let record = record(&self.moment);
        let lines = record.lines();
        self.said = said(self.golden, &record, &lines);
        let (mut words, shared) = (Words::of(&record), Shared::after(&self.moment.events));
        // Also of those who have done nothing yet.
        self.moment.names.iter().for_each(|(place, name)| words.meet(place, name));
        self.lanes = self.lanes_now(&words, &shared);
        let things = shared.0.iter().map(|(object, thing)| {
            let name = words.object(*object).unwrap_or_else(|| "it".to_owned());
            (name, words::state(&words, *object, thing))
        });
        self.shared = things.collect();
        let ended = self.moment.end.as_ref().and_then(Ended::of);
        let goal = |aim: &Aim| {
            let (reach, why) = aim.after(&lines, ended);
            Goal { name: aim.goal.name.clone(), reach, why }
        };
        self.goals = self.aims.iter().map(goal).collect();
        self.verdict = super::verdict::verdict(self.golden, &self.moment, &lines);
        self.message = self.news(now, &words);
        // A kill from outside is no way to reach anything.
        for (number, goal) in self.goals.iter().enumerate() {
            if goal.reach == Reach::Reached && self.moment.code.is_some() {
                self.reached.insert(number);
            }
        }
        let has_to_wait = matches!(now, Now::Went(_, Went::Waits));
        self.is_for_any &= has_to_wait;
        if self.is_for_any { self.anybody() } else { None }
    }

    /// The run could not be had.
    pub fn fail(&mut self, why: &str) {
        self.is_busy = false;
        self.say(Tone::Bad, &format!("{why}. `r` begins again."));
    }

    pub fn name(&self, place: &Place) -> String {
        let name = self.moment.names.get(place).filter(|name| !name.is_empty());
        name.cloned().unwrap_or_else(|| place.to_string())
    }

    /// Some goals were reached before.
    pub fn know(&mut self, is_reached: impl Fn(&Aim) -> bool) {
        let aims = self.aims.iter().enumerate();
        self.known = aims.filter(|(_, aim)| is_reached(aim)).map(|(number, _)| number).collect();
        self.reached.clone_from(&self.known);
    }

    /// The goals that were reached in this game for the first time.
    pub fn newly_reached(&self) -> impl Iterator<Item = &Aim<'g>> {
        self.reached.difference(&self.known).map(|&number| &self.aims[number])
    }

    fn say(&mut self, tone: Tone, what: &str) {
        self.message = (tone, what.to_owned());
    }

    fn lanes_now(&self, words: &Words, shared: &Shared) -> Vec<Lane> {
        let born = born(&self.moment);
        let lane = |(number, place): (usize, &Place)| {
            let standing = self.moment.standing.iter().find(|one| one.place == *place);
            Lane {
                place: place.clone(),
                key: KEYS.chars().nth(number).unwrap_or('\0'),
                name: self.name(place),
                next: match standing {
                    Some(one) => words::next(words, shared, one),
                    None => self.how_it_ended(place).to_owned(),
                },
                can: standing.map_or(Can::Not, |one: &Standing| one.can),
                is_there: standing.is_some(),
            }
        };
        born.into_iter().enumerate().map(lane).collect()
    }

    fn how_it_ended(&self, place: &Place) -> &'static str {
        let end = self.moment.events.iter().find(|event| event.ended.contains(place));
        match end {
            Some(end) if end.place == *place && end.did.is_empty() => "was killed from outside",
            Some(end) if end.place != *place => "was ended",
            _ => "has ended",
        }
    }

    fn news(&self, now: &Now, words: &Words) -> (Tone, String) {
        let step = self.moment.events.len();
        let last = |place: &Place| {
            let event = self.moment.events.last().filter(|event| event.place == *place);
            let did = event.into_iter().flat_map(|event| &event.did);
            let did: Vec<String> = did.map(|did| words.did(did)).collect();
            if did.is_empty() { "went on".to_owned() } else { did.join(", ") }
        };
        match now {
            Now::Begun if step == 0 => {
                let all = "Each process stands still before what it does next. Press its key.";
                (Tone::Plain, all.to_owned())
            }
            Now::Begun => (Tone::Plain, format!("This is the run after {step} steps.")),
            Now::Went(place, Went::Did) => {
                (Tone::Plain, format!("{} {}", self.name(place), last(place)))
            }
            Now::Went(place, Went::Waits) => {
                (Tone::Plain, format!("{} has to wait: that is no step.", self.name(place)))
            }
            Now::Went(place, Went::Cannot) => {
                (Tone::Plain, format!("{} cannot go on.", self.name(place)))
            }
            Now::Undone => (Tone::Plain, format!("Taken back: step {}.", step + 1)),
            Now::Killed => {
                let killed = self.moment.events.iter().rev();
                let killed = killed.take_while(|event| event.did.is_empty());
                let names: Vec<String> = killed.map(|event| self.name(&event.place)).collect();
                let names = names.join(" and ");
                (Tone::Bad, format!("{names}: killed from outside. No code repeats that."))
            }
        }
    }

    /// How many steps were made, and the code of the run.
    pub fn steps(&self) -> (usize, Option<&str>) {
        (self.moment.events.len(), self.moment.code.as_deref())
    }
}

/// All who were ever there, in the order in which they were started: so a key stays the same.
pub fn born(moment: &Moment) -> Vec<&Place> {
    let started = moment.events.iter().flat_map(|event| {
        let child = event.did.iter().filter_map(|did| match &did.op {
            Op::Start { child, .. } => child.as_ref(),
            _ => None,
        });
        std::iter::once(&event.place).chain(child)
    });
    let mut places: Vec<&Place> = Vec::new();
    for place in started.chain(moment.standing.iter().map(|one| &one.place)) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

#[cfg(test)]
pub mod tests {
    use golden::Language;

    use super::*;

    pub const FILE: &str =
        "main | two\na | runs  <- started by main\nb | runs  <- started by main\n";

    pub fn golden() -> Golden {
        Golden::parse("file.txt", FILE, Language::Rust).unwrap()
    }

    /// Main has started two, of which one has said its line, and now waits for it.
    pub fn moment() -> Moment {
        let events = [
            r#"{"place":"main","did":[{"object":0,"op":{"Line":{"stream":"Stdout","text":"two"}}}]}"#,
            r#"{"place":"main","did":[{"object":0,"op":{"Start":{"child":"1","nth":1}}}]}"#,
            r#"{"place":"main","did":[{"object":0,"op":{"Start":{"child":"2","nth":2}}}]}"#,
            r#"{"place":"2","did":[{"object":0,"op":{"Line":{"stream":"Stdout","text":"\u001b[31m"}}}]}"#,
        ];
        let name = |place: &Place, name: &str| (place.clone(), name.to_owned());
        let places = ["main", "1", "2"].map(|place| place.parse().unwrap());
        let [main, a, b] = &places;
        let standing = |place: &Place, can| Standing {
            place: place.clone(),
            name: String::new(),
            pid: 0,
            act: if can == Can::Not { "Join".to_owned() } else { "Line".to_owned() },
            object: 0,
            what: None,
            waits: None,
            whom: None,
            can,
        };
        Moment {
            events: events.map(|event| serde_json::from_str(event).unwrap()).into(),
            names: [name(main, "main"), name(a, "a"), name(b, "b")].into(),
            standing: vec![
                standing(main, Can::Not),
                standing(a, Can::Now),
                standing(b, Can::OnlyAgain),
            ],
            end: None,
            exit_code: None,
            code: Some("x02".to_owned()),
        }
    }

    fn went(place: &str, went: Went) -> Now {
        Now::Went(place.parse().unwrap(), went)
    }

    #[test]
    fn a_key_lets_its_process_go_on() {
        let golden = golden();
        let mut game = Game::new("two".to_owned(), &golden, Vec::new());
        assert_eq!(game.press('1'), None, "nothing is there yet");
        assert_eq!(game.hear(&went("2", Went::Did), moment()), None);
        assert_eq!(game.lanes.iter().map(|lane| lane.key).collect::<String>(), "012");
        let go = |place: &str| Some(Do::Ask(Ask::Go(place.parse().unwrap())));
        assert_eq!(game.press('1'), go("1"));
        // One thing at a time; but whoever wants to leave may.
        assert_eq!((game.press('2'), game.press('q')), (None, Some(Do::Quit)));
        game.hear(&went("1", Went::Waits), moment());
        assert_eq!(game.message.1, "a has to wait: that is no step.");
        assert_eq!((game.press('0'), game.press('x')), (None, None));
        assert!(game.message.1.starts_with("main cannot go on: "), "{}", game.message.1);
        assert_eq!(game.press('u'), Some(Do::Ask(Ask::Undo)));
    }

    /// Those who would only look again are not chosen while others can go on.
    #[test]
    fn space_is_for_somebody_who_does_something() {
        let golden = golden();
        let mut game = Game::new("two".to_owned(), &golden, Vec::new());
        game.hear(&went("2", Went::Did), moment());
        let go = |place: &str| Some(Do::Ask(Ask::Go(place.parse().unwrap())));
        assert_eq!(game.press(' '), go("1"));
        let mut then = moment();
        then.standing[1].can = Can::Not;
        assert_eq!(game.hear(&went("1", Went::Waits), then.clone()), go("2"));
        assert_eq!(game.hear(&went("2", Went::Did), then.clone()), None);
        then.standing[2].can = Can::Not;
        assert_eq!(game.press(' '), go("2"));
        assert_eq!(game.hear(&went("2", Went::Waits), then), None);
        assert!(game.message.1.starts_with("Nobody can go on"), "{}", game.message.1);
    }

    #[test]
    fn a_page_is_put_away() {
        let golden = golden();
        let mut game = Game::new("two".to_owned(), &golden, Vec::new());
        game.hear(&Now::Begun, moment());
        for (keys, page) in
            [("?", Page::Help), ("??", Page::Run), ("?g", Page::Goals), ("hx", Page::Run)]
        {
            game.page = Page::Run;
            keys.chars().for_each(|key| assert_eq!(game.press(key), None));
            assert_eq!(game.page, page, "{keys}");
        }
    }

    /// The golden file has no such line of b.
    #[test]
    fn a_line_that_may_not_come_has_no_number() {
        let golden = golden();
        let mut game = Game::new("two".to_owned(), &golden, Vec::new());
        game.hear(&went("2", Went::Did), moment());
        let numbers: Vec<_> = game.said.iter().map(|said| said.number).collect();
        assert_eq!(numbers, [Some(1), None]);
    }
}
