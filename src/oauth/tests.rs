use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::tokens::State;
use super::*;
use crate::base::{Cancel, Class, Secret, with};
use crate::disk::Disk;
use crate::disk::crash::{CrashDisk, Fault, Hits, Survives};
use crate::wait::Timeouts;
use crate::web::Answer;

fn tokens(access: &str, refresh: Option<&str>) -> Tokens {
    let secret = |text: &str| Secret::new(text.as_bytes().to_vec());
    Tokens {
        key: "id https://h/t".into(),
        access: secret(access),
        refresh: refresh.map(secret),
        obtained: 1000,
        expires: Some(4600),
        scope: "pop".into(),
    }
}

#[test]
fn tokens_are_renewed_five_minutes_early_and_when_refused() {
    let state = |tokens: &Tokens, now, refused: Option<&str>| {
        let refused = refused.map(|text| Secret::new(text.as_bytes().to_vec()));
        match tokens.state(now, refused.as_ref()) {
            State::Fresh(_) => "fresh",
            State::Stale(_) => "stale",
            State::Over => "over",
        }
    };
    let renewable = tokens("a", Some("r"));
    let single = tokens("a", None);
    let endless = with(renewable.clone(), |it| it.expires = None);
    for (tokens, now, refused, expected) in [
        (&renewable, 1000, None, "fresh"),
        (&renewable, 4299, None, "fresh"),
        (&renewable, 4300, None, "stale"),
        (&renewable, 999, None, "stale"),
        (&renewable, 1000, Some("a"), "stale"),
        (&renewable, 1000, Some("b"), "fresh"),
        (&single, 4300, None, "fresh"),
        (&single, 4600, None, "over"),
        (&single, 1000, Some("a"), "over"),
        (&endless, u64::MAX, None, "fresh"),
        (&endless, 1000, Some("a"), "stale"),
    ] {
        assert_eq!(state(tokens, now, refused), expected, "{tokens:?} {now}");
    }
}

proptest! {
    #[test]
    fn what_is_stored_is_read_again(
        access in "[!-~]{1,300}",
        refresh in proptest::option::of("[!-~]{1,300}"),
        expires: Option<u64>,
        scope in ".{0,30}",
    ) {
        let tokens = Tokens { expires, scope, ..tokens(&access, refresh.as_deref()) };
        let stored = tokens.to_stored();
        prop_assert_eq!(memchr::memchr_iter(b'\n', &stored).count(), 1);
        let read = Tokens::from_stored(&stored).expect("tokens");
        prop_assert_eq!(read.to_stored(), stored);
    }

    /// What an issuer says is refused, or it is tokens that can be kept.
    #[test]
    fn any_answer_of_an_issuer_is_survived(
        status in prop_oneof![Just(200), 100u16..600],
        access in "\\PC{0,20}",
        refresh in proptest::option::of("\\PC{0,20}"),
        lasts in prop_oneof!["[0-9]{1,25}", "\\PC{0,5}"],
        octets: Vec<u8>,
    ) {
        let issuer = Issuer::of(&Settings {
            provider: Provider::Google,
            client_id: Some("id".into()),
            ..Settings::default()
        });
        let issuer = issuer.expect("an issuer");
        let body = serde_json::json!({
            "access_token": access, "refresh_token": refresh, "expires_in": lasts,
        });
        for body in [octets, body.to_string().into_bytes()] {
            let answer = Answer { status, body: Secret::new(body), location: None, retry_after: None };
            let Ok(tokens) = tokens_in(&answer, &issuer, 1000, None) else { continue };
            prop_assert!(tokens.access.expose().iter().all(u8::is_ascii_graphic));
            let stored = tokens.to_stored();
            let read = Tokens::from_stored(&stored).expect("tokens");
            prop_assert_eq!(read.to_stored(), stored);
        }
    }

    #[test]
    fn anything_else_is_no_token(octets: Vec<u8>) {
        prop_assert!(Tokens::from_stored(&octets).is_none());
    }
}

/// A store on a disk whose power can be cut.
fn store(disk: &CrashDisk) -> Store {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Store::new(PathBuf::from("/state/retr/work"), Place::File, disk)
}

