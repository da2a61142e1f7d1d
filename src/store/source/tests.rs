//! Whatever is taken out can be read back, and nothing hostile is believed.

use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::*;
use crate::base::Hash;
use crate::disk::RealDisk;
use crate::store::export::{self, About, Format};
use crate::store::testing::hash;

const FORMS: [Format; 4] = [Format::Mboxrd, Format::Maildir, Format::Eml, Format::Tar];

fn disk() -> Arc<dyn Disk> {
    Arc::new(RealDisk::new())
}

fn open(path: &Path) -> Result<Source, Error> {
    Source::open(path, &Cancel::new(), &disk())
}

/// Takes messages out.
fn exported(format: Format, path: &Path, messages: &[Vec<u8>]) {
    let mut export = export::to_path(format, false, path, &disk()).expect("begun");
    for message in messages {
        export
            .begin(&About {
                hash: hash(message),
                len: message.len() as u64,
                seconds: 1_700_000_000,
                header: message,
            })
            .expect("begun");
        for piece in message.chunks(7) {
            export.write(piece).expect("written");
        }
        export.end().expect("ended");
    }
    export.finish().expect("finished");
}

/// The messages that are read, sorted: those that fit into what is kept, and
/// the others read for a second time.
fn messages(source: &Source, room: usize) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut each = |_: &str, found, kept: &Kept| {
        let SourceItem::Message { place, reread, .. } = found else {
            panic!("{found:?}");
        };
        let mut message = kept.bytes().to_vec();
        if !kept.is_whole() {
            message.clear();
            let again = source.read(&place, &mut |piece| {
                message.extend_from_slice(piece);
                Ok(())
            });
            assert_eq!(again.expect("read"), reread);
        }
        assert_eq!(hash(&message), reread.hash);
        assert_eq!(message.len() as u64, kept.len());
        messages.push(message);
        ControlFlow::Continue(())
    };
    source.each(&mut Kept::up_to(room), &mut each).expect("read");
    messages.sort();
    messages
}

/// What is told of everything in a source, and the hashes of its messages.
fn told(source: &Source) -> (Vec<String>, Vec<Hash>, Aside) {
    let (mut told, mut hashes) = (Vec::new(), Vec::new());
    let aside = source.each(&mut Kept::nothing(), &mut |name, found, _| {
        match found {
            SourceItem::Message { reread, .. } => hashes.push(reread.hash),
            SourceItem::Unfit(reason) => told.push(format!("{name}: {reason}")),
            SourceItem::Unread(error) => told.push(format!("{name}: {error}")),
        }
        ControlFlow::Continue(())
    });
    (told, hashes, aside.expect("read"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn what_is_taken_out_comes_back(
        messages in proptest::collection::vec(
            proptest::collection::vec(
                proptest::sample::select(vec![
                    &b"From "[..], b">", b"\n", b"\n\n", b"\0", b"\r", b"\r\n", b"x", b"\xff", b"S: a\n",
                ]),
                0..12,
            ).prop_map(|parts| parts.concat()),
            0..6,
        ),
        room in 0usize..40,
    ) {
        let home = tempfile::tempdir().expect("a folder");
        for format in FORMS {
            let path = home.path().join(format!("{format:?}"));
            exported(format, &path, &messages);
            let mut expected = messages.clone();
            if format == Format::Mboxrd {
                // Its lines have ends, all of them.
                for message in &mut expected {
                    if message.last().is_some_and(|last| *last != b'\n') {
                        message.push(b'\n');
                    }
                }
            }
            expected.sort();
            let source = open(&path).expect("a source");
            prop_assert_eq!(super::tests::messages(&source, room), expected, "{:?}", format);
            let (told, ..) = super::tests::told(&source);
            prop_assert_eq!(told, [""; 0]);
        }
    }

    #[test]
    fn no_tar_whatever_is_in_it_does_harm(octets in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("x.tar");
        let header = ustar::header("a.eml", 10, 0);
        fs::write(&path, [&header[..], &octets].concat()).expect("written");
        told(&open(&path).expect("a tar"));
    }
}

#[test]
fn the_same_hash_is_told_with_and_without_a_last_line_end() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("a.eml");
    fs::write(&path, "S: x\n\nend").expect("written");
    let source = open(&path).expect("a mail");
    source
        .each(&mut Kept::nothing(), &mut |_, found, _| {
            let SourceItem::Message { reread, .. } = found else {
                panic!("{found:?}");
            };
            assert_eq!(reread.hash, hash(b"S: x\n\nend"));
            assert_eq!(reread.ended, hash(b"S: x\n\nend\n"));
            ControlFlow::Continue(())
        })
        .expect("read");
}

#[test]
fn nothing_in_a_folder_is_followed_or_waited_for() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path().join("mail");
    fs::create_dir_all(root.join("2026/11")).expect("made");
    fs::create_dir_all(root.join(".hidden")).expect("made");
    let secret = home.path().join("secret.eml");
    fs::write(&secret, "secret").expect("written");
    fs::write(root.join("2026/11/a.EML"), "a").expect("written");
    fs::write(root.join("2026/notes.txt"), "no mail").expect("written");
    let named = format!("{}.eml", hash(b"other"));
    fs::write(root.join(&named), "this").expect("written");
    fs::write(root.join(format!("{}.eml", hash(b"that"))), "that").expect("written");
    symlink(&secret, root.join("link.eml")).expect("linked");
    symlink(home.path(), root.join("up")).expect("linked");
    let pipe = root.join("pipe.eml");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).expect("a pipe");
    let deep: PathBuf = std::iter::repeat_n("d", 40).collect();
    fs::create_dir_all(root.join("nest").join(deep)).expect("made");
    let (mut told, mut hashes, aside) = told(&open(&root).expect("a folder"));
    told.sort();
    hashes.sort_by_key(|hash| hash.0);
    let deepest: PathBuf = std::iter::once("nest").chain(std::iter::repeat_n("d", 31)).collect();
    let mut expected = [
        format!("{named}: altered: its name is the SHA-256 of something else"),
        "link.eml: it is a symbolic link".to_owned(),
        format!("{}: it lies too deep", deepest.display()),
        "pipe.eml: it is no regular file".to_owned(),
        "up: it is a symbolic link".to_owned(),
    ];
    expected.sort();
    assert_eq!(told, expected);
    let mut mails = [hash(b"a"), hash(b"that")];
    mails.sort_by_key(|hash| hash.0);
    assert_eq!(hashes, mails);
    assert_eq!(aside.left_out, 2);
    assert_eq!(aside.example.as_deref(), Some(".hidden"));
}

