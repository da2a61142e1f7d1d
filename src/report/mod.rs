//! What people and scripts see of a run. Standard output carries data (JSON
//! lines, tables, messages), standard error carries talk (warnings, errors,
//! progress). Neither can make the work fail, and neither is waited for without
//! end.
//!
//! ```text
//!            ┌─► json ────────────────► standard output
//! Event ─────┼─► table, facts, human ─┬─►
//!            └─► progress ────────────┴─► standard error
//! ```

mod closing;
mod columns;
mod facts;
mod human;
mod json;
mod output;
mod progress;
mod screen;
mod setup;
mod stream;
mod table;
mod terminal;
mod units;

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub use json::{SCHEMA, json_line};
pub use output::Output;
pub use stream::{Descriptor, Stream};

use crate::base::{Class, Closing, Event, Failure, Integrity, Observer};
use closing::ClosingLine;
use human::Paint;
use progress::Meter;
use screen::Screen;
use stream::lock;

/// How to report. Whether a stream is a terminal was decided before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// JSON lines on standard output in place of text.
    pub json: bool,
    /// Only errors on standard error.
    pub quiet: bool,
    /// 1: steps and messages; 2: the dialogue too.
    pub verbose: u8,
    /// Columns for progress bars, and the closing line with them. `None` for
    /// neither, as when JSON goes to the same terminal.
    pub progress: Option<usize>,
    /// Colours on standard error.
    pub color: bool,
    /// Columns of the terminal that standard output is; `None` if it is none.
    /// Then no row is cut, and messages are written as they are.
    pub columns: Option<usize>,
}

/// Longest wait for what belongs to no account, or to one that never started.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Reports everything that one process does. Shared by the threads of several
/// accounts.
#[derive(Debug)]
pub struct Report {
    options: Options,
    screen: Screen,
    /// Whether JSON had its last line.
    summarised: AtomicBool,
    worst: Mutex<Option<Class>>,
    alike: Mutex<Vec<Alike>>,
}

/// A failure that several accounts may have, told of the first of them.
#[derive(Debug)]
struct Alike {
    what: String,
    causes: Vec<String>,
    first: String,
    others: Vec<String>,
}

impl Report {
    /// Reports to these two streams.
    pub fn new(options: Options, out: Box<dyn Stream>, err: Box<dyn Stream>) -> Self {
        Self {
            options,
            screen: Screen::new(out, err, options.progress),
            summarised: AtomicBool::new(false),
            worst: Mutex::new(None),
            alike: Mutex::default(),
        }
    }

    /// The observer of one account. It keeps the summary back until it is
    /// dropped, so that an error that is told in between comes before it.
    /// `name` may be empty: then lines bear no name.
    pub fn account(&self, name: &str) -> AccountReport<'_> {
        AccountReport {
            report: self,
            name: name.to_owned(),
            among_others: false,
            until: Instant::now().checked_add(WRITE_TIMEOUT),
            meter: Mutex::new(None),
            closing: Mutex::default(),
            has_rows: AtomicBool::new(false),
        }
    }

    /// Reports why a command failed, of an account or of none.
    pub fn failure(&self, account: Option<&str>, failure: &Failure) {
        self.tell(account, failure, Instant::now().checked_add(WRITE_TIMEOUT));
    }

    fn tell(&self, account: Option<&str>, failure: &Failure, until: Option<Instant>) {
        let mut worst = lock(&self.worst);
        *worst = Some(worst.map_or(failure.class, |class| class.worse(failure.class)));
        drop(worst);
        self.json(account, &Event::Error(failure.clone()), until);
        let account = account.unwrap_or_default();
        if !self.is_known(account, failure) {
            let text = human::failure(account, failure, self.paint());
            self.screen.say(&text);
        }
    }

    /// Returns whether it was told of another account: one server that is down is
    /// one piece of news. The end of the report names the account.
    fn is_known(&self, account: &str, failure: &Failure) -> bool {
        if account.is_empty() {
            return false;
        }
        let mut alike = lock(&self.alike);
        let known = alike.iter_mut().find(|known| {
            known.what == failure.what && known.causes == failure.causes && known.first != account
        });
        if let Some(known) = known {
            known.others.push(account.to_owned());
            return true;
        }
        alike.push(Alike {
            what: failure.what.clone(),
            causes: failure.causes.clone(),
            first: account.to_owned(),
            others: Vec::new(),
        });
        false
    }

    /// Ends the report. If no account had a summary, JSON gets one with the
    /// exit code alone. Returns why standard output could not be written, if
    /// that is so and its reader did not just go away.
    pub fn finish(self) -> Option<io::Error> {
        for alike in lock(&self.alike).iter_mut().filter(|alike| !alike.others.is_empty()) {
            alike.others.sort_unstable();
            let text = human::same(&alike.others, &alike.first, self.paint());
            self.screen.say(&text);
        }
        if self.options.json && !self.summarised.load(Ordering::Relaxed) {
            let exit = lock(&self.worst).map_or(0, Class::code);
            let until = Instant::now().checked_add(WRITE_TIMEOUT);
            self.screen.print(&json::exit(exit), until);
        }
        self.stdout_error()
    }

    /// Why writing to standard output failed; `None` also when the reader
    /// just went away, as `head` does.
    pub fn stdout_error(&self) -> Option<io::Error> {
        self.screen.out_error().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    fn json(&self, account: Option<&str>, event: &Event, until: Option<Instant>) {
        if self.options.json
            && let Some(name) = event.name()
        {
            self.screen.print(&json::line(name, account, event), until);
        }
    }

    /// Talk that is of no account.
    pub fn say(&self, text: &str) {
        if !self.options.quiet && !self.options.json {
            self.screen.say(&human::line("", text));
        }
    }

    fn paint(&self) -> Paint {
        Paint { color: self.options.color }
    }
}

