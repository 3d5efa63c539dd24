//! Colours: on a terminal they are shown, elsewhere `anstream` takes them out again.
//!
//! Those of the sixteen that a terminal may choose itself are too light for white or too dark for
//! black somewhere: yellow has a contrast of 1.4:1 on white in VS Code, blue 2.2:1 on black in xterm.
//! So these are of the 256 that are the same everywhere.

use anstyle::{Ansi256Color, Style};
use clap::builder::Styles;
use golden::Tone;

// The contrast on black and on white: 4.5 and 4.7, 5.3 and 4.0, 5.8 and 3.6.
const GREEN: Ansi256Color = Ansi256Color(28);
const RED: Ansi256Color = Ansi256Color(196);
const GREY: Ansi256Color = Ansi256Color(102);

/// Those of help and of mistakes in the arguments.
pub const STYLES: Styles = Styles::styled()
    .error(RED.on_default().bold())
    .valid(GREEN.on_default())
    .invalid(Style::new().bold());

pub fn good(text: &str) -> String {
    tone(Tone::Good, text)
}

/// For faults only.
pub fn bad(text: &str) -> String {
    tone(Tone::Bad, text)
}

pub fn bold(text: &str) -> String {
    tone(Tone::Strong, text)
}

pub fn tone(tone: Tone, text: &str) -> String {
    let style = match tone {
        Tone::Plain => return text.to_owned(),
        Tone::Good => GREEN.on_default(),
        Tone::Bad => RED.on_default().bold(),
        Tone::Strong => Style::new().bold(),
        Tone::Faint => GREY.on_default(),
    };
    format!("{style}{text}{style:#}")
}