fn timeouts() -> Timeouts {
    let long = Duration::from_secs(5);
    Timeouts::new(long, long, &Cancel::new())
}

fn save(store: &Store, tokens: &Tokens) -> Result<(), Error> {
    let timeouts = timeouts();
    let lock = store.lock(&timeouts)?;
    store.prepare(&lock)?.save(tokens, &timeouts)
}

/// The refresh token that is there.
fn kept(disk: &CrashDisk) -> Vec<u8> {
    let loaded = store(disk).load(&timeouts()).expect("readable");
    let refresh = loaded.expect("tokens").refresh;
    refresh.expect("a refresh token").expose().to_vec()
}

/// Saves once more, with something that goes wrong at each call; `after` are
/// the disks that may be found then.
#[track_caller]
fn assert_never_between(
    harm: impl Fn(&CrashDisk, u64),
    after: impl Fn(&CrashDisk) -> Vec<CrashDisk>,
) {
    for call in 1.. {
        let disk = CrashDisk::new(&["/state"]);
        save(&store(&disk), &tokens("a1", Some("r1"))).expect("saved");
        let begun = disk.calls();
        harm(&disk, begun + call);
        let saved = save(&store(&disk), &tokens("a2", Some("r2")));
        for disk in after(&disk) {
            let kept = kept(&disk);
            let right = match saved {
                // From now on the new ones may be used.
                Ok(()) => kept == b"r2",
                Err(_) => kept == b"r1" || kept == b"r2",
            };
            assert!(right, "call {call}: {saved:?}, {}", kept.escape_ascii());
            // Whatever was left over is in nobody's way.
            save(&store(&disk), &tokens("a3", Some("r3"))).expect("saved");
        }
        if disk.calls() < begun + call {
            return;
        }
    }
}

#[test]
fn a_cut_a_kill_or_a_failure_leaves_the_old_tokens_or_the_new_ones() {
    let cut = |disk: &CrashDisk, call| disk.cut_power_at(call);
    let some = (0..8).map(Survives::Some);
    let endings: Vec<_> =
        [Survives::Nothing, Survives::Everything].into_iter().chain(some).collect();
    assert_never_between(cut, |disk| {
        let crashed = endings.iter().map(|survives| disk.after_crash(*survives));
        crashed.chain([disk.after_kill()]).collect()
    });
    let fail = |disk: &CrashDisk, call| {
        disk.fail(Fault::once(call, Hits::Any, rustix::io::Errno::NOSPC));
    };
    assert_never_between(fail, |disk| vec![disk.after_kill(), disk.after_crash(Survives::Nothing)]);
}

