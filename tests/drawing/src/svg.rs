//! The picture as SVG: to stand in a page as it is, in the colour of its text.
//!
//! It has no identifiers, so that several can stand in one page, and no script.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::row::wrap;
use crate::{Kind, Picture, What};

/// In units of the picture, which are pixels where it is as wide as a small telephone's page.
const WIDTH: f64 = 360.0;
const FONT: f64 = 11.0;
/// How wide a letter is at most, of the fonts that are asked for.
const LETTER: f64 = FONT * 0.605;
const LINE: f64 = 14.0;
/// Between two rows.
const GAP: f64 = 6.0;
const EDGE: f64 = 9.0;
const DOT: f64 = 4.0;

/// How its parts look. In a page this stands once, in the style sheet.
pub const STYLE: &str = "\
.run .lane { fill: none; stroke: currentColor; stroke-width: 4; stroke-opacity: 0.3; }
.run .wait { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-opacity: 0.8; stroke-dasharray: 1.5 3; }
.run .turn { fill-opacity: 0.2; stroke: currentColor; }
.run .by { stroke: currentColor; stroke-width: 1.5; }
.run .arrow { fill: none; stroke: currentColor; stroke-opacity: 0.75; }
.run .clock { stroke-dasharray: 4 3; }
.run .start { fill: none; stroke: currentColor; stroke-width: 1.5; }
.run .killed { fill: none; stroke: currentColor; stroke-width: 2.5; }
.run .stuck { stroke: currentColor; stroke-width: 1.5; }
.run .name { font-weight: bold; }
.run .faint { fill-opacity: 0.75; }
";

const FONTS: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/// Where everything is.
struct Layout {
    /// Of each lane, its middle.
    lanes: Vec<f64>,
    /// Of each mark, its middle.
    marks: Vec<f64>,
    /// Of each mark, its words line by line.
    words: Vec<Vec<Words>>,
    /// What the signs mean: where each stands.
    legend: Vec<(Sign, f64, f64)>,
    /// The words of that.
    meanings: Vec<Words>,
    height: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Name,
    Text,
    Faint,
}

type Piece = (Style, String);

/// A line of words: where it begins, and its pieces.
type Words = (f64, f64, Vec<Piece>);

/// What the legend explains.
#[derive(Clone, Copy)]
enum Sign {
    Of(Kind),
    Does(What),
    Arrow,
    Clock,
}

impl Sign {
    fn meaning(self) -> &'static str {
        match self {
            Sign::Of(kind) => kind.meaning(),
            Sign::Does(what) => what.meaning(),
            Sign::Arrow => "had to come first; time runs down",
            Sign::Clock => "came first by the clock alone",
        }
    }
}

/// Those that are in the picture.
fn signs(picture: &Picture) -> Vec<Sign> {
    let kinds = picture.kinds().into_iter().map(Sign::Of);
    let clock = picture.arrows.iter().find(|arrow| arrow.is_by_the_clock()).map(|_| Sign::Clock);
    kinds
        .chain(picture.doings().into_iter().map(Sign::Does))
        .chain([Sign::Arrow])
        .chain(clock)
        .collect()
}

impl Layout {
    fn of(picture: &Picture) -> Layout {
        let many = picture.lanes.len().max(1) as f64;
        let gap = (150.0 / many).clamp(11.0, 30.0);
        let lanes: Vec<f64> =
            (0..picture.lanes.len()).map(|lane| EDGE + gap * lane as f64).collect();
        let left = EDGE + gap * (many - 1.0) + 13.0;
        let columns = ((WIDTH - left - 2.0) / LETTER) as usize;
        let longest = picture.lanes.iter().map(|lane| lane.name.chars().count()).max().unwrap_or(0);
        // Where there is little room, a name takes only as much as it needs.
        let margin = if columns >= longest + 22 { longest + 1 } else { 0 };
        let (mut marks, mut words, mut y) = (Vec::new(), Vec::new(), EDGE);
        for at in 0..picture.marks.len() {
            marks.push(y + LINE / 2.0);
            let mut own = Vec::new();
            for pieces in row(picture, at, columns, margin) {
                own.push((left, y + LINE - 3.5, pieces));
                y += LINE;
            }
            words.push(own);
            y += GAP;
        }
        y += GAP;
        let (mut x, mut legend, mut meanings) = (EDGE - DOT, Vec::new(), Vec::new());
        for sign in signs(picture) {
            let width = 14.0 + sign.meaning().chars().count() as f64 * LETTER;
            if x + width > WIDTH {
                (x, y) = (EDGE - DOT, y + LINE);
            }
            legend.push((sign, x + DOT, y + LINE / 2.0));
            let meaning = vec![(Style::Faint, sign.meaning().to_owned())];
            meanings.push((x + 14.0, y + LINE - 3.5, meaning));
            x += width + 2.0 * LETTER;
        }
        Layout { lanes, marks, words, legend, meanings, height: (y + LINE + 4.0).ceil() }
    }

