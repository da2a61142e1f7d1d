//! Events as JSON, one object a line. An event has its own fields; here are
//! those of every line, and what is escaped. `schema.json` beside this file is
//! the published promise.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::base::{Event, escape_json};

/// Version of the format; it grows when a field changes its meaning or goes.
const VERSION: u8 = 1;

/// JSON Schema (2020-12) of one line of `--json` output. A test holds that
/// every event keeps it.
pub const SCHEMA: &str = include_str!("schema.json");

#[derive(Serialize)]
struct Line<'a, B> {
    v: u8,
    event: &'static str,
    account: Option<&'a str>,
    #[serde(flatten)]
    body: B,
}

/// One event, as a line with its end.
pub(super) fn line(event: &'static str, account: Option<&str>, body: impl Serialize) -> Vec<u8> {
    let line = Line { v: VERSION, event, account: account.filter(|name| !name.is_empty()), body };
    let mut out = Vec::with_capacity(512);
    let mut serializer = Serializer::with_formatter(&mut out, Safe);
    // Into memory, and of types that have only string keys: it cannot fail.
    // If it ever does, no half line goes out.
    match line.serialize(&mut serializer) {
        Ok(()) => out.push(b'\n'),
        Err(_) => out.clear(),
    }
    out
}

/// The line of an event of an account; `None` if it is not for scripts.
pub fn json_line(account: &str, event: &Event) -> Option<Vec<u8>> {
    Some(line(event.name()?, Some(account), event))
}

/// The summary of a command that came to no account.
pub(super) fn exit(exit: u8) -> Vec<u8> {
    line("summary", None, serde_json::json!({ "exit": exit }))
}

/// Compact JSON that is safe to show.
struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        writer.write_all(escape_json(fragment).as_bytes())
    }
}
