//! Whether each note names the cause that is really there.

use std::collections::BTreeMap;

use driving::{Causes, Did, Op, Trace, Why};
use golden::{Claim, Golden, Run, Verb};

use crate::poset::{Node, Stream, nodes};

/// A note that is not true of some run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untrue {
    /// What the file says.
    pub claim: Claim,
    /// What there is between the two lines instead, from the first to the second; nothing: not even that.
    pub instead: Vec<Why>,
    /// The code of the run.
    pub code: String,
}

/// The notes that are not true of this run, whose text is that of a legal one.
pub(crate) fn untrue(golden: &Golden, claims: &[Claim], trace: &Trace) -> Vec<Untrue> {
    let as_it_is = |_: &Trace, _: Option<&str>, text: &str| text.to_owned();
    let (out, err) = (nodes(trace, Stream::Out, &as_it_is), nodes(trace, Stream::Err, &as_it_is));
    let name =
        |node: &Node| trace.names.get(&trace.events[node.event].place).cloned().unwrap_or_default();
    let printed = |nodes: &[Node], is_out: bool| -> String {
        let line = |node: &Node| match is_out {
            true => format!("{:<10} | {}\n", name(node), node.text),
            false => format!("{}\n", node.text),
        };
        nodes.iter().map(line).collect()
    };
    let run = Run::printed(&printed(&out, true), &printed(&err, false));
    let report = golden.check(&run);
    let events = out.iter().chain(&err).map(|node| node.event);
    let mut at: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (line, event) in report.lines().zip(events) {
        if let Some(number) = line.golden_line {
            at.entry(number).or_default().push(event);
        }
    }
    let causes = Causes::of(&trace.events);
    let mut untrue = Vec::new();
    for claim in claims {
        let (Some(sources), Some(lines)) = (at.get(&claim.source), at.get(&claim.line)) else {
            continue;
        };
        let (Some(&from), Some(&to)) = (sources.first(), lines.first()) else { continue };
        // It need not meet itself.
        if claim.verb == Verb::Met && trace.events[from].place == trace.events[to].place {
            continue;
        }
        let is_it = |cause: &driving::Cause| {
            let is_end_of_file = |did: &Did| matches!(did.op, Op::EndOfFile { .. });
            // The end of file is received, too: whoever closes the other end has spoken before.
            let is_received = claim.verb == Verb::ReceivedFrom
                && trace.events[cause.to].did.iter().any(is_end_of_file);
            (is_received || stands_for(cause.why, claim.verb))
                && cause.to <= to
                && trace.events[cause.to].place == trace.events[to].place
                && causes.leads(from, cause.from)
        };
        if !causes.all.iter().any(is_it) {
            let way = causes.way(from, to).unwrap_or_default();
            let instead = way.iter().map(|cause| cause.why).collect();
            untrue.push(Untrue { claim: claim.clone(), instead, code: trace.code.clone() });
        }
    }
    untrue
}

fn stands_for(why: Why, verb: Verb) -> bool {
    match verb {
        Verb::StartedBy => why == Why::Started,
        Verb::Joined => why == Why::Joined,
        // Also of somebody whom it did not join itself, but one who was joined by that.
        Verb::SawTheEndOf => why == Why::SawEnd || why == Why::Joined,
        Verb::ReceivedFrom => why == Why::Received,
        Verb::RoomMadeBy => why == Why::Room,
        Verb::AllDoneBy => why == Why::AllDone,
        Verb::WokenBy => why == Why::Woken,
        Verb::Met => why == Why::Met,
        Verb::ReadFrom => why == Why::Read,
        Verb::ByTheClockAfter => true,
    }
}
