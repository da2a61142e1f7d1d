//! Reply lines, greetings, challenges and blocks: the same events however the
//! octets are cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use retr::proto::{Expect, Replies, Step};

fn events(expected: &[Expect], pieces: &[&[u8]]) -> Vec<String> {
    let mut replies = Replies::new();
    for expect in expected {
        replies.expect(*expect);
    }
    let (mut events, mut data) = (Vec::new(), Vec::new());
    for piece in pieces {
        let mut rest = *piece;
        loop {
            let (used, step) = match replies.feed(rest) {
                Ok(fed) => fed,
                Err(error) => {
                    events.push(error.to_string());
                    return events;
                }
            };
            let is_done = step == Step::More && used == rest.len();
            match step {
                Step::More => {}
                Step::Data(bytes) => data.extend_from_slice(bytes),
                Step::End { octets } => {
                    events.push(format!("{octets} {:?}", std::mem::take(&mut data)));
                }
                step => events.push(format!("{step:?}")),
            }
            rest = &rest[used..];
            if is_done {
                break;
            }
        }
    }
    events
}

fuzz_target!(|input: (Vec<u8>, u16, Vec<u8>)| {
    let (kinds, cut, wire) = input;
    let kind = |byte: &u8| match byte % 4 {
        0 => Expect::Line,
        1 => Expect::Listing,
        2 => Expect::Message,
        _ => Expect::Challenge,
    };
    let expected: Vec<Expect> = kinds.iter().take(8).map(kind).collect();
    let (head, tail) = wire.split_at(usize::from(cut).min(wire.len()));
    let whole = events(&expected, &[&wire]);
    assert_eq!(whole, events(&expected, &[head, tail]));
    let octets: Vec<&[u8]> = wire.chunks(1).collect();
    assert_eq!(whole, events(&expected, &octets));
});
