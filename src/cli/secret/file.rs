//! A secret in a file: opened so that nobody else's file and no device is
//! read by mistake, and only if nobody else could have read it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{MAX_SECRET, one_line};
use crate::base::{Class, Failure, Secret};
use crate::cli::config::path_shown;
use crate::cli::environment::Environment;
use crate::wait::{FileError, RegularFile};

/// Reads the file that `--password-file` names.
pub(super) fn read(path: &Path, env: &Environment) -> Result<Secret, Failure> {
    let what = format!("password file {}", path_shown(path));
    let cannot = |error: FileError| error.failure(&what);
    let file = RegularFile::open_no_link(path).map_err(|error| match error {
        FileError::Link => is_link(path, &what),
        error => cannot(error),
    })?;
    refuse_readable(file.facts(), path, &what, env)?;
    let bytes = file.read(MAX_SECRET).map_err(cannot)?;
    one_line(&bytes, &what)
}

/// Refuses a file that others can read, or that somebody else put there.
pub(super) fn refuse_readable(
    facts: &Metadata,
    path: &Path,
    what: &str,
    env: &Environment,
) -> Result<(), Failure> {
    if facts.uid() != env.user && facts.uid() != 0 && env.user != 0 {
        return Err(Failure::new(Class::Config, format!("{what} belongs to somebody else")));
    }
    // systemd lets the service's user in by an access list, which shows as
    // permissions of the group; the folder is nobody else's.
    let is_credential = facts.uid() == 0
        && facts.mode() & 0o007 == 0
        && env.var("CREDENTIALS_DIRECTORY").is_some_and(|dir| path.starts_with(dir));
    if facts.mode() & 0o077 != 0 && !is_credential {
        let path = path.to_string_lossy();
        let command = format!("chmod 600 {}", shell_words::quote(&path));
        return Err(Failure::new(Class::Config, format!("{what} can be read by others"))
            .hint(crate::base::escape(&command)));
    }
    Ok(())
}

fn is_link(path: &Path, what: &str) -> Failure {
    let failure = Failure::new(Class::Config, format!("{what} is a symbolic link"));
    let text = path.to_string_lossy();
    match text
        .strip_prefix("/dev/fd/")
        .or_else(|| text.strip_prefix("/proc/self/fd/"))
        .filter(|number| number.bytes().all(|b| b.is_ascii_digit()))
    {
        Some(number) => failure.hint(format!("use --password-fd {number}")),
        None => failure.hint("name the file that it points to"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::tests::set_mode;
    use super::*;

    fn file(dir: &tempfile::TempDir, content: &[u8], mode: u32) -> PathBuf {
        let path = dir.path().join("pw");
        std::fs::write(&path, content).expect("written");
        set_mode(&path, mode);
        path
    }

    #[test]
    fn a_private_file_is_read() {
        let dir = tempfile::tempdir().expect("tempdir");
        for mode in [0o600, 0o400, 0o700] {
            let path = file(&dir, b"hunter2\n", mode);
            let secret = read(&path, &Environment::of(&[])).expect("read");
            assert_eq!(secret.expose(), b"hunter2");
            std::fs::remove_file(path).expect("removed");
        }
    }

    // Fault 104.
    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_chmod() {
        let dir = tempfile::tempdir().expect("tempdir");
        for mode in [0o640, 0o604, 0o620, 0o601, 0o644] {
            let path = file(&dir, b"hunter2\n", mode);
            let failure = read(&path, &Environment::of(&[])).expect_err("refused");
            assert_eq!(failure.class, Class::Config);
            let path = path.display();
            let expected = format!("password file {path} can be read by others");
            assert_eq!(failure.what, expected);
            assert_eq!(failure.hint, Some(format!("chmod 600 {path}")));
        }
    }

    #[test]
    fn only_regular_files_are_read() {
        let dir = tempfile::tempdir().expect("tempdir");
        let env = Environment::of(&[]);
        let target = file(&dir, b"hunter2\n", 0o600);
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&target, &link).expect("linked");
        let failure = read(&link, &env).expect_err("a link");
        assert!(failure.what.ends_with("link is a symbolic link"));
        let expected = Some("name the file that it points to");
        assert_eq!(failure.hint.as_deref(), expected);
        for path in [dir.path(), Path::new("/dev/zero")] {
            let failure = read(path, &env).expect_err("no file");
            let holds = failure.what.ends_with("is not a regular file");
            assert!(holds, "{failure:?}");
        }
        let failure = read(&dir.path().join("none"), &env).expect_err("missing");
        assert!(failure.what.starts_with("cannot read password file "));
        assert_eq!(failure.causes.len(), 1);
    }

    #[test]
    fn a_descriptor_by_its_path_is_told_the_right_option() {
        let failure = is_link(Path::new("/dev/fd/63"), "password file");
        assert_eq!(failure.hint.as_deref(), Some("use --password-fd 63"));
    }

    #[test]
    fn large_and_foreign_files_are_refused() {
        let dir = tempfile::tempdir().expect("tempdir");
        let path = file(&dir, &vec![b'x'; MAX_SECRET + 1], 0o600);
        let failure = read(&path, &Environment::of(&[])).expect_err("large");
        assert!(failure.what.ends_with("is larger than 64 KiB"));
        let path = file(&dir, &vec![b'x'; MAX_SECRET], 0o600);
        assert!(read(&path, &Environment::of(&[])).is_ok());

        // The owner of the file is neither root nor this user.
        let facts = std::fs::metadata(&path).expect("there");
        if facts.uid() != 0 {
            let env = Environment { user: facts.uid() + 1, ..Environment::of(&[]) };
            let failure = read(&path, &env).expect_err("foreign");
            assert!(failure.what.ends_with("belongs to somebody else"));
        }
    }

    #[test]
    fn a_credential_of_systemd_may_have_an_access_list() {
        let dir = tempfile::tempdir().expect("tempdir");
        let path = file(&dir, b"hunter2\n", 0o440);
        let folder = dir.path().to_str().expect("UTF-8");
        let env = Environment::of(&[("CREDENTIALS_DIRECTORY", folder)]);
        let is_root = std::fs::metadata(&path).expect("there").uid() == 0;
        assert_eq!(read(&path, &env).is_ok(), is_root);
        set_mode(&path, 0o444);
        assert!(read(&path, &env).is_err());
    }
}
