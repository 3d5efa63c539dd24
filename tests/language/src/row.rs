//! Text for a person: rows, each of pieces with a tone. Whoever has a terminal wraps and paints them.

use std::fmt;

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
    /// How many columns are free before it.
    pub indent: usize,
    /// Its pieces, from left to right.
    pub pieces: Vec<(Tone, String)>,
    /// What is too long goes on below the end of so many pieces.
    pub hanging: usize,
}

impl Row {
    /// An empty row, to be continued; indented by so many columns.
    pub fn new(indent: usize) -> Row {
        Row { indent, ..Row::default() }
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
        self.pieces.push((tone, text.into()));
        self
    }

    /// With this before everything else.
    pub fn titled(mut self, tone: Tone, title: impl Into<String>) -> Row {
        self.hanging += usize::from(self.hanging > 0);
        self.pieces.insert(0, (tone, title.into()));
        self
    }

    /// What is too long goes on below the end of what is there now.
    pub fn hanging(self) -> Row {
        Row { hanging: self.pieces.len(), ..self }
    }
}

/// Unwrapped and without colours.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.pieces.iter().map(|(_, text)| text.as_str()).collect();
        let left = self.pieces[..self.hanging].iter().map(|(_, text)| text.chars().count());
        let hang = self.indent + left.sum::<usize>();
        let margins = std::iter::once(self.indent).chain(std::iter::repeat(hang));
        for (nth, (margin, line)) in margins.zip(text.split('\n')).enumerate() {
            let line = format!("{:margin$}{line}", "");
            write!(f, "{}{}", if nth > 0 { "\n" } else { "" }, line.trim_end_matches(' '))?;
        }
        Ok(())
    }
}
