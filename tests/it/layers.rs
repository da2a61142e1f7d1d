//! The layers of `src/lib.rs`, held: an arrow may only point down, and what a
//! row must not touch it does not name.

use std::path::Path;

use crate::support::source::{paths, sources, test_modules, tokens};
use crate::support::table::table;

/// The longest a source file may be, tests included.
const LINES: usize = 600;

/// Every folder with its row.
const ROWS: [(&str, u8); 18] = [
    ("cli", 9),
    ("report", 8),
    ("run", 7),
    ("store", 6),
    ("ledger", 6),
    ("plan", 5),
    ("oauth", 5),
    ("discover", 5),
    ("session", 4),
    ("web", 4),
    ("net", 3),
    ("process", 2),
    ("disk", 2),
    ("demo", 2),
    ("wait", 1),
    ("proto", 1),
    ("message", 1),
    ("base", 0),
];

/// What is below a folder and is still not for it.
const NOT_FOR: [(&str, &[&str]); 11] = [
    ("report", &["net", "proto"]),
    ("store", &["session"]),
    ("ledger", &["net", "proto", "session"]),
    ("plan", &["net", "disk", "process", "wait", "web"]),
    ("oauth", &["proto", "session", "message"]),
    ("discover", &["proto", "disk", "process", "message"]),
    ("web", &["proto", "disk", "message", "process"]),
    ("session", &["disk"]),
    ("net", &["disk", "proto", "message"]),
    ("process", &["proto", "message"]),
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
        "session" | "web" | "discover" => vec!["std::fs"],
        "store" | "ledger" => vec!["std::net"],
        "run" => vec!["std::env", "std::net"],
        _ => Vec::new(),
    };
    if folder != "process" {
        paths.push("std::process::Command");
    }
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
/// above its items: 1 for `src/net/mod.rs`, 2 for `src/net/tls.rs`. Tests keep
/// to the arrows too, but may read files and clocks; the power cuts that
/// `disk` keeps for the tests of others may do as they need.
fn wrongs(folder: &str, depth: usize, source: &str, is_test: bool) -> Vec<String> {
    let Some(own) = row(folder) else {
        return vec![format!("the folder {folder} is in no row")];
    };
    let names = forbidden(folder);
    let mut wrongs = Vec::new();
    for (path, in_test) in paths(&tokens(source), depth) {
        let in_test = in_test || is_test;
        let text = path.join("::");
        match path.as_slice() {
            [root, other, ..] if root == "crate" => {
                let barred = NOT_FOR
                    .iter()
                    .any(|(name, below)| *name == folder && below.contains(&other.as_str()));
                match row(other) {
                    _ if other == folder || (in_test && folder == "disk") => {}
                    Some(theirs) if theirs < own && !barred => {}
                    Some(_) => wrongs.push(format!("{folder} must not use {text}")),
                    None => wrongs.push(format!("{text} names no layer")),
                }
            }
            // As in `pub(crate)`.
            [root] if root == "crate" => {}
            _ if in_test => {}
            _ => {
                let barred = names.iter().find(|name| touches(&path, name));
                wrongs.extend(barred.map(|name| format!("{folder} must not use {text} ({name})")));
            }
        }
    }
    wrongs
}

/// Returns whether a path leads to a forbidden one, or imports a module above
/// it by which it could be reached unseen.
fn touches(path: &[String], forbidden: &str) -> bool {
    let open = matches!(path.last().map(String::as_str), Some("*" | "self"));
    let path = if open { &path[..path.len() - 1] } else { path };
    let mut pairs = path.iter().zip(forbidden.split("::"));
    !path.is_empty() && pairs.all(|(a, b)| a == b)
}

/// The path of a source within `src`, part by part.
fn parts(path: &Path) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let inner = path.strip_prefix(root).expect("a file of src");
    inner.iter().map(|part| part.to_string_lossy().trim_end_matches(".rs").to_owned()).collect()
}

