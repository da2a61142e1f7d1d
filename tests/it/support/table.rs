//! Tables of tests: a row a line, its cells parted by ` |`.

use std::thread;

/// The rows, each of as many cells; the last one may have more bars in it.
#[track_caller]
pub(crate) fn table<const CELLS: usize>(text: &str) -> Vec<[&str; CELLS]> {
    let rows = text.lines().filter(|row| !row.trim().is_empty());
    rows.map(|row| {
        let cells: Vec<&str> = row.splitn(CELLS, " |").map(str::trim).collect();
        let count = cells.len();
        (cells.try_into()).unwrap_or_else(|_| panic!("{count} cells: {row}"))
    })
    .collect()
}

/// Runs all rows at once, each in a thread of its own: for those that wait.
pub(crate) fn at_once<Row: Send>(rows: impl IntoIterator<Item = Row>, run: impl Fn(Row) + Sync) {
    let run = &run;
    thread::scope(|scope| {
        for row in rows {
            scope.spawn(move || run(row));
        }
    });
}
