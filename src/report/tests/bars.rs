//! Bars: what is written between the lines.

use super::*;

/// A terminal whose size can be changed: columns and rows.
#[derive(Clone, Default)]
struct Window {
    stream: Stream,
    size: Arc<Mutex<(usize, usize)>>,
}

impl Window {
    fn resize(&self, columns: usize, rows: usize) {
        *lock(&self.size) = (columns, rows);
    }

    /// What was written since the last time.
    fn take(&self) -> String {
        let text = std::mem::take(&mut lock(&self.stream.0).0);
        String::from_utf8(text).expect("UTF-8")
    }
}

impl Write for Window {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl super::super::Stream for Window {
    fn size(&self) -> Option<(usize, usize)> {
        Some(*lock(&self.size))
    }
}

fn reporting(err: impl super::super::Stream + 'static, columns: usize) -> Report {
    let options = Options {
        progress: Some(columns),
        ..Options::default()
    };
    Report::new(options, Box::new(io::sink()), Box::new(err))
}

fn transfer() -> Event {
    Event::Transfer {
        messages: 2,
        octets: Some(100),
    }
}

fn careful() -> Event {
    Event::Warning(Warning {
        code: WarningCode::Clock,
        text: "careful".into(),
    })
}

/// Bars as they are written one below the other, the cursor left at the first.
fn drawn(bars: &[&str]) -> String {
    let text = format!("\x1b[?7l{}\r\x1b[?7h", bars.join("\n"));
    match bars.len() {
        1 => text,
        rows => format!("{text}\x1b[{}A", rows - 1),
    }
}

const WIPED: &str = "\r \x1b[J\r";

#[test]
fn lines_above_a_bar_do_not_tear() {
    let err = Stream::default();
    let report = reporting(err.clone(), 60);
    let account = report.account("work");
    account.notice(&transfer());
    account.notice(&careful());
    account.notice(&Event::Arrived);
    account.notice(&Event::Session(SessionFacts::default()));
    account.notice(&Event::Summary(Summary::default()));
    drop(account);
    report.finish();
    let bar = drawn(&["work  [................]  0/2    0 %      0 B"]);
    // The bar is wiped before the line and drawn again after it.
    let warning = "retr: warning: work: careful\n";
    let closing = "work: 0 new, 0 kept, 0 B in 0.0 s\n";
    assert_eq!(
        err.text(),
        format!("{bar}{WIPED}{warning}{bar}{WIPED}{closing}")
    );
}

#[test]
fn each_account_has_a_line_of_its_own() {
    let err = Window::default();
    err.resize(60, 24);
    let report = reporting(err.clone(), 80);
    let (one, two) = (report.account("one"), report.account("工作"));
    one.notice(&transfer());
    two.notice(&transfer());
    let first = "one  [........]  0/2    0 %      0 B of 100 B";
    let second = "工作  [................]  0/2    0 %      0 B";
    let both = drawn(&[first, second]);
    assert_eq!(err.take(), format!("{}{WIPED}{both}", drawn(&[first])));
    two.notice(&careful());
    let warning = "retr: warning: 工作: careful\n";
    assert_eq!(err.take(), format!("{WIPED}{warning}{both}"));
    drop(one);
    assert_eq!(err.take(), format!("{WIPED}{}", drawn(&[second])));
    drop(two);
    assert_eq!(err.take(), WIPED);
}

#[test]
fn a_window_that_shrinks_gets_no_more_than_it_has_room_for() {
    let err = Window::default();
    err.resize(60, 24);
    let report = reporting(err.clone(), 60);
    let accounts = ["one", "two", "three"].map(|name| report.account(name));
    for account in &accounts {
        account.notice(&transfer());
    }
    err.take();
    err.resize(16, 2);
    accounts[0].notice(&careful());
    let bars = drawn(&["one  [........…", "two  [........…"]);
    let warning = "retr: warning: one: careful\n";
    assert_eq!(err.take(), format!("{WIPED}{warning}{bars}"));
}
