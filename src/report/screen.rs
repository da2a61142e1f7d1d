//! The two streams, and the progress bars that come between their lines.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressDrawTarget, TermLike};

use super::lock;
use super::progress::Meter;
use super::stream::Stream;

/// Longest wait for standard error to take something. Whatever is told there,
/// the mail does not wait for it any longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Columns that stay free behind a bar: a terminal echoes Ctrl-C as `^C` where
/// the cursor is. If that began a new line, the bar's own would stay.
const ECHO: usize = 2;

/// Times a second a bar is drawn.
const DRAWS: u8 = 10;

/// Standard output and standard error. Failures of the one are remembered, of
/// the other ignored.
pub(super) struct Screen {
    out: Mutex<Out>,
    err: Shared,
    bars: MultiProgress,
    /// Columns for bars; `None` if there are none.
    width: Option<usize>,
}

struct Out {
    stream: Box<dyn Stream>,
    error: Option<Arc<io::Error>>,
}

struct Talk {
    stream: Box<dyn Stream>,
    /// It took nothing the last time: until it does, it is not waited for.
    stuck: bool,
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
}

type Shared = Arc<Mutex<Talk>>;

impl Screen {
    /// `width`: columns for progress bars; `None` for no bars.
    pub(super) fn new(out: Box<dyn Stream>, err: Box<dyn Stream>, width: Option<usize>) -> Self {
        let width = width.map(|width| width.saturating_sub(ECHO).max(1));
        let err = Arc::new(Mutex::new(Talk {
            stream: err,
            stuck: false,
        }));
        let target = match width {
            Some(width) => {
                let terminal = Terminal {
                    stream: Arc::clone(&err),
                    width: u16::try_from(width).unwrap_or(u16::MAX),
                };
                ProgressDrawTarget::term_like_with_hz(Box::new(terminal), DRAWS)
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
            width,
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
        let width = self.width?;
        Some(Meter::new(&self.bars, name, messages, octets, width))
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").finish_non_exhaustive()
    }
}

/// Standard error as the bars see it; writing to it never fails.
struct Terminal {
    stream: Shared,
    width: u16,
}

impl Terminal {
    fn write(&self, text: &str) -> io::Result<()> {
        lock(&self.stream).write(text);
        Ok(())
    }

    /// Moves the cursor by a control sequence (ECMA-48 CUU, CUD, CUF, CUB).
    fn shift(&self, cells: usize, direction: char) -> io::Result<()> {
        match cells {
            0 => Ok(()),
            cells => self.write(&format!("\x1b[{cells}{direction}")),
        }
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        self.width
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.shift(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.shift(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.shift(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.shift(n, 'D')
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.write(&format!("{s}\n"))
    }

    fn write_str(&self, s: &str) -> io::Result<()> {
        self.write(s)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").finish_non_exhaustive()
    }
}
