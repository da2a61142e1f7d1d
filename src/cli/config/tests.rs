mod toml;

use super::*;
use crate::cli::args::{Size, Span, Wait};
use crate::session::TlsMode;
use crate::store;
use std::time::Duration;

fn env() -> Environment {
    Environment::of(&[("HOME", "/home/a")])
}

fn parse(text: &str) -> Result<Config, Failure> {
    Config::parse(Path::new("/c.toml"), text, &env()).without_mistakes()
}

fn failure(text: &str) -> Failure {
    parse(text).expect_err(text)
}

#[test]
fn the_example_of_the_manual_is_read() {
    let config = parse(
        r#"
[defaults]
timeout = "60s"

[accounts.work]
host = "pop.example.com"
user = "alice@example.com"
password_command = "pass show mail/work"
maildir = "~/Mail/work"
delete_after = "30d"
"#,
    )
    .expect("right");
    let expected = Some(Wait(Duration::from_secs(60)));
    assert_eq!(config.defaults.connect.timeout, expected);
    let work = config.account("work").expect("there");
    assert_eq!(work.line, 5);
    assert_eq!(work.keys.host.as_deref(), Some("pop.example.com"));
    let expected = Some(Path::new("/home/a/Mail/work"));
    assert_eq!(work.options.destination.maildir.as_deref(), expected);
    let month = Span(Duration::from_secs(30 * 86_400));
    assert_eq!(work.options.fetch.delete_after, Some(month));
}

/// Every key once, so that none is forgotten.
const EVERYTHING: &str = r#"
tls = "starttls"
tls_ca = "/ca"
tls_pin = ["sha256:abababababababababababababababababababababababababababababababab"]
tls_pin_only = true
tls_name = "n"
tls_min = "1.3"
tls_client = "/c"
auth = "scram-sha-256"
password_file = "/p"
insecure_plaintext = true
timeout = "5s"
deadline = "5m"
proxy = "socks5://p"
bind = "127.0.0.1"
ipv4 = true
pipelining = "off"
state_dir = "/s"
maildir = "/m"
delete = true
delete_verified = true
delete_imported = true
max_messages = 5
max_size = "5k"
max_bytes = "5M"
skip = ["from:*@shop.example"]
filter = "f"
after_new = "n"
deliver_timeout = "5m"
all = true
newest_first = true
no_uidl = true
dry_run = true
accept_uid_reset = true
lock_wait = "5s"
recipient = "a"
sender = ""
deliver_jobs = 2
from_line = true
id_header = true
in_doubt = "hold"
retry_refused = true
"#;

#[test]
fn every_key_is_read_and_taken_from_a_farther_source() {
    let config = parse(&format!("[defaults]\njobs = 2\nexit_empty = 9\n{EVERYTHING}"));
    let config = config.expect("right");
    assert_eq!(config.run.jobs.map(u8::from), Some(2));
    assert_eq!(config.run.exit_empty, Some(9));
    assert_eq!(Options::default().or(&config.defaults), config.defaults);
    assert_eq!(config.defaults.fetch.max_size, Some(Size(5000)));
    // What is not set is a rival of something that is.
    let unset: Vec<String> = [
        serde_json::to_value(&config.defaults.connect),
        serde_json::to_value(&config.defaults.fetch),
    ]
    .into_iter()
    .flat_map(|value| value.expect("plain").as_object().expect("struct").clone())
    .filter(|(_, value)| value.is_null())
    .map(|(key, _)| key)
    .collect();
    assert_eq!(
        unset,
        [
            "ipv6",
            "oauth2",
            "password_command",
            "password_fd",
            "socket",
            "tunnel",
            "delete_after",
            "keep",
        ]
    );
    let set = config.defaults.destination.named();
    assert_eq!(set.len(), 1, "one destination rules the others out");
}

