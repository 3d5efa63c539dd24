//! Two runs of one program beside each other, for a terminal, and where they first part.

use crate::row::wrap;
use crate::{Mark, Picture};

/// The two within so many columns: of each run what happened, from above to below.
pub fn beside(one: &Picture, other: &Picture, width: usize) -> String {
    let column = (width.saturating_sub(3) / 2).max(20);
    let parting = parting(one, other);
    let mut out = format!("{}\n\n", one.title);
    for at in 0..one.marks.len().max(other.marks.len()) {
        let is_parting = parting == Some(at);
        let (left, right) =
            (rows(one, at, is_parting, column), rows(other, at, is_parting, column));
        for line in 0..left.len().max(right.len()) {
            let cell = |rows: &[String]| rows.get(line).cloned().unwrap_or_default();
            let row = format!("{:<column$} │ {}", cell(&left), cell(&right));
            out += &format!("{}\n", row.trim_end());
        }
    }
    let next = |picture: &Picture, at: usize| match picture.marks.get(at) {
        Some(mark) => format!("{}: {}", picture.name(mark.lane), mark.text),
        None => "nothing more".to_owned(),
    };
    let said = match parting {
        None => "Nothing tells the two runs apart.".to_owned(),
        Some(at) => format!(
            "They part at >: on the left comes `{}`, on the right `{}`.",
            next(one, at),
            next(other, at)
        ),
    };
    out + "\n" + &wrap(&said, width, width).join("\n") + "\n"
}

/// The number of the first mark that they do not share.
fn parting(one: &Picture, other: &Picture) -> Option<usize> {
    let seen = |picture: &Picture, at: usize| {
        let mark = picture.marks.get(at)?;
        Some((picture.name(mark.lane).to_owned(), mark.kind, mark.text.clone()))
    };
    let many = one.marks.len().max(other.marks.len());
    (0..many).find(|&at| seen(one, at) != seen(other, at))
}

fn rows(picture: &Picture, at: usize, is_parting: bool, column: usize) -> Vec<String> {
    let Some(Mark { lane, kind, text, .. }) = picture.marks.get(at) else { return Vec::new() };
    let longest = picture.lanes.iter().map(|lane| lane.name.chars().count()).max().unwrap_or(0);
    let name = picture.name(*lane);
    let pad = longest + 5;
    let text = wrap(text, column.saturating_sub(pad), column.saturating_sub(pad));
    let sign = if is_parting { '>' } else { ' ' };
    let row = |(number, text): (usize, String)| match number {
        0 => format!("{sign} {name:<longest$} {} {text}", kind.sign()),
        _ => format!("{:pad$}{text}", ""),
    };
    text.into_iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Lane};

    fn run(words: &[(usize, &str)]) -> Picture {
        let lanes = ["a", "bb"].map(|name| Lane { name: name.to_owned() }).to_vec();
        let mark = |(at, (lane, text)): (usize, &(usize, &str))| Mark {
            at,
            lane: *lane,
            by: None,
            kind: Kind::Line,
            golden: None,
            text: (*text).to_owned(),
        };
        let marks = words.iter().enumerate().map(mark).collect();
        Picture { title: "two".to_owned(), lanes, marks, ..Picture::default() }
    }

    #[test]
    fn where_two_runs_part_is_marked_and_said() {
        let (one, other) =
            (run(&[(0, "go"), (0, "x"), (1, "y")]), run(&[(0, "go"), (1, "y"), (0, "x")]));
        let text = beside(&one, &other, 44);
        let rows: Vec<&str> = text.lines().skip(2).take(3).collect();
        let expected = [
            "  a  ● go            │   a  ● go",
            "> a  ● x             │ > bb ● y",
            "  bb ● y             │   a  ● x",
        ];
        assert_eq!(rows, expected, "{text}");
        assert!(text.contains("on the left comes `a: x`,"), "{text}");
        assert!(beside(&one, &one, 44).ends_with("Nothing tells the two runs apart.\n"));
        assert!(beside(&one, &run(&[(0, "go")]), 80).contains("on the right `nothing more`"));
    }
}