/// The observer of one account.
#[derive(Debug)]
pub struct AccountReport<'r> {
    report: &'r Report,
    name: String,
    among_others: bool,
    /// When a reader of standard output is given up.
    until: Option<Instant>,
    meter: Mutex<Option<Meter>>,
    closing: Mutex<ClosingLine>,
    /// Whether a row of `list` was written.
    has_rows: AtomicBool,
}

impl AccountReport<'_> {
    /// Limits how long from now a reader of standard output is waited for: as
    /// long as the run may take.
    pub fn limit(&mut self, deadline: Duration) {
        self.until = Instant::now().checked_add(deadline);
    }

    /// Standard output, for messages as they are.
    pub fn output(&self) -> Output<'_> {
        Output::new(&self.report.screen, self.report.options.columns.is_some(), self.until)
    }

    fn verbose(&self, level: u8) -> bool {
        self.report.options.verbose >= level && !self.report.options.quiet
    }

    /// Returns whether what goes well is talked of: on a terminal, and with
    /// `-v`.
    fn is_watched(&self) -> bool {
        (self.report.options.progress.is_some() || self.verbose(1)) && !self.report.options.quiet
    }

    /// Returns whether a table has a heading and a closing line.
    fn wants_heading(&self) -> bool {
        self.report.options.columns.is_some() && !self.report.options.quiet
    }

    /// Talk of this account, if it is wanted.
    fn say(&self, text: &str) {
        self.report.screen.say(&human::line(&self.name, text));
    }

    /// Its lines of data begin with its name, since there are others'.
    pub fn among_others(&mut self) {
        self.among_others = true;
    }

    fn print_named(&self, text: &str) {
        if self.among_others {
            self.print(&human::named(&self.name, text))
        } else {
            self.print(text)
        }
    }

    /// Data of this account, where it is not JSON.
    fn print(&self, text: &str) {
        if !self.report.options.json {
            self.report.screen.print_above(text.as_bytes(), self.until);
        }
    }

    /// Does something with the progress bar, if one is shown.
    fn measure(&self, change: impl FnOnce(&mut Meter)) {
        if let Some(meter) = &mut *lock(&self.meter) {
            change(meter);
        }
    }
}

