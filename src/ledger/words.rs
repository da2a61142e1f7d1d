//! Texts and lists of texts as one field of a line.

/// Appends octets as printable ASCII without blanks: every other octet, `%`
/// and `,` as `%XX`, nothing at all as `%`.
pub(super) fn encode(octets: &[u8], out: &mut Vec<u8>) {
    if octets.is_empty() {
        out.push(b'%');
    }
    for &octet in octets {
        if octet.is_ascii_graphic() && octet != b'%' && octet != b',' {
            out.push(octet);
        } else {
            out.extend_from_slice(format!("%{octet:02X}").as_bytes());
        }
    }
}

/// Reads what [`encode`] wrote; `None` for anything else.
pub(super) fn decode(field: &str) -> Option<Vec<u8>> {
    if field == "%" {
        return Some(Vec::new());
    }
    let mut octets = Vec::with_capacity(field.len());
    let mut rest = field.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first == b'%' {
            let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
            octets.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &tail[2..];
        } else {
            octets.push(first);
        }
    }
    (!octets.is_empty()).then_some(octets)
}

/// Appends a list, its texts separated by commas; an empty one as `-`.
pub(super) fn encode_list(texts: &[String], out: &mut Vec<u8>) {
    match texts {
        [] => out.push(b'-'),
        // The only text that would read as an empty list.
        [dash] if dash == "-" => out.extend_from_slice(b"%2D"),
        texts => {
            for (at, text) in texts.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                encode(text.as_bytes(), out);
            }
        }
    }
}

/// Reads what [`encode_list`] wrote; `None` for anything else.
pub(super) fn decode_list(field: &str) -> Option<Vec<String>> {
    if field == "-" {
        return Some(Vec::new());
    }
    let text = |part| String::from_utf8(decode(part)?).ok();
    field.split(',').map(text).collect()
}
