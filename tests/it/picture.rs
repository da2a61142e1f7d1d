//! The picture of the README, drawn from what the program shows on a terminal.
//! `UPDATE_GENERATED=1` draws it anew.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use unicode_width::UnicodeWidthChar;

use crate::support::mail::Mail;
use crate::support::mailbox::Mailbox;
use crate::support::needs::needs;
use crate::support::terminal::{Terminal, screen};

const COLUMNS: usize = 80;

/// Pixels of a character, and of a line.
const CELL: f32 = 8.4;
const LINE: usize = 20;
const MARGIN: usize = 16;

/// What a command leaves on the screen, below what was typed.
fn shown(mailbox: &Mailbox, words: &[&str]) -> Vec<String> {
    let terminal = Terminal::of_columns(COLUMNS as u16);
    let program = terminal.retr(&mailbox.sandbox, words[0]);
    program.args(&words[1..]).run_to(0);
    let text = String::from_utf8(terminal.shown()).expect("UTF-8");
    let mut lines = vec![format!("$ retr {}", words.join(" "))];
    let left = screen(&text, COLUMNS).into_iter();
    lines.extend(left.filter(|line| !line.is_empty()));
    lines
}

/// How long it took is another thing each time.
fn without_time(text: &str) -> String {
    let mut parts = text.split(" new in ");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, behind) = part.split_once(" s").unwrap_or(("", part));
        masked.push_str(" new in TIME");
        masked.push_str(behind);
    }
    masked
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Each run of words at its column, whatever width a font has for them.
fn runs(line: &str) -> Vec<(usize, String)> {
    let mut runs: Vec<(usize, String)> = Vec::new();
    let (mut column, mut spaces) = (0, 2);
    for c in line.chars() {
        if c == ' ' {
            spaces += 1;
        } else {
            match runs.last_mut() {
                Some((_, run)) if spaces < 2 => {
                    run.push_str(&" ".repeat(spaces));
                    run.push(c);
                }
                _ => runs.push((column, c.to_string())),
            }
            spaces = 0;
        }
        column += c.width().unwrap_or(0);
    }
    runs
}

fn draw(lines: &[String]) -> String {
    let width = (COLUMNS as f32 * CELL) as usize + 2 * MARGIN;
    let height = lines.len() * LINE + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>retr list and retr fetch in a terminal</title>\n\
         <style>\n\
         rect {{ fill: #f6f8fa; stroke: #d0d7de; }}\n\
         text {{ fill: #1f2328; font: 14px ui-monospace, Menlo, Consolas, \"DejaVu Sans Mono\", \
         monospace; white-space: pre; }}\n\
         .typed {{ fill: #0550ae; font-weight: bold; }}\n\
         @media (prefers-color-scheme: dark) {{\n\
         rect {{ fill: #0d1117; stroke: #30363d; }}\n\
         text {{ fill: #e6edf3; }}\n\
         .typed {{ fill: #79c0ff; }}\n\
         }}\n\
         </style>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n",
        width - 1,
        height - 1
    );
    for (at, line) in lines.iter().enumerate() {
        let y = MARGIN + at * LINE + 15;
        let class = if line.starts_with("$ ") { " class=\"typed\"" } else { "" };
        for (column, run) in runs(line) {
            let x = MARGIN as f32 + column as f32 * CELL;
            let text = escaped(&run);
            let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\"{class}>{text}</text>");
        }
    }
    svg + "</svg>\n"
}

#[test]
fn the_picture_is_what_the_program_shows() {
    needs!("setsid");
    // They have LF line ends; one of them is not UTF-8.
    let with_crlf = |mail: Vec<u8>| {
        let lines: Vec<&[u8]> = mail.split(|byte| *byte == b'\n').collect();
        lines.join(&b"\r\n"[..])
    };
    let mails: Vec<Mail> =
        (retr::demo::mails().into_iter()).map(|mail| Mail::new(with_crlf(mail))).collect();
    let mailbox = Mailbox::with(&mails);
    mailbox.configure("work", "");
    let mut lines = shown(&mailbox, &["list", "work"]);
    lines.extend(shown(&mailbox, &["fetch", "work"]));
    lines.extend(shown(&mailbox, &["fetch", "work"]));
    let svg = draw(&lines);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/terminal.svg");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::create_dir_all(path.with_file_name("")).expect("folder");
        fs::write(&path, &svg).expect("written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(without_time(&svg), without_time(&committed));
}
