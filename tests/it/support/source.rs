//! Rust source code, read just well enough to know which paths it names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The sources below a folder of the crate.
pub(crate) fn sources(folder: &str) -> BTreeMap<PathBuf, String> {
    let mut sources = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
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

/// A piece of source code: a word, or a single character.
pub(crate) type Token = String;

/// The code without comments, strings and attributes' strings.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
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
                let word: String =
                    rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
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

/// Every path in the code, groups of `use` spelt out, and whether it is in
/// test code. `super` that leaves the top folder becomes `crate`.
pub(crate) fn paths(tokens: &[Token], depth: usize) -> Vec<(Vec<String>, bool)> {
    let mut found = Vec::new();
    // Braces that are open, and whether each is the body of a module.
    let mut braces = Vec::new();
    let mut test_until = 0;
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
            "#" if is_for_tests(&tokens[at..]) => {
                test_until = test_until.max(item_end(tokens, at + CFG_TEST.len()));
            }
            _ if is_word(token) && !continues(tokens, at) => {
                let inner = braces.iter().filter(|module| **module).count();
                let in_test = at < test_until;
                let mut here = Vec::new();
                at = path(tokens, at, Vec::new(), &mut here);
                let outside = here.into_iter().filter_map(|path| absolute(path, depth + inner));
                found.extend(outside.map(|path| (path, in_test)));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

const CFG_TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

fn is_for_tests(tokens: &[Token]) -> bool {
    tokens.iter().take(CFG_TEST.len()).eq(CFG_TEST)
}

/// Where the item that begins here ends: at its closing brace or semicolon.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut open = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.as_str() {
            "{" | "(" | "[" => open += 1,
            "}" if open == 1 => return at,
            "}" | ")" | "]" => open -= 1,
            ";" if open == 0 => return at,
            _ => {}
        }
    }
    tokens.len()
}

/// The modules in files of their own that are only there for tests.
pub(crate) fn test_modules(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let starts =
        (0..tokens.len()).filter(|&at| is_for_tests(&tokens[at..])).map(|at| at + CFG_TEST.len());
    let items = starts.map(|at| &tokens[at..item_end(&tokens, at)]);
    items
        .filter_map(|item| {
            let at = item.iter().position(|token| token == "mod")?;
            (item.len() == at + 2).then(|| item[at + 1].clone())
        })
        .collect()
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Returns whether the word at this place belongs to a path that began earlier,
/// or is a field or method.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_that_are_only_there_for_tests_are_known() {
        let source = "#[cfg(test)]\npub(crate) mod crash;\nmod real;\n#[cfg(test)]\nmod tests;\n\
            #[cfg(test)] mod inline { fn f() {} }";
        assert_eq!(test_modules(source), ["crash", "tests"]);
    }
}
