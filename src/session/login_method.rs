//! Which way to log in: a pure choice from what the user wants and what the
//! server says it can do.

use super::Auth;
use crate::proto::Capabilities;

/// Whether SCRAM is to be bound to the TLS channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// This side can't.
    Unable,
    /// The server doesn't offer it.
    Unoffered,
    /// It is bound to the end point of TLS (RFC 5929).
    EndPoint,
}

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LoginMethod {
    /// The mechanism; never [`Auth::Auto`].
    pub(super) auth: Auth,
    /// The server lists it.
    pub(super) listed: bool,
    /// For SCRAM.
    pub(super) bound: Bound,
}

/// What this side can do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Able {
    /// Bind SCRAM to the TLS channel.
    pub(super) bind: bool,
    /// Use this password with SCRAM.
    pub(super) scram: bool,
    /// Log in by a token, and by nothing else.
    pub(super) token: bool,
}

impl LoginMethod {
    /// Chooses. A named mechanism is taken whether listed or not; otherwise
    /// the best listed one that sends no password in clear, then PLAIN, then
    /// USER and PASS, which every server has.
    pub(super) fn choose(auth: Auth, capabilities: &Capabilities, able: Able) -> Self {
        let auth = match auth {
            // Microsoft and Google have the one, and few have the other alone.
            Auth::Auto if able.token => [Auth::XOAuth2, Auth::OAuthBearer]
                .into_iter()
                .find(|auth| is_listed(*auth, capabilities, able.bind))
                .unwrap_or(Auth::XOAuth2),
            Auth::Auto => [Auth::ScramSha256, Auth::ScramSha1, Auth::Plain]
                .into_iter()
                .filter(|auth| able.scram || *auth == Auth::Plain)
                .find(|auth| is_listed(*auth, capabilities, able.bind))
                .unwrap_or(Auth::User),
            named => named,
        };
        let bound = match name_bound(auth) {
            Some(name) if able.bind && capabilities.has_mechanism(name) => Bound::EndPoint,
            Some(_) if able.bind && capabilities.arguments("SASL").is_some() => Bound::Unoffered,
            _ => Bound::Unable,
        };
        Self { auth, listed: is_listed(auth, capabilities, able.bind), bound }
    }

    /// Returns whether the AUTH command may carry the initial response: only
    /// where the mechanism is listed (RFC 5034 §3), and never for XOAUTH2,
    /// which Microsoft's servers take in two lines only.
    pub(super) fn has_initial(self) -> bool {
        self.listed && self.auth != Auth::XOAuth2
    }

    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        let plain = name(self.auth);
        match self.bound {
            Bound::EndPoint => name_bound(self.auth).or(plain),
            Bound::Unable | Bound::Unoffered => plain,
        }
        .unwrap_or(match self.auth {
            Auth::Apop => "APOP",
            _ => "USER/PASS",
        })
    }

    /// The same method, but unbound.
    pub(super) fn unbound(self) -> Self {
        Self { bound: Bound::Unable, ..self }
    }
}

/// Returns whether the server lists a mechanism in a form that can be used.
fn is_listed(auth: Auth, capabilities: &Capabilities, bind: bool) -> bool {
    [name(auth), name_bound(auth).filter(|_| bind)]
        .into_iter()
        .flatten()
        .any(|name| capabilities.has_mechanism(name))
}

/// The registered name of a mechanism; `None` for what is no SASL.
fn name(auth: Auth) -> Option<&'static str> {
    match auth {
        Auth::Auto | Auth::User | Auth::Apop => None,
        Auth::Plain => Some("PLAIN"),
        Auth::Login => Some("LOGIN"),
        Auth::CramMd5 => Some("CRAM-MD5"),
        Auth::ScramSha1 => Some("SCRAM-SHA-1"),
        Auth::ScramSha256 => Some("SCRAM-SHA-256"),
        Auth::XOAuth2 => Some("XOAUTH2"),
        Auth::OAuthBearer => Some("OAUTHBEARER"),
        Auth::External => Some("EXTERNAL"),
    }
}

