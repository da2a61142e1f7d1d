//! The power goes at every call of the disk, and what was not synced survives
//! or not.

use super::*;

/// Runs with the power cut at each call in turn, in every way. Of each there
/// are more than a hundred images of the disk; many calls change nothing, and
/// leave the same one.
fn no_power_cut_loses_or_doubles(count: usize, dice: u64) {
    let all = mails(count);
    for way in WAYS {
        let (mut images, mut ends) = (0, Ends::default());
        cut_power_everywhere(way, &all, 1, |at, disk, peer| {
            let some = (0..dice).map(|n| Survives::Some(at << 8 | n));
            for survives in some.chain([Survives::Nothing, Survives::Everything]) {
                images += 1;
                ends.check(&disk.after_crash(survives), way, &peer.maildrop(), &all);
            }
        });
        assert!(images > 100, "{images}");
    }
}

// Fault 113.
#[test]
fn no_power_cut_loses_or_doubles_one_message() {
    no_power_cut_loses_or_doubles(1, 2);
}

/// A batch of which one part is published, and another is not.
#[test]
fn no_power_cut_loses_or_doubles_three_messages() {
    no_power_cut_loses_or_doubles(3, 1);
}

/// A second cut, in the run that recovers from the first.
#[test]
fn a_power_cut_while_recovering_is_recovered_from() {
    let all = mails(2);
    for way in WAYS {
        let (kind, disposal) = way;
        let whole = Place::new(kind, &all);
        whole.run_well(disposal);
        cut_power_everywhere(way, &all, 3, |at, disk, peer| {
            for again in 0..4 {
                let image = disk.after_crash(Survives::Some(at << 8 | again));
                image.set_now(1_700_000_301);
                image.cut_power_at(5 + (at * 7 + again * 13) % whole.disk.calls());
                let peer = Peer::start(peer.maildrop());
                oracle::watch(&peer, &image, kind, &all);
                run(&image, &job(&peer, kind, disposal));
                let image = image.after_crash(Survives::Some(again));
                assert_none_lost(&image, kind, &peer.maildrop(), &all);
                assert_recovers(&image, way, peer.maildrop(), &all);
            }
        });
    }
}

/// What a kill leaves is seen, but no more durable than it was.
#[test]
fn no_kill_loses_or_doubles_anything_even_if_the_power_goes_later() {
    let all = mails(2);
    for way in WAYS {
        let mut ends = Ends::default();
        cut_power_everywhere(way, &all, 1, |_, disk, peer| {
            let killed = disk.after_kill();
            if ends.is_new(&killed, &peer.maildrop()) {
                assert_none_lost(&killed, way.0, &peer.maildrop(), &all);
                // A dotlock that a killed program left names nobody.
                assert_recovers(&killed, way, peer.maildrop(), &all);
                if way.1 == Disposal::Keep {
                    assert_idle(&killed, way, all.clone());
                }
            }
        });
    }
}

/// Every write is short.
// Fault 30.
#[test]
fn short_writes_change_nothing() {
    let all = mails(3);
    for way in WAYS {
        let disk = disk();
        disk.write_at_most(3);
        assert_recovers(&disk, way, all.clone(), &all);
    }
}
