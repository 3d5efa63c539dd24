//! Where a process stands in its family: the same in every run, which pids are not.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `2.1` is the first process that the second process of main has started. `main` is main.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(Vec<u32>);

impl Place {
    /// Whether this is main.
    pub fn is_main(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one process has started both.
    pub(crate) fn is_sibling_of(&self, other: &Place) -> bool {
        self.0.len() == other.0.len()
            && other.0.split_last().is_some_and(|(_, up)| self.0.starts_with(up))
    }

    /// Who has started it.
    pub(crate) fn parent(&self) -> Option<Place> {
        self.0.split_last().map(|(_, family)| Place(family.to_vec()))
    }

    /// Whether it descends from that one.
    pub(crate) fn descends_from(&self, other: &Place) -> bool {
        self.0.len() > other.0.len() && self.0.starts_with(&other.0)
    }

    /// Whether that one has started this one.
    pub(crate) fn is_child_of(&self, parent: &Place) -> bool {
        self.0.split_last().is_some_and(|(_, family)| family == parent.0)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("main"),
            numbers => {
                f.write_str(&numbers.iter().map(u32::to_string).collect::<Vec<_>>().join("."))
            }
        }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Place, String> {
        if text == "main" {
            return Ok(Place::default());
        }
        let numbers: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        numbers.map(Place).map_err(|_| format!("`{text}` is no place in a family, such as 2.1"))
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Place, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
