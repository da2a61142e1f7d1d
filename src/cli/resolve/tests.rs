use std::path::Path;

use super::*;
use crate::cli::args::{Destination, Pin};
use crate::store::Target;

const FILE: &str = "/etc/retr.toml";

fn env() -> Environment {
    Environment::of(&[("HOME", "/home/a"), ("RETR_PASSWORD", "hunter2")])
}

fn config(text: &str) -> Config {
    Config::parse(Path::new(FILE), text, &env()).without_mistakes().expect(text)
}

fn merged(word: &str, typed: Options, text: &str) -> Merged {
    merge(word, typed, &config(text)).expect(word)
}

/// What the command line of `retr fetch` says.
fn typed(words: &str) -> Options {
    use clap::{Args, FromArgMatches};
    let command = clap::Command::new("x");
    let command = Destination::augment_args(command);
    let command = FetchOptions::augment_args(command);
    let command = Connect::augment_args(command);
    let words = std::iter::once("x").chain(words.split_whitespace());
    let matches = command.try_get_matches_from(words).expect("parses");
    Options {
        destination: Destination::from_arg_matches(&matches).expect("there"),
        fetch: FetchOptions::from_arg_matches(&matches).expect("there"),
        connect: Connect::from_arg_matches(&matches).expect("there"),
    }
}

fn fetched(word: &str, words: &str, text: &str) -> Result<run::FetchJob, Failure> {
    let typed = typed(words);
    let merged = merge(word, typed.clone(), &config(text))?;
    Ok(fetch(&merged, &typed.fetch, Need::Login, &env())?.0)
}

#[test]
fn port_and_tls_follow_from_each_other() {
    for (url, options, mode, port) in [
        ("pop3s://u@h", "", TlsMode::Implicit, 995),
        ("pop3://u@h", "", TlsMode::StartTls, 110),
        ("pop3s://u@h:8995", "", TlsMode::Implicit, 8995),
        ("pop3s://u@h", "--tls starttls", TlsMode::StartTls, 110),
        ("pop3://u@h", "--tls none", TlsMode::None, 110),
        ("pop3://u@h", "--tls implicit", TlsMode::Implicit, 995),
    ] {
        let job = fetched(url, &format!("--maildir /m {options}"), "").expect(url);
        assert_eq!(job.account.access.tls_mode, mode, "{url} {options}");
        assert_eq!(job.account.access.route.port, port, "{url} {options}");
    }
    for (keys, mode, port) in [
        ("", TlsMode::Implicit, 995),
        ("port = 110", TlsMode::StartTls, 110),
        ("port = 8110", TlsMode::Implicit, 8110),
        ("tls = 'starttls'", TlsMode::StartTls, 110),
        ("port = 995\ntls = 'none'", TlsMode::None, 995),
    ] {
        let text = format!("[accounts.a]\nhost = 'h'\nuser = 'u'\nmaildir = '/m'\n{keys}");
        let job = fetched("a", "", &text).expect(keys);
        assert_eq!(job.account.access.tls_mode, mode, "{keys}");
        assert_eq!(job.account.access.route.port, port, "{keys}");
    }
}

#[test]
fn the_defaults_hold_for_a_url_too() {
    let defaults = "[defaults]\ndelete = true\ntls_ca = '/ca.pem'\n";
    let options = merged("pop3s://u@h", typed(""), defaults).options;
    assert_eq!(options.fetch.delete, Some(true));
    assert_eq!(options.connect.tls_ca, Some("/ca.pem".into()));
}

#[test]
fn a_url_is_nearer_than_the_defaults_and_farther_than_keys() {
    let defaults = "[defaults]\ntls = 'none'\nauth = 'user'\n";
    let tls = |word: &str, options: &str, rest: &str| {
        let merged = merged(word, typed(options), &format!("{defaults}{rest}"));
        (merged.tls, merged.options.connect.auth)
    };
    let implicit = TlsMode::Implicit;
    let user = Some(Auth::User);
    assert_eq!(tls("pop3s://u@h", "", ""), (implicit, user));
    let expected = (implicit, Some(Auth::Auto));
    assert_eq!(tls("pop3s://u;AUTH=*@h", "", ""), expected);
    let found = tls("pop3s://u;AUTH=PLAIN@h", "--auth login --tls none", "");
    assert_eq!(found, (TlsMode::None, Some(Auth::Login)));
    let account = "[accounts.a]\nurl = 'pop3s://u;AUTH=PLAIN@h'\ntls = 'starttls'\n";
    let expected = (TlsMode::StartTls, Some(Auth::Plain));
    assert_eq!(tls("a", "", account), expected);
}

