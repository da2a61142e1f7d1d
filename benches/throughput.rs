//! What the parts that see every octet can do, each alone: dot-stuffing off,
//! mboxrd quoting, listings, loading the ledger. Measurements, not tests; the
//! best of some rounds is what the machine can do.
//!
//!     cargo bench --bench throughput

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use retr::base::{AccountId, Cancel, Hash, Receipt, Uid};
use retr::disk::{Disk, RealDisk};
use retr::ledger::{Ledger, Lock, Snapshot, Stored};
use retr::proto::{Block, Expect, Replies, Step, UidlLine, uidl_line};
use retr::store::{Key, Setting, Target};
use sha2::{Digest, Sha256};

const ROUNDS: usize = 5;
const MIB: usize = 1 << 20;
/// As much as one read brings.
const PIECE: usize = 64 * 1024;

fn main() {
    // `cargo test --benches` runs this too, without `--bench`.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("best of {ROUNDS}");
    blocks();
    replies();
    mbox(folder.path());
    listing();
    for messages in [10_000, 100_000, 1_000_000] {
        ledger(folder.path(), messages);
    }
}

/// The best of some rounds.
fn best(mut work: impl FnMut()) -> Duration {
    let round = |_| {
        let started = Instant::now();
        work();
        started.elapsed()
    };
    (0..ROUNDS).map(round).min().expect("rounds")
}

fn tell_octets(what: &str, octets: usize, took: Duration) {
    let rate = octets as f64 / took.as_secs_f64() / 1e9;
    println!("{what:<46} {rate:>8.2} GB/s");
}

fn tell_items(what: &str, items: usize, took: Duration) {
    let (ms, each) = (took.as_secs_f64() * 1e3, took.as_nanos() / items as u128);
    println!("{what:<46} {ms:>8.1} ms  {each} ns each");
}

/// A block of such lines, as the server sends it, less its last line.
fn wire(line: &[u8], octets: usize) -> Vec<u8> {
    let mut wire = line.repeat(octets / line.len() + 1);
    wire.truncate(octets / line.len() * line.len());
    wire
}

fn kinds() -> [(&'static str, Vec<u8>); 4] {
    let base64 = [&[b'Q'; 76][..], b"\r\n"].concat();
    [
        ("lines of 76", base64),
        ("short lines", b"a line\r\n".to_vec()),
        ("every line stuffed", b"..\r\n".to_vec()),
        ("one line", vec![b'x'; 8 * MIB]),
    ]
}

fn blocks() {
    for (name, line) in kinds() {
        let wire = wire(&line, 64 * MIB);
        let mut out = Vec::with_capacity(2 * PIECE);
        let took = best(|| {
            let mut block = Block::message();
            for piece in wire.chunks(PIECE) {
                out.clear();
                black_box(block.decode(piece, &mut out));
            }
        });
        tell_octets(&format!("dot-stuffing off, {name}"), wire.len(), took);
    }
}

/// Pipelined answers to RETR, with the status lines between.
fn replies() {
    let body = wire(&kinds()[0].1, 2_600);
    let message = [b"+OK 2600 octets\r\n", &body[..], b".\r\n"].concat();
    let count = 64 * MIB / message.len();
    let wire = [b"+OK ready\r\n", &message.repeat(count)[..]].concat();
    let took = best(|| {
        let mut replies = Replies::new();
        let mut ended = 0;
        for piece in wire.chunks(PIECE) {
            let mut rest = piece;
            loop {
                // As many as are ever outstanding, or more.
                while replies.outstanding() < 64 {
                    replies.expect(Expect::Message);
                }
                let (used, step) = replies.feed(rest).expect("replies");
                rest = &rest[used..];
                match step {
                    Step::End { .. } => ended += 1,
                    Step::More => break,
                    _ => {}
                }
            }
        }
        assert_eq!(ended, count);
    });
    tell_octets("replies of 2.6 kB, pipelined", wire.len(), took);
}

/// A message of 1 MB stays in memory until it is published.
fn mbox(folder: &Path) {
    let setting = Setting {
        deadline: Instant::now() + Duration::from_secs(3600),
        handover: Default::default(),
        account: account(),
        scratch: folder.into(),
        had_mail: false,
        lock_wait: Duration::ZERO,
        cancel: Cancel::new(),
        disk: Arc::new(RealDisk::new()),
    };
    let store = Target::mbox(folder.join("mbox")).open(&setting).expect("an mbox");
    let from = b">From the start\nFrom here\n".as_slice();
    for (name, line) in [("lines of 76", &kinds()[0].1[..]), ("From_ lines", from)] {
        let message = wire(line, 900_000);
        let hashed = best(|| {
            black_box(Sha256::digest(&message));
        });
        let took = best(|| {
            let key = Key { uid: uid(0), ordinal: 0, seconds: 0 };
            let mut draft = store.draft(key).expect("a draft");
            for piece in message.chunks(PIECE) {
                draft.write(piece).expect("room");
            }
            drop(draft.seal().expect("sealed"));
        });
        tell_octets(&format!("SHA-256, {name}"), message.len(), hashed);
        tell_octets(&format!("SHA-256 and mboxrd quoting, {name}"), message.len(), took);
    }
}

fn listing() {
    const COUNT: usize = 1_000_000;
    let lines: Vec<Vec<u8>> =
        (1..=COUNT).map(|number| format!("{number} {number:08x}6b06575a").into_bytes()).collect();
    let took = best(|| {
        for line in &lines {
            assert!(matches!(uidl_line(line), UidlLine::Message(..)));
        }
    });
    tell_items("UIDL lines, 1,000,000", COUNT, took);
}

fn ledger(folder: &Path, messages: usize) {
    let state = folder.join(format!("state-{messages}"));
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    write_ledger(&state, messages, &disk);
    let took = best(|| {
        let ledger = Snapshot::read(&state, &account(), &*disk).expect("a ledger");
        assert_eq!(ledger.seen().len(), messages);
    });
    tell_items(&format!("a ledger of {messages} messages"), messages, took);
}

fn write_ledger(state: &Path, messages: usize, disk: &Arc<dyn Disk>) {
    let lock = Lock::take(state, &account(), Duration::ZERO, &Cancel::new(), disk);
    let mut ledger = Ledger::open(lock.expect("the lock"), Arc::clone(disk)).expect("a ledger");
    ledger.begin(0).expect("begins");
    let numbers: Vec<usize> = (0..messages).collect();
    for batch in numbers.chunks(10_000) {
        let stored: Vec<Stored> = batch.iter().map(|number| stored(*number)).collect();
        ledger.record(stored).expect("recorded");
    }
    ledger.close().expect("closed");
}

fn stored(number: usize) -> Stored {
    Stored {
        uid: uid(number),
        ordinal: 0,
        size: Some(2_534),
        hash: Hash([0xab; 32]),
        first_seen: 1_795_575_539,
        receipt: Receipt {
            target: Arc::clone(Target::maildir("/home/alice/Mail").name()),
            words: vec![format!("new/1795575539.R{number:032x}.host,S=2496")],
        },
    }
}

fn uid(number: usize) -> Uid {
    Uid::new(format!("{number:08x}6b06575a").as_bytes()).expect("valid")
}

fn account() -> AccountId {
    AccountId::new("user", "host")
}