impl Observer for AccountReport<'_> {
    fn notice(&self, event: &Event) {
        match event {
            Event::Transfer { messages, octets } => {
                let mut meter = lock(&self.meter);
                meter.take();
                *meter = self.report.screen.meter(&self.name, *messages, *octets);
                return;
            }
            Event::Received { octets } => return self.measure(|meter| meter.received(*octets)),
            Event::Arrived => return self.measure(Meter::arrived),
            // Kept back, see `Report::account`.
            Event::Summary(_) => return lock(&self.closing).count(event),
            Event::Error(failure) => {
                return self.report.tell(Some(&self.name), failure, self.until);
            }
            // There may be a million of them.
            Event::Verified(verified)
                if verified.verdict == Integrity::Intact && !self.verbose(1) =>
            {
                return;
            }
            _ => {}
        }
        self.report.json(Some(&self.name), event, self.until);
        lock(&self.closing).count(event);
        let (options, screen) = (&self.report.options, &self.report.screen);
        let (name, paint) = (&self.name, self.report.paint());
        let width = options.columns.unwrap_or_default();
        match event {
            Event::Planned(planned) => self.print(&table::planned(planned, width)),
            Event::Listed(listed) => {
                if self.wants_heading() && !self.has_rows.swap(true, Ordering::Relaxed) {
                    self.print(&table::heading(listed, width));
                }
                self.print(&table::listed(listed, width));
            }
            Event::Shown(shown) => self.print(&human::shown(shown)),
            Event::Probed(probed) => self.print(&facts::probed(probed)),
            Event::SignIn(sign_in) if !options.json => self.say(&setup::sign_in(sign_in)),
            Event::Token(facts) if !options.quiet => self.print(&setup::token(facts)),
            Event::Found(found) if !options.json && !options.quiet => {
                setup::found(found).iter().for_each(|line| self.say(line));
            }
            Event::Added(added) => {
                if added.config.is_none() {
                    self.print(&added.toml);
                }
                if !options.json && !options.quiet {
                    setup::added(added).iter().for_each(|line| self.say(line));
                }
            }
            Event::Stat { messages, octets } => self.print(&human::stat(*messages, *octets)),
            Event::Known(message) => self.print(&table::known(message, width)),
            Event::Ledger(change) if !options.quiet => self.print(&human::change(change)),
            Event::Verified(verified) if verified.in_brief => {}
            Event::Verified(verified) => self.print_named(&human::verified(verified)),
            Event::Verification(counts) if !options.quiet => {
                self.print_named(&human::verification(counts));
            }
            Event::Warning(warning) if !options.quiet => {
                screen.say(&human::warning(name, warning, paint));
            }
            Event::Failed(failed) => screen.say(&human::failed(name, failed, paint)),
            Event::Unrestored(unrestored) => {
                screen.say(&human::unrestored(name, unrestored, paint));
            }
            Event::Waiting { seconds, what } if self.is_watched() => {
                self.say(&format!("waiting {seconds} s for {what}"));
            }
            Event::Dialogue(dialogue) if self.verbose(2) => self.say(&human::dialogue(dialogue)),
            // The closing line counts them.
            Event::Skipped(_) if !self.verbose(2) => {}
            _ if self.verbose(1) => {
                if let Some(text) = human::step(event) {
                    self.say(&text);
                }
            }
            _ => {}
        }
    }

    fn wants_headers(&self) -> bool {
        self.report.options.json || self.verbose(1)
    }

    fn wants_dialogue(&self) -> bool {
        self.verbose(2)
    }
}

impl Drop for AccountReport<'_> {
    fn drop(&mut self) {
        // The bar goes before the closing line comes.
        lock(&self.meter).take();
        let closing = lock(&self.closing);
        let Some(summary) = closing.summary() else {
            return;
        };
        self.report.summarised.store(true, Ordering::Relaxed);
        self.report.json(Some(&self.name), &Event::Summary(summary), self.until);
        let options = &self.report.options;
        let reported = match summary.closing {
            Closing::None | Closing::Stat => false,
            Closing::List if self.wants_heading() => {
                return self.print(&format!("{}\n", closing.text()));
            }
            Closing::List => false,
            // Its rows are told too, wherever they go.
            Closing::DryRun | Closing::RestoreDryRun | Closing::Known => !options.quiet,
            Closing::Export if summary.listed + u64::from(summary.exit) == 0 => !options.quiet,
            Closing::Fetch | Closing::Delete | Closing::Export | Closing::Restore => {
                self.is_watched()
            }
        };
        let text = closing.text();
        if reported && !options.json && !text.is_empty() {
            self.say(&text);
        }
    }
}

#[cfg(test)]
mod tests;