#[test]
fn accounts_have_names_and_ids() {
    let job = fetched("pop3s://a%40x@Pop.Example.com.", "--mbox m", "").expect("right");
    assert_eq!(job.account.name, "a@x@Pop.Example.com.");
    assert_eq!(job.account.id, AccountId::new("a@x", "pop.example.com"));
    assert_eq!(job.account.access.route.host, "Pop.Example.com.");
    assert_eq!(job.target, Target::mbox("/work/m"));
    let expected = Path::new("/home/a/.local/state/retr");
    assert_eq!(job.account.state_dir, expected);
    let text = "[accounts.work]\nhost = '[::1]'\nuser = 'u'\nmaildir = 'm'\n";
    let job = fetched("work", "--state-dir s", text).expect("right");
    assert_eq!(job.account.name, "work");
    assert_eq!(job.account.access.route.host, "::1");
    assert_eq!(job.target, Target::maildir("/etc/m"));
    assert_eq!(job.account.state_dir, Path::new("/work/s"));
}

/// Two servers behind one name never share a ledger, and one that is reached
/// in two ways has one.
#[test]
fn an_id_is_of_the_user_the_host_and_an_unusual_way_to_it() {
    let id = |url: &str, words: &str| {
        let job = fetched(url, &format!("--maildir /m {words}"), "");
        job.expect(url).account.id
    };
    let usual = AccountId::new("u", "h");
    for (url, words) in [
        ("pop3s://u@h", ""),
        ("pop3://u@H.", ""),
        ("pop3s://u@h:995", "--tls-min 1.3"),
        ("pop3s://u@h:110", "--tls none"),
        ("pop3://u@h:995", "--bind 127.0.0.2"),
    ] {
        assert_eq!(id(url, words), usual, "{url} {words}");
    }
    let ways = [
        ("pop3s://u@h:1110", ""),
        ("pop3s://u@h:1111", ""),
        ("pop3s://u@h", "--socket /work/s"),
        ("pop3s://u@h", "--socket /work/t"),
        ("pop3s://u@h", "--tunnel /work/s"),
        ("pop3s://u@h", "--tunnel t"),
    ];
    for (at, (url, words)) in ways.iter().enumerate() {
        let other = id(url, words);
        assert_eq!(other.former(), Some(usual.clone()), "{url} {words}");
        assert_ne!(other, usual, "{url} {words}");
        for (url, words) in &ways[at + 1..] {
            assert_ne!(id(url, words), other, "{url} {words}");
        }
    }
    // The TLS mode is no way, nor is the port beside a socket.
    assert_eq!(id("pop3://u@h:1110", "--tls none"), id(ways[0].0, ""));
    let socket = id(ways[2].0, ways[2].1);
    assert_eq!(id("pop3://u@h:1110", ways[2].1), socket);
    // Whoever is in another folder means another socket by the same words.
    assert_eq!(id("pop3s://u@h", "--socket s"), socket);
    assert_eq!(id("pop3s://u@h", "--socket ./s"), socket);
}

#[test]
fn what_nobody_says_is_built_in() {
    let job = fetched("pop3s://u@h", "--maildir /m", "").expect("right");
    let access = &job.account.access;
    assert_eq!(access.timeout, Duration::from_secs(60));
    assert_eq!(access.deadline, Duration::from_secs(3600));
    assert_eq!(access.auth, Auth::Auto);
    assert_eq!(access.tls.min, TlsMin::V12);
    assert!(!access.insecure_plaintext);
    assert_eq!(job.policy, Policy::default());
    assert_eq!(job.lock_wait, Duration::ZERO);
    assert!(!job.no_uidl && !job.dry_run);
}

