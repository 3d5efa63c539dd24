//! A run of the explorer, once more: by its code, and by the rules of `execution.rs`.
//!
//! Such a code begins with `x`. A digit of it says who goes on, of all who are alive, in the order of
//! their birth; where only one is, there is none. It is used up when somebody has done something: to find
//! that there is nothing to do yet, and to wait, is no step.

use std::io;

use crate::conductor::End;
use crate::event::Event;
use crate::execution::{Advance, Execution};
use crate::schedule::DIGITS;
use crate::stage::Stage;

/// Lets the processes go on as in the run with this code (without its `x`); `see` gets each step. No end:
/// the code is used up, and somebody would have to be chosen.
pub(crate) fn replay(
    execution: &mut Execution,
    code: &str,
    see: &mut dyn FnMut(&Stage, Event),
) -> io::Result<Option<End>> {
    if !execution.begin()? {
        return Ok(Some(End::Stopped));
    }
    let mut choices = code.bytes().peekable();
    let mut steps = 0;
    loop {
        let free = execution.who_can()?;
        let all = execution.everybody();
        let is_at_its_end = choices.peek().is_none();
        if execution.stage.is_over() && !all.is_empty() {
            return Ok(Some(End::Stopped));
        }
        if execution.only_time_passes() && !all.is_empty() {
            return Ok(Some(match is_at_its_end {
                true => End::OnlyTimePasses(execution.stage.who_waits()),
                false => End::AnotherWay(steps),
            }));
        }
        let is_nobody_free = free.now.is_empty() && free.late.is_empty();
        let (place, is_named) = match (all.as_slice(), choices.peek()) {
            ([], None) => return Ok(Some(End::Over)),
            (_, None) if is_nobody_free => {
                return Ok(Some(End::Stuck(execution.stage.who_waits())));
            }
            ([only], _) if !is_nobody_free => (only, true),
            // Whoever seems free may have to wait; if not, more was to be chosen.
            (_, None) if !free.now.is_empty() => (&free.now[0], false),
            (_, Some(digit)) => match DIGITS.iter().position(|other| other == digit) {
                Some(chosen) if chosen < all.len() => (&all[chosen], true),
                _ => return Ok(Some(End::AnotherWay(steps))),
            },
            (_, None) => return Ok(None),
        };
        let is_late = !free.now.contains(place);
        if is_late && !free.late.contains(place) {
            return Ok(Some(End::AnotherWay(steps)));
        }
        let name = execution.stage.name_of(place);
        match execution.advance(place, is_late)? {
            Advance::Waits => {}
            Advance::Did(_) if !is_named => return Ok(None),
            Advance::Did(event) => {
                see(&execution.stage, event);
                steps += 1;
                if all.len() > 1 {
                    choices.next();
                }
            }
            Advance::Outside => return Ok(Some(End::Outside(name))),
            Advance::Stopped => return Ok(Some(End::Stopped)),
        }
    }
}