/// An entry of a tar, by rules written down here.
fn entry(name: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
    block[148..156].copy_from_slice(b"        ");
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block.extend_from_slice(content);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

#[test]
fn nothing_in_a_tar_is_believed() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("x.tar");
    let long = [&b"d/".repeat(30)[..], &[b'n'; 300], b".eml"].concat();
    let pax = |key: &str, value: &str| {
        let record = format!(" {key}={value}\n");
        let mut len = record.len() + 2;
        len = record.len() + len.to_string().len();
        entry(b"pax", b'x', format!("{len}{record}").as_bytes())
    };
    let tar = [
        entry(b"good/a.eml", b'0', b"a"),
        entry(b"../up.eml", b'0', b"up"),
        entry(b"/etc/abs.eml", b'0', b"abs"),
        entry(b"sym.eml", b'2', b""),
        entry(b"hard.eml", b'1', b""),
        entry(b"dev.eml", b'3', b""),
        entry(b"pipe.eml", b'6', b""),
        entry(b"holes.eml", b'S', b""),
        entry(b"folder/", b'5', b""),
        entry(b"cur/b:2,S", 0, b"b"),
        entry(b"readme", b'0', b"no mail"),
        entry(b"cur/.hidden", b'0', b"no mail"),
        entry(b"LongLink", b'L', &[&long[..], b"\0"].concat()),
        entry(b"short", b'0', b"long"),
        entry(b"LongLink", b'L', &[b'e'; 1 << 16]),
        entry(b"endless.eml", b'0', b"endless"),
        entry(b"LongLink", b'L', &b"n/".repeat(100)),
        entry(b"nest.eml", b'0', b"nest"),
        pax("path", "../../pax.eml"),
        entry(b"harmless.eml", b'0', b"pax"),
        pax("path", "p.eml"),
        entry(b"x", b'0', b"p"),
        entry(b"pax", b'x', b"nonsense"),
        entry(b"y.eml", b'0', b"y"),
        vec![0; 1024],
        entry(b"appended.eml", b'0', b"appended"),
        vec![0; 1024],
    ];
    fs::write(&path, tar.concat()).expect("written");
    let (told, hashes, aside) = told(&open(&path).expect("a tar"));
    assert_eq!(
        told,
        [
            "../up.eml: its name leads out of the tar",
            "/etc/abs.eml: its name is absolute",
            "sym.eml: it is a symbolic link",
            "hard.eml: it is a link",
            "dev.eml: it is a device",
            "pipe.eml: it is a pipe",
            "holes.eml: it is of a kind that is not known",
            "endless.eml: its name is too long",
            &format!("{}: it lies too deep", "n/".repeat(100)),
            "../../pax.eml: its name leads out of the tar",
            "y.eml: what is said of it makes no sense",
        ]
    );
    let good: [&[u8]; 5] = [b"a", b"b", b"long", b"p", b"appended"];
    assert_eq!(hashes, good.map(hash));
    let expected = (2, Some("readme"));
    assert_eq!((aside.left_out, aside.example.as_deref()), expected);
}

