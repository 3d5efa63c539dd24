//! What is on the screen: lines of text, each at most as wide as that.

use driving::Can;
use golden::Tone;

use super::game::{Game, Lane, Page};
use crate::goal::Reach;

/// A line, piece by piece.
pub type Line = Vec<(Tone, String)>;

/// Less than that is no screen.
const SMALLEST: (usize, usize) = (30, 10);
/// A column has at least so many letters.
const NARROWEST: usize = 18;
/// Wider ones are too far from each other.
const WIDEST: usize = 40;
/// A window that is lower has no room for what is only good to look at.
const LOW: usize = 16;
/// Before the lines that were said stand the numbers of their golden lines.
const GUTTER: usize = 4;

/// What is to be seen in a window of this size.
pub fn screen(game: &Game, width: usize, height: usize) -> Vec<Line> {
    if width < SMALLEST.0 || height < SMALLEST.1 {
        let (wide, high) = SMALLEST;
        let text = format!("Too small: {wide} x {high} at least. q quits.");
        let mut lines = wrapped(Tone::Plain, &text, width.max(1));
        lines.truncate(height);
        return lines;
    }
    let is_low = height < LOW;
    let mut lines = vec![title(game, width)];
    let mut keys = keys(game, width, is_low);
    if game.page != Page::Run {
        let page = page(game, width);
        let room = height - lines.len() - keys.len();
        lines.push(Line::new());
        lines.extend(page);
        lines.resize(room + 1, Line::new());
        lines.append(&mut keys);
        return lines.into_iter().map(|line| cut(line, width)).collect();
    }
    let columns = (width - GUTTER) / game.lanes.len().max(1);
    let is_wide = columns >= NARROWEST;
    let columns = columns.min(WIDEST);
    let mut below = [shared(game, width, is_low), news(game, width, is_low), keys].concat();
    below.truncate(height - 4);
    match is_wide {
        true => lines.push(heading(game, columns)),
        false if is_low => {}
        false => lines.push(too_narrow(game, columns, width)),
    }
    let rules = if is_low { 0 } else { 2 };
    let room = height.saturating_sub(lines.len() + below.len() + rules);
    let mut standing = match is_wide {
        true => standing(game, columns),
        false => standing_in_rows(game, width),
    };
    // What was said last is not out of sight, and neither is what can be chosen.
    standing.truncate(room.saturating_sub(2).max(1));
    let room = room - standing.len();
    let said = if is_wide { said(game, columns) } else { said_in_rows(game, width) };
    let newest = said.len().saturating_sub(room);
    let until = lines.len() + room;
    lines.extend(said.into_iter().skip(newest));
    lines.resize(until, Line::new());
    let rule = || (!is_low).then(|| vec![(Tone::Faint, "─".repeat(width))]);
    lines.extend(rule());
    lines.append(&mut standing);
    lines.extend(rule());
    lines.append(&mut below);
    lines.into_iter().map(|line| cut(line, width)).collect()
}

fn title(game: &Game, width: usize) -> Line {
    let (steps, code) = game.steps();
    let steps = golden::count(steps, "step");
    let code = code.map_or_else(|| "no code".to_owned(), |code| format!("code {code}"));
    let name = shortened(&game.title, width.saturating_sub(wide(&steps) + 3));
    let room = width.saturating_sub(wide(&name) + wide(&steps) + 6);
    // Of a long one the end is what changes.
    let code = match code.chars().count() {
        many if many <= room => format!("   {code}"),
        many if room > 12 => {
            let end: String = code.chars().skip(many - (room - 7)).collect();
            format!("   code x…{end}")
        }
        _ => String::new(),
    };
    let right = format!("{steps}{code}");
    let gap = width.saturating_sub(wide(&name) + wide(&right));
    vec![(Tone::Strong, name), (Tone::Plain, " ".repeat(gap)), (Tone::Faint, right)]
}

fn tone(lane: &Lane) -> Tone {
    match lane.can {
        Can::Now | Can::Late => Tone::Strong,
        Can::OnlyAgain => Tone::Plain,
        Can::Not => Tone::Faint,
    }
}

/// The names above the columns.
fn heading(game: &Game, columns: usize) -> Line {
    let mut line = vec![(Tone::Plain, " ".repeat(GUTTER))];
    for lane in &game.lanes {
        line.push((tone(lane), padded(&lane.name, columns)));
    }
    line
}

