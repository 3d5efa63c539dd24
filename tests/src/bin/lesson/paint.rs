//! Colours: on a terminal they are shown, elsewhere `anstream` takes them out again.

use anstyle::{AnsiColor, Style};

pub fn good(text: &str) -> String {
    paint(AnsiColor::Green.on_default(), text)
}

pub fn bad(text: &str) -> String {
    paint(AnsiColor::Red.on_default().bold(), text)
}

pub fn dim(text: &str) -> String {
    paint(Style::new().dimmed(), text)
}

pub fn bold(text: &str) -> String {
    paint(Style::new().bold(), text)
}

/// A report: its headline, the lines that it is about, and what is not right in its margin.
pub fn report(text: &str, is_legal: bool) -> String {
    let mut lines = Vec::new();
    let mut in_margin = false;
    for (number, line) in text.trim_end().lines().enumerate() {
        let margin = line.split_at_checked(18).filter(|_| in_margin);
        lines.push(match margin {
            _ if number == 0 && is_legal => good(line),
            _ if number == 0 => bad(line),
            Some((word, rest)) if !word.starts_with("  golden line") => bad(word) + rest,
            None if line.starts_with("  your line ") && !is_legal => bold(line),
            _ => line.to_owned(),
        });
        in_margin |= line.ends_with(", and what became of each line:");
    }
    lines.join("\n")
}

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
