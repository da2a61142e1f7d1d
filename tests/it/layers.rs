//! The layers of `src/lib.rs`, held: an arrow may only point down, and what a
//! row must not touch it does not name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest a source file may be, tests included.
const LINES: usize = 600;

/// Every folder with its row.
const ROWS: [(&str, u8); 13] = [
    ("cli", 8),
    ("report", 7),
    ("demo", 7),
    ("run", 6),
    ("store", 5),
    ("ledger", 5),
    ("plan", 4),
    ("session", 3),
    ("net", 2),
    ("disk", 2),
    ("proto", 1),
    ("message", 1),
    ("base", 0),
];

/// What stands below a folder and is still not for it.
const NOT_FOR: [(&str, &[&str]); 7] = [
    ("report", &["net", "proto"]),
    ("store", &["net", "proto", "session"]),
    ("ledger", &["net", "proto", "session"]),
    ("plan", &["net", "disk"]),
    ("session", &["disk"]),
    ("net", &["proto", "message"]),
    ("disk", &["proto", "message"]),
];

/// Neither input nor output, clock, environment or chance.
const PURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::io",
    "std::os",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "getrandom",
    "rustix",
    "native_tls",
];

/// Paths that a folder must not name.
fn forbidden(folder: &str) -> Vec<&'static str> {
    let mut paths = match folder {
        "base" | "proto" | "message" | "plan" => PURE.to_vec(),
        "session" => vec!["std::fs"],
        "store" | "ledger" => vec!["std::net"],
        "run" => vec!["std::env", "std::net"],
        _ => Vec::new(),
    };
    if folder != "cli" {
        paths.extend(["clap", "clap_complete", "clap_mangen"]);
    }
    if folder != "report" {
        paths.push("indicatif");
    }
    paths
}

fn row(folder: &str) -> Option<u8> {
    let found = ROWS.iter().find(|(name, _)| *name == folder);
    found.map(|(_, row)| *row)
}

/// What is wrong with a file of a folder. `depth` is how many modules stand
/// above its items: 1 for `src/net/mod.rs`, 2 for `src/net/tls.rs`.
fn wrongs(folder: &str, depth: usize, source: &str) -> Vec<String> {
    let mut wrongs = Vec::new();
    let Some(own) = row(folder) else {
        return vec![format!("the folder {folder} is in no row")];
    };
    let names = forbidden(folder);
    for path in paths(&tokens(source), depth) {
        let text = path.join("::");
        match path.as_slice() {
            [root, other, ..] if root == "crate" => {
                let barred = NOT_FOR
                    .iter()
                    .any(|(name, below)| *name == folder && below.contains(&other.as_str()));
                match row(other) {
                    _ if other == folder => {}
                    Some(theirs) if theirs < own && !barred => {}
                    Some(_) => wrongs.push(format!("{folder} must not use {text}")),
                    None => wrongs.push(format!("{text} names no layer")),
                }
            }
            [root] if root == "crate" => wrongs.push(format!("{folder} uses the crate as a whole")),
            _ => {
                let barred = names.iter().find(|name| touches(&path, name));
                wrongs.extend(barred.map(|name| format!("{folder} must not use {text} ({name})")));
            }
        }
    }
    wrongs
}

/// Whether a path leads to a forbidden one, or imports a module above it by
/// which it could be reached unseen.
fn touches(path: &[String], forbidden: &str) -> bool {
    let open = matches!(path.last().map(String::as_str), Some("*" | "self"));
    let path = if open { &path[..path.len() - 1] } else { path };
    let forbidden: Vec<&str> = forbidden.split("::").collect();
    !path.is_empty() && path.iter().zip(&forbidden).all(|(a, b)| a == b)
}

/// A piece of source code: a word, or a single character.
type Token = String;

/// The code without comments, strings and attributes' strings.
fn tokens(source: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let chars: Vec<char> = source.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        at += match rest {
            ['/', '/', ..] => rest.iter().take_while(|&&c| c != '\n').count(),
            ['/', '*', ..] => block_comment(rest),
            ['r' | 'b' | 'c' | '"', ..] if string(rest).is_some() => string(rest).unwrap_or(1),
            ['\'', ..] => character(rest),
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let word: String = rest
                    .iter()
                    .take_while(|c| c.is_alphanumeric() || **c == '_')
                    .collect();
                let length = word.chars().count();
                tokens.push(word);
                length
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    tokens.push(c.to_string());
                }
                1
            }
            [] => 1,
        };
    }
    tokens
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => {
                depth += 1;
                at += 2;
            }
            ['*', '/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    break;
                }
            }
            _ => at += 1,
        }
    }
    at
}

