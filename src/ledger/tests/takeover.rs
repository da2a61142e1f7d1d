//! Ledgers of the id of before, which left the port out, and ledgers that are
//! given away.

use super::*;

fn account(port: u16) -> AccountId {
    AccountId::reached_by("alice", "pop.example.com", &format!("port {port}"))
}

/// The account at the usual port, whose id is that of before.
fn usual() -> AccountId {
    account(1110).former().expect("it has one")
}

fn open(disk: &CrashDisk, account: &AccountId) -> Ledger {
    Memory::new(account, disk).open()
}

fn look(disk: &CrashDisk, account: &AccountId) -> (Seen, Vec<Stored>) {
    Memory::new(account, disk).look().expect("reads")
}

/// With a ledger under the id of before, in the format of before.
fn started() -> CrashDisk {
    let disk = CrashDisk::new(&["/state"]);
    let former = usual();
    let mut ledger = open(&disk, &former);
    ledger.begin(NOW).expect("begins");
    drop(ledger);
    let line = |text: &str| format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes()));
    let stored = format!("stored a 0 1 {} {NOW} file x", "01".repeat(32));
    let text = [
        format!("retr-ledger 1 {}\n", former.as_str()),
        line(&format!("open {NOW}")),
        line(&stored),
        line("close"),
    ];
    let path = Path::new("/state").join(former.as_str()).join(NAME);
    disk.put(path.to_str().expect("UTF-8"), text.concat().as_bytes());
    disk
}

/// An account at the usual port keeps its own, whoever else comes to the host.
#[test]
fn a_ledger_of_today_is_taken_over_by_nobody() {
    let usual = usual();
    let disk = started();
    drop(open(&disk, &usual));
    let before = look(&disk, &usual);
    assert_eq!(before.0.len(), 1);
    assert!(look(&disk, &account(1110)).0.is_empty());
    assert!(open(&disk, &account(1110)).seen().is_empty());
    assert_eq!(look(&disk, &usual), before);
    assert_eq!(*open(&disk, &usual).seen(), before.0);
}

#[test]
fn the_first_account_takes_the_ledger_of_before_and_the_second_begins_anew() {
    let disk = started();
    let (first, second) = (account(1110), account(1111));
    let before = look(&disk, &first);
    assert_eq!(before.0.len(), 1);
    let ledger = open(&disk, &first);
    assert_eq!(ledger.seen(), &before.0);
    assert!(!ledger.needs_rescan(), "it had ended well");
    assert_eq!(Some(ledger.key_account()), first.former(), "its keys stay");
    drop(ledger);
    for _ in 0..2 {
        assert_eq!(look(&disk, &first), before);
        let ledger = open(&disk, &first);
        assert_eq!(Some(ledger.key_account()), first.former());
    }
    assert!(look(&disk, &second).0.is_empty());
    let ledger = open(&disk, &second);
    assert!(ledger.seen().is_empty());
    assert_eq!(ledger.key_account(), second);
}

#[test]
fn a_ledger_of_before_is_not_taken_from_a_run_that_has_it() {
    let disk = started();
    let former = usual();
    let running = Memory::new(&former, &disk).lock().expect("locked");
    let next = Memory::new(&account(1110), &disk);
    let error = next.try_open().expect_err("it is locked");
    assert_eq!(error.class(), Class::Temporary);
    drop(running);
    let ledger = open(&disk, &account(1110));
    assert_eq!(ledger.seen().len(), 1);
}

/// Whenever the power goes, the ledger is there, for one account only.
#[test]
fn a_ledger_of_before_that_is_taken_over_is_never_lost_and_never_shared() {
    let (first, second) = (account(1110), account(1111));
    let expected = look(&started(), &first);
    let act = |disk: &CrashDisk| drop(Memory::new(&first, disk).try_open());
    cut_power_everywhere(started, act, |disk, call| {
        assert_eq!(look(disk, &first), expected, "call {call}");
        drop(open(disk, &first));
        assert_eq!(look(disk, &first), expected, "call {call}");
        assert!(open(disk, &second).seen().is_empty());
    });
}

fn give(disk: &CrashDisk, from: &AccountId, to: &AccountId) -> Result<(), Error> {
    let ledger = Memory::new(from, disk).try_open()?;
    ledger.give(Memory::new(to, disk).lock()?).map(drop)
}

#[test]
fn a_ledger_that_is_given_away_says_the_same_under_the_same_keys() {
    let disk = started();
    let old = usual();
    let new = AccountId::new("alice", "mail.example.net");
    let before = look(&disk, &old);
    let keys = AccountId::named(old.as_str());
    for (from, to) in [(&old, &new), (&new, &old), (&old, &new)] {
        give(&disk, from, to).expect("given");
        assert_eq!(look(&disk, to), before);
        assert!(look(&disk, from).0.is_empty());
        let ledger = open(&disk, to);
        assert_eq!(ledger.key_account(), keys);
        assert!(!ledger.needs_rescan(), "it had ended well");
    }
}

#[test]
fn a_ledger_is_given_to_nobody_who_has_one() {
    let disk = started();
    let old = usual();
    let new = AccountId::new("alice", "mail.example.net");
    let mut ledger = open(&disk, &new);
    ledger.begin(NOW).expect("begins");
    drop(ledger);
    let before = [&old, &new].map(|account| look(&disk, account));
    let error = give(&disk, &old, &new).expect_err("it has one");
    assert_eq!(error.class(), Class::CantCreate, "{error}");
    assert_eq!([&old, &new].map(|account| look(&disk, account)), before);
}

/// Whenever the power goes, one of the two has it, and goes on with it.
#[test]
fn a_ledger_that_is_given_away_is_never_lost_and_never_shared() {
    let old = usual();
    let new = AccountId::new("alice", "mail.example.net");
    let expected = look(&started(), &old);
    let nothing = (Seen::default(), Vec::new());
    let act = |disk: &CrashDisk| drop(give(disk, &old, &new));
    cut_power_everywhere(started, act, |disk, call| {
        for _ in 0..2 {
            let found = [&old, &new].map(|account| look(disk, account));
            let is_one = found == [expected.clone(), nothing.clone()]
                || found == [nothing.clone(), expected.clone()];
            assert!(is_one, "call {call}: {found:?}");
            for account in [&old, &new] {
                drop(open(disk, account));
            }
        }
    });
}
