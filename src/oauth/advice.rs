//! What is known of the reasons with which providers refuse, and what can be
//! done about each.

use super::{Provider, Refusal};

/// Microsoft's reasons, by the numbers behind `AADSTS`. `{login}` is replaced
/// by the command that signs in.
#[rustfmt::skip]
pub(super) const MICROSOFT: &[(&[u32], &str)] = &[
    (&[65001, 90094, 50105, 90095], "the organization's administrator has to allow this client (admin consent), then sign in again"),
    (&[7000218], "switch on \"Allow public client flows\" in the client's registration, or give its client_secret_command"),
    (&[53003, 530034, 50097], "a rule of the organization (conditional access) forbids it; the device flow is often what it forbids: try `{login} --browser`"),
    (&[700016, 90002, 900023], "client_id and tenant do not belong together; check both in the client's registration"),
    (&[50020, 9002331, 9002346, 50194], "this kind of account needs another tenant: consumers for Outlook.com, organizations or an id for Microsoft 365"),
    (&[700082, 70008, 70043, 700084], "the token was not used for too long, or its time is over; sign in again: `{login}`"),
    (&[50173, 50132, 50133], "the password was changed or all sessions were ended; sign in again: `{login}`"),
    (&[50076, 50079, 50078], "a second factor is wanted; sign in again: `{login}`"),
    (&[50011], "add http://localhost as a redirect URI of \"Mobile and desktop applications\" to the client's registration"),
    (&[7000215, 7000222, 700025], "the client's secret is wrong, over, or not wanted: check client_secret_command against the registration"),
    (&[70011, 650053, 65004], "add the permission POP.AccessAsUser.All to the client's registration, and accept it when signing in"),
];

/// The codes of RFC 6749 §5.2 and RFC 8628 §3.5, those of one provider before
/// those of any.
#[rustfmt::skip]
pub(super) const CODES: &[(&str, Option<Provider>, &str)] = &[
    ("invalid_grant", Some(Provider::Google), "Google ends tokens after seven days while the project is in \"Testing\" (publish it), after six months without use, and when the password changes; sign in again: `{login}`"),
    ("invalid_grant", None, "the token was revoked or is too old; sign in again: `{login}`"),
    ("access_denied", None, "the sign-in was refused in the browser; `{login}` begins anew"),
    ("expired_token", None, "the code was not entered in time; `{login}` begins anew"),
    ("invalid_client", Some(Provider::Google), "Google's desktop clients have a secret: give client_secret_command or client_secret_file beside client_id"),
    ("invalid_client", None, "check client_id, and whether the client needs client_secret_command"),
    ("unauthorized_client", None, "check client_id, and whether the client needs client_secret_command"),
    ("invalid_scope", Some(Provider::Google), "Google gives this scope by the browser only: --browser or --paste"),
    ("invalid_scope", None, "the client is not registered for this scope; check scope"),
];

/// What the user can do about a refusal; `None` if nothing is known of it.
pub(super) fn advice(refusal: &Refusal, provider: Provider, account: &str) -> Option<String> {
    let by_number = aadsts(&refusal.text).and_then(|number| {
        let known = MICROSOFT.iter().find(|(numbers, _)| numbers.contains(&number));
        known.map(|(_, text)| *text)
    });
    let text = by_number.or_else(|| {
        let is_its = |of: &Option<Provider>| of.is_none_or(|of| of == provider);
        let known = (CODES.iter()).find(|(code, of, _)| *code == refusal.code && is_its(of));
        known.map(|(_, _, text)| *text)
    })?;
    Some(text.replace("{login}", &format!("retr oauth login {account}")))
}

/// The number by which Microsoft tells its reasons apart.
fn aadsts(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("AADSTS")?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    rest[..end.unwrap_or(rest.len())].parse().ok()
}
