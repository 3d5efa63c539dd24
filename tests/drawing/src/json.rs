//! A picture as it is kept: JSON with an element a line, so that a diff shows what has changed.
//!
//! The names are those of [`Picture`] and what it is made of, and `version` is [`VERSION`]. A lane or a mark
//! is meant by its place in its list, from 0; what there is none of is left out.

use serde::Serialize;
use serde::de::Error as _;
use serde_json::{Error, Map, Value};

use crate::Picture;

/// Of the form. It changes when an old file would be read wrong.
pub const VERSION: u64 = 1;

/// The picture, to be kept.
///
/// # Errors
/// None that could come of a picture.
pub fn to_json(picture: &Picture) -> Result<String, Error> {
    let Picture { title, lanes, marks, arrows, spans, recorded } = picture;
    let title = serde_json::to_string(title)?;
    let recorded = if *recorded { "\"recorded\": true,\n" } else { "" };
    let lists = [
        list("lanes", lanes)?,
        list("marks", marks)?,
        list("arrows", arrows)?,
        list("spans", spans)?,
    ];
    let lists = lists.join(",\n");
    Ok(format!("{{\n\"version\": {VERSION},\n\"title\": {title},\n{recorded}{lists}\n}}\n"))
}

fn list(name: &str, elements: &[impl Serialize]) -> Result<String, Error> {
    let lines: Vec<String> =
        elements.iter().map(serde_json::to_string).collect::<Result<_, Error>>()?;
    Ok(match lines.is_empty() {
        true => format!("\"{name}\": []"),
        false => format!("\"{name}\": [\n{}\n]", lines.join(",\n")),
    })
}

/// The picture that was kept.
///
/// # Errors
/// If it is none, or of another version, or if it names a lane or a mark that it does not have.
pub fn from_json(text: &str) -> Result<Picture, Error> {
    let mut file: Map<String, Value> = serde_json::from_str(text)?;
    let version = file.remove("version");
    if version.as_ref().and_then(Value::as_u64) != Some(VERSION) {
        let version = version.unwrap_or_default();
        return Err(Error::custom(format!("it has version {version}, not {VERSION}")));
    }
    let picture: Picture = serde_json::from_value(file.into())?;
    let (lanes, marks) = (picture.lanes.len(), picture.marks.len());
    let is_lane = |lane: usize| lane < lanes;
    let is_whole =
        picture.marks.iter().all(|mark| is_lane(mark.lane) && mark.by.is_none_or(is_lane))
            && picture.arrows.iter().all(|arrow| arrow.from < arrow.to && arrow.to < marks)
            && picture.spans.iter().all(|span| is_lane(span.lane));
    match is_whole {
        true => Ok(picture),
        false => Err(Error::custom("it names a lane or a mark that it does not have")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Arrow, Kind, Lane, Mark, Span, What};

    fn picture() -> Picture {
        let lane = |name: &str| Lane { name: name.to_owned() };
        let mark = |at, lane, kind, text: &str| Mark {
            at,
            lane,
            by: None,
            kind,
            golden: None,
            text: text.to_owned(),
        };
        Picture {
            title: "a \"run\"".to_owned(),
            lanes: vec![lane("main"), lane("child")],
            marks: vec![
                Mark { by: Some(0), ..mark(1, 1, Kind::Start, "is started by main") },
                Mark { golden: Some(2), ..mark(3, 1, Kind::Line, "says so") },
                mark(5, 0, Kind::End, "ends"),
            ],
            arrows: vec![Arrow { from: 1, to: 2, word: "joined".to_owned() }],
            spans: vec![Span { lane: 0, what: What::Waits, from: 2, to: 4 }],
            recorded: false,
        }
    }

    #[test]
    fn what_is_kept_is_read_again_and_has_a_mark_a_line() {
        let text = to_json(&picture()).unwrap();
        assert_eq!(from_json(&text).unwrap(), picture());
        let recorded = Picture { recorded: true, ..picture() };
        assert_eq!(from_json(&to_json(&recorded).unwrap()).unwrap(), recorded);
        assert!(
            text.contains(
                "\n{\"at\":3,\"lane\":1,\"kind\":\"Line\",\"golden\":2,\"text\":\"says so\"},\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let text = to_json(&picture()).unwrap();
        for (was, is) in [
            ("\"version\": 1", "\"version\": 7"),
            ("\"by\":0", "\"by\":2"),
            ("\"to\":2", "\"to\":3"),
            ("\"golden\":2", "\"silver\":2"),
        ] {
            assert!(text.contains(was) && from_json(&text.replace(was, is)).is_err(), "{is}");
        }
    }
}