fn name_bound(auth: Auth) -> Option<&'static str> {
    match auth {
        Auth::ScramSha1 => Some("SCRAM-SHA-1-PLUS"),
        Auth::ScramSha256 => Some("SCRAM-SHA-256-PLUS"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABLE: Able = Able { bind: true, scram: true, token: false };

    fn chosen(auth: Auth, sasl: &str, able: Able) -> LoginMethod {
        let capabilities = Capabilities::from_lines([format!("SASL {sasl}").as_bytes()]);
        LoginMethod::choose(auth, &capabilities, able)
    }

    /// Case 73.
    #[test]
    fn the_best_that_is_listed_and_can_be_done_is_chosen() {
        use Auth::{Auto, Login, OAuthBearer, Plain, ScramSha1, ScramSha256, User, XOAuth2};
        use Bound::{EndPoint, Unable, Unoffered};
        let unbound = Able { bind: false, ..ABLE };
        let no_scram = Able { scram: false, ..ABLE };
        let token = Able { token: true, ..ABLE };
        let plus = "PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS";
        #[rustfmt::skip]
        let choices = [
            (Auto, "", ABLE, User, false, Unable),
            (Auto, "LOGIN CRAM-MD5", ABLE, User, false, Unable),
            (Auto, "LOGIN PLAIN", ABLE, Plain, true, Unable),
            (Auto, "PLAIN SCRAM-SHA-1", ABLE, ScramSha1, true, Unoffered),
            (Auto, "PLAIN SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256", ABLE, ScramSha256, true, Unoffered),
            (Auto, "scram-sha-256-plus", ABLE, ScramSha256, true, EndPoint),
            // What this side cannot do is not chosen.
            (Auto, plus, unbound, ScramSha256, true, Unable),
            (Auto, "PLAIN SCRAM-SHA-256-PLUS", unbound, Plain, true, Unable),
            (Auto, plus, no_scram, Plain, true, Unable),
            // A token goes by what the server offers.
            (Auto, "PLAIN OAUTHBEARER XOAUTH2", token, XOAuth2, false, Unable),
            (Auto, "PLAIN OAUTHBEARER", token, OAuthBearer, true, Unable),
            (Auto, "PLAIN", token, XOAuth2, false, Unable),
            (Auto, "", token, XOAuth2, false, Unable),
            // What is named is taken as it is.
            (XOAuth2, "PLAIN XOAUTH2", ABLE, XOAuth2, false, Unable),
            (Login, "PLAIN", ABLE, Login, false, Unable),
            (ScramSha1, "PLAIN", ABLE, ScramSha1, false, Unoffered),
            (User, "PLAIN", ABLE, User, false, Unable),
        ];
        for (auth, sasl, able, expected, initial, bound) in choices {
            let method = chosen(auth, sasl, able);
            let found = (method.auth, method.has_initial(), method.bound);
            assert_eq!(found, (expected, initial, bound), "{auth:?} of {sasl}");
        }
        // Where nothing is known of SASL, USER is no better or worse for it.
        for (auth, line) in [(Auto, "USER"), (ScramSha1, "")] {
            let capabilities = Capabilities::from_lines([line.as_bytes()]);
            let method = LoginMethod::choose(auth, &capabilities, ABLE);
            assert_eq!((method.has_initial(), method.bound), (false, Unable));
        }
    }

    #[test]
    fn each_way_has_its_name() {
        for (auth, sasl, name) in [
            (Auth::Auto, "", "USER/PASS"),
            (Auth::Apop, "", "APOP"),
            (Auth::Auto, "SCRAM-SHA-1", "SCRAM-SHA-1"),
            (Auth::Auto, "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256-PLUS"),
        ] {
            assert_eq!(chosen(auth, sasl, ABLE).name(), name);
        }
    }
}