fn too_narrow(game: &Game, columns: usize, width: usize) -> Line {
    let many = game.lanes.len();
    let text = format!("{many} columns of {columns} letters are too narrow: a row a process.");
    let short = "Too narrow for columns: a row a process.";
    vec![(Tone::Faint, if wide(&text) <= width { text } else { short.to_owned() })]
}

/// What was said, each in the column of its process, and from top to bottom as it came.
fn said(game: &Game, columns: usize) -> Vec<Line> {
    let mut rows = Vec::new();
    for (at, one) in game.said.iter().enumerate() {
        let lane = game.lanes.iter().position(|lane| lane.place == one.place).unwrap_or(0);
        let stream = if one.is_error { "stderr: " } else { "" };
        let text = format!("{stream}{}", plain(&one.text));
        let is_new = game.said[at].step + 1 == game.moment.events.len();
        let tone = if is_new { Tone::Strong } else { Tone::Plain };
        for (row, text) in textwrap::wrap(&text, columns - 1).into_iter().enumerate() {
            let mut line = match row {
                0 => vec![number(one.number)],
                _ => vec![(Tone::Plain, " ".repeat(GUTTER))],
            };
            line.push((Tone::Plain, " ".repeat(lane * columns)));
            line.push((tone, text.into_owned()));
            rows.push(line);
        }
    }
    rows
}

/// The same, where there are too many columns.
fn said_in_rows(game: &Game, width: usize) -> Vec<Line> {
    let mut rows = Vec::new();
    let names = name_width(game);
    for one in &game.said {
        let name = game.name(&one.place);
        let bar = if one.is_error { '!' } else { '|' };
        let is_new = one.step + 1 == game.moment.events.len();
        let tone = if is_new { Tone::Strong } else { Tone::Plain };
        let room = width.saturating_sub(GUTTER + names + 2).max(8);
        for (row, text) in textwrap::wrap(&plain(&one.text), room).into_iter().enumerate() {
            let (number, name) = match row {
                0 => (number(one.number), padded(&name, names)),
                _ => ((Tone::Plain, " ".repeat(GUTTER)), " ".repeat(names)),
            };
            rows.push(vec![number, (tone, format!("{name}{bar} {text}"))]);
        }
    }
    rows
}

fn number(number: Option<usize>) -> (Tone, String) {
    match number {
        Some(number) => (Tone::Faint, format!("{number:>3} ")),
        None => (Tone::Bad, "  ! ".to_owned()),
    }
}

fn name_width(game: &Game) -> usize {
    game.lanes.iter().map(|lane| wide(&lane.name)).max().unwrap_or(0).min(15) + 1
}

/// What each would do, or why it cannot, below its column.
fn standing(game: &Game, columns: usize) -> Vec<Line> {
    let cell = |lane: &Lane| -> Vec<String> {
        let text = match lane.can {
            Can::Not => lane.next.clone(),
            _ => format!("{} {}", lane.key, lane.next),
        };
        textwrap::wrap(&text, columns - 1).into_iter().map(String::from).collect()
    };
    let cells: Vec<Vec<String>> = game.lanes.iter().map(cell).collect();
    let rows = cells.iter().map(Vec::len).max().unwrap_or(0);
    let row = |row: usize| {
        let mut line = vec![(Tone::Plain, " ".repeat(GUTTER))];
        for (lane, cell) in game.lanes.iter().zip(&cells) {
            let text = cell.get(row).map_or("", String::as_str);
            line.push((tone(lane), padded(text, columns)));
        }
        line
    };
    (0..rows).map(row).collect()
}

/// The same in a row each: first whoever can go on, last whoever has ended.
fn standing_in_rows(game: &Game, width: usize) -> Vec<Line> {
    let names = name_width(game);
    let row = |lane: &&Lane| -> Line {
        let key = if lane.can == Can::Not { ' ' } else { lane.key };
        let text = format!("{key} {}{}", padded(&lane.name, names), lane.next);
        vec![(tone(lane), shortened(&text, width))]
    };
    let (here, gone): (Vec<&Lane>, Vec<&Lane>) = game.lanes.iter().partition(|lane| lane.is_there);
    let (free, waiting): (Vec<&Lane>, Vec<&Lane>) =
        here.into_iter().partition(|lane| lane.can != Can::Not);
    let mut rows: Vec<Line> = free.iter().chain(&waiting).map(row).collect();
    if !gone.is_empty() {
        let names: Vec<&str> = gone.iter().map(|lane| lane.name.as_str()).collect();
        let text = format!("  ended: {}", names.join(", "));
        rows.push(vec![(Tone::Faint, shortened(&text, width))]);
    }
    rows
}

