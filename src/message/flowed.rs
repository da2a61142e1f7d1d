//! Text in format=flowed (RFC 3676): lines that end with a blank go on.

use super::steps::Steps;
use crate::base::Cancelled;

/// Joins flowed lines into paragraphs. With `del_sp` the blank at a line's end
/// is no text (RFC 3676 §4.1).
pub(super) fn join(text: &str, del_sp: bool, steps: &mut Steps<'_>) -> Result<String, Cancelled> {
    let mut out = String::with_capacity(text.len());
    // How deep the paragraph that goes on is quoted.
    let mut open: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        steps.take(line.len())?;
        let end = if line.ends_with('\n') { "\n" } else { "" };
        let line = &line[..line.len() - end.len()];
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        if open != Some(depth) || signature {
            if open.is_some() {
                out.push('\n');
            }
            out.push_str(&line[..depth]);
            if depth > 0 && !content.is_empty() {
                out.push(' ');
            }
        }
        if content.ends_with(' ') && !signature {
            out.push_str(&content[..content.len() - usize::from(del_sp)]);
            open = Some(depth);
        } else {
            out.push_str(content);
            out.push_str(end);
            open = None;
        }
    }
    if open.is_some() && text.ends_with('\n') {
        out.push('\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Cancel;

    fn joined(text: &str, del_sp: bool) -> String {
        join(text, del_sp, &mut Steps::new(&Cancel::new())).expect("not cancelled")
    }

    #[test]
    fn flowed_lines_become_paragraphs() {
        let found = joined("one \ntwo \nthree\n\n From here\nlast ", false);
        assert_eq!(found, "one two three\n\nFrom here\nlast ");
        let found = joined("https://example.org/a/ \nb and a para \ngraph\n", true);
        assert_eq!(found, "https://example.org/a/b and a paragraph\n");
        assert_eq!(joined("ends open \n", false), "ends open \n");
    }

    #[test]
    fn quotes_and_signatures_stay_apart() {
        let found = joined("> a \n>b\n>> c \n> d\n>\ne \n-- \nme\n", false);
        assert_eq!(found, "> a b\n>> c \n> d\n>\ne \n-- \nme\n");
    }

    #[test]
    fn the_work_grows_with_the_text() {
        let cancel = Cancel::new();
        for piece in ["> \n", ">", " \n", "-- \n", "a \n"] {
            let text = piece.repeat((1 << 20) / piece.len());
            let mut steps = Steps::new(&cancel);
            let out = join(&text, true, &mut steps).expect("not cancelled");
            assert!(out.len() <= 2 * text.len());
            assert!(steps.taken() <= 2 * text.len() as u64);
        }
    }
}
