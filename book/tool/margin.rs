//! A golden file as HTML: the causes at the right margin, and below it what each of them says. What
//! only one of the two languages prints has a class, so that the choice of the other can hide it.

use golden::{Malformed, Noted, Written};

/// Contains no blank line, because Markdown ends a piece of HTML there. `file` is named in messages,
/// `caption` above the lines. How many orders there are is for the checker, and is left out. `whole` is the
/// file, if all of it is shown: then each line has its number in it, by which a picture names it.
pub fn html(
    file: &str,
    caption: &str,
    source: &str,
    whole: Option<&str>,
) -> Result<String, Box<Malformed>> {
    let lines = Written::lines(file, source)?;
    let number = |number: usize| whole.map(|_| number);
    let rows = source.lines().zip(&lines).zip(1..);
    let rows = rows.map(|((source, line), at)| row(source, line, number(at)));
    let data = whole.map(|file| format!(" data-file=\"{file}\"")).unwrap_or_default();
    let mut html = format!(
        "<figure class=\"golden\"{data}>\n<figcaption>{caption}</figcaption>\n<pre>{}</pre>\n",
        rows.collect::<String>()
    );
    let legend: String = legend(&lines)
        .map(|Entry { note, sentence, only, .. }| {
            let (note, sentence) = (escaped(&note), escaped(&sentence));
            let class = only.map(|only| format!(" class=\"{only}\"")).unwrap_or_default();
            format!("<dt{class}>{note}</dt>\n<dd{class}>{sentence}</dd>\n")
        })
        .collect();
    if !legend.is_empty() {
        html += &format!("<dl>\n{legend}</dl>\n");
    }
    Ok(html + "</figure>\n")
}

/// The class of what only one of the languages prints.
fn only(line: &Written) -> Option<&'static str> {
    line.notes.iter().find_map(|note| match note.text {
        "rust only" => Some("rust-only"),
        "python only" => Some("python-only"),
        _ => None,
    })
}

fn row(source: &str, line: &Written, number: Option<usize>) -> String {
    if line.is_remark {
        return String::new();
    }
    let text = escaped(line.text);
    if line.text.starts_with('#') {
        return format!("<span class=\"comment\">{text}\n</span>");
    }
    let class = only(line).map(|only| format!(" {only}")).unwrap_or_default();
    let data = number.map(|number| format!(" data-line=\"{number}\"")).unwrap_or_default();
    if line.notes.is_empty() {
        return format!("<span class=\"line{class}\"{data}>{text}\n</span>");
    }
    let margin = &source[line.text.len()..];
    let blanks = &margin[..margin.len() - margin.trim_start().len()];
    let notes: Vec<String> = line
        .notes
        .iter()
        .map(|note| {
            let (text, sentence) = (escaped(note.text), escaped(&note.sentence));
            format!("<span class=\"note\" title=\"{sentence}\">{text}</span>")
        })
        .collect();
    let notes = notes.join(", ");
    format!(
        "<span class=\"line{class}\"{data}>{text}<span class=\"blanks\">{blanks}</span>\
         <span class=\"margin\">&lt;- {notes}\n</span></span>"
    )
}

struct Entry<'a> {
    /// What makes two notes one: a cause's verb, or the whole.
    words: &'a str,
    note: String,
    sentence: String,
    /// The class of all its lines.
    only: Option<&'static str>,
}

/// Each note once, in the order of the file; a cause with several sources stands there with P.
fn legend<'a>(lines: &'a [Written<'a>]) -> impl Iterator<Item = Entry<'a>> {
    let mut entries: Vec<Entry> = Vec::new();
    let notes = lines.iter().flat_map(|line| line.notes.iter().map(move |note| (only(line), note)));
    for (only, Noted { text, sentence, cause }) in notes {
        let (words, note) = match cause {
            None => (*text, (*text).to_owned()),
            Some(cause) => {
                let words = cause.verb.words();
                (words, format!("{words} {}", cause.source))
            }
        };
        let Some(entry) = entries.iter_mut().find(|entry| entry.words == words) else {
            entries.push(Entry { words, note, sentence: sentence.clone(), only });
            continue;
        };
        entry.only = entry.only.filter(|_| entry.only == only);
        if let Some(cause) = cause
            && entry.note != note
        {
            entry.note = format!("{words} P");
            entry.sentence = cause.verb.sentence("P");
        }
    }
    entries.into_iter()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_and_each_note_once() {
        let source = "# two\n\nmain   | a < \"b\"\nw-1    | c    <- started by main\n\
                      w-2    | d    <- started by main, perhaps\nmain   | e    <- joined w-1, joined w-2";
        let html = html("file", "two", source, None).unwrap();
        assert!(!html.contains("\n\n"), "{html}");
        assert!(html.contains("<figcaption>two</figcaption>"), "{html}");
        assert!(html.contains("<span class=\"line\">main   | a &lt; &quot;b&quot;\n</span>"));
        let margin = "<span class=\"line\">w-1    | c<span class=\"blanks\">    </span>\
                      <span class=\"margin\">&lt;- <span class=\"note\" \
                      title=\"A process cannot speak before it is started.\">started by main</span>\n</span></span>";
        assert!(html.contains(margin), "{html}");

        let legend: Vec<&str> = html.split("<dt>").skip(1).collect();
        let [started, perhaps, joined] = legend[..] else {
            panic!("{html}");
        };
        assert!(started.starts_with("started by main</dt>\n<dd>A process cannot"), "{html}");
        assert!(perhaps.starts_with("perhaps</dt>\n<dd>The line may be missing."), "{html}");
        assert!(joined.starts_with("joined P</dt>\n<dd>join returns only when P has"), "{html}");

        let reread: String = html.split("<pre>").nth(1).unwrap().split("</pre>").take(1).collect();
        let tags = reread.split('<').map(|tag| tag.split_once('>').map_or(tag, |(_, text)| text));
        let text = tags.collect::<String>().replace("&lt;", "<").replace("&quot;", "\"");
        assert_eq!(text.trim_end(), source, "what is copied from the page is the file");
    }

    #[test]
    fn the_number_of_orders_is_not_shown() {
        let lane = html("file", "", "orders | a\norders 2\n", None).unwrap();
        assert!(lane.contains("orders | a\n") && !lane.contains("orders 2"), "{lane}");
    }

    #[test]
    fn no_notes_no_legend() {
        assert!(!html("file", "", "main | a\n", None).unwrap().contains("<dl>"));
    }
    #[test]
    fn what_one_language_prints_has_its_class() {
        let source = "main | a  <- rust only\nmain | b  <- joined w-1, python only\n\
                      main | c  <- joined w-2\nw-1  | d  <- started by main, python only\n";
        let html = html("file", "", source, None).unwrap();
        let rows: Vec<&str> = html.matches("class=\"line rust-only\"").collect();
        assert_eq!(rows.len(), 1, "{html}");
        assert_eq!(html.matches("class=\"line python-only\"").count(), 2, "{html}");
        let legend: Vec<&str> = html.split("<dt").skip(1).collect();
        let classes = legend.iter().map(|entry| entry.split_once('<').unwrap().0);
        let expected = [
            " class=\"rust-only\">rust only",
            ">joined P",
            " class=\"python-only\">python only",
            " class=\"python-only\">started by main",
        ];
        assert_eq!(classes.collect::<Vec<_>>(), expected, "{html}");
    }
}