#[test]
fn the_keys_are_the_options_of_the_command_line() {
    use clap::{Args, Command, ValueHint};
    let options = |augment: fn(Command) -> Command| -> Vec<(String, bool)> {
        augment(Command::new("x"))
            .get_arguments()
            .map(|arg| {
                let is_path =
                    matches!(arg.get_value_hint(), ValueHint::FilePath | ValueHint::DirPath);
                (arg.get_id().to_string(), is_path)
            })
            .collect()
    };
    // Of a table, which is no option.
    let mut paths = vec!["client_secret_file".to_owned()];
    for (augment, keys) in [
        (Connect::augment_args as fn(Command) -> Command, Connect::KEYS),
        (FetchOptions::augment_args, FetchOptions::KEYS),
        (Destination::augment_args, Destination::KEYS),
        (RunOptions::augment_args, RunOptions::KEYS),
    ] {
        let options = options(augment);
        let names: Vec<&str> = options.iter().map(|(name, _)| name.as_str()).collect();
        // A table is no option.
        let keys: Vec<&str> = keys.iter().copied().filter(|key| *key != "oauth2").collect();
        assert_eq!(names, keys);
        paths.extend(options.into_iter().filter(|(_, path)| *path).map(|(name, _)| name));
    }
    paths.sort();
    let mut keys = path::KEYS.to_vec();
    let targets = store::SCHEMES.into_iter();
    keys.extend(targets.filter(|scheme| scheme.address.is_path()).map(|scheme| scheme.name));
    keys.sort_unstable();
    assert_eq!(paths, keys);
}

#[test]
fn the_nearer_source_wins_and_hides_rivals() {
    let config = parse(
        "[defaults]\ndelete = true\nmaildir = '/d'\ntls = 'none'\n\
         [accounts.a]\ndelete_after = '1d'\nmbox = '/b'\n\
         [accounts.b]\ndelete = false\n",
    )
    .expect("right");
    let merged = |name: &str| {
        let account = config.account(name).expect("there");
        account.options.clone().or(&config.defaults)
    };
    let a = merged("a");
    assert_eq!(a.fetch.delete, None);
    assert!(a.fetch.delete_after.is_some());
    assert_eq!(a.destination.maildir, None);
    assert_eq!(a.destination.mbox.as_deref(), Some(Path::new("/b")));
    assert_eq!(a.connect.tls, Some(TlsMode::None));
    let b = merged("b");
    assert_eq!(b.fetch.delete, Some(false));
    assert_eq!(b.destination.maildir.as_deref(), Some(Path::new("/d")));
}