#[test]
fn arrows_only_point_down() {
    let sources = sources("src");
    let module = |path: &Path| {
        let mut parts = parts(path);
        parts.retain(|part| part != "mod");
        parts
    };
    let mut tests = Vec::new();
    for (path, text) in &sources {
        for name in test_modules(text) {
            tests.push([module(path), vec![name]].concat());
        }
    }
    let mut all = Vec::new();
    for (path, text) in &sources {
        let module = module(path);
        if module == ["lib"] || module == ["main"] {
            continue;
        }
        let is_test = tests.iter().any(|test| module.starts_with(test));
        for wrong in wrongs(&module[0], module.len(), text, is_test) {
            all.push(format!("{}: {wrong}", path.display()));
        }
    }
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn no_source_file_is_too_long() {
    for (path, text) in sources("src") {
        let lines = text.lines().count();
        assert!(lines <= LINES, "{}: {lines} lines", path.display());
    }
}

#[test]
fn every_folder_of_the_library_has_a_row() {
    for path in sources("src").keys() {
        let folder = &parts(path)[0];
        let root = ["lib", "main"].contains(&folder.as_str());
        assert!(root || row(folder).is_some(), "{folder}");
    }
}

#[test]
fn what_breaks_the_rules_is_found() {
    for [folder, depth, complaint, source] in table(
        r#"
        net     | 2 | net must not use crate::proto::Status | use crate::proto::Status;
        net     | 2 | net must not use crate::disk | use crate::{base::Uid, disk};
        net     | 2 | net must not use crate::run::fetch | use super::super::run::fetch;
        net     | 1 | net must not use crate::cli | mod tests { use super::super::cli; }
        store   | 2 | store must not use crate::ledger::Ledger | fn f(x: crate::ledger::Ledger) {}
        report  | 2 | report must not use crate::net::Error | use crate::net::Error;
        plan    | 1 | plan must not use crate::disk::Disk | use crate::disk::Disk;
        plan    | 1 | crate::nowhere::X names no layer | use crate::nowhere::X;
        plan    | 1 | crate::* names no layer | use crate::*;
        base    | 2 | std::time::Instant | let t = std::time::Instant::now();
        base    | 2 | std::time::SystemTime | use std::time::{Duration, SystemTime};
        base    | 2 | std::time | use std::time;
        proto   | 2 | std::io | use std::{fmt, io::{self, Read}};
        message | 1 | std::fs::File | fn f() -> Vec<std::fs::File> {}
        run     | 1 | run must not use std::env::args | let a = std::env::args();
        session | 2 | session must not use std::fs | use std::fs as disk;
        net     | 2 | net must not use clap::Parser | use clap::Parser;
        cli     | 2 | cli must not use indicatif | use indicatif::ProgressBar;
        base    | 1 | base must not use std::env::var | #[cfg(test)] mod tests { use std::fs; } fn f() { std::env::var("X"); }
        net     | 2 | net must not use crate::run::fetch | #[cfg(test)] mod tests { use crate::run::fetch; }
        net     | 2 | net must not use std::process::Command | use std::process::{Child, Command};
        utils   | 1 | the folder utils is in no row |"#,
    ) {
        let depth = depth.parse().expect("a number");
        let wrong = wrongs(folder, depth, source, false).join("; ");
        assert!(wrong.contains(complaint), "{source}: {wrong}");
    }
}

#[test]
fn what_keeps_the_rules_is_left_alone() {
    for [folder, depth, source] in table(
        r##"
        net    | 2 | use super::{Error, Route}; use crate::base::Cancel;
        net    | 2 | mod tests { use super::*; use super::super::route; }
        run    | 1 | use crate::{session, store::Target}; use crate::run::job;
        base   | 1 | use std::time::Duration; /* crate::cli */ // std::fs
        base   | 1 | const A: &str = r#"crate::cli "std::fs""#; let c = '"'; f("std::io");
        base   | 1 | fn f<'a>(x: &'a str) -> char { '\'' }
        proto  | 2 | self.io.fs(); Self::std(); my::std::io();
        cli    | 2 | use clap::Parser; use crate::{report, run};
        report | 2 | use indicatif::ProgressBar;
        base   | 2 | pub(crate) fn f() {} #[cfg(test)] mod tests { fn f() { std::fs::read(p); } }
        base   | 2 | #[cfg(test)] use std::time::Instant;
        disk   | 1 | #[cfg(test)] mod crash { use crate::net::Error; }"##,
    ) {
        let depth = depth.parse().expect("a number");
        let wrongs = wrongs(folder, depth, source, false);
        assert!(wrongs.is_empty(), "{source}: {wrongs:?}");
    }
}