/// The length of a string literal; `None` if none begins here.
fn string(rest: &[char]) -> Option<usize> {
    let prefix = rest.iter().take_while(|c| c.is_ascii_lowercase()).count();
    let raw = rest[..prefix].contains(&'r');
    if prefix > 2 || !rest[..prefix].iter().all(|c| "rbc".contains(*c)) {
        return None;
    }
    let hashes = rest[prefix..].iter().take_while(|&&c| c == '#').count();
    if rest.get(prefix + hashes) != Some(&'"') || (hashes > 0 && !raw) {
        return None;
    }
    let mut at = prefix + hashes + 1;
    while at < rest.len() {
        if rest[at] == '\\' && !raw {
            at += 2;
        } else if rest[at] == '"'
            && rest[at + 1..].iter().take_while(|&&c| c == '#').count() >= hashes
        {
            return Some(at + 1 + hashes);
        } else {
            at += 1;
        }
    }
    Some(at)
}

/// The length of a character literal, or of the mark of a lifetime.
fn character(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', ..] => 3 + rest[3..].iter().take_while(|&&c| c != '\'').count(),
        ['\'', _, '\'', ..] => 3,
        _ => 1,
    }
}

/// Every path in the code, groups of `use` spelt out. `super` that leaves
/// the top folder becomes `crate`.
fn paths(tokens: &[Token], depth: usize) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    // Braces that are open, and whether each is the body of a module.
    let mut braces = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at].as_str();
        match token {
            "{" => {
                let module = at >= 2 && tokens[at - 2] == "mod";
                braces.push(module);
            }
            "}" => {
                braces.pop();
            }
            _ if is_word(token) && !continues(tokens, at) => {
                let inner = braces.iter().filter(|module| **module).count();
                let mut here = Vec::new();
                at = path(tokens, at, Vec::new(), &mut here);
                found.extend(
                    here.into_iter()
                        .filter_map(|path| absolute(path, depth + inner)),
                );
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Whether the word at this place belongs to a path that began earlier, or
/// is a field or method.
fn continues(tokens: &[Token], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).map(|at| tokens[at].as_str());
    (before(1) == Some(":") && before(2) == Some(":") && before(3).is_some_and(is_word))
        || before(1) == Some(".")
}

/// Reads one path from here on, with its group if it has one, and tells
/// where it ends.
fn path(tokens: &[Token], start: usize, prefix: Vec<String>, out: &mut Vec<Vec<String>>) -> usize {
    let token = |at: usize| tokens.get(at).map(String::as_str);
    let mut path = prefix;
    path.push(tokens[start].clone());
    let mut at = start + 1;
    while token(at) == Some(":") && token(at + 1) == Some(":") {
        match token(at + 2) {
            Some("{") => {
                at += 3;
                while token(at).is_some_and(|token| token != "}") {
                    if token(at).is_some_and(|token| is_word(token) || token == "*") {
                        at = self::path(tokens, at, path.clone(), out);
                    } else {
                        at += 1;
                    }
                }
                return at + 1;
            }
            Some(word) if is_word(word) || word == "*" => {
                path.push(word.to_owned());
                at += 3;
            }
            _ => break,
        }
    }
    if token(at) == Some("as") {
        at += 2;
    }
    out.push(path);
    at
}

/// A path from the crate's root; `None` for one that stays inside.
fn absolute(path: Vec<String>, depth: usize) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|word| *word == "super").count();
    if ups == 0 {
        return Some(path);
    }
    if ups < depth {
        return None;
    }
    let mut absolute = vec!["crate".to_owned()];
    absolute.extend(path.into_iter().skip(ups));
    Some(absolute)
}

fn sources() -> BTreeMap<PathBuf, String> {
    let mut sources = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = fs::read_to_string(&path).expect("source");
                sources.insert(path, text);
            }
        }
    }
    sources
}

/// The path of a source within `src`, part by part.
fn parts(path: &Path) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let inner = path.strip_prefix(root).expect("a file of src");
    inner
        .iter()
        .map(|part| part.to_string_lossy().trim_end_matches(".rs").to_owned())
        .collect()
}