// Fault 107.
#[test]
fn wrong_files_are_told_with_line_and_key() {
    #[rustfmt::skip]
    let rows = [
        ("[accounts.a]\nmaildr = '/m'", "2: unknown key `maildr` in [accounts.a]", Some("did you mean `maildir`?")),
        ("[accounts.a]\n\ndelete-after = '1d'", "3: unknown key `delete-after` in [accounts.a]",
         Some("did you mean `delete_after`?")),
        ("[accounts.a]\nxyzzy = 1", "2: unknown key `xyzzy` in [accounts.a]", None),
        ("[defaults]\nhost = 'h'", "2: `host` is not allowed in [defaults]", Some("it belongs in [accounts.NAME]")),
        ("timeout = '1s'", "1: unknown key `timeout`", Some("keys belong below [defaults] or [accounts.NAME]")),
        ("[account.a]", "1: unknown key `account`", Some("did you mean `accounts`?")),
        ("accounts = 1", "1: this has to be a table in brackets", None),
        ("[accounts]\na = 1", "2: [accounts.a] has to be a table",
         Some("an account begins with a line such as [accounts.work]")),
        ("[accounts.a]\nkeep = false", "2: `keep` cannot be false", Some("write delete = true, or delete_after")),
        ("[accounts.a]\nmbox = '/x'\nmaildir = '/x'", "3: `maildir` and `mbox` cannot be combined in [accounts.a]",
         Some("an account has one place for its mail; after_new tells a command of new mail beside a Maildir; to hand the mail itself on too, add a second account with its own state_dir, and run `retr state mark-seen NAME` for it first, or all old mail goes there")),
        ("[accounts.a]\ntimeout = 60", "2: `timeout`: `60` is not a valid duration in quotes, such as \"60s\" or \"30d\"", None),
        ("[accounts.a]\ntimeout = '60'",
         "2: `timeout`: `60` is not a valid duration; write for example 60s, 10m, 2h or 30d", None),
        ("[accounts.a]\ntls = 'yes'",
         "2: `tls`: `yes` is not a TLS mode; use implicit (port 995), starttls (port 110) or none", None),
        ("[accounts.a]\nport = '995'", "2: `port`: write a whole number from 1 to 65535, without quotes: 995", None),
        ("[accounts.a]\nserver = 'h'", "2: unknown key `server` in [accounts.a]", Some("the key is `host`")),
        ("[accounts.a]\nSSL = true", "2: unknown key `SSL` in [accounts.a]",
         Some("the key is `tls`, with implicit (port 995), starttls (port 110) or none")),
        ("[accounts.a]\nport = 0", "2: `port`: `0` is not a whole number from 1 to 65535", None),
        ("[defaults]\njobs = 0", "2: `jobs`: `0` is not a whole number from 1 to 255", None),
        ("[accounts.a]\nmax_messages = 'five'", "2: `max_messages`: `five` is not a whole number", None),
        ("[defaults]\nexit_empty = 300", "2: `exit_empty`: `300` is not a whole number up to 255", None),
        ("[accounts.a]\ntls_pin_only = 'yes'", "2: `tls_pin_only`: write true or false, without quotes", None),
        ("[accounts.a]\nuser = 1", "2: `user`: put the value in quotes", None),
        ("[accounts.a]\nmaildir = true", "2: `maildir`: put the value in quotes", None),
        ("[defaults]\nenabled = false", "2: `enabled` is not allowed in [defaults]",
         Some("it belongs in [accounts.NAME]")),
        ("[accounts.pop.example]\nuser = 'u'", "1: unknown key `example` in [accounts.pop]",
         Some("quote a name with a dot: [accounts.\"pop.example\"]")),
        ("[accounts.'']", "1: an account's name cannot be empty, begin with `-`, or contain controls or `://`", None),
        ("[accounts.\"a\\u001b\"]", "1: an account's name cannot be empty, begin with `-`, or contain controls or `://`",
         None),
    ];
    for (text, what, hint) in rows {
        let failure = failure(text);
        assert_eq!(failure.class, Class::Config, "{text}");
        assert_eq!(failure.what, format!("/c.toml:{what}"), "{text}");
        assert_eq!(failure.hint.as_deref(), hint, "{text}");
    }
}

/// The mistakes in a file: `account:line` each.
fn places(config: &Config) -> Vec<String> {
    let place = |mistake: &Mistake| {
        let of = mistake.account.as_deref().unwrap_or_default();
        let what = mistake.failure.what.strip_prefix("/c.toml:");
        let (line, _) = what.and_then(|what| what.split_once(": ")).expect("a line");
        format!("{of}:{line}")
    };
    config.mistakes.iter().map(place).collect()
}

#[test]
fn all_mistakes_are_found_each_with_its_account() {
    let text = "x = 1\n[defaults]\nhost = 'h'\ntimeout = 5\n\
                [accounts.a]\nmaildr = '/m'\nport = 0\ntls = 'ssl'\nhost = 'h'\nkeep = true\ndelete = true\n\
                [accounts.'']\n[accounts.b]\nuser = 'u'\nproxy = 'x'\n";
    let config = Config::parse(Path::new("/c.toml"), text, &env());
    let expected = [":1", ":3", ":4", "a:6", "a:11", "a:7", "a:8", ":12", "b:15"];
    assert_eq!(places(&config), expected);
    // What is right is read beside what is wrong.
    assert_eq!(config.accounts[0].keys.host.as_deref(), Some("h"));
    assert_eq!(config.accounts[1].keys.user.as_deref(), Some("u"));
    assert!(config.accounts.iter().all(|account| !account.complete));
}

