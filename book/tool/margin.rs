//! A golden file as HTML: the causes at the right margin, and below it what each of them says.

use golden::{Malformed, Noted, Written};

/// Contains no blank line, because Markdown ends a piece of HTML there.
pub fn html(file: &str, source: &str) -> Result<String, Box<Malformed>> {
    let lines = Written::lines(file, source)?;
    let rows = source.lines().zip(&lines).map(|(source, line)| row(source, line));
    let mut html = format!("<figure class=\"golden\">\n<pre>{}</pre>\n", rows.collect::<String>());
    let notes = lines.iter().flat_map(|line| &line.notes);
    let legend: String = legend(notes)
        .map(|(note, sentence)| {
            let (note, sentence) = (escaped(&note), escaped(&sentence));
            format!("<dt>{note}</dt>\n<dd>{sentence}</dd>\n")
        })
        .collect();
    if !legend.is_empty() {
        html += &format!("<dl>\n{legend}</dl>\n");
    }
    Ok(html + "</figure>\n")
}

fn row(source: &str, line: &Written) -> String {
    let text = escaped(line.text);
    if line.text.starts_with('#') {
        return format!("<span class=\"comment\">{text}\n</span>");
    }
    if line.notes.is_empty() {
        return format!("<span class=\"line\">{text}\n</span>");
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
        "<span class=\"line\">{text}</span><span class=\"blanks\">{blanks}</span>\
         <span class=\"margin\">&lt;- {notes}\n</span>"
    )
}

/// Each note once, in the order of the file; a cause with several sources stands there with P.
fn legend<'a>(
    notes: impl Iterator<Item = &'a Noted<'a>>,
) -> impl Iterator<Item = (String, String)> {
    let mut entries: Vec<(&str, String, String)> = Vec::new();
    for note in notes {
        let sentence = note.sentence.clone();
        let Some(cause) = &note.cause else {
            if entries.iter().all(|(words, ..)| *words != note.text) {
                entries.push((note.text, note.text.to_owned(), sentence));
            }
            continue;
        };
        let words = cause.verb.words();
        let whole = format!("{words} {}", cause.source);
        match entries.iter_mut().find(|entry| entry.0 == words) {
            None => entries.push((words, whole, sentence)),
            Some(entry) if entry.1 != whole => {
                *entry = (words, format!("{words} P"), cause.verb.sentence("P"));
            }
            Some(_) => {}
        }
    }
    entries.into_iter().map(|(_, note, sentence)| (note, sentence))
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
        let html = html("file", source).unwrap();
        assert!(!html.contains("\n\n"), "{html}");
        assert!(html.contains("<span class=\"line\">main   | a &lt; &quot;b&quot;\n</span>"));
        let margin = "<span class=\"line\">w-1    | c</span><span class=\"blanks\">    </span>\
                      <span class=\"margin\">&lt;- <span class=\"note\" \
                      title=\"A process cannot speak before it is started.\">started by main</span>\n</span>";
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
    fn no_notes_no_legend() {
        assert!(!html("file", "main | a\n").unwrap().contains("<dl>"));
    }
}