    /// How far down a moment is: between the marks before and after it.
    fn at(&self, picture: &Picture, moment: usize) -> f64 {
        let after = picture.marks.iter().position(|mark| mark.at >= moment);
        let last = self.marks.last().copied().unwrap_or(0.0);
        match after {
            None => last + LINE / 2.0,
            Some(after) if picture.marks[after].at == moment => self.marks[after],
            Some(0) => 2.0,
            Some(after) => {
                // What else there is between the two has its share, however long it took.
                let (first, then) = (picture.marks[after - 1].at, picture.marks[after].at);
                let spans = picture.spans.iter().flat_map(|span| [span.from, span.to]);
                let between: BTreeSet<usize> =
                    spans.chain([moment]).filter(|at| first < *at && *at < then).collect();
                let part = (between.range(..=moment).count() as f64) / (between.len() + 1) as f64;
                self.marks[after - 1] + part * (self.marks[after] - self.marks[after - 1])
            }
        }
    }
}

/// The words of a mark, line by line.
fn row(picture: &Picture, at: usize, columns: usize, margin: usize) -> Vec<Vec<Piece>> {
    let mark = &picture.marks[at];
    let name = picture.name(mark.lane);
    let pad = margin.max(name.chars().count() + 1);
    let hang = if margin > 0 { margin } else { 2 };
    let style =
        if matches!(mark.kind, Kind::Line | Kind::ErrorLine) { Style::Text } else { Style::Faint };
    let text = wrap(&mark.text, columns.saturating_sub(pad), columns.saturating_sub(hang));
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    for (number, text) in text.into_iter().enumerate() {
        lines.push(match number {
            0 => vec![(Style::Name, format!("{name:<pad$}")), (style, text)],
            _ => vec![(style, format!("{:hang$}{text}", ""))],
        });
    }
    for cause in picture.causes(at) {
        let used: usize =
            lines.last().map_or(0, |line| line.iter().map(|(_, text)| text.chars().count()).sum());
        let cause = format!("← {cause}");
        let fits = used + 2 + cause.chars().count() <= columns;
        match lines.last_mut() {
            Some(line) if fits => line.push((Style::Faint, format!("  {cause}"))),
            _ => {
                let room = columns.saturating_sub(hang);
                for cause in wrap(&cause, room, room) {
                    lines.push(vec![(Style::Faint, format!("{:hang$}{cause}", ""))]);
                }
            }
        }
    }
    lines
}

/// The picture, to be a file of its own.
pub fn svg(picture: &Picture) -> String {
    drawn(picture, STYLE)
}

/// The picture, to stand in a page whose style sheet has [`STYLE`]. It has no blank line.
pub fn svg_for_page(picture: &Picture) -> String {
    drawn(picture, "")
}

fn drawn(picture: &Picture, style: &str) -> String {
    let layout = Layout::of(picture);
    let mut out = String::new();
    draw(picture, &layout, style, &mut out).unwrap_or_default();
    out
}

fn draw(picture: &Picture, layout: &Layout, style: &str, out: &mut String) -> std::fmt::Result {
    let height = layout.height;
    writeln!(
        out,
        "<svg class=\"run\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" fill=\"currentColor\" stroke=\"none\" font-size=\"{FONT}\" \
         font-family=\"{FONTS}\" xml:space=\"preserve\">"
    )?;
    writeln!(out, "<title>A run of {}</title>", escaped(&picture.title))?;
    writeln!(out, "<desc>{}</desc>", escaped(&described(picture)))?;
    if !style.is_empty() {
        writeln!(out, "<style>\n{style}</style>")?;
    }
    draw_lanes(picture, layout, out)?;
    draw_arrows(picture, layout, out)?;
    for (at, mark) in picture.marks.iter().enumerate() {
        if let Some(line) = mark.golden {
            writeln!(out, "<g data-line=\"{line}\">")?;
        }
        draw_mark(mark.kind, layout.lanes[mark.lane], layout.marks[at], out)?;
        draw_words(&layout.words[at], out)?;
        if mark.golden.is_some() {
            writeln!(out, "</g>")?;
        }
    }
    for &(sign, x, y) in &layout.legend {
        draw_sign(sign, x, y, out)?;
    }
    layout.meanings.iter().try_for_each(|words| draw_words(std::slice::from_ref(words), out))?;
    writeln!(out, "</svg>")
}

