//! A record for ui.perfetto.dev and chrome://tracing: the *Trace Event Format*, as one JSON object.
//!
//! Each process has a track; each step is a slice on it (`X`), a line named by its text; each cause is an
//! arrow (`s` to `f`, bound to the slice around it). A step takes a millisecond of the picture, whatever
//! it took: there is no time in a record, only order.

use serde_json::{Value, json};

use crate::cause::Causes;
use crate::op::Op;
use crate::place::Place;
use crate::record::Record;
use crate::words::Words;

/// Microseconds.
const STEP: usize = 1000;

impl Record {
    /// As Perfetto reads it.
    pub fn perfetto(&self) -> Value {
        let events = self.events();
        let words = Words::of(self);
        let mut places: Vec<&Place> = events.iter().map(|event| &event.place).collect();
        places.sort();
        places.dedup();
        let track =
            |place: &Place| 1 + places.iter().position(|other| *other == place).unwrap_or(0);
        let mut all = vec![json!({
            "ph": "M", "name": "process_name", "pid": 1, "args": { "name": self.header.lesson },
        })];
        for place in &places {
            let (tid, name) = (track(place), words.process(place));
            for (what, args) in [
                ("thread_name", json!({ "name": name })),
                ("thread_sort_index", json!({ "sort_index": tid })),
            ] {
                all.push(json!({ "ph": "M", "name": what, "pid": 1, "tid": tid, "args": args }));
            }
        }
        for (at, event) in events.iter().enumerate() {
            let is_line = |op: &Op| matches!(op, Op::Line { .. } | Op::Piece { .. });
            let is_line = event.did.iter().any(|did| is_line(&did.op));
            let mut name: Vec<String> = event.did.iter().map(|did| words.did(did)).collect();
            name.extend(event.did.is_empty().then(|| "ended".to_owned()));
            all.push(json!({
                "ph": "X",
                "name": name.join("; "),
                "cat": if is_line { "line" } else { "operation" },
                "pid": 1,
                "tid": track(&event.place),
                "ts": at * STEP,
                "dur": STEP,
                "args": event,
            }));
        }
        for (id, cause) in Causes::of(&events).all.iter().enumerate() {
            for (ph, at) in [("s", cause.from), ("f", cause.to)] {
                let mut arrow = json!({
                    "ph": ph,
                    "name": format!("{:?}", cause.why),
                    "cat": "cause",
                    "id": id,
                    "pid": 1,
                    "tid": track(&events[at].place),
                    // In the middle of the slice, and so certainly within it.
                    "ts": at * STEP + STEP / 2,
                });
                if ph == "f" {
                    arrow["bp"] = json!("e");
                }
                all.push(arrow);
            }
        }
        json!({ "traceEvents": all, "displayTimeUnit": "ms", "otherData": self.header })
    }
}
