//! One line an account, drawn again and again: how far the transfer is.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use super::columns::cut;
use super::terminal::Terminal;
use crate::base::escape;

/// What there is room for, from this many columns on. A name gets a quarter of
/// them at most, the bar what is left; all else always takes as many as it ever
/// may, so that the parts stay where they are.
const FORMS: [(usize, &str); 4] = [
    (
        99,
        "{name}{wide_bar}  {done}  {decimal_bytes:>9} of {decimal_total_bytes:9}  {decimal_bytes_per_sec:>11}  {eta:>4} left",
    ),
    (79, "{name}{wide_bar}  {done}  {decimal_bytes:>9} of {decimal_total_bytes:9}  {eta:>4} left"),
    (59, "{name}{wide_bar}  {done}  {decimal_bytes:>9}  {eta:>4} left"),
    SHORT,
];

const SHORT: (usize, &str) = (0, "{name}{wide_bar}  {done}");

/// The line of one account. It vanishes when dropped.
#[derive(Debug)]
pub(super) struct Meter {
    bar: ProgressBar,
    terminal: Terminal,
    /// Those for which the line is laid out.
    columns: usize,
    name: String,
    /// Messages to retrieve.
    messages: u64,
    /// Messages that came in whole.
    arrived: Arc<AtomicU64>,
    /// Whether the bar measures octets; messages where some size is unknown.
    in_octets: bool,
}

impl Meter {
    /// `octets` by the listed sizes, which may be wrong.
    pub(super) fn new(
        bars: &MultiProgress,
        terminal: &Terminal,
        name: &str,
        messages: u64,
        octets: Option<u64>,
    ) -> Self {
        let mut meter = Self {
            bar: bars.add(ProgressBar::new(octets.unwrap_or(messages))),
            terminal: terminal.clone(),
            columns: 0,
            name: escape(name),
            messages,
            arrived: Arc::default(),
            in_octets: octets.is_some(),
        };
        meter.lay_out();
        meter.bar.tick();
        meter
    }

    /// More octets came in.
    pub(super) fn received(&mut self, octets: u64) {
        self.lay_out();
        if self.in_octets {
            self.bar.inc(octets);
            // A total that proved too small grows.
            let position = self.bar.position();
            if self.bar.length().is_some_and(|length| length < position) {
                self.bar.set_length(position);
            }
        }
    }

    /// One more message came in whole.
    pub(super) fn arrived(&mut self) {
        self.lay_out();
        self.arrived.fetch_add(1, Ordering::Relaxed);
        self.bar.inc(u64::from(!self.in_octets));
    }

    /// Lays the line out if the terminal got another size.
    fn lay_out(&mut self) {
        let columns = self.terminal.columns();
        if std::mem::replace(&mut self.columns, columns) == columns {
            return;
        }
        let mut forms = FORMS.iter().filter(|_| self.in_octets);
        let form = forms.find(|(least, _)| columns >= *least);
        let (_, template) = form.unwrap_or(&SHORT);
        let mut name = cut(&self.name, columns / 4);
        if !name.is_empty() {
            name.push_str("  ");
        }
        let (arrived, messages) = (Arc::clone(&self.arrived), self.messages);
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("#.")
            .with_key("name", move |_: &ProgressState, out: &mut dyn Write| {
                let _ = out.write_str(&name);
            })
            .with_key("done", move |state: &ProgressState, out: &mut dyn Write| {
                let arrived = arrived.load(Ordering::Relaxed);
                let _ = out.write_str(&done(arrived, messages, state.fraction()));
            });
        self.bar.set_style(style);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How much is there. It is all only when every message is, whatever their
/// sizes say.
fn done(arrived: u64, messages: u64, fraction: f32) -> String {
    let percent = if arrived >= messages { 100 } else { ((fraction * 100.0) as u8).min(99) };
    let digits = messages.to_string().len();
    format!("{arrived:>digits$}/{messages}  {percent:>3} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_make_100_percent() {
        assert_eq!(done(9, 340, 0.357), "  9/340   35 %");
        assert_eq!(done(339, 340, 1.0), "339/340   99 %");
        assert_eq!(done(340, 340, 0.5), "340/340  100 %");
        assert_eq!(done(0, 0, 0.0), "0/0  100 %");
    }
}