#[test]
fn everything_typed_arrives() {
    let pin = format!("sha256:{}", "ab".repeat(32));
    let words = format!(
        "--maildir m --delete-after 30d --max-messages 5 --max-size 2k --max-bytes 3M --all --delete-imported \
         --newest-first --dry-run --accept-uid-reset --lock-wait 7s --tls-ca ca --tls-pin {pin} \
         --tls-pin-only --tls-name n --tls-min 1.3 --tls-client c --auth scram-sha-1 \
         --insecure-plaintext --timeout 5s --deadline 6m --bind 127.0.0.2 -6 --pipelining off \
         --socket s"
    );
    let job = fetched("pop3s://u@h", &words, "").expect("right");
    assert_eq!(
        job.policy,
        Policy {
            disposal: Disposal::DeleteAfter(Duration::from_secs(30 * 86_400)),
            limits: Limits { messages: Some(5), size: Some(2000), bytes: Some(3_000_000) },
            all: true,
            delete_imported: true,
            newest_first: true,
            accept_uid_reset: true,
            ..Policy::default()
        }
    );
    assert!(job.dry_run);
    assert_eq!(job.lock_wait, Duration::from_secs(7));
    let access = &job.account.access;
    assert_eq!(access.tls.ca.as_deref(), Some(Path::new("/work/ca")));
    assert_eq!(access.tls.pins, [[0xab; 32]]);
    assert!(access.tls.pin_only && access.insecure_plaintext);
    assert_eq!(access.tls.name.as_deref(), Some("n"));
    assert_eq!(access.tls.min, TlsMin::V13);
    assert_eq!(access.tls.client.as_deref(), Some(Path::new("/work/c")));
    assert_eq!(access.auth, Auth::ScramSha1);
    assert_eq!(access.timeout, Duration::from_secs(5));
    assert_eq!(access.deadline, Duration::from_secs(360));
    assert_eq!(access.route.bind, "127.0.0.2".parse().ok());
    assert_eq!(access.route.family, Family::V6);
    assert!(matches!(&access.route.via, Via::Socket(path) if path == Path::new("/work/s")));
    assert_eq!(access.pipelining, crate::session::Pipelining::Off);
}

#[test]
fn ways_to_the_server_replace_each_other() {
    let text =
        "[defaults]\nproxy = 'socks5://p'\n[accounts.a]\nurl = 'pop3s://u@h'\nmaildir = '/m'\n";
    let via = |words: &str| fetched("a", words, text).map(|job| job.account.access.route.via);
    assert!(matches!(via(""), Ok(Via::Socks5 { host, port: 1080, login: None }) if host == "p"));
    let typed = typed("--tunnel x");
    let mut merged = merge("a", typed, &config(text)).expect("right");
    merged.options.connect.tunnel = Some("ssh 'a b' nc".to_owned());
    let (account, _) = account(&merged, Need::Login, &env()).expect("right");
    assert!(
        matches!(account.access.route.via, Via::Tunnel(words) if *words == ["ssh", "a b", "nc"])
    );
    let failure = via("--proxy socks5://me@p").expect_err("no password");
    assert_eq!(failure.what, "no password for the proxy");
}

