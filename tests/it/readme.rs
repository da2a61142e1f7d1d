//! The READMEs say what the program does: options and commands that there are,
//! its real output, its promises; and both say the same.

use std::collections::BTreeSet;

use crate::support::env::Sandbox;

const ENGLISH: &str = include_str!("../../README.md");
const CHINESE: &str = include_str!("../../README.zh-CN.md");

/// Options that are none of retr's.
const OF_OTHERS: [&str; 5] =
    ["--install", "--features", "--no-default-features", "--path", "--locked"];

/// The blocks of code, and what stands in backticks.
fn code(text: &str) -> Vec<String> {
    let mut code = Vec::new();
    for (at, part) in text.split("```").enumerate() {
        match at % 2 {
            1 => code.extend(part.lines().skip(1).map(str::to_owned)),
            _ => code.extend(part.split('`').skip(1).step_by(2).map(str::to_owned)),
        }
    }
    code
}

/// The options and the commands of retr that are named.
fn named(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in code(text) {
        let is_word = |c: char| c.is_ascii_lowercase() || c == '-';
        let words: Vec<&str> = line.split_whitespace().collect();
        for word in &words {
            let option = word.trim_end_matches(|c: char| !is_word(c));
            let is_option = option.starts_with("--") && option.chars().all(is_word);
            if is_option && option.len() > 2 && !OF_OTHERS.contains(&option) {
                found.insert(option.to_owned());
            }
        }
        for pair in words.windows(2).filter(|pair| pair[0] == "retr") {
            if pair[1].chars().all(is_word) {
                found.insert(pair[1].to_owned());
            }
        }
    }
    found
}

#[test]
fn both_readmes_name_the_same_commands_and_options() {
    let (english, chinese) = (named(ENGLISH), named(CHINESE));
    assert!(english.len() > 30, "{english:?}");
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
        one.difference(other).cloned().collect()
    };
    assert_eq!(only(&english, &chinese), [""; 0], "only in README.md");
    assert_eq!(only(&chinese, &english), [""; 0], "only in README.zh-CN.md");
}

#[test]
fn commands_and_options_of_the_readme_exist() {
    let sandbox = Sandbox::new();
    let man = sandbox.retr(["generate", "man"]).run_to(0).stdout_text();
    for name in named(ENGLISH) {
        let known = match name.starts_with("--") {
            true => man.contains(&name.replace('-', "\\-")),
            false => man.contains(&format!(".SS \"retr {name}")),
        };
        assert!(known, "{name}");
    }
}

/// Words one after the other, whatever marks them.
fn plain(text: &str) -> String {
    let text = text.replace(['*', '`'], "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_promises_are_those_of_the_manual() {
    let sandbox = Sandbox::new();
    let topic = sandbox.retr(["help", "promises"]).run_to(0).stdout_text();
    let manual = plain(topic.strip_prefix("PROMISES").expect("a heading"));
    let (_, readme) = ENGLISH.split_once("## The promises\n").expect("a heading");
    let end = manual.rfind("They hold").expect("their condition");
    let readme = plain(readme);
    let is_same = readme.starts_with(&manual[..end]);
    assert!(is_same, "{readme}\n{manual}");
}

#[test]
fn the_quick_start_shows_what_the_demo_prints() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("demo");
    let output = sandbox.retr(["demo"]).arg(&folder).run_to(0).stdout_text();
    let output = output.replace(folder.to_str().expect("text"), "/tmp/retr-demo");
    let without_port = |text: &str| {
        let (before, after) = text.split_once("127.0.0.1:").expect("an address");
        let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        format!("{before}127.0.0.1:PORT{rest}")
    };
    let (_, shown) = ENGLISH.split_once("```text\n").expect("a block");
    let (shown, _) = shown.split_once("```").expect("its end");
    assert_eq!(without_port(shown), without_port(&output));
}
