//! Text for a person: rows, each with its tones, wrapped between words.

use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};

/// Longer lines are hard to read, however wide the terminal is.
pub const WIDEST: usize = 100;

/// So many columns at least are left for a text behind its margin.
const LEAST: usize = 24;

/// What a piece of text is, for whoever gives it a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// A good verdict.
    Good,
    /// A fault.
    Bad,
    /// What the rest is about.
    Strong,
    /// Beside the point.
    Faint,
}

/// One line as long as it has to be, until it is wrapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    indent: usize,
    hang: usize,
    parts: Vec<(Tone, String)>,
}

impl Row {
    /// An empty row, to be continued; indented by so many columns.
    pub fn new(indent: usize) -> Row {
        Row { indent, hang: indent, parts: Vec::new() }
    }

    /// Text of its own, indented as most is.
    pub fn text(text: impl Into<String>) -> Row {
        Row::new(2).plain(text)
    }

    /// With more text of no special tone.
    pub fn plain(self, text: impl Into<String>) -> Row {
        self.toned(Tone::Plain, text)
    }

    /// With more text of this tone.
    pub fn toned(mut self, tone: Tone, text: impl Into<String>) -> Row {
        self.parts.push((tone, text.into()));
        self
    }

    /// With this before everything else.
    pub fn titled(mut self, tone: Tone, title: impl Into<String>) -> Row {
        let title = title.into();
        if self.hang > self.indent {
            self.hang += display_width(&title);
        }
        self.parts.insert(0, (tone, title));
        self
    }

    /// What is too long goes on below the end of what is there now.
    pub fn hanging(mut self) -> Row {
        let width: usize = self.parts.iter().map(|(_, text)| display_width(text)).sum();
        self.hang = self.indent + width;
        self
    }

    /// The row within so many columns. No word is broken: one that is longer than all of them stands
    /// on a line of its own.
    pub fn wrapped(&self, width: usize, paint: &dyn Fn(Tone, &str) -> String) -> String {
        let text: String = self.parts.iter().map(|(tone, text)| paint(*tone, text)).collect();
        let hang = self.hang.min(width.saturating_sub(LEAST));
        let (first, others) = (" ".repeat(self.indent), " ".repeat(hang));
        let options = Options::new(width)
            .initial_indent(&first)
            .subsequent_indent(&others)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        textwrap::fill(&text, options)
    }
}

/// The rows, one below the other, without colours.
pub(crate) fn plain(rows: &[Row], width: usize) -> String {
    rows.iter().map(|row| row.wrapped(width, &|_, text| text.to_owned()) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(row: Row, width: usize) -> String {
        plain(&[row], width)
    }

    #[test]
    fn blanks_stay_and_words_stay_whole() {
        let row = || Row::text("  12  main       | ").hanging().plain("one two-three four.");
        assert_eq!(wrapped(row(), 100), "    12  main       | one two-three four.\n");
        assert_eq!(wrapped(row(), 30), "    12  main       | one\n      two-three four.\n");
        let row =
            || Row::text("1 | ").hanging().plain("a-word-of-more-columns-than-there-are and more");
        assert_eq!(
            wrapped(row(), 30),
            "  1 |\n      a-word-of-more-columns-than-there-are\n      and more\n"
        );
        assert_eq!(wrapped(Row::text("one\ntwo"), 30), "  one\n  two\n");
        assert_eq!(wrapped(Row::default(), 30), "\n");
    }

    #[test]
    fn colours_take_no_room() {
        let paint = |_, text: &str| format!("\x1b[1m{text}\x1b[0m");
        let row = Row::text("one ").toned(Tone::Bad, "two-and-more-than-twenty three");
        let long = "  \x1b[1mone \x1b[0m\x1b[1mtwo-and-more-than-twenty";
        assert_eq!(row.wrapped(36, &paint), format!("{long} three\x1b[0m"));
        assert_eq!(row.wrapped(35, &paint), format!("{long}\n  three\x1b[0m"));
    }
}
