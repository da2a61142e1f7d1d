//! `--dry-run`.

use super::*;

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
    let place = Place::maildir(&mails(3));
    place.peer.pipelines();
    place.run_well(Disposal::Keep);
    place.peer.set_maildrop(mails(5));
    let before = files(&place.disk);
    assert!(before.iter().any(|(path, ..)| path.ends_with("hints")));
    let mut rehearsal = place.job(Disposal::Keep);
    rehearsal.dry_run = true;
    assert_eq!(run_well(&place.disk, &rehearsal).summary.new, 2);
    assert_eq!(files(&place.disk), before);
}
