//! What there is to say of a run that goes no further.

use driving::{End, Event, Line, Place};
use golden::{Golden, Report, Run, Tone};

use super::game::born;
use super::run::Moment;

/// None: it goes on.
pub fn verdict(golden: &Golden, moment: &Moment, lines: &[Line]) -> Option<(Tone, String)> {
    let end = moment.end.as_ref()?;
    let judged = |end, hangs: &str| {
        let text = |is_error: bool| -> String {
            let lines = lines.iter().filter(|line| line.is_error == is_error);
            lines.map(|line| format!("{}\n", line.text)).collect()
        };
        let outlived_main = outlived_main(moment);
        let run = Run { end, outlived_main, ..Run::printed(&text(false), &text(true)) };
        let report = golden.check(&run);
        let (tone, verdict) = match report.problems().next() {
            Some(problem) if !lacks_last_words(golden, &run, &report) => {
                (Tone::Bad, format!("Not legal: {problem}"))
            }
            _ if hangs.is_empty() => {
                (Tone::Good, "Legal: the golden file allows this run.".to_owned())
            }
            _ => (Tone::Good, "So its golden file has it.".to_owned()),
        };
        (tone, format!("{hangs}{verdict}"))
    };
    Some(match end {
        End::Over => judged(golden::End::Code(moment.exit_code.unwrap_or(0)), ""),
        End::Stuck(who) => {
            judged(golden::End::TimeLimit, &format!("It hangs: {}. ", who.join("; ")))
        }
        End::OnlyTimePasses(who) => {
            let who = format!("Only time passes now: {}. ", who.join("; "));
            judged(golden::End::TimeLimit, &who)
        }
        End::Outside(name) => {
            let what = "waits for something that does not go through the crate: from here on \
                        nobody decides who goes on.";
            (Tone::Bad, format!("{name} {what}"))
        }
        End::AnotherWay(_) | End::Stopped => return None,
    })
}

/// What main returns as an error Rust itself prints, at its very end: it does not go through the crate.
fn lacks_last_words(golden: &Golden, run: &Run, report: &Report) -> bool {
    let is_missing =
        |problem: String| problem.ends_with(" is missing.") || problem.contains(" never came; ");
    run.err.is_empty()
        && report.missing().all(|line| golden.is_on_stderr(line))
        && report.problems().all(is_missing)
}

/// Who was there when main had ended.
fn outlived_main(moment: &Moment) -> Vec<String> {
    let ends = |event: &Event| event.ended.iter().any(Place::is_main);
    let Some(end) = moment.events.iter().position(ends) else { return Vec::new() };
    let until = Moment { events: moment.events[..=end].to_vec(), ..Moment::default() };
    let has_ended = |place: &Place| until.events.iter().any(|event| event.ended.contains(place));
    let alive = born(&until).into_iter().filter(|place| !has_ended(place));
    alive
        .map(|place| {
            format!("{} (pid 0, alive)", moment.names.get(place).map_or("", String::as_str))
        })
        .collect()
}
