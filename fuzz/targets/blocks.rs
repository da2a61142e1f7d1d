//! The body of a multi-line reply, against a reader that is naive.
#![no_main]

use libfuzzer_sys::fuzz_target;
use retr::proto::Block;

/// Line by line, all at once: what it holds, and where it ends.
fn naive(wire: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut out, mut used) = (Vec::new(), 0);
    for line in wire.split_inclusive(|&byte| byte == b'\n') {
        used += line.len();
        if line == b".\r\n" || line == b".\n" {
            return Some((out, used));
        }
        let line = line.strip_prefix(b".").unwrap_or(line);
        match line.strip_suffix(b"\r\n") {
            Some(text) => {
                out.extend_from_slice(text);
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    None
}

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (size, wire) = input;
    let (mut block, mut out, mut used) = (Block::listing(), Vec::new(), 0);
    let mut ended = false;
    for piece in wire.chunks(usize::from(size).max(1)) {
        let decoded = block.decode(piece, &mut out);
        used += decoded.used;
        ended = decoded.ended;
        if ended {
            break;
        }
        assert_eq!(decoded.used, piece.len());
    }
    assert_eq!(ended.then_some((out, used)), naive(&wire));
});
