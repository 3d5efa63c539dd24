//! A golden file, from its text to what it says.

use std::time::Duration;

use crate::index::Index;
use crate::order::Order;
use crate::parse::{Language, Malformed, Parsed};
use crate::transcript::End;

/// A golden file, read for one language.
#[derive(Debug)]
pub struct Golden {
    /// The file's name, for messages.
    pub file: String,
    /// How the program must end.
    pub end: End,
    /// May it stand still for ever?
    pub may_hang: bool,
    /// How long the program may run.
    pub limit: Duration,
    /// Processes that are still alive when main has ended.
    pub outlives_main: Vec<String>,
    /// What is legal and yet better written in another way.
    pub warnings: Vec<String>,
    pub(crate) orders: Option<u64>,
    pub(crate) order: Order,
    pub(crate) index: Index,
}

impl Golden {
    /// Reads a golden file as it stands for one language. `file` is only named in messages.
    ///
    /// # Errors
    /// The first place that is not the language, or that claims something impossible.
    pub fn parse(file: &str, source: &str, language: Language) -> Result<Golden, Box<Malformed>> {
        let parsed = Parsed::read(file, source, language)?;
        let order = Order::of(&parsed)?;
        let index = Index::of(&order);
        let warnings = order.warnings(&index, file);
        let Parsed { file, end, may_hang, limit, outlives_main, orders, lines, .. } = parsed;
        let golden =
            Golden { file, end, may_hang, limit, outlives_main, warnings, orders, order, index };
        golden.keeps_its_rules(&lines)?;
        Ok(golden)
    }

    /// How many orders its lines have, as the file remarks; nobody is held to it here.
    ///
    /// ```
    /// use golden::{Golden, Language};
    ///
    /// let golden = Golden::parse("file.txt", "a | 1\nb | 2\norders 2\n", Language::Rust)?;
    /// assert_eq!(golden.orders(), Some(2));
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn orders(&self) -> Option<u64> {
        self.orders
    }

    /// The numbers of the lines that may come again: with them there is no end of orders.
    ///
    /// ```
    /// use golden::{Golden, Language};
    ///
    /// let file = "main | begins\nmain | tick [n 0,1,..]  <- any number of times\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// assert_eq!(golden.repeating_lines().collect::<Vec<_>>(), [2]);
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn repeating_lines(&self) -> impl Iterator<Item = usize> {
        self.order.lines.iter().filter(|line| line.repeats).map(|line| line.number)
    }
}