fn shared(game: &Game, width: usize, is_low: bool) -> Vec<Line> {
    let pieces = game.shared.iter().map(|(name, state)| {
        vec![(Tone::Plain, format!("{name} ")), (Tone::Strong, state.clone())]
    });
    let mut rows = flowed(pieces.collect(), "   ", width);
    rows.truncate(if is_low { 1 } else { 3 });
    rows
}

/// What has just happened; at the end the verdict.
fn news(game: &Game, width: usize, is_low: bool) -> Vec<Line> {
    if game.is_busy {
        return wrapped(Tone::Faint, "It is at work. q quits.", width);
    }
    let most = |rows: usize| if is_low { 1 } else { rows };
    let rows = |tone, text: &str, most: usize| {
        let mut rows = wrapped(tone, text, width);
        if rows.len() > most {
            rows.truncate(most);
            let last = rows.last_mut().and_then(|line| line.last_mut());
            last.into_iter().for_each(|(_, text)| *text = shortened(&format!("{text} …"), width));
        }
        rows
    };
    let reached = game.goals.iter().filter(|goal| goal.reach == Reach::Reached);
    let reached = reached
        .flat_map(|goal| rows(Tone::Good, &format!("Goal reached: {}.", goal.name), most(2)));
    let (tone, text) = &game.message;
    match &game.verdict {
        Some((verdict, why)) if is_low => {
            rows(*verdict, why, 2).into_iter().chain(reached).collect()
        }
        Some((verdict, why)) => [rows(*tone, text, 2), rows(*verdict, why, 4)]
            .concat()
            .into_iter()
            .chain(reached)
            .collect(),
        None => rows(*tone, text, most(2)).into_iter().chain(reached).collect(),
    }
}

fn keys(game: &Game, width: usize, is_low: bool) -> Vec<Line> {
    let free = game.lanes.iter().filter(|lane| lane.can != Can::Not);
    let free: Vec<String> = free.map(|lane| lane.key.to_string()).collect();
    let mut keys = Vec::new();
    if !free.is_empty() {
        keys.push((free.join(" "), "choose"));
        keys.push(("space".to_owned(), "any"));
    }
    let mut add = |key: &str, what| keys.push((key.to_owned(), what));
    add("u", "undo");
    if !is_low {
        add("r", "again");
        if !game.goals.is_empty() {
            add("g", "goals");
            add("h", "why not");
        }
    }
    add("?", "help");
    add("q", "quit");
    let pieces = keys
        .into_iter()
        .map(|(key, what)| vec![(Tone::Strong, key), (Tone::Faint, format!(" {what}"))]);
    flowed(pieces.collect(), "  ", width)
}

fn page(game: &Game, width: usize) -> Vec<Line> {
    let mut rows = Vec::new();
    let mut text = |tone, text: &str| rows.extend(wrapped(tone, text, width));
    match game.page {
        Page::Run => {}
        Page::Goals => {
            for (number, goal) in game.goals.iter().enumerate() {
                let mark = if game.reached.contains(&number) { "[x]" } else { "[ ]" };
                text(Tone::Strong, &format!("{mark} {}", goal.name));
                text(Tone::Faint, &format!("    {}", reach(goal.reach)));
            }
            if game.goals.is_empty() {
                text(Tone::Plain, "This program has no goals.");
            }
        }
        Page::Why => {
            for goal in &game.goals {
                text(Tone::Strong, &goal.name);
                text(Tone::Plain, &format!("    {}: {}.", reach(goal.reach), goal.why));
                if goal.reach == Reach::Lost {
                    text(Tone::Faint, "    u takes it back, step by step.");
                }
            }
            if game.goals.is_empty() {
                text(Tone::Plain, "This program has no goals.");
            }
        }
        Page::Help => HELP.lines().for_each(|line| text(Tone::Plain, line)),
    }
    rows
}

fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Reached => "reached in this run",
        Reach::Open => "still open in this run",
        Reach::Lost => "out of reach in this run",
    }
}

const HELP: &str = "\
These are real processes. Each stands still before what it does next, and you decide who goes on.

The number or letter below a name lets that process do one thing. Whoever finds that they must wait \
waits, and that is no step. space lets anybody go on.

The number on the left is the line of the golden file that was said; ! is a line that may not come \
here. At the end the whole run is judged.

The code is the run: it leads there again, on every machine.

A pause may end at any time. A time limit of more than a second ends only when nobody else can go on.";

