//! The picture of a run, drawn from what is kept beside its golden file: no lesson runs for that.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use drawing::{Kind, Picture};

/// What is kept there, if anything is.
///
/// # Errors
/// If it is no picture.
pub fn kept(root: &Path, path: &str) -> Result<Option<Picture>> {
    match fs::read_to_string(root.join(path)) {
        Ok(text) => {
            drawing::from_json(&text).with_context(|| format!("{path} is no picture")).map(Some)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {path}")),
    }
}

/// Contains no blank line, because Markdown ends a piece of HTML there. `golden` is the file whose lines
/// it prints.
pub fn html(picture: &Picture, golden: &str, caption: &str) -> String {
    let caption = match caption {
        "" => String::new(),
        caption => format!("<figcaption>{caption}</figcaption>\n"),
    };
    let svg = drawing::svg_for_page(picture);
    format!("<figure class=\"run\" data-file=\"{golden}\">\n{caption}{svg}</figure>\n")
}

/// Whether it hangs, and how to see what is free.
pub fn caption(picture: &Picture) -> String {
    let is_stuck = |mark: &&drawing::Mark| mark.kind == Kind::Stuck;
    let stuck = picture.marks.iter().filter(is_stuck);
    let stuck: Vec<String> =
        stuck.map(|mark| format!("{} {}", picture.name(mark.lane), mark.text)).collect();
    let hangs = match stuck.is_empty() {
        true => "One run".to_owned(),
        false => format!("One run, which hangs: {}", stuck.join("; ")),
    };
    let arrows = match picture.recorded {
        true => "It was recorded, and what went through the server has no arrow.",
        false => {
            "If no path of lanes and arrows leads from one line down to another, the second did not \
             need the first."
        }
    };
    let text = format!("{hangs}. Time runs down. {arrows}");
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // What stands in backticks is code.
    let parts = text.split('`').enumerate();
    parts
        .map(
            |(at, part)| if at % 2 == 0 { part.to_owned() } else { format!("<code>{part}</code>") },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use drawing::{Lane, Mark};

    #[test]
    fn a_run_that_hangs_says_who_waits() {
        let lanes = vec![Lane { name: "main".to_owned() }];
        let text = "waits for `a<b`".to_owned();
        let mark = Mark { at: 0, lane: 0, by: None, kind: Kind::Stuck, golden: None, text };
        let picture = Picture { lanes, marks: vec![mark], ..Picture::default() };
        let html = html(&picture, "a.txt", &caption(&picture));
        let said =
            "<figcaption>One run, which hangs: main waits for <code>a&lt;b</code>. Time runs down.";
        assert!(html.contains(said), "{html}");
        assert!(!html.contains("\n\n"), "{html}");
    }

    #[test]
    fn the_style_sheet_has_the_style_of_a_picture() {
        let sheet = include_str!("../lessons.css");
        assert!(sheet.contains(drawing::STYLE), "lessons.css lacks\n{}", drawing::STYLE);
    }
}
