//! The picture for a terminal: a column a process, or a block of rows where there is no room for that.

use crate::row::wrap;
use crate::{Picture, What};

/// A column has at least so many letters.
pub const NARROWEST: usize = 18;

/// The picture within so many columns.
pub fn terminal(picture: &Picture, width: usize) -> String {
    let many = picture.lanes.len().max(1);
    let mut out = format!("{}\n\n", picture.title);
    match width / many {
        column if column >= NARROWEST => columns(picture, column, &mut out),
        column => {
            let why = format!(
                "A column for each of {many} processes would be {column} wide, which is too narrow: a \
                 block for each instead. The numbers say what came when."
            );
            out += &format!("{}\n", wrap(&why, width, width).join("\n"));
            blocks(picture, width, &mut out);
        }
    }
    out.push('\n');
    let kinds = picture.kinds().into_iter().map(|kind| (kind.sign(), kind.meaning()));
    let doings = picture.doings().into_iter().map(|what| (what.sign(), what.meaning()));
    // A sign and its meaning stay in one line.
    let mut legend = vec![String::new()];
    for (sign, meaning) in kinds.chain(doings) {
        let entry = format!("{sign} {meaning}");
        match legend.last_mut() {
            Some(line) if line.is_empty() => *line = entry,
            Some(line) if line.chars().count() + 3 + entry.chars().count() <= width => {
                *line += &format!("   {entry}");
            }
            _ => legend.push(entry),
        }
    }
    out + &legend.join("\n") + "\n"
}

fn columns(picture: &Picture, column: usize, out: &mut String) {
    let room = column - 3;
    let cells = |cells: Vec<String>| {
        let row: String = cells.iter().map(|cell| format!("{cell:<column$}")).collect();
        format!("{}\n", row.trim_end())
    };
    let name = |lane: &crate::Lane| lane.name.chars().take(column - 1).collect();
    *out += &cells(picture.lanes.iter().map(name).collect());
    for (at, mark) in picture.marks.iter().enumerate() {
        let mut words = wrap(&mark.text, room, room);
        for cause in picture.causes(at) {
            words.extend(wrap(&format!("← {cause}"), room, room));
        }
        for (number, words) in words.iter().enumerate() {
            let cell = |lane: usize| {
                let is_first = number == 0;
                let sign = match is_first && lane == mark.lane {
                    true => mark.kind.sign(),
                    false => standing(picture, lane, at, is_first),
                };
                let words = if lane == mark.lane { words.as_str() } else { "" };
                format!("{sign} {words}")
            };
            *out += &cells((0..picture.lanes.len()).map(cell).collect());
        }
    }
}

/// How a process stands beside a mark, or below one of its own.
fn standing(picture: &Picture, lane: usize, at: usize, is_first: bool) -> char {
    let has_ended = |mark: &crate::Mark| mark.lane == lane && mark.kind.is_end();
    if !picture.is_there(lane, at) || !is_first && has_ended(&picture.marks[at]) {
        return ' ';
    }
    match picture.does(lane, picture.marks[at].at) {
        Some(what) => what.sign(),
        None => '│',
    }
}

fn blocks(picture: &Picture, width: usize, out: &mut String) {
    for lane in 0..picture.lanes.len() {
        *out += &format!("\n{}\n", picture.name(lane));
        for (at, mark) in picture.marks.iter().enumerate().filter(|(_, mark)| mark.lane == lane) {
            let mut words = mark.text.clone();
            for arrow in picture.arrows.iter().filter(|arrow| arrow.to == at) {
                let name = picture.name(picture.marks[arrow.from].lane);
                words += &format!("  ← {} {name} ({})", arrow.word, arrow.from + 1);
            }
            let holds = match picture.does(lane, mark.at) {
                Some(what @ What::Holds) => what.sign(),
                _ => ' ',
            };
            let room = width.saturating_sub(8);
            for (number, words) in wrap(&words, room, room).iter().enumerate() {
                *out += &match number {
                    0 => format!("{:>4} {holds}{} {words}\n", at + 1, mark.kind.sign()),
                    _ => format!("{:8}{words}\n", ""),
                };
            }
        }
    }
}
