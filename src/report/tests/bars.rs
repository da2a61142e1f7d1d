//! Bars: what is written between the lines.

use unicode_width::UnicodeWidthStr;

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
    let options = with(Options::default(), |it| it.progress = Some(columns));
    Report::new(options, Box::new(io::sink()), Box::new(err))
}

/// A window of that size, and a report to it.
fn window(columns: usize, rows: usize) -> (Window, Report) {
    let err = Window::default();
    err.resize(columns, rows);
    let report = reporting(err.clone(), columns);
    (err, report)
}

/// The only bar in what was written last.
fn bar(text: &str) -> &str {
    let (_, bar) = text.rsplit_once("\x1b[?7l").expect("a bar");
    bar.split('\r').next().expect("a row")
}

fn careful() -> Event {
    warning(WarningCode::Clock, "careful")
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
    account.notice(&transfer(2, Some(100)));
    account.notice(&careful());
    account.notice(&Event::Arrived);
    account.notice(&Event::Summary(summary()));
    drop(account);
    report.finish();
    let bar = drawn(&["work  ...................  0/2    0 %        0 B    0s left"]);
    let next = drawn(&["work  ...................  1/2    0 %        0 B    0s left"]);
    // The bar is wiped before the line and drawn again after it.
    let warning = "retr: warning: work: careful\n";
    let closing = "work: 12 new in 0.8 s (3.1 MB), 352 on the server\n";
    let expected = format!("{bar}{WIPED}{warning}{bar}{WIPED}{next}{WIPED}{closing}");
    assert_eq!(err.text(), expected);
}

#[test]
fn each_account_has_a_line_of_its_own() {
    let (err, report) = window(60, 24);
    let (one, two) = (report.account("one"), report.account("工作"));
    one.notice(&transfer(2, Some(100)));
    two.notice(&transfer(2, Some(100)));
    let first = "one  ....................  0/2    0 %        0 B    0s left";
    let second = "工作  ...................  0/2    0 %        0 B    0s left";
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
    let (err, report) = window(60, 24);
    let accounts = ["one", "two", "three"].map(|name| report.account(name));
    for account in &accounts {
        account.notice(&transfer(2, Some(100)));
    }
    err.take();
    err.resize(16, 2);
    accounts[0].notice(&careful());
    let bars = drawn(&["one  .........…", "two  .........…"]);
    let warning = "retr: warning: one: careful\n";
    assert_eq!(err.take(), format!("{WIPED}{warning}{bars}"));
}

#[test]
fn what_there_is_no_room_for_is_left_out() {
    for (columns, figures) in [
        (100, "0 %        0 B of 100 B            0 B/s    0s left"),
        (80, "0 %        0 B of 100 B        0s left"),
        (60, "0 %        0 B    0s left"),
        (40, "0 %"),
        (24, "0 %"),
    ] {
        let figures = format!("  0/2    {figures}");
        let rest = columns - 1 - "work  ".len() - figures.len();
        let row = format!("work  {}{figures}", ".".repeat(rest));
        let (err, report) = window(columns, 24);
        report.account("work").notice(&transfer(2, Some(100)));
        let text = err.take();
        let (first, _) = text.split_once('\r').expect("a row");
        assert_eq!(first, format!("\x1b[?7l{row}"));
    }
}

#[test]
fn the_parts_stay_where_they_are_and_fit_whatever_the_name() {
    for name in ["", "work", "工作邮箱工作邮箱工作邮箱工作邮箱", "somebody@pop.example.org"]
    {
        for columns in 1..130 {
            let (err, report) = window(columns, 24);
            let account = report.account(name);
            account.notice(&transfer(340, Some(3_400_000)));
            let first = err.take();
            let first = bar(&first);
            for octets in [99_900, 1_234_567, 2_065_532] {
                account.notice(&Event::Received { octets });
                account.notice(&Event::Arrived);
            }
            let last = err.take();
            let last = bar(&last);
            assert_eq!(last.width(), first.width(), "{first}\n{last}");
            assert_eq!(last.find('%'), first.find('%'), "{first}\n{last}");
            assert!(first.width() < columns.max(2), "{columns}: {first}");
            let has_name = columns < 24 || first.contains(name) || first.contains('…');
            assert!(has_name, "{columns}: {first}");
        }
    }
}

#[test]
fn a_window_that_changes_has_another_line_at_the_next_event() {
    let (err, report) = window(60, 24);
    let account = report.account("work");
    account.notice(&transfer(2, Some(100)));
    for columns in [30, 80] {
        err.resize(columns, 24);
        err.take();
        account.notice(&Event::Received { octets: 1 });
        let text = err.take();
        assert_eq!(bar(&text).width(), columns - 1, "{text:?}");
    }
}

// Case 20.
#[test]
fn sizes_that_were_too_small_never_give_100_percent() {
    let (err, report) = window(80, 24);
    let account = report.account("");
    account.notice(&transfer(2, Some(100)));
    account.notice(&Event::Received { octets: 345 });
    account.notice(&Event::Arrived);
    let text = err.take();
    let part = "#  1/2   99 %      345 B of 345 B ";
    assert!(bar(&text).contains(part), "{text}");
}

#[test]
fn without_sizes_messages_are_counted() {
    let (err, report) = window(80, 24);
    let account = report.account("");
    account.notice(&transfer(2, None));
    account.notice(&Event::Received { octets: 345 });
    account.notice(&Event::Arrived);
    let text = err.take();
    let end = "#..................................  1/2   50 %";
    assert!(bar(&text).ends_with(end), "{text}");
}