#[test]
fn a_damaged_tar_is_told() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("x.tar");
    let whole =
        [entry(b"a.eml", b'0', &[b'a'; 600]), entry(b"b.eml", b'0', b"b"), vec![0; 1024]].concat();
    for (len, messages, reason) in [
        (whole.len(), 2, None),
        (2560, 2, Some("it ends before its end mark")),
        (2000, 1, Some("it ends before its end mark")),
        (1000, 0, Some("it ends in the middle of a message")),
    ] {
        fs::write(&path, &whole[..len]).expect("written");
        let (told, hashes, _) = told(&open(&path).expect("a tar"));
        assert_eq!(hashes.len(), messages, "{len}: {told:?}");
        let damaged = |reason: &str| format!(": the tar is damaged: {reason}");
        match reason {
            None => assert_eq!(told, [""; 0]),
            Some(reason) => assert!(told[0].ends_with(&damaged(reason)), "{len}: {told:?}"),
        }
    }
    let mut flipped = whole.clone();
    flipped[1536] ^= 1;
    fs::write(&path, flipped).expect("written");
    let (told, hashes, _) = told(&open(&path).expect("a tar"));
    let expected = ["octet 1536: the tar is damaged: what follows is no tar"];
    assert_eq!(told, expected);
    assert_eq!(hashes.len(), 1);
}

#[test]
fn what_a_source_is_shows() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("x");
    let refused = |path: &Path| open(path).expect_err("refused").to_string();
    assert!(refused(&path).ends_with("x: there is nothing"));
    #[rustfmt::skip]
    let rows = [
        (&b"Subject: x\n"[..], "it is no Maildir, mbox, tar or folder of .eml files"),
        (b"\x1f\x8b\x08", "it is packed: unpack it by gzip -d first"),
        (b"\x28\xb5\x2f\xfd",
         if cfg!(feature = "zstd") { "it is packed by zstd, and damaged" } else { "it is packed: unpack it by zstd -d first" }),
    ];
    for (content, reason) in rows {
        fs::write(&path, content).expect("written");
        assert!(refused(&path).ends_with(reason), "{}", refused(&path));
    }
    fs::remove_file(&path).expect("removed");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).expect("a pipe");
    assert!(refused(&path).ends_with("it is neither a file nor a folder"));
}

#[test]
fn an_mbox_that_may_be_cut_is_told() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("box");
    for (content, torn) in [
        (&b""[..], false),
        (b"From a\nS: x\n\nhi\n\n", false),
        (b"From a\nS: x\n\nhi\n", true),
        (b"From a\nS: x\n\nh", true),
    ] {
        fs::write(&path, content).expect("written");
        let (told, _, aside) = told(&open(&path).expect("an mbox"));
        assert_eq!((aside.torn, told.len()), (torn, 0), "{content:?}");
    }
}

/// What a reader moves from new/ to cur/ while it is read is read once.
#[test]
fn a_maildir_is_read_while_a_reader_moves_its_messages() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir(root.join(folder)).expect("made");
    }
    for name in ["1.a", "2.b", "3.c"] {
        fs::write(root.join("new").join(name), name).expect("written");
    }
    fs::write(root.join("tmp/4.d"), "draft").expect("written");
    let source = open(root).expect("a Maildir");
    let mut names = Vec::new();
    source
        .each(&mut Kept::nothing(), &mut |name, found, _| {
            assert!(matches!(found, SourceItem::Message { .. }), "{name}: {found:?}");
            if names.is_empty() {
                for name in ["1.a", "2.b"] {
                    let cur = root.join(format!("cur/{name}:2,S"));
                    fs::rename(root.join("new").join(name), cur).expect("moved");
                }
            }
            names.push(name.to_owned());
            ControlFlow::Continue(())
        })
        .expect("read");
    assert_eq!(names, ["new/1.a", "new/3.c", "cur/2.b:2,S"]);
}

#[test]
fn what_is_changed_while_it_is_read_is_told() {
    let append = |path: &Path| {
        let file = fs::OpenOptions::new().append(true).open(path);
        std::io::Write::write_all(&mut file.expect("opened"), b"x").expect("appended");
    };
    let home = tempfile::tempdir().expect("a folder");
    for format in [Format::Mboxrd, Format::Tar] {
        let path = home.path().join(format!("{format:?}"));
        exported(format, &path, &[b"S: a\n\n".to_vec(), b"S: b\n\n".to_vec()]);
        let source = open(&path).expect("a source");
        let read = source.each(&mut Kept::nothing(), &mut |_, _, _| {
            append(&path);
            ControlFlow::Continue(())
        });
        let error = read.expect_err("changed");
        assert!(matches!(error, Error::ChangedMeanwhile { .. }), "{error}");
    }
    let path = home.path().join("a.eml");
    fs::write(&path, "S: a\n\n").expect("written");
    let place = Position(At::File(path.clone()));
    let read = open(&path).expect("a source").read(&place, &mut |_| {
        append(&path);
        Ok(())
    });
    let error = read.expect_err("changed");
    assert!(matches!(error, Error::ChangedMeanwhile { .. }), "{error}");
}