#[test]
fn a_heading_without_its_quotes_hides_no_mistake_below_it() {
    let text = "[accounts.me@example.org]\nserver = 'h'\nmaildir = ~/x\n\
                # [accounts.a@b]\n[accounts.b]\nport = 0\n";
    let config = Config::parse(Path::new("/c.toml"), text, &env());
    let expected = [":1", ":3", "me@example.org:2", "b:6"];
    assert_eq!(places(&config), expected);
    let first = config.without_mistakes().expect_err("wrong");
    assert_eq!(
        first.hint.as_deref(),
        Some(
            "quote the name: [accounts.\"me@example.org\"]; 3 more in this file: \
             `retr config check` tells all"
        )
    );
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let arrays = format!("[accounts.a]\nhost = {}", "[".repeat(200_000));
    assert_eq!(failure(&arrays).class, Class::Config);
    let tables = format!("[accounts.{}x]\n", "a.".repeat(100_000));
    assert_eq!(failure(&tables).class, Class::Config);
}

#[test]
fn unknown_accounts_are_told_without_secrets() {
    let config = parse("[accounts.work]\n[accounts.home]").expect("right");
    let failure = config.account("alice:hunter2@h").expect_err("unknown");
    assert_eq!(failure.what, "no account in /c.toml");
    assert!(!format!("{failure:?}").contains("hunter2"));
    let missing = Config {
        missing: Some("config file /c.toml does not exist".to_owned()),
        ..Config::default()
    };
    let failure = missing.account("work").expect_err("unknown");
    let expected = "no account `work`: config file /c.toml does not exist";
    assert_eq!(failure.what, expected);
}

#[test]
fn accounts_keep_the_order_of_the_file() {
    let config = parse("[accounts.z]\n[accounts.a]\n[accounts.m]").expect("right");
    let names: Vec<&str> = config.accounts.iter().map(|a| &*a.name).collect();
    assert_eq!(names, ["z", "a", "m"]);
}

#[test]
fn only_the_usual_file_may_be_missing() {
    let dir = tempfile::tempdir().expect("tempdir");
    let path = dir.path().join("none.toml");
    let failure = Config::load(Some(&path), &env()).expect_err("missing");
    let expected = format!("config file {} does not exist", path.display());
    assert_eq!(failure.what, expected);
    let home = Environment::of(&[("XDG_CONFIG_HOME", dir.path().to_str().expect("UTF-8"))]);
    let config = Config::load(None, &home).expect("may be missing");
    assert!(config.missing.is_some() && config.accounts.is_empty());
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    let dir = tempfile::tempdir().expect("tempdir");
    let path = dir.path().join("c.toml");
    for (bytes, what) in [
        (&b"[defaults]\n\0"[..], ":2: a NUL byte is no text"),
        (b"\xff\xfe[\0d\0", ":1: a NUL byte is no text"),
        (b"# a\n# caf\xe9\n", ":2: this is not UTF-8"),
    ] {
        std::fs::write(&path, bytes).expect("written");
        let failure = Config::load(Some(&path), &env()).expect_err("no text");
        assert_eq!(failure.what, format!("{}{what}", path.display()));
    }
    let failure = Config::load(Some(dir.path()), &env()).expect_err("a folder");
    assert_eq!(failure.class, Class::Config);
    let holds = failure.what.ends_with(" is not a regular file");
    assert!(holds, "{failure:?}");
}

#[test]
fn only_a_regular_file_is_read() {
    let failure = Config::load(Some(Path::new("/dev/zero")), &env()).expect_err("endless");
    assert_eq!(failure.what, "config file /dev/zero is not a regular file");
}
