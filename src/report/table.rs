//! Rows of tables, cut to the terminal's columns; with 0 of them nothing is
//! cut. A Chinese character takes two of them.

use super::columns::{cell, cut, filled};
use super::units;
use crate::base::{Headers, KnownBy, KnownMessage, Listed, Planned, escape, rfc3339};

/// Below this many columns dates come without the time.
const NARROW: usize = 80;

/// The heading above the rows of `list`, of which this is the first.
pub(super) fn heading(first: &Listed, width: usize) -> String {
    let mut row = format!("{:>5} {:>7}  ", "No.", "Size");
    if first.headers.is_some() {
        let (date_width, from_width) = widths(width);
        let from = filled("From", from_width);
        row.push_str(&format!(" {} {from} Subject", filled("Date", date_width)));
    } else {
        row.push_str(" Unique id");
    }
    end_row(&row, width)
}

/// Columns of date and sender.
fn widths(width: usize) -> (usize, usize) {
    match width {
        1..NARROW => (10, 14),
        _ => (16, 22),
    }
}

/// A row of `list`: number, size, `N` if new, date, from, subject. A row
/// whose headers were not asked for has the unique id in place of them.
pub(super) fn listed(listed: &Listed, width: usize) -> String {
    let mut row = format!(
        "{:>5} {:>7} {}",
        listed.number,
        size(listed.size),
        if listed.new { 'N' } else { ' ' },
    );
    match &listed.headers {
        Some(headers) => push_headers(&mut row, headers, width),
        None => row.push_str(&format!(" {}", escape(&listed.uid.to_string()))),
    }
    end_row(&row, width)
}

fn push_headers(row: &mut String, headers: &Headers, width: usize) {
    let (date_width, from_width) = widths(width);
    // `2026-11-25T10:30:00+08:00`, to the minute.
    let date = headers.date.as_deref().unwrap_or_default();
    let date = date.get(..date_width).unwrap_or(date).replace('T', " ");
    let from = match headers.from.first() {
        Some(from) if from.name.is_empty() => escape(&from.address),
        Some(from) => escape(&from.name),
        None => String::new(),
    };
    let from = match width {
        0 => filled(&from, from_width),
        _ => cell(&from, from_width),
    };
    row.push_str(&format!(
        " {} {from} {}",
        cell(&date, date_width),
        escape(headers.subject.as_deref().unwrap_or_default()),
    ));
}

/// A row of a dry run: what would be done with a message, and why.
pub(super) fn planned(planned: &Planned, width: usize) -> String {
    let then = match planned.then_delete {
        true => ", then delete",
        false => "",
    };
    let row = format!(
        "{:>5} {:>7} {:<6} {} ({})",
        planned.number,
        size(planned.size),
        format!("{}{then}", planned.action),
        escape(&planned.uid.to_string()),
        escape(&planned.reason),
    );
    end_row(&row, width)
}

/// A row of `state show`: first seen, size, why it is known and whether it is
/// still on the server, unique id, where it went, the beginning of its hash.
pub(super) fn known(message: &KnownMessage, width: usize) -> String {
    let time = message.first_seen.and_then(rfc3339).unwrap_or_default();
    let proof = message.proof.word();
    let left = match (message.deleted, message.gone_since) {
        (true, _) => "deleted",
        (false, Some(_)) => "gone",
        (false, None) => "",
    };
    let mut row = format!(
        "{} {:>7} {proof:<8} {left:<7} {}",
        cell(&time.get(..16).unwrap_or(&time).replace('T', " "), 16),
        size(message.size),
        escape(&message.uid.to_string()),
    );
    match &message.proof {
        KnownBy::Stored { sha256, location } => {
            let hash = sha256.to_string();
            let hash = hash.get(..12).unwrap_or(&hash);
            row.push_str(&format!(" {} {hash}", escape(&location.text)));
        }
        KnownBy::Refused { answer, next_try, .. } => {
            let time = rfc3339(*next_try).unwrap_or_default();
            row.push_str(&format!(" {} (next try {time})", escape(answer)));
        }
        KnownBy::InDoubt { id } => row.push_str(&format!(" {id}")),
        KnownBy::Marked | KnownBy::Imported | KnownBy::Left => {}
    }
    end_row(&row, width)
}

fn size(octets: Option<u64>) -> String {
    octets.map_or_else(|| "?".to_owned(), units::octets)
}

/// The line with its end, cut to the terminal.
fn end_row(row: &str, width: usize) -> String {
    match (row.trim_end(), width) {
        (row, 0) => format!("{row}\n"),
        (row, width) => format!("{}\n", cut(row, width)),
    }
}
