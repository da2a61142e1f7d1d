//! The two streams, and the progress bars that come between their lines.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressDrawTarget, TermLike};
use unicode_width::UnicodeWidthChar;

use super::progress::Meter;
use super::stream::Stream;
use super::{lock, table};

/// Longest wait for standard error to take something. Whatever is told there,
/// the mail does not wait for it any longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Columns of the terminal that indicatif is shown: more than any line takes.
const WIDE: usize = 1000;

/// Clears all from the cursor's line on. Not from the first column: if that is
/// the top of the screen, tmux keeps what is cleared in its history.
const WIPE: &str = "\r \x1b[J\r";

/// Times a second a bar is drawn.
const DRAWS: u8 = 10;

/// Standard output and standard error. Failures of the one are remembered, of
/// the other ignored.
pub(super) struct Screen {
    out: Mutex<Out>,
    err: Shared,
    bars: MultiProgress,
}

struct Out {
    stream: Box<dyn Stream>,
    error: Option<Arc<io::Error>>,
}

/// Standard error, and the bars that stand there. The cursor waits at the
/// beginning of the first one: a terminal takes it along when it wraps the
/// lines anew, so all from there on is the bars', whatever size it got.
pub(super) struct Talk {
    stream: Box<dyn Stream>,
    /// It took nothing the last time: until it does, it is not waited for.
    stuck: bool,
    /// Columns of a stream that knows of none.
    columns: usize,
    /// What indicatif wrote since it was last flushed.
    page: String,
    /// Whether bars stand there.
    shown: bool,
}

impl Talk {
    /// Writes, or does without.
    fn write(&mut self, text: &str) {
        let patience = match self.stuck {
            true => Duration::ZERO,
            false => PATIENCE,
        };
        self.stream.give_up_at(Instant::now().checked_add(patience));
        let written = self.stream.write_all(text.as_bytes());
        self.stuck = matches!(written, Err(error) if error.kind() == io::ErrorKind::TimedOut);
        let _ = self.stream.flush();
    }

    /// Columns that a bar may take: one less than there are, as terminals do
    /// not agree on what happens in the last.
    pub(super) fn columns(&self) -> usize {
        let columns = self
            .stream
            .size()
            .map_or(self.columns, |(columns, _)| columns);
        columns.min(WIDE).saturating_sub(1).max(1)
    }

    /// Puts the page in place of what is shown.
    fn draw(&mut self) {
        let columns = self.columns();
        let page = std::mem::take(&mut self.page);
        let lines: Vec<String> = rows(&page)
            .into_iter()
            .map(|row| table::cut(row, columns))
            .collect();
        let mut text = String::new();
        if self.shown {
            text.push_str(WIPE);
        }
        self.shown = !lines.is_empty();
        if self.shown {
            // Not wrapped (DECAWM) in a terminal that became narrower just now.
            text.push_str(&format!("\x1b[?7l{}\r\x1b[?7h", lines.join("\n")));
        }
        if lines.len() > 1 {
            text.push_str(&format!("\x1b[{}A", lines.len() - 1));
        }
        // To write nothing would tell that something is taken.
        if !text.is_empty() {
            self.write(&text);
        }
    }
}

/// The rows of a page. Indicatif never ends a line: it fills it up with blanks
/// and lets the terminal go on in the next one.
fn rows(page: &str) -> Vec<&str> {
    let (mut rows, mut start, mut column) = (Vec::new(), 0, 0);
    for (at, c) in page.char_indices() {
        column += c.width().unwrap_or(0);
        if column >= WIDE {
            let end = at + c.len_utf8();
            rows.push(page[start..end].trim_end());
            (start, column) = (end, 0);
        }
    }
    rows
}

pub(super) type Shared = Arc<Mutex<Talk>>;

impl Screen {
    /// `columns`: for progress bars, where the stream knows of none; `None` for
    /// no bars.
    pub(super) fn new(out: Box<dyn Stream>, err: Box<dyn Stream>, columns: Option<usize>) -> Self {
        let err = Arc::new(Mutex::new(Talk {
            stream: err,
            stuck: false,
            columns: columns.unwrap_or_default(),
            page: String::new(),
            shown: false,
        }));
        let target = match columns {
            Some(_) => {
                let terminal = Box::new(Terminal(Arc::clone(&err)));
                ProgressDrawTarget::term_like_with_hz(terminal, DRAWS)
            }
            None => ProgressDrawTarget::hidden(),
        };
        Self {
            out: Mutex::new(Out {
                stream: out,
                error: None,
            }),
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

    /// The same while bars may stand on the same terminal.
    pub(super) fn print_above(&self, data: &[u8], until: Option<Instant>) {
        self.bars.suspend(|| self.print(data, until));
    }

    /// Writes whole lines to standard error, above the bars.
    pub(super) fn say(&self, lines: &str) {
        self.bars.suspend(|| lock(&self.err).write(lines));
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

/// Standard error as indicatif sees it: so wide a terminal that no line is
/// broken. It is written to when indicatif flushes, and never fails.
struct Terminal(Shared);

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        WIDE as u16
    }

    fn height(&self) -> u16 {
        let size = lock(&self.0).stream.size();
        size.map_or(u16::MAX, |(_, rows)| rows as u16)
    }

    // Indicatif moves only to wipe what it drew last; `Talk` knows better.

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.write_str(s)
    }

    fn write_str(&self, s: &str) -> io::Result<()> {
        lock(&self.0).page.push_str(s);
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        lock(&self.0).draw();
        Ok(())
    }
}

impl fmt::Debug for Talk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Talk").finish_non_exhaustive()
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").finish_non_exhaustive()
    }
}
