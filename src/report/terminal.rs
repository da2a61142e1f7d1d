//! Standard error, and the progress bars that are below its lines.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use indicatif::TermLike;

use super::columns::cut;
use super::stream::{Stream, lock};

/// Longest wait for standard error to take something. Whatever is told there,
/// the mail does not wait for it any longer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Clears all from the cursor's line on. Not from the first column: if that is
/// the top of the screen, tmux keeps what is cleared in its history.
const WIPE: &str = "\r \x1b[J\r";

/// Standard error as a terminal that indicatif draws its bars on. Writing
/// there never fails.
#[derive(Clone)]
pub(super) struct Terminal(Arc<Mutex<Canvas>>);

/// The cursor waits at the beginning of the first bar: a terminal takes it
/// along when it wraps the lines anew, so all from there on is the bars',
/// whatever size it got.
struct Canvas {
    stream: Box<dyn Stream>,
    /// It took nothing the last time: until it does, it is not waited for.
    stuck: bool,
    /// Columns of a stream that knows of none.
    columns: usize,
    /// What indicatif wrote since it was last flushed, row by row.
    rows: Vec<String>,
    /// A row that is not yet whole.
    row: String,
    /// Whether bars are there.
    has_bars: bool,
}

impl Canvas {
    /// Writes, or does without.
    fn write(&mut self, text: &str) {
        let patience = match self.stuck {
            true => Duration::ZERO,
            false => WRITE_TIMEOUT,
        };
        self.stream.give_up_at(Instant::now().checked_add(patience));
        let written = self.stream.write_all(text.as_bytes());
        self.stuck = matches!(written, Err(error) if error.kind() == io::ErrorKind::TimedOut);
        let _ = self.stream.flush();
    }

    /// Columns and rows that bars may take: one column less than there are, as
    /// terminals do not agree on what happens in the last.
    fn room(&self) -> (usize, usize) {
        let size = self.stream.size();
        let (columns, rows) = size.unwrap_or((self.columns, usize::MAX));
        (columns.saturating_sub(1).max(1), rows)
    }

    /// Puts the rows in place of the bars that are there. A row may be of a
    /// time when the terminal was wider.
    fn draw(&mut self) {
        let (columns, most) = self.room();
        let rows = std::mem::take(&mut self.rows);
        let rows = rows.iter().take(most).map(|row| cut(row.trim_end(), columns));
        let rows: Vec<String> = rows.collect();
        let mut text = String::new();
        if self.has_bars {
            text.push_str(WIPE);
        }
        self.has_bars = !rows.is_empty();
        if self.has_bars {
            // Not wrapped (DECAWM) in a terminal that became narrower just now.
            text.push_str(&format!("\x1b[?7l{}\r\x1b[?7h", rows.join("\n")));
        }
        if rows.len() > 1 {
            text.push_str(&format!("\x1b[{}A", rows.len() - 1));
        }
        // To write nothing would tell that something is taken.
        if !text.is_empty() {
            self.write(&text);
        }
    }
}

impl Terminal {
    /// `columns` hold for a stream that knows of none.
    pub(super) fn new(stream: Box<dyn Stream>, columns: usize) -> Self {
        Self(Arc::new(Mutex::new(Canvas {
            stream,
            stuck: false,
            columns,
            rows: Vec::new(),
            row: String::new(),
            has_bars: false,
        })))
    }

    /// Writes whole lines, while no bars are there.
    pub(super) fn say(&self, lines: &str) {
        self.canvas().write(lines);
    }

    /// Columns that a bar may take.
    pub(super) fn columns(&self) -> usize {
        self.canvas().room().0
    }

    fn canvas(&self) -> MutexGuard<'_, Canvas> {
        lock(&self.0)
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        self.columns().try_into().unwrap_or(u16::MAX)
    }

    // Indicatif counts rows, and moves to wipe what it drew last, as if the
    // terminal had never had another size; `Canvas` knows better.

    fn height(&self) -> u16 {
        u16::MAX
    }

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
        self.write_str(s)?;
        self.write_str("")
    }

    /// Indicatif ends no row: it writes the blanks that fill it up.
    fn write_str(&self, s: &str) -> io::Result<()> {
        let mut canvas = self.canvas();
        canvas.row.push_str(s);
        if s.trim_start_matches(' ').is_empty() {
            let row = std::mem::take(&mut canvas.row);
            canvas.rows.push(row);
        }
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        self.canvas().draw();
        Ok(())
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").finish_non_exhaustive()
    }
}