fn draw_words(words: &[Words], out: &mut String) -> std::fmt::Result {
    for (x, y, pieces) in words {
        write!(out, "<text x=\"{}\" y=\"{}\">", short(*x), short(*y))?;
        for (style, text) in pieces {
            let text = escaped(text);
            match style {
                Style::Text => write!(out, "{text}")?,
                Style::Name => write!(out, "<tspan class=\"name\">{text}</tspan>")?,
                Style::Faint => write!(out, "<tspan class=\"faint\">{text}</tspan>")?,
            }
        }
        writeln!(out, "</text>")?;
    }
    Ok(())
}

fn draw_lanes(picture: &Picture, layout: &Layout, out: &mut String) -> std::fmt::Result {
    for (lane, &x) in layout.lanes.iter().enumerate() {
        let place = |kind: fn(Kind) -> bool| {
            let mut marks = picture.marks.iter().zip(&layout.marks);
            marks.find(|(mark, _)| mark.lane == lane && kind(mark.kind)).map(|(_, &y)| y)
        };
        let top = place(|kind| kind == Kind::Start).unwrap_or(2.0);
        let end = layout.marks.last().copied().unwrap_or(0.0) + LINE / 2.0;
        let bottom = place(|kind| kind.is_end() || kind == Kind::Stuck).unwrap_or(end);
        // Waiting, it is a dotted line; else a broad one.
        let mut from = top;
        let mut waits: Vec<(f64, f64)> = picture
            .spans
            .iter()
            .filter(|span| span.lane == lane && span.what == What::Waits)
            .map(|span| (layout.at(picture, span.from), layout.at(picture, span.to).min(bottom)))
            .collect();
        waits.sort_by(|a, b| a.0.total_cmp(&b.0));
        waits.push((bottom, bottom));
        for (begin, until) in waits {
            if begin > from {
                line(out, (x, from), (x, begin), "lane")?;
            }
            if until > begin {
                line(out, (x, begin), (x, until), "wait")?;
            }
            from = from.max(until);
        }
    }
    for span in picture.spans.iter().filter(|span| span.what == What::Holds) {
        let (top, bottom) = (layout.at(picture, span.from), layout.at(picture, span.to));
        draw_turn(layout.lanes[span.lane], top, (bottom - top).max(3.0), out)?;
    }
    Ok(())
}

fn draw_arrows(picture: &Picture, layout: &Layout, out: &mut String) -> std::fmt::Result {
    for (mark, &y) in picture.marks.iter().zip(&layout.marks) {
        if let Some(by) = mark.by {
            let (from, to) = ((layout.lanes[by], y), (layout.lanes[mark.lane], y));
            line(out, (from.0, y - 3.0), (from.0, y + 3.0), "by")?;
            arrow(out, "arrow", from, to, 0.0)?;
        }
    }
    for cause in &picture.arrows {
        let place = |mark: usize| (layout.lanes[picture.marks[mark].lane], layout.marks[mark]);
        let (from, to) = (place(cause.from), place(cause.to));
        // A little round the signs of others.
        let dots: Vec<(f64, f64)> = (0..picture.marks.len())
            .filter(|&mark| mark != cause.from && mark != cause.to)
            .map(place)
            .collect();
        let is_free = |bow: &&f64| {
            let bow = **bow;
            dots.iter().all(|dot| {
                (1..20).all(|part| {
                    let on = on_curve(from, to, bow, f64::from(part) / 20.0);
                    (on.0 - dot.0).hypot(on.1 - dot.1) > DOT + 0.5
                })
            })
        };
        let bows = [0.0, 6.0, -6.0, 12.0, -12.0, 18.0, -18.0];
        let class = if cause.is_by_the_clock() { "arrow clock" } else { "arrow" };
        arrow(out, class, from, to, *bows.iter().find(is_free).unwrap_or(&0.0))?;
    }
    Ok(())
}

/// The point in the middle that bends the line so far to its left.
fn bend(from: (f64, f64), to: (f64, f64), bow: f64) -> (f64, f64) {
    let (across, down) = (to.0 - from.0, to.1 - from.1);
    let length = across.hypot(down).max(1.0);
    let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
    (middle.0 + down / length * bow * 2.0, middle.1 - across / length * bow * 2.0)
}

fn on_curve(from: (f64, f64), to: (f64, f64), bow: f64, part: f64) -> (f64, f64) {
    let (over, rest) = (bend(from, to, bow), 1.0 - part);
    let mix = |a: f64, b: f64, c: f64| rest * rest * a + 2.0 * rest * part * b + part * part * c;
    (mix(from.0, over.0, to.0), mix(from.1, over.1, to.1))
}

