//! One run, in another order of what commutes: so that one line comes before another.

use driving::{Place, Trace};
use golden::Golden;

use crate::language::Letter;
use crate::poset::{Node, Stream, Who, nodes};
use crate::reach::retell;

/// Whether a line is the one that is meant.
pub type IsIt<'i> = &'i dyn Fn(&Letter) -> bool;

/// Who goes on at each step of a run that differs from this one only in the order of what commutes, and in
/// which a first line comes, no second one before it, and one after it. None: there is no such order.
pub fn lead(golden: &Golden, trace: &Trace, first: IsIt, second: IsIt) -> Option<Vec<Place>> {
    let retell =
        |trace: &Trace, process: Option<&str>, text: &str| retell(golden, trace, process, text);
    [Stream::Out, Stream::Err].into_iter().find_map(|stream| {
        let nodes = nodes(trace, stream, &retell);
        let of = |is_it: IsIt| -> Vec<usize> {
            (0..nodes.len()).filter(|&node| is_it(&letter(trace, &nodes[node]))).collect()
        };
        let (first, second) = (of(first), of(second));
        let &at = first.iter().find(|&&first| {
            let event = nodes[first].event;
            second.iter().all(|&second| match nodes[second].event {
                its if its == event => second > first,
                its => !trace.orders(its, event),
            })
        })?;
        let late: Vec<usize> = second.iter().map(|&node| nodes[node].event).collect();
        (!late.is_empty()).then(|| delayed(trace, &late, nodes[at].event))
    })
}

/// In the order of this run, but whatever needs one of the late steps comes only after that other step.
fn delayed(trace: &Trace, late: &[usize], until: usize) -> Vec<Place> {
    let is_late = |event: usize| {
        event != until && late.iter().any(|&late| late == event || trace.orders(late, event))
    };
    let (later, now): (Vec<usize>, Vec<usize>) = (0..=until).partition(|&event| is_late(event));
    let order = now.into_iter().chain(later).chain(until + 1..trace.events.len());
    order.map(|event| trace.events[event].place.clone()).collect()
}

fn letter(trace: &Trace, node: &Node) -> Letter {
    let process = match &node.who {
        Who::Named(process) => process.clone(),
        Who::Worker(_) => trace.names.get(&trace.events[node.event].place).cloned(),
    };
    Letter { process, text: node.text.clone(), worker: 0 }
}
