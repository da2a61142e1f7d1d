//! The config file as text: bounded, and written by nobody else, since it
//! names commands that run as this user.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::path_shown;
use crate::base::{Failure, escape};
use crate::cli::environment::Environment;
use crate::wait::{FileError, RegularFile};

/// Largest config file, in octets; hundreds of thousands of accounts.
const MAX_FILE: usize = 64 << 20;

/// Reads the file; `None` if it does not exist. One that nobody named and
/// that cannot even be looked for does not exist either.
pub(super) fn read(path: &Path, named: bool, env: &Environment) -> Result<Option<String>, Failure> {
    let what = format!("config file {}", path_shown(path));
    let unreadable = |error: FileError| error.failure(&what);
    let file = match RegularFile::open(path) {
        Ok(file) => file,
        Err(error) if error.is_missing() => return Ok(None),
        Err(_) if !named && path.symlink_metadata().is_err() => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    refuse_writable(file.facts(), path, &what, env)?;
    let bytes = file.read(MAX_FILE).map_err(unreadable)?;
    decode(path, bytes.to_vec()).map(Some)
}

/// Refuses a file that somebody else could have written: by itself, or by
/// another one put in its place, also where it is a link.
fn refuse_writable(
    facts: &Metadata,
    path: &Path,
    what: &str,
    env: &Environment,
) -> Result<(), Failure> {
    refuse_foreign(facts, path, what, env)?;
    let real = fs::canonicalize(path).ok();
    for path in [Some(path), real.as_deref()].into_iter().flatten() {
        if let Some(folder) = path.parent()
            && let Ok(facts) = folder.metadata()
            // In a sticky folder nobody replaces the file of another.
            && facts.mode() & 0o1000 == 0
        {
            let what = format!("{}, the folder of the config file,", path_shown(folder));
            refuse_foreign(&facts, folder, &what, env)?;
        }
    }
    Ok(())
}

fn refuse_foreign(
    facts: &Metadata,
    path: &Path,
    what: &str,
    env: &Environment,
) -> Result<(), Failure> {
    let (wrong, command) = if facts.uid() != env.user && facts.uid() != 0 {
        ("belongs to another user", format!("chown {}", env.user))
    } else if facts.mode() & 0o022 != 0 {
        ("can be written by others", "chmod go-w".to_owned())
    } else {
        return Ok(());
    };
    let path = path.to_string_lossy();
    let word = shell_words::quote(&path);
    let hint = format!("`{command} {word}`, after a look at it: it names commands that run as you");
    Err(Failure::config(format!("{what} {wrong}")).hint(escape(&hint)))
}

/// TOML is UTF-8 (TOML 1.1, "Preliminaries").
fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, Failure> {
    let wrong = |bytes: &[u8], at: usize, what: &str| {
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..at]).count();
        let path = path_shown(path);
        Failure::config(format!("{path}:{line}: {what}")).hint("save the file as UTF-8 text")
    };
    if let Some(at) = memchr::memchr(0, &bytes) {
        return Err(wrong(&bytes, at, "a NUL byte is no text"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        wrong(error.as_bytes(), at, "this is not UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;
    use crate::base::Class;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("chmod");
    }

    /// What is wrong with a file of these modes, `$D` in place of its folder.
    fn refused(folder: u32, file: u32) -> Option<[String; 2]> {
        let dir = tempfile::tempdir().expect("tempdir");
        let path = dir.path().join("c.toml");
        fs::write(&path, "x").expect("written");
        set_mode(&path, file);
        set_mode(dir.path(), folder);
        let failure = read(&path, true, &Environment::of(&[])).err()?;
        assert_eq!(failure.class, Class::Config);
        let root = dir.path().to_str().expect("UTF-8");
        let texts = [failure.what, failure.hint.expect("a hint")];
        Some(texts.map(|text| text.replace(root, "$D")))
    }

    #[test]
    fn what_others_can_write_is_refused() {
        for (folder, file) in [(0o700, 0o600), (0o755, 0o644), (0o1777, 0o644), (0o755, 0o444)] {
            assert_eq!(refused(folder, file), None, "{folder:o} {file:o}");
        }
        for file in [0o666, 0o664, 0o620, 0o602] {
            let [what, hint] = refused(0o755, file).expect("refused");
            assert_eq!(what, "config file $D/c.toml can be written by others");
            assert!(hint.starts_with("`chmod go-w $D/c.toml`"), "{hint}");
        }
        for folder in [0o777, 0o775] {
            let [what, hint] = refused(folder, 0o644).expect("refused");
            let expected = "$D, the folder of the config file, can be written by others";
            assert_eq!(what, expected);
            assert!(hint.starts_with("`chmod go-w $D`"), "{hint}");
        }
        assert!(refused(0o1777, 0o666).is_some());
    }

    #[test]
    fn a_link_is_no_way_around_it() {
        let dir = tempfile::tempdir().expect("tempdir");
        let open = dir.path().join("open");
        fs::create_dir(&open).expect("folder");
        set_mode(&open, 0o777);
        fs::write(open.join("c.toml"), "x").expect("written");
        let link = dir.path().join("c.toml");
        symlink(open.join("c.toml"), &link).expect("linked");
        assert!(read(&link, true, &Environment::of(&[])).is_err());
        set_mode(&open, 0o755);
        assert!(read(&link, true, &Environment::of(&[])).is_ok());
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        let dir = tempfile::tempdir().expect("tempdir");
        let path = dir.path().join("c.toml");
        fs::write(&path, "x").expect("written");
        let mut env = Environment::of(&[]);
        if env.user == 0 {
            chown(&path, Some(61_002), None).expect("chown");
        } else {
            env.user += 1;
        }
        let failure = read(&path, true, &env).expect_err("refused");
        let holds = failure.what.ends_with("belongs to another user");
        assert!(holds, "{failure:?}");
    }

    #[test]
    fn what_cannot_be_looked_for_may_be_missing_unless_it_was_named() {
        let dir = tempfile::tempdir().expect("tempdir");
        let folder = dir.path().join("loop");
        symlink(&folder, &folder).expect("linked");
        let path = folder.join("config.toml");
        assert_eq!(read(&path, false, &Environment::of(&[])), Ok(None));
        assert!(read(&path, true, &Environment::of(&[])).is_err());
    }
}
