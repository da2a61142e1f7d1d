//! The two streams of a process.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use indicatif::{MultiProgress, ProgressDrawTarget};

use super::progress::Meter;
use super::stream::{Stream, lock};
use super::terminal::Terminal;

/// How many times a second the bars are drawn.
const DRAWS: u8 = 10;

/// Standard output and standard error. Failures of the one are remembered, of
/// the other ignored.
pub(super) struct Screen {
    out: Mutex<Out>,
    err: Terminal,
    bars: MultiProgress,
}

struct Out {
    stream: Box<dyn Stream>,
    error: Option<Arc<io::Error>>,
}

impl Screen {
    /// `columns`: for progress bars, where the stream knows of none; `None` for
    /// no bars.
    pub(super) fn new(out: Box<dyn Stream>, err: Box<dyn Stream>, columns: Option<usize>) -> Self {
        let err = Terminal::new(err, columns.unwrap_or_default());
        let target = match columns {
            Some(_) => ProgressDrawTarget::term_like_with_hz(Box::new(err.clone()), DRAWS),
            None => ProgressDrawTarget::hidden(),
        };
        Self {
            out: Mutex::new(Out { stream: out, error: None }),
            err,
            bars: MultiProgress::with_draw_target(target),
        }
    }

    /// Writes data to standard output, in one go where there is room. After a
    /// failure nothing is written there any more.
    pub(super) fn print(&self, data: &[u8], until: Option<Instant>) {
        let mut out = lock(&self.out);
        if out.error.is_none() {
            out.stream.give_up_at(until);
            let written = out.stream.write_all(data).and_then(|()| out.stream.flush());
            out.error = written.err().map(Arc::new);
        }
    }

    /// The same while bars may be on the same terminal.
    pub(super) fn print_above(&self, data: &[u8], until: Option<Instant>) {
        self.bars.suspend(|| self.print(data, until));
    }

    /// Writes whole lines to standard error, above the bars.
    pub(super) fn say(&self, lines: &str) {
        self.bars.suspend(|| self.err.say(lines));
    }

    /// How standard output failed, if it did.
    pub(super) fn out_error(&self) -> Option<io::Error> {
        let error = lock(&self.out).error.clone()?;
        Some(io::Error::new(error.kind(), error))
    }

    /// A new bar; `None` if none are wanted.
    pub(super) fn meter(&self, name: &str, messages: u64, octets: Option<u64>) -> Option<Meter> {
        let wanted = !self.bars.is_hidden();
        wanted.then(|| Meter::new(&self.bars, &self.err, name, messages, octets))
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").finish_non_exhaustive()
    }
}