fn arrow(
    out: &mut String,
    class: &str,
    from: (f64, f64),
    to: (f64, f64),
    bow: f64,
) -> std::fmt::Result {
    let over = bend(from, to, bow);
    let towards = |from: (f64, f64), to: (f64, f64), far: f64| {
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let length = across.hypot(down).max(1.0);
        (from.0 + across / length * far, from.1 + down / length * far)
    };
    let begin = towards(from, over, DOT);
    let tip = towards(to, over, DOT + 1.5);
    let base = towards(tip, over, 5.0);
    let side = ((base.1 - tip.1) * 0.5, (tip.0 - base.0) * 0.5);
    let path = match bow == 0.0 {
        true => format!("L{} {}", short(base.0), short(base.1)),
        false => {
            format!("Q{} {} {} {}", short(over.0), short(over.1), short(base.0), short(base.1))
        }
    };
    writeln!(
        out,
        "<path class=\"{class}\" d=\"M{} {}{path}\"/>\
         <path d=\"M{} {}L{} {}L{} {}z\"/>",
        short(begin.0),
        short(begin.1),
        short(tip.0),
        short(tip.1),
        short(base.0 + side.0),
        short(base.1 + side.1),
        short(base.0 - side.0),
        short(base.1 - side.1)
    )
}

fn draw_mark(kind: Kind, x: f64, y: f64, out: &mut String) -> std::fmt::Result {
    let (a, b) = (short(x), short(y));
    match kind {
        Kind::Line => writeln!(out, "<circle cx=\"{a}\" cy=\"{b}\" r=\"{DOT}\"/>"),
        Kind::ErrorLine => {
            let (top, left) = (short(y - 5.0), short(x - 5.0));
            writeln!(out, "<path d=\"M{a} {top}l5 5l-5 5L{left} {b}z\"/>")
        }
        Kind::Start => writeln!(out, "<circle class=\"start\" cx=\"{a}\" cy=\"{b}\" r=\"{DOT}\"/>"),
        Kind::End => {
            let (left, top) = (short(x - 3.5), short(y - 3.5));
            writeln!(out, "<rect x=\"{left}\" y=\"{top}\" width=\"7\" height=\"7\"/>")
        }
        Kind::Killed => {
            let (left, top) = (short(x - 4.0), short(y - 4.0));
            writeln!(out, "<path class=\"killed\" d=\"M{left} {top}l8 8m0-8l-8 8\"/>")
        }
        Kind::Stuck => {
            let (left, top) = (short(x - 4.0), short(y - 5.0));
            writeln!(out, "<path class=\"stuck\" d=\"M{left} {top}h8l-8 10h8z\"/>")
        }
    }
}

fn draw_sign(sign: Sign, x: f64, y: f64, out: &mut String) -> std::fmt::Result {
    match sign {
        Sign::Of(kind) => draw_mark(kind, x, y, out),
        Sign::Does(What::Waits) => line(out, (x, y - 6.0), (x, y + 6.0), "wait"),
        Sign::Does(What::Holds) => draw_turn(x, y - 5.0, 10.0, out),
        Sign::Arrow => arrow(out, "arrow", (x - 2.0 * DOT, y), (x + 2.0 * DOT, y), 0.0),
        Sign::Clock => arrow(out, "arrow clock", (x - 2.0 * DOT, y), (x + 3.0 * DOT, y), 0.0),
    }
}

fn draw_turn(x: f64, top: f64, height: f64, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "<rect class=\"turn\" x=\"{}\" y=\"{}\" width=\"10\" height=\"{}\" rx=\"2\"/>",
        short(x - 5.0),
        short(top),
        short(height)
    )
}

fn line(out: &mut String, from: (f64, f64), to: (f64, f64), class: &str) -> std::fmt::Result {
    writeln!(
        out,
        "<path class=\"{class}\" d=\"M{} {}L{} {}\"/>",
        short(from.0),
        short(from.1),
        short(to.0),
        short(to.1)
    )
}

/// The picture in words, for whoever does not see it.
fn described(picture: &Picture) -> String {
    let names: Vec<&str> = picture.lanes.iter().map(|lane| lane.name.as_str()).collect();
    let mut words = format!("Processes: {}. In this order:", names.join(", "));
    for (at, mark) in picture.marks.iter().enumerate() {
        let causes = picture.causes(at);
        let causes = match causes.is_empty() {
            true => String::new(),
            false => format!(" ({})", causes.join("; ")),
        };
        let colon = if matches!(mark.kind, Kind::Line | Kind::ErrorLine) { ":" } else { "" };
        let end = if at + 1 == picture.marks.len() { "." } else { ";" };
        let _ = write!(words, " {}{colon} {}{causes}{end}", picture.name(mark.lane), mark.text);
    }
    words
}

/// With one digit behind the point, if any.
fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Characters that no XML may have.
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}
