//! What `retr config` prints: for people, and as JSON.

use serde_json::{Value, json};

use crate::cli::args::Common;
use crate::cli::config::quoted;

/// What is printed: for people, and as JSON.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) lines: Vec<String>,
    pub(super) events: Vec<Value>,
}

impl Answer {
    pub(super) fn text(&self, common: &Common) -> String {
        if !common.json {
            return self.lines.iter().map(|line| format!("{line}\n")).collect();
        }
        let end = json!({"v": 1, "event": "summary", "account": null, "exit": 0});
        let events = self.events.iter().chain([&end]);
        events.map(|event| quoted(event) + "\n").collect()
    }
}
