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

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