#[test]
fn wrong_jobs_are_refused() {
    let whole = "url = 'pop3s://u@h'\nmaildir = '/m'\n";
    #[rustfmt::skip]
    let accounts = [
        ("--mbox x/", whole, "has an mbox that ends with `/`"),
        ("", "host = ''\nuser = 'u'", "has `` as its host"),
        ("", "host = 'h/x'\nuser = 'u'", "has `h/x` as its host"),
        ("", "host = 'h:995'\nuser = 'u'", "has a port inside its host: `h:995`"),
        ("", "host = 'h'\nuser = \"u\\r\\nDELE 1\"", "has a control character in its user"),
        ("", "host = \"h\\u0000\"\nuser = 'u'", "has a control character in its host"),
        ("", "url = 'pop3s://u@h'\nport = 5", "has a url besides host, port or user"),
        ("", "url = 'pop3s://u@h'\nmaildir = '/m'\nno_uidl = true", "has no_uidl, which works only with delete"),
        ("--tls-pin-only", whole, "has tls_pin_only without a tls_pin"),
    ];
    for (words, keys, what) in accounts {
        let failure = fetched("a", words, &format!("[accounts.a]\n{keys}\n")).expect_err(what);
        let expected = format!("{FILE}:1: the account {what}");
        assert_eq!((failure.class, failure.what), (Class::Config, expected));
    }
    let whole = format!("[accounts.a]\n{whole}");
    let secret = "[accounts.a]\nurl = 'pop3s://u:canary@h'\n";
    let seen = "wrong account URL: it contains a password, which others on this machine could see";
    let (of_url, unknown) = (format!("{FILE}:1: {seen}"), format!("no account `b` in {FILE}"));
    #[rustfmt::skip]
    let jobs = [
        ("a", "", secret, Class::Config, &*of_url),
        ("a", "--no-uidl --delete-after 1d", &whole, Class::Usage, "--no-uidl works only with --delete"),
        ("b", "", &*whole, Class::Config, &*unknown),
        ("pop3s://h", "--maildir /m", "", Class::Config, "the account has no user"),
        ("pop3s://u@h", "", "", Class::Config, "the account has no destination"),
        ("pop3s://u%0d%0a@h", "--maildir /m", "", Class::Config, "the account has a control character in its user"),
        ("pop3s://u:canary@h", "--maildir /m", "", Class::Usage, seen),
    ];
    for (word, words, text, class, what) in jobs {
        let failure = fetched(word, words, text).expect_err(what);
        assert_eq!((failure.class, &*failure.what), (class, what));
        assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
    }
}

#[test]
fn no_uidl_goes_with_delete() {
    let job = fetched("pop3s://u@h", "--maildir /m --no-uidl --delete", "").expect("right");
    assert_eq!((job.no_uidl, job.policy.disposal), (true, Disposal::Delete));
}

#[test]
fn a_certificate_in_place_of_a_password_needs_neither() {
    let env = Environment::of(&[("HOME", "/nonexistent")]);
    let merged = merged("pop3s://h", typed("--auth external --maildir /m"), "");
    let (account, source) = account(&merged, Need::Login, &env).expect("right");
    assert_eq!(account.access.user, "");
    let minute = Duration::from_secs(60);
    let timeouts = crate::wait::Timeouts::new(minute, minute, &crate::base::Cancel::new());
    assert_eq!(source.secret(&timeouts, &crate::base::Silent), Ok(None));
}

#[test]
fn checking_reads_no_secret() {
    let text = "[accounts.a]\nurl = 'pop3s://u@h'\nmaildir = '/m'\npassword_file = '/nonexistent'\n\
                proxy = 'socks5://me@p'\n";
    let merged = merged("a", Options::default(), text);
    let none = FetchOptions::default();
    assert!(fetch(&merged, &none, Need::Nothing, &env()).is_ok());
    let failure = fetch(&merged, &none, Need::Login, &Environment::of(&[])).err();
    let expected = Some("no password for the proxy");
    assert_eq!(failure.map(|failure| failure.what).as_deref(), expected);
}

#[test]
fn a_pin_of_the_account_is_enough_for_pin_only() {
    let pin = Pin([0xab; 32]);
    let text = format!("[accounts.a]\nurl = 'pop3s://u@h'\nmaildir = '/m'\ntls_pin = '{pin}'\n");
    let job = fetched("a", "--tls-pin-only", &text).expect("right");
    assert_eq!(job.account.access.tls.pins, [pin.0]);
}

#[test]
fn a_name_never_holds_a_password() {
    for (word, name) in [
        ("work", "work"),
        ("pop3s://a%40x@h:99", "a@x@h"),
        ("pop3s://h", "h"),
        ("pop3s://a:canary@h", "account"),
        ("pop3s://a:canary", "account"),
        ("a:canary@h", "account"),
        ("alice@h", "alice@h"),
    ] {
        assert_eq!(name_of(word), name);
    }
}
