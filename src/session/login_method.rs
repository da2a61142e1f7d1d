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
        Self {
            auth,
            listed: is_listed(auth, capabilities, able.bind),
            bound,
        }
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
        Self {
            bound: Bound::Unable,
            ..self
        }
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

    const ABLE: Able = Able {
        bind: true,
        scram: true,
        token: false,
    };

    fn capabilities(sasl: &str) -> Capabilities {
        Capabilities::from_lines([sasl.as_bytes()])
    }

    fn choose(auth: Auth, sasl: &str, able: Able) -> (Auth, bool, Bound) {
        let method = LoginMethod::choose(auth, &capabilities(sasl), able);
        (method.auth, method.has_initial(), method.bound)
    }

    #[test]
    fn auto_takes_the_best_that_is_listed() {
        use Bound::{EndPoint, Unable, Unoffered};
        let auto = |sasl| choose(Auth::Auto, sasl, ABLE);
        assert_eq!(auto(""), (Auth::User, false, Unable));
        assert_eq!(auto("USER"), (Auth::User, false, Unable));
        assert_eq!(auto("SASL LOGIN CRAM-MD5"), (Auth::User, false, Unable));
        assert_eq!(auto("SASL LOGIN PLAIN"), (Auth::Plain, true, Unable));
        assert_eq!(
            auto("SASL PLAIN SCRAM-SHA-1"),
            (Auth::ScramSha1, true, Unoffered)
        );
        assert_eq!(
            auto("SASL PLAIN SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256"),
            (Auth::ScramSha256, true, Unoffered)
        );
        assert_eq!(
            auto("SASL scram-sha-256-plus"),
            (Auth::ScramSha256, true, EndPoint)
        );
    }

    #[test]
    fn a_token_goes_by_what_the_server_offers() {
        let able = Able {
            token: true,
            ..ABLE
        };
        let token = |sasl| choose(Auth::Auto, sasl, able).0;
        assert_eq!(token("SASL PLAIN OAUTHBEARER XOAUTH2"), Auth::XOAuth2);
        assert_eq!(token("SASL PLAIN OAUTHBEARER"), Auth::OAuthBearer);
        assert_eq!(token("SASL PLAIN"), Auth::XOAuth2);
        assert_eq!(token(""), Auth::XOAuth2);
    }

    #[test]
    fn each_way_has_its_name() {
        let name = |auth, sasl| LoginMethod::choose(auth, &capabilities(sasl), ABLE).name();
        assert_eq!(name(Auth::Auto, ""), "USER/PASS");
        assert_eq!(name(Auth::Apop, ""), "APOP");
        assert_eq!(name(Auth::Auto, "SASL SCRAM-SHA-1"), "SCRAM-SHA-1");
        let plus = "SASL SCRAM-SHA-256 SCRAM-SHA-256-PLUS";
        assert_eq!(name(Auth::Auto, plus), "SCRAM-SHA-256-PLUS");
    }

    #[test]
    fn what_this_side_cannot_do_is_not_chosen() {
        let plus = "SASL PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS";
        let able = Able {
            bind: false,
            ..ABLE
        };
        assert_eq!(
            choose(Auth::Auto, plus, able),
            (Auth::ScramSha256, true, Bound::Unable)
        );
        let only_plus = "SASL PLAIN SCRAM-SHA-256-PLUS";
        assert_eq!(choose(Auth::Auto, only_plus, able).0, Auth::Plain);
        let able = Able {
            scram: false,
            ..ABLE
        };
        assert_eq!(choose(Auth::Auto, plus, able).0, Auth::Plain);
    }

    /// Case 73.
    #[test]
    fn a_named_mechanism_is_taken_as_it_is() {
        use Bound::{Unable, Unoffered};
        assert_eq!(
            choose(Auth::XOAuth2, "SASL PLAIN XOAUTH2", ABLE),
            (Auth::XOAuth2, false, Unable)
        );
        assert_eq!(
            choose(Auth::Login, "SASL PLAIN", ABLE),
            (Auth::Login, false, Unable)
        );
        assert_eq!(
            choose(Auth::ScramSha1, "SASL PLAIN", ABLE),
            (Auth::ScramSha1, false, Unoffered)
        );
        assert_eq!(
            choose(Auth::ScramSha1, "", ABLE),
            (Auth::ScramSha1, false, Unable)
        );
        assert_eq!(
            choose(Auth::User, "SASL PLAIN", ABLE),
            (Auth::User, false, Unable)
        );
    }
}
