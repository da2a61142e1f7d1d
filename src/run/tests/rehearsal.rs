//! `--dry-run`.

use super::*;
use crate::disk::Disk;

/// All files, each with what tells that it was written or replaced.
fn files(disk: &CrashDisk) -> Vec<(PathBuf, u64, Option<Vec<u8>>)> {
    let paths = ["/var", "/home"].map(|dir| disk.files(dir)).concat();
    let file = |path: PathBuf| {
        let ino = disk.stat(&path).expect("it is there").ino;
        let content = disk.content(&path);
        (path, ino, content)
    };
    paths.into_iter().map(file).collect()
}

#[test]
fn a_rehearsal_writes_and_replaces_no_file() {
    let disk = disk();
    let peer = Peer::start(mails(3));
    peer.announce(&["UIDL", "PIPELINING"]);
    let job = job(&peer, Kind::Maildir, Disposal::Keep);
    run_well(&disk, &job);
    peer.set_maildrop(mails(5));
    let before = files(&disk);
    assert!(before.iter().any(|(path, ..)| path.ends_with("hints")));
    let rehearsal = FetchJob {
        dry_run: true,
        ..job
    };
    assert_eq!(run_well(&disk, &rehearsal).summary.new, 2);
    assert_eq!(files(&disk), before);
}
