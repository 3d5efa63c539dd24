//! What the screen says of processes and objects.

use driving::{Can, Place, Shared, Standing, Thing, Words};

/// What one would do next, or why it cannot: to be read below its name.
pub fn next(words: &Words, shared: &Shared, one: &Standing) -> String {
    let doing = words.next(&one.act, one.object, one.what.as_deref());
    match (one.can, one.waits) {
        (Can::Now, _) | (Can::Not, None) => doing,
        (Can::OnlyAgain, _) => format!("{doing}, again"),
        (Can::Late, _) => format!("give up waiting: {doing}"),
        (Can::Not, Some(wait)) => {
            // Since it began to wait, the turn may have passed to somebody else.
            let holder = match shared.get(wait.object()) {
                Some(Thing::Lock { holder }) if wait.whom().is_some() => holder.as_ref(),
                _ => None,
            };
            words.waits(&one.place, wait, holder.or(one.whom.as_ref()))
        }
    }
}

/// A queue that holds so many is bounded by nothing that a lesson would meet.
const UNBOUNDED: u64 = 1_000_000;

/// How an object stands: to be said after its name.
pub fn state(words: &Words, object: u32, thing: &Thing) -> String {
    let item = |end, nth: &u64| {
        words.item(object, end, *nth).map_or_else(|| nth.to_string(), str::to_owned)
    };
    let who = |place: &Place| words.process(place);
    match thing {
        Thing::Queue { waiting, capacity, put, done, shut_down } => {
            let items: Vec<String> = waiting.iter().map(|nth| item(0, nth)).collect();
            let most = capacity.filter(|&most| most < UNBOUNDED);
            let most = most.map_or(String::new(), |most| format!(" of {most}"));
            let undone = done.map(|done| put.saturating_sub(done));
            let undone = undone.map_or(String::new(), |undone| format!(", {undone} not done"));
            let down = if *shut_down { ", shut down" } else { "" };
            format!("[{}]{most}{undone}{down}", items.join(" "))
        }
        Thing::Lock { holder: Some(holder) } => format!("held by {}", who(holder)),
        Thing::Lock { holder: None } => "free".to_owned(),
        Thing::Semaphore { free, permits } => format!("{free} of {permits} free"),
        Thing::Event { set: true } => "set".to_owned(),
        Thing::Event { set: false } => "not set".to_owned(),
        Thing::Condition { waiting } => format!("{waiting} waiting"),
        Thing::Barrier { broken: true, .. } => "broken".to_owned(),
        Thing::Barrier { there, parties: Some(all), .. } => format!("{there} of {all} there"),
        Thing::Barrier { parties: None, .. } => "nobody there".to_owned(),
        Thing::Value { number } => number.clone().unwrap_or_else(|| "?".to_owned()),
        Thing::Array { numbers, len } => {
            let more = if numbers.len() < *len as usize { " …" } else { "" };
            format!("[{}{more}]", numbers.join(" "))
        }
        Thing::Pipe { on_the_way: [there, back], closed } => {
            let closed = if closed.contains(&true) { ", closed" } else { "" };
            format!("{there} one way, {back} the other{closed}")
        }
    }
}