/// Pieces beside each other, as many as fit into a line.
fn flowed(pieces: Vec<Line>, gap: &str, width: usize) -> Vec<Line> {
    let all = |line: &Line| line.iter().map(|(_, text)| wide(text)).sum::<usize>();
    let mut rows: Vec<Line> = Vec::new();
    for piece in pieces {
        match rows.last_mut() {
            Some(row) if all(row) + gap.len() + all(&piece) <= width => {
                row.push((Tone::Plain, gap.to_owned()));
                row.extend(piece);
            }
            _ => rows.push(piece),
        }
    }
    rows
}

fn wrapped(tone: Tone, text: &str, width: usize) -> Vec<Line> {
    let indent: String = text.chars().take_while(|letter| *letter == ' ').collect();
    let options = textwrap::Options::new(width).subsequent_indent(&indent);
    textwrap::wrap(&plain(text), options)
        .into_iter()
        .map(|line| vec![(tone, line.into_owned())])
        .collect()
}

/// Without anything that a terminal would take for an order.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '·' } else { letter }).collect()
}

fn padded(text: &str, width: usize) -> String {
    let text = shortened(text, width.saturating_sub(1));
    let gap = width.saturating_sub(wide(&text));
    format!("{text}{}", " ".repeat(gap))
}

fn shortened(text: &str, width: usize) -> String {
    if wide(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for letter in text.chars() {
        if wide(&out) + wide(&letter.to_string()) + 1 > width {
            break;
        }
        out.push(letter);
    }
    out + "…"
}

/// How many columns a text takes. textwrap takes what lies behind the alphabets for wide letters, also the
/// signs and lines between those.
fn wide(text: &str) -> usize {
    let is_sign = |letter: char| ('\u{2000}'..'\u{2e80}').contains(&letter);
    let (signs, letters): (String, String) = text.chars().partition(|letter| is_sign(*letter));
    signs.chars().count() + textwrap::core::display_width(&letters)
}

/// The line within that width.
fn cut(line: Line, width: usize) -> Line {
    let mut left = width;
    let mut out = Line::new();
    for (tone, text) in line {
        let text = if wide(&text) > left { shortened(&text, left) } else { text };
        left = left.saturating_sub(wide(&text));
        if !text.is_empty() {
            out.push((tone, text));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::game::tests::{golden, moment};
    use super::super::run::Now;
    use super::*;

    fn text(lines: &[Line]) -> Vec<String> {
        let text = |line: &Line| line.iter().map(|(_, text)| text.as_str()).collect::<String>();
        lines.iter().map(|line| text(line).trim_end().to_owned()).collect()
    }

    #[test]
    fn it_fits_every_window() {
        let golden = golden();
        let mut game = Game::new("a long title of a lesson".to_owned(), &golden, Vec::new());
        game.hear(&Now::Undone, moment());
        for (page, is_busy) in [(Page::Run, false), (Page::Help, false), (Page::Why, true)] {
            (game.page, game.is_busy) = (page, is_busy);
            for (width, height) in (0..130)
                .step_by(3)
                .flat_map(|width| (0..40).step_by(3).map(move |height| (width, height)))
            {
                let lines = screen(&game, width, height);
                assert!(lines.len() <= height, "{width} x {height}");
                for line in text(&lines) {
                    assert!(wide(&line) <= width.max(1), "{width} x {height}: {line}");
                }
            }
        }
    }

    #[test]
    fn columns_and_rows() {
        let golden = golden();
        let mut game = Game::new("two".to_owned(), &golden, Vec::new());
        game.hear(&Now::Undone, moment());
        let columns = [
            "two                                        4 steps   code x02",
            "    main               a                  b",
            "  1 two",
            "  !                                       ·[31m",
            "",
            "",
            "",
            "",
            "",
            "    join a child       1 say a line       2 say a line,",
            "                                          again",
            "Taken back: step 5.",
            "1 2 choose  space any  u undo  ? help  q quit",
        ];
        let shown = text(&screen(&game, 61, 13));
        assert_eq!(shown[..4], columns[..4]);
        assert_eq!(shown[9..], columns[9..]);
        let rows = [
            "two               4 steps   code x02",
            "  1 main | two",
            "  ! b    | ·[31m",
            "",
            "1 a    say a line",
            "2 b    say a line, again",
            "  main join a child",
            "Taken back: step 5.",
            "1 2 choose  space any  u undo",
            "? help  q quit",
        ];
        assert_eq!(text(&screen(&game, 36, 10)), rows);
    }
}