/// All the reasons that are known, and one that is not.
#[test]
fn what_a_provider_refuses_with_has_its_advice() {
    let hint = |provider, code: &str, text: &str| {
        let error = Error::Refused(Refusal {
            at: "https://h/t".into(),
            code: code.into(),
            text: text.into(),
        });
        assert_eq!(error.class(), Class::Auth);
        error.hint(provider, "work").expect("advice")
    };
    let mut told = String::new();
    let of_number = |number| {
        let text = format!("AADSTS{number}: What it says, and more.");
        hint(Provider::Microsoft, "invalid_grant", &text)
    };
    let numbers = advice::MICROSOFT.iter().map(|(numbers, _)| *numbers);
    for numbers in numbers.chain([&[1][..]]) {
        told.push_str("microsoft AADSTS");
        let text = of_number(numbers[0]);
        for number in numbers {
            told.push_str(&format!(" {number}"));
            assert_eq!(of_number(*number), text);
        }
        told.push_str(&format!(": {text}\n"));
    }
    let codes = advice::CODES.iter().map(|(code, of, _)| (*code, *of));
    for (code, of) in codes.chain([("new_word", None)]) {
        let provider = of.unwrap_or(Provider::Custom);
        let advice = hint(provider, code, "");
        told.push_str(&format!("{provider} {code}: {advice}\n"));
    }
    insta::assert_snapshot!(told, @r#"
    microsoft AADSTS 65001 90094 50105 90095: the organization's administrator has to allow this client (admin consent), then sign in again
    microsoft AADSTS 7000218: switch on "Allow public client flows" in the client's registration, or give its client_secret_command
    microsoft AADSTS 53003 530034 50097: a rule of the organization (conditional access) forbids it; the device flow is often what it forbids: try `retr oauth login work --browser`
    microsoft AADSTS 700016 90002 900023: client_id and tenant do not belong together; check both in the client's registration
    microsoft AADSTS 50020 9002331 9002346 50194: this kind of account needs another tenant: consumers for Outlook.com, organizations or an id for Microsoft 365
    microsoft AADSTS 700082 70008 70043 700084: the token was not used for too long, or its time is over; sign in again: `retr oauth login work`
    microsoft AADSTS 50173 50132 50133: the password was changed or all sessions were ended; sign in again: `retr oauth login work`
    microsoft AADSTS 50076 50079 50078: a second factor is wanted; sign in again: `retr oauth login work`
    microsoft AADSTS 50011: add http://localhost as a redirect URI of "Mobile and desktop applications" to the client's registration
    microsoft AADSTS 7000215 7000222 700025: the client's secret is wrong, over, or not wanted: check client_secret_command against the registration
    microsoft AADSTS 70011 650053 65004: add the permission POP.AccessAsUser.All to the client's registration, and accept it when signing in
    microsoft AADSTS 1: the token was revoked or is too old; sign in again: `retr oauth login work`
    google invalid_grant: Google ends tokens after seven days while the project is in "Testing" (publish it), after six months without use, and when the password changes; sign in again: `retr oauth login work`
    custom invalid_grant: the token was revoked or is too old; sign in again: `retr oauth login work`
    custom access_denied: the sign-in was refused in the browser; `retr oauth login work` begins anew
    custom expired_token: the code was not entered in time; `retr oauth login work` begins anew
    google invalid_client: Google's desktop clients have a secret: give client_secret_command or client_secret_file beside client_id
    custom invalid_client: check client_id, and whether the client needs client_secret_command
    custom unauthorized_client: check client_id, and whether the client needs client_secret_command
    google invalid_scope: Google gives this scope by the browser only: --browser or --paste
    custom invalid_scope: the client is not registered for this scope; check scope
    custom new_word: `retr oauth login work` signs in
    "#);
}

#[test]
fn what_is_set_wrongly_is_told() {
    let told = |provider, change: &dyn Fn(&mut Settings)| {
        let mut settings =
            Settings { provider, client_id: Some("id".into()), ..Settings::default() };
        change(&mut settings);
        match Issuer::of(&settings) {
            Ok(it) => format!("{} {} {}", it.token, it.scope, it.has_device_flow()),
            Err(error) => format!("{:?}: {error}", error.class()),
        }
    };
    let tenant = |tenant: &'static str| move |it: &mut Settings| it.tenant = Some(tenant.into());
    let own = |it: &mut Settings| {
        it.token_url = Some("https://h/t".into());
        it.scope = Some("mail".into());
    };
    let microsoft = "https://login.microsoftonline.com/common/oauth2/v2.0/token \
                     https://outlook.office.com/POP.AccessAsUser.All offline_access true";
    let consumers = microsoft.replace("common", "consumers");
    let google = "https://oauth2.googleapis.com/token https://mail.google.com/ false";
    let fastmail =
        "https://api.fastmail.com/oauth/refresh https://www.fastmail.com/dev/protocol-pop false";
    let bad = "Config: oauth2: tenant is neither a name nor an id";
    type Change<'a> = &'a dyn Fn(&mut Settings);
    let rows: [(_, Change<'_>, &str); 7] = [
        (Provider::Microsoft, &|_| {}, microsoft),
        (Provider::Microsoft, &tenant("consumers"), &consumers),
        (Provider::Microsoft, &tenant("a/../b"), bad),
        (Provider::Google, &|_| {}, google),
        (Provider::Google, &own, "https://h/t mail false"),
        (Provider::Fastmail, &|_| {}, fastmail),
        (Provider::Custom, &|_| {}, "Config: oauth2: provider custom needs scope"),
    ];
    for (provider, change, text) in rows {
        assert_eq!(told(provider, change), text);
    }
}
