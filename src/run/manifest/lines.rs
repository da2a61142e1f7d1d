//! The lines of a manifest, written and read.

use data_encoding::HEXLOWER;
use serde::Deserialize;

use crate::base::Hash;

/// How a manifest is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As sha256sum writes and checks it.
    Sums,
    /// One JSON object a line.
    Rows,
}

/// What a line lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Below the Maildir or archive; the name of an mbox.
    pub(super) path: String,
    /// In an mbox: offset and length.
    pub(super) part: Option<(u64, u64)>,
    pub(super) hash: Hash,
}

/// Appends a line as sha256sum does: where the name has a backslash or an end
/// of line, these are escaped, and the line begins with a backslash.
pub(super) fn write_sum(path: &str, hash: Hash, out: &mut Vec<u8>) {
    if path.contains(['\\', '\n', '\r']) {
        out.push(b'\\');
    }
    out.extend_from_slice(HEXLOWER.encode(&hash.0).as_bytes());
    out.extend_from_slice(b"  ");
    for byte in path.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            byte => out.push(byte),
        }
    }
    out.push(b'\n');
}

/// Reads a line of either form; says what is wrong with it.
pub(super) fn read(line: &str) -> Result<Entry, &'static str> {
    if line.starts_with('{') {
        read_row(line)
    } else {
        read_sum(line).ok_or("is not a line of a manifest")
    }
}

fn read_sum(line: &str) -> Option<Entry> {
    let (is_escaped, line) = match line.strip_prefix('\\') {
        Some(line) => (true, line),
        None => (false, line),
    };
    let (hex, name) = line.split_at_checked(64)?;
    let name = name.strip_prefix("  ").or(name.strip_prefix(" *"))?;
    let name = if is_escaped { unescaped(name)? } else { name.to_owned() };
    // As sha256sum has it where find(1) named the files.
    let path = name.strip_prefix("./").unwrap_or(&name).to_owned();
    Some(Entry { path, part: None, hash: hash(hex)? })
}

fn unescaped(name: &str) -> Option<String> {
    let mut plain = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(char) = chars.next() {
        plain.push(match char {
            '\\' => match chars.next()? {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            char => char,
        });
    }
    Some(plain)
}

fn read_row(line: &str) -> Result<Entry, &'static str> {
    #[derive(Deserialize)]
    struct Row {
        path: String,
        sha256: String,
        offset: Option<u64>,
        length: Option<u64>,
    }
    let row: Row = serde_json::from_str(line).map_err(|_| "is not a row of a manifest")?;
    Ok(Entry {
        path: row.path,
        part: row.offset.zip(row.length),
        hash: hash(&row.sha256).ok_or("has no SHA-256")?,
    })
}

fn hash(hex: &str) -> Option<Hash> {
    let bytes = HEXLOWER.decode(hex.as_bytes()).ok()?;
    Some(Hash(bytes.try_into().ok()?))
}
