//! Octets as text, the odd ones as `%XX` (RFC 3986 §2.1).

/// Encodes all that is not plain.
pub fn encode_percent(bytes: &[u8], is_plain: impl Fn(u8) -> bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if is_plain(byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Reads what [`encode_percent`] wrote; `None` if it is broken.
pub fn decode_percent(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first == b'%' {
            let hex = tail.get(..2)?;
            bytes.extend(data_encoding::HEXLOWER_PERMISSIVE.decode(hex).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(first);
        }
    }
    Some(bytes)
}