#[test]
fn arrows_only_point_down() {
    let mut all = Vec::new();
    for (path, text) in sources() {
        let mut parts = parts(&path);
        if parts == ["lib"] || parts == ["main"] {
            continue;
        }
        parts.retain(|part| part != "mod");
        for wrong in wrongs(&parts[0], parts.len(), &text) {
            all.push(format!("{}: {wrong}", path.display()));
        }
    }
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn no_source_file_is_too_long() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LINES, "{}: {lines} lines", path.display());
    }
}

#[test]
fn every_folder_of_the_library_has_a_row() {
    for path in sources().keys() {
        let folder = &parts(path)[0];
        let root = ["lib", "main"].contains(&folder.as_str());
        assert!(root || row(folder).is_some(), "{folder}");
    }
}

#[test]
fn what_breaks_the_rules_is_found() {
    let wrong = |folder, depth, source| wrongs(folder, depth, source).join("; ");
    for (folder, depth, source, complaint) in [
        (
            "net",
            2,
            "use crate::proto::Status;",
            "net must not use crate::proto::Status",
        ),
        (
            "net",
            2,
            "use crate::{base::Uid, disk};",
            "net must not use crate::disk",
        ),
        (
            "net",
            2,
            "use super::super::run::fetch;",
            "net must not use crate::run::fetch",
        ),
        (
            "net",
            1,
            "mod tests { use super::super::cli; }",
            "net must not use crate::cli",
        ),
        (
            "store",
            2,
            "fn f(x: crate::ledger::Ledger) {}",
            "store must not use crate::ledger::Ledger",
        ),
        (
            "report",
            2,
            "use crate::net::Error;",
            "report must not use crate::net::Error",
        ),
        (
            "plan",
            1,
            "use crate::disk::Disk;",
            "plan must not use crate::disk::Disk",
        ),
        (
            "plan",
            1,
            "use crate::nowhere::X;",
            "crate::nowhere::X names no layer",
        ),
        ("plan", 1, "use crate::*;", "crate::* names no layer"),
        (
            "base",
            2,
            "let t = std::time::Instant::now();",
            "std::time::Instant",
        ),
        (
            "base",
            2,
            "use std::time::{Duration, SystemTime};",
            "std::time::SystemTime",
        ),
        ("base", 2, "use std::time;", "std::time"),
        ("proto", 2, "use std::{fmt, io::{self, Read}};", "std::io"),
        (
            "message",
            1,
            "fn f() -> Vec<std::fs::File> {}",
            "std::fs::File",
        ),
        (
            "run",
            1,
            "let a = std::env::args();",
            "run must not use std::env::args",
        ),
        (
            "session",
            2,
            "use std::fs as disk;",
            "session must not use std::fs",
        ),
        (
            "net",
            2,
            "use clap::Parser;",
            "net must not use clap::Parser",
        ),
        (
            "cli",
            2,
            "use indicatif::ProgressBar;",
            "cli must not use indicatif",
        ),
        ("utils", 1, "", "the folder utils is in no row"),
    ] {
        assert!(
            wrong(folder, depth, source).contains(complaint),
            "{source}: {}",
            wrong(folder, depth, source)
        );
    }
}

#[test]
fn what_keeps_the_rules_is_left_alone() {
    for (folder, depth, source) in [
        (
            "net",
            2,
            "use super::{Error, Route};\nuse crate::base::Cancel;",
        ),
        (
            "net",
            2,
            "mod tests { use super::*; use super::super::route; }",
        ),
        (
            "run",
            1,
            "use crate::{session, store::Target};\nuse crate::run::job;",
        ),
        (
            "base",
            1,
            "use std::time::Duration; // std::fs\n/* crate::cli */",
        ),
        (
            "base",
            1,
            "const A: &str = r#\"crate::cli \"std::fs\"\"#; let c = '\"'; f(\"std::io\");",
        ),
        ("base", 1, "fn f<'a>(x: &'a str) -> char { '\\'' }"),
        ("proto", 2, "self.io.fs(); Self::std(); my::std::io();"),
        ("cli", 2, "use clap::Parser; use crate::{report, run};"),
        ("report", 2, "use indicatif::ProgressBar;"),
    ] {
        assert_eq!(
            wrongs(folder, depth, source),
            Vec::<String>::new(),
            "{source}"
        );
    }
}
