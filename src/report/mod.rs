//! What people and scripts see.

use std::io::Write;
use std::sync::Mutex;

use crate::base::{Event, Failure, Observer};

/// How to report.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// JSON lines on stdout.
    pub json: bool,
    /// Errors only.
    pub quiet: bool,
    /// Steps, and the dialogue.
    pub verbose: u8,
    /// Progress on stderr.
    pub progress: bool,
    /// Colours on stderr.
    pub color: bool,
    /// Columns.
    pub width: usize,
}

/// The report of a whole run.
pub struct Report {
    options: Options,
    streams: Mutex<(Box<dyn Write + Send>, Box<dyn Write + Send>)>,
}

impl Report {
    /// A report to these two streams.
    pub fn new(options: Options, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self {
            options,
            streams: Mutex::new((out, err)),
        }
    }

    /// The part of one account.
    pub fn account<'r>(&'r self, name: &str) -> AccountReport<'r> {
        AccountReport {
            report: self,
            name: name.to_owned(),
        }
    }

    /// A failure, of one account or of all.
    pub fn failure(&self, account: Option<&str>, failure: &Failure) {
        let line = if self.options.json {
            format!("{:?} {}", account, failure.what)
        } else {
            let causes: String = failure
                .causes
                .iter()
                .map(|cause| format!("\ncaused by: {cause}"))
                .collect();
            let hint = failure
                .hint
                .as_deref()
                .map(|hint| format!("\nhint: {hint}"));
            let hint = hint.unwrap_or_default();
            format!("retr: error: {}{causes}{hint}", failure.what)
        };
        self.write(self.options.json, &line);
    }

    /// Ends the report.
    pub fn finish(self) {}

    /// Whether nobody reads stdout any more.
    pub fn stdout_closed(&self) -> bool {
        false
    }

    fn write(&self, to_out: bool, line: &str) {
        if let Ok(mut streams) = self.streams.lock() {
            let stream = if to_out {
                &mut streams.0
            } else {
                &mut streams.1
            };
            let _ = writeln!(stream, "{line}");
        }
    }
}

/// The report of one account.
pub struct AccountReport<'r> {
    report: &'r Report,
    name: String,
}

impl Observer for AccountReport<'_> {
    fn notice(&self, event: &Event) {
        match event {
            Event::Error(failure) => self.report.failure(Some(&self.name), failure),
            event => self
                .report
                .write(self.report.options.json, &format!("{event:?}")),
        }
    }
}
