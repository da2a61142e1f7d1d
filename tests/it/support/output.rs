//! What a run showed, as one text that a snapshot can pin.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{self, ExitStatus};

use serde_json::Value;

#[path = "../../../src/report/tests/checker.rs"]
mod schema;

/// The end of a run.
pub(crate) struct Output {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    status: ExitStatus,
    root: String,
}

impl Output {
    pub(crate) fn new(output: process::Output, root: &Path) -> Self {
        Self {
            stdout: output.stdout,
            stderr: output.stderr,
            status: output.status,
            root: root.to_string_lossy().into_owned(),
        }
    }

    /// The exit code; `None` after a death by signal.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// The signal the program died of.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// Fails unless stderr has this.
    #[track_caller]
    pub(crate) fn says(&self, text: impl AsRef<str>) -> &Self {
        let text = text.as_ref();
        assert!(self.stderr_text().contains(text), "no `{text}`\n{self}");
        self
    }

    /// Fails unless this is in what is shown, masked as a snapshot is.
    #[track_caller]
    pub(crate) fn shows(&self, text: impl AsRef<str>) -> &Self {
        let (text, shown) = (text.as_ref(), self.to_string());
        assert!(shown.contains(text), "no `{text}`\n{shown}");
        self
    }

    pub(crate) fn stdout_text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("stdout is UTF-8")
    }

    pub(crate) fn stderr_text(&self) -> String {
        String::from_utf8(self.stderr.clone()).expect("stderr is UTF-8")
    }

    /// The JSON lines on stdout. Every one must keep the published schema.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let schema: Value = serde_json::from_str(retr::report::SCHEMA).expect("the schema");
        let text = self.stdout_text();
        assert!(text.is_empty() || text.ends_with('\n'), "{self}");
        text.lines()
            .map(|line| {
                let value: Value = serde_json::from_str(line)
                    .unwrap_or_else(|error| panic!("no JSON ({error}): {line}\n{self}"));
                let kept = schema::check(&schema, &schema, &value);
                kept.unwrap_or_else(|fault| panic!("{fault}\n{self}"));
                value
            })
            .collect()
    }

    /// The JSON lines of one kind.
    #[track_caller]
    pub(crate) fn events_of(&self, event: &str) -> Vec<Value> {
        let mut events = self.events();
        events.retain(|value| value["event"] == event);
        events
    }

    /// The only JSON line of one kind.
    #[track_caller]
    pub(crate) fn event(&self, event: &str) -> Value {
        let mut events = self.events_of(event);
        assert_eq!(events.len(), 1, "one {event} event\n{self}");
        events.remove(0)
    }

    /// The only JSON line of one kind, which has these fields among its own.
    #[track_caller]
    pub(crate) fn has(&self, event: &str, fields: Value) -> Value {
        let found = self.event(event);
        for (key, value) in fields.as_object().expect("an object") {
            assert_eq!(&found[key], value, "{key} of {event}\n{self}");
        }
        found
    }

    /// A field of all JSON lines of one kind, which are texts.
    #[track_caller]
    pub(crate) fn column(&self, event: &str, key: &str) -> Vec<String> {
        let text = |event: Value| match event[key].as_str() {
            Some(text) => text.to_owned(),
            None => panic!("{key} of {event} is no text\n{self}"),
        };
        self.events_of(event).into_iter().map(text).collect()
    }
}

/// stdout, then stderr and the status where there is something to say, with
/// whatever differs from run to run masked.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::from_utf8_lossy(&self.stdout).into_owned();
        if !self.stderr.is_empty() {
            end_line(&mut text);
            text.push_str("------- stderr -------\n");
            text.push_str(&String::from_utf8_lossy(&self.stderr));
        }
        if let Some(signal) = self.signal() {
            end_line(&mut text);
            text.push_str(&format!("[signal: {signal}]\n"));
        } else if self.code() != Some(0) {
            end_line(&mut text);
            text.push_str(&format!("[exit status: {}]\n", self.code().unwrap_or(-1)));
        }
        f.write_str(&masked(&text, &self.root))
    }
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

fn masked(text: &str, root: &str) -> String {
    let text = text.replace(root, "$SANDBOX");
    let text = mask_digits_after(&text, "127.0.0.1:", "PORT");
    let text = mask_digits_after(&text, "127.0.0.1: port ", "PORT");
    // The account's folder, whose name depends on the port.
    let text = mask_digits_after(&text, "@127.0.0.1-", "HASH");
    let text = mask_digits_after(&text, "\"port\":", "PORT");
    let text = mask_digits_after(&text, "\"elapsed_ms\":", "TIME");
    mask_seconds(&text)
}

/// Replaces the number, which may be hexadecimal, behind every `before` by a
/// word.
fn mask_digits_after(text: &str, before: &str, word: &str) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        out.push_str(before);
        out.push_str(if rest.len() < part.len() { word } else { "" });
        out.push_str(rest);
    }
    out
}

/// Replaces ` in 0.8 s` by ` in TIME`.
fn mask_seconds(text: &str) -> String {
    let mut parts = text.split(" in ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(" in ");
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let unit = [" s", " ms", "s", "ms"]
            .into_iter()
            .find(|unit| rest.strip_prefix(unit).is_some_and(ends_word));
        match unit {
            Some(unit) if rest.len() < part.len() => {
                out.push_str("TIME");
                out.push_str(&rest[unit.len()..]);
            }
            _ => out.push_str(part),
        }
    }
    out
}

fn ends_word(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(stdout: &str, stderr: &str, status: i32) -> Output {
        Output {
            stdout: stdout.into(),
            stderr: stderr.into(),
            status: ExitStatus::from_raw(status),
            root: "/tmp/retr-test-x".into(),
        }
    }

    #[test]
    fn one_text_shows_everything_and_masks_what_varies() {
        let shown = output(
            "{\"port\":4711,\"elapsed_ms\":12}",
            "retr: error: 127.0.0.1:4711 refused /tmp/retr-test-x/Mail in 0.8 s, in 3 steps",
            0x4b00,
        );
        insta::assert_snapshot!(shown, @r#"
        {"port":PORT,"elapsed_ms":TIME}
        ------- stderr -------
        retr: error: 127.0.0.1:PORT refused $SANDBOX/Mail in TIME, in 3 steps
        [exit status: 75]
        "#);
        insta::assert_snapshot!(output("", "", 15), @"[signal: 15]");
    }
}
