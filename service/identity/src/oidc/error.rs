//! Why a sign-in at the identity provider led to no session.

use crate::{Email, Error, Fault, Kind, Refusal};

/// A sign-in that led to no session.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// Turned away; the person is told why.
    #[error(transparent)]
    Refused(#[from] OidcRefusal),
    /// The provider could not be asked, or answered what makes no sense: HTTP 502. The text names no secret and is
    /// for whoever keeps the installation.
    #[error("the identity provider cannot be used: {0}")]
    Provider(String),
    /// A fault of ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Error> for OidcError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(refusal.into()),
            Error::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Why somebody was turned away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OidcRefusal {
    /// There is no cookie of a sign-in, or not one of this process.
    #[error("this sign-in was not begun in this browser")]
    NotBegun,
    /// It took too long.
    #[error("this sign-in took too long")]
    TooLate,
    /// The answer belongs to another sign-in.
    #[error("the answer belongs to another sign-in")]
    StateForeign,
    /// The answer came before.
    #[error("this sign-in was finished already")]
    Replayed,
    /// The provider, or the person there, said no; its word, cleaned.
    #[error("the identity provider refused: {0}")]
    Denied(String),
    /// The answer comes from another provider.
    #[error("the answer comes from another identity provider")]
    IssuerForeign,
    /// The answer holds neither a code nor a refusal.
    #[error("the answer of the identity provider is incomplete")]
    NoCode,
    /// The provider does not take its code: too old, or used.
    #[error("the identity provider does not take its own code any more")]
    CodeRefused,
    /// What the provider signed does not prove who it is.
    #[error("the identity provider's word cannot be trusted: {0}")]
    Token(#[from] TokenFlaw),
    /// It did not say an address, and the account is not linked to anybody.
    #[error("the identity provider tells no e-mail address")]
    NoEmail,
    /// It does not call the address verified.
    #[error("the identity provider does not call {0} verified")]
    Unverified(Email),
    /// Nobody invited this address, and no rule lets it in.
    #[error("{0} is not invited")]
    NotInvited(Email),
    /// The address is that of a person whom the provider knows as another account.
    #[error("{0} signs in with another account at the identity provider")]
    OtherAccount(Email),
    /// The rules that let this person in once do not any more.
    #[error("{0} has no role at the identity provider any more")]
    NoRole(Email),
    /// Known, but turned away for another reason.
    #[error(transparent)]
    Person(#[from] Refusal),
}

/// What is wrong with an ID token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFlaw {
    /// It is no signed token, or its claims are no object.
    #[error("the ID token is malformed")]
    Malformed,
    /// It demands what nobody here understands.
    #[error("the ID token demands an unknown extension")]
    Critical,
    /// It is not signed, or in a way that is not taken.
    #[error("the ID token is signed with {0}, and RS256, PS256, ES256 and EdDSA are taken")]
    Algorithm(String),
    /// The provider publishes no such key.
    #[error("the ID token is signed with a key that the provider does not publish")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the signature of the ID token is wrong")]
    Signature,
    /// Somebody else issued it.
    #[error("the ID token is of another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("the ID token is for another application")]
    Audience,
    /// It was given to somebody else.
    #[error("the ID token was given to another application")]
    AuthorizedParty,
    /// It is too old, or does not say when it ends.
    #[error("the ID token has expired")]
    Expired,
    /// It is not valid yet: a clock is wrong.
    #[error("the ID token is not valid yet: compare the clocks")]
    NotYet,
    /// It was issued for another sign-in.
    #[error("the ID token is of another sign-in")]
    Nonce,
    /// It does not say whom it is about.
    #[error("the ID token names nobody")]
    Subject,
}

impl OidcRefusal {
    /// What it comes to.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotBegun
            | Self::TooLate
            | Self::StateForeign
            | Self::Replayed
            | Self::CodeRefused
            | Self::NoCode => Kind::SignIn,
            Self::Denied(_)
            | Self::IssuerForeign
            | Self::Token(_)
            | Self::NoEmail
            | Self::Unverified(_)
            | Self::NotInvited(_)
            | Self::OtherAccount(_)
            | Self::NoRole(_) => Kind::Forbidden,
            Self::Person(refusal) => refusal.kind(),
        }
    }

    /// What helps, as a sentence.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NotBegun
            | Self::TooLate
            | Self::StateForeign
            | Self::Replayed
            | Self::NoCode
            | Self::CodeRefused => "Sign in again, in one window, with cookies allowed.",
            Self::Denied(_) => {
                "Ask whoever keeps the identity provider to allow this application for you."
            }
            Self::IssuerForeign | Self::Token(_) => {
                "Ask an administrator to compare `issuer` and `client_id` under [sign_in.oidc] with the provider."
            }
            Self::NoEmail => {
                "Ask an administrator to let the provider tell it: the scope `email` under [sign_in.oidc]."
            }
            Self::Unverified(_) => {
                "Verify the address at the identity provider; `unverified_email` under [sign_in.oidc] does without."
            }
            Self::NotInvited(_) => "Ask an administrator to add you: `tieout person add EMAIL`.",
            Self::OtherAccount(_) => {
                "Sign in with that account, or ask an administrator to let it go: `tieout person unlink EMAIL`."
            }
            Self::NoRole(_) => {
                "Ask whoever keeps the identity provider for a group that has a role here."
            }
            Self::Person(refusal) => refusal.advice(),
        }
    }
}
