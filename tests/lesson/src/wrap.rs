//! Rows within the columns that there are, wrapped between words.

use golden::{Row, Tone};
use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};

/// Longer lines are hard to read, however wide the terminal is.
pub const WIDEST: usize = 100;

/// So many columns at least are left for a text behind its margin.
const LEAST: usize = 24;

/// The rows, one below the other, without colours.
pub fn wrapped(rows: &[Row], width: usize) -> String {
    rows.iter().map(|row| wrap(row, width, &|_, text| text.to_owned()) + "\n").collect()
}

/// A row within so many columns. No word is broken: one that is longer than all of them stands on a
/// line of its own.
pub(crate) fn wrap(row: &Row, width: usize, paint: &dyn Fn(Tone, &str) -> String) -> String {
    let text: String = row.pieces.iter().map(|(tone, text)| paint(*tone, text)).collect();
    let left = row.pieces[..row.hanging].iter().map(|(_, text)| display_width(text));
    let hang = (row.indent + left.sum::<usize>()).min(width.saturating_sub(LEAST));
    let (first, others) = (" ".repeat(row.indent), " ".repeat(hang));
    let options = Options::new(width)
        .initial_indent(&first)
        .subsequent_indent(&others)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(&text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(row: Row, width: usize) -> String {
        super::wrapped(&[row], width)
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
    fn what_fits_is_as_the_row_says_itself() {
        for row in [
            Row::default(),
            Row::text(""),
            Row::text("one\ntwo \n three  "),
            Row::text("- ").hanging().plain("one\n\ntwo"),
            Row::new(0)
                .plain("a  b ")
                .hanging()
                .toned(Tone::Bad, " c\nd ")
                .titled(Tone::Good, "e: "),
        ] {
            assert_eq!(wrapped(row.clone(), 200), format!("{row}\n"));
        }
    }

    #[test]
    fn colours_take_no_room() {
        let paint = |_, text: &str| format!("\x1b[1m{text}\x1b[0m");
        let row = Row::text("one ").toned(Tone::Bad, "two-and-more-than-twenty three");
        let long = "  \x1b[1mone \x1b[0m\x1b[1mtwo-and-more-than-twenty";
        assert_eq!(wrap(&row, 36, &paint), format!("{long} three\x1b[0m"));
        assert_eq!(wrap(&row, 35, &paint), format!("{long}\n  three\x1b[0m"));
    }
}
