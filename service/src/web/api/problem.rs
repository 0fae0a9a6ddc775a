//! What a refusal looks like to a program: RFC 9457, with a type that stays and a sentence that says what to do.

use axum::http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use tieout_core::driver::{DriverError, RecordError};
use tieout_core::engine::Denied;
use tieout_core::store::StoreError;
use tieout_notices::DeskError;

use super::endpoint::Finished;
use crate::exit::{Exit, Failure, sentence};

/// The sorts of refusals. Their names stay; further ones may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    NotReadable,
    NotSignedIn,
    NotAllowed,
    NotFound,
    NoSuchMethod,
    NotPossible,
    UnderWay,
    OutcomeUnknown,
    ChangedMeanwhile,
    TooLarge,
    NotJson,
    Misdirected,
    NotUsable,
    KeyUsedBefore,
    TooMany,
    Broken,
    OtherSideFailed,
    NotNow,
}

impl Sort {
    /// Every sort, by status.
    pub(super) const ALL: [Self; 18] = [
        Self::NotReadable,
        Self::NotSignedIn,
        Self::NotAllowed,
        Self::NotFound,
        Self::NoSuchMethod,
        Self::NotPossible,
        Self::UnderWay,
        Self::OutcomeUnknown,
        Self::ChangedMeanwhile,
        Self::TooLarge,
        Self::NotJson,
        Self::Misdirected,
        Self::NotUsable,
        Self::KeyUsedBefore,
        Self::TooMany,
        Self::Broken,
        Self::OtherSideFailed,
        Self::NotNow,
    ];

    /// The last part of its type.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::NotReadable => "not-readable",
            Self::NotSignedIn => "not-signed-in",
            Self::NotAllowed => "not-allowed",
            Self::NotFound => "not-found",
            Self::NoSuchMethod => "no-such-method",
            Self::NotPossible => "not-possible",
            Self::UnderWay => "under-way",
            Self::OutcomeUnknown => "outcome-unknown",
            Self::ChangedMeanwhile => "changed-meanwhile",
            Self::TooLarge => "too-large",
            Self::NotJson => "not-json",
            Self::Misdirected => "misdirected",
            Self::NotUsable => "not-usable",
            Self::KeyUsedBefore => "key-used-before",
            Self::TooMany => "too-many",
            Self::Broken => "broken",
            Self::OtherSideFailed => "other-side-failed",
            Self::NotNow => "not-now",
        }
    }

    /// The status that it comes with.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::NotReadable => StatusCode::BAD_REQUEST,
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NoSuchMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotPossible | Self::UnderWay | Self::OutcomeUnknown => StatusCode::CONFLICT,
            Self::ChangedMeanwhile => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::NotUsable | Self::KeyUsedBefore => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Self::OtherSideFailed => StatusCode::BAD_GATEWAY,
            Self::NotNow => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What it means, for every case of it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::NotReadable => "The request cannot be read",
            Self::NotSignedIn => "A key is needed",
            Self::NotAllowed => "The key may not do this",
            Self::NotFound => "There is no such thing",
            Self::NoSuchMethod => "This address takes another method",
            Self::NotPossible => "Not possible as things stand",
            Self::UnderWay => "The same request is being answered",
            Self::OutcomeUnknown => "Whether it was done is not known",
            Self::ChangedMeanwhile => "It was changed in the meantime",
            Self::TooLarge => "The body is too large",
            Self::NotJson => "The body is not JSON",
            Self::Misdirected => "This server has another name",
            Self::NotUsable => "What was sent cannot be used",
            Self::KeyUsedBefore => "The idempotency key was used for another request",
            Self::TooMany => "Too many requests",
            Self::Broken => "That did not work",
            Self::OtherSideFailed => "The product or the accounting system did not do its part",
            Self::NotNow => "Not now",
        }
    }
}

/// A refusal.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(super) sort: Sort,
    detail: String,
    remedy: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A refusal as it is sent.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemBody {
    /// Which sort it is: `urn:tieout:problem:` and a word that stays.
    r#type: String,
    /// What every refusal of this sort means.
    title: &'static str,
    /// The status of the reply.
    status: u16,
    /// What is wrong this time.
    detail: String,
    /// What to do about it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

/// The media type.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

impl Problem {
    /// A refusal; `detail` is a fragment or a sentence.
    pub(super) fn new(sort: Sort, detail: impl AsRef<str>) -> Self {
        let headers = match sort {
            Sort::NotSignedIn => vec![(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))],
            _ => Vec::new(),
        };
        Self {
            sort,
            detail: sentence(detail.as_ref()),
            remedy: None,
            headers,
        }
    }

    /// Nothing of this name is here.
    pub(super) fn not_found(detail: impl AsRef<str>) -> Self {
        Self::new(Sort::NotFound, detail)
    }

    /// What was sent makes no sense.
    pub(super) fn not_usable(detail: impl AsRef<str>) -> Self {
        Self::new(Sort::NotUsable, detail)
    }

    /// What a command of our own said cannot be read.
    pub(super) fn broken(error: &serde_json::Error) -> Self {
        broken(&Failure::of(error))
    }

    /// The same with what to do.
    pub(super) fn advise(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into()).filter(|remedy| !remedy.is_empty());
        self
    }

    /// The same with when to come again, in seconds.
    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.headers.push((RETRY_AFTER, seconds.into()));
        self
    }

    /// The same with a header.
    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The reply.
    pub(crate) fn finish(self) -> Finished {
        let status = self.sort.status();
        let body = ProblemBody {
            r#type: format!("urn:tieout:problem:{}", self.sort.word()),
            title: self.sort.title(),
            status: status.as_u16(),
            detail: self.detail,
            remedy: self.remedy,
        };
        let mut headers: HeaderMap = self.headers.into_iter().collect();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        let body = serde_json::to_vec(&body).expect("a refusal is texts and a number");
        Finished {
            status,
            headers,
            body: body.into(),
        }
    }
}

/// What groups and webhooks refuse, as this API says it.
pub(super) fn refused_by_notices(error: DeskError) -> Problem {
    match error {
        DeskError::Store(error) => error.into(),
        DeskError::Unknown { .. } => Problem::not_found(error.to_string()),
        DeskError::Taken { .. } => Problem::new(Sort::NotPossible, error.to_string()),
        DeskError::Bad { .. } | DeskError::NoKey => Problem::not_usable(error.to_string()),
        DeskError::Vault(error) => broken(&Failure::of(&error)),
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        Self::new(Sort::NotPossible, denied.why).advise(denied.instead)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Conflict(key) => Self::new(
                Sort::ChangedMeanwhile,
                format!("{key} was changed by somebody else in the meantime"),
            )
            .advise("Read it again and decide again."),
            StoreError::Fenced
            | StoreError::InUse { .. }
            | StoreError::Newer { .. }
            | StoreError::Corrupt { .. }
            | StoreError::TooLarge { .. }
            | StoreError::NotOpened { .. }
            | StoreError::Io { .. } => broken(&Failure::from(error)),
        }
    }
}

impl From<DriverError> for Problem {
    fn from(error: DriverError) -> Self {
        match error {
            DriverError::Store(error) => error.into(),
            DriverError::Host(_)
            | DriverError::Provider(_)
            | DriverError::AccessRefused { .. }
            | DriverError::LeftWaiting { .. } => {
                let failure = Failure::from(error);
                Self::new(Sort::OtherSideFailed, failure.message)
                    .advise(failure.advice.unwrap_or_default())
            }
        }
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Failed(error) => error.into(),
            RecordError::Denied { why, advice } => Self::new(Sort::NotPossible, why).advise(advice),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let sort = match failure.exit {
            Exit::Misconfigured => Sort::NotUsable,
            Exit::NeedsSomebody => Sort::NotPossible,
            Exit::Done | Exit::Failed | Exit::Stopped => return broken(&failure),
        };
        Self::new(sort, failure.message).advise(failure.advice.unwrap_or_default())
    }
}

/// What is wrong on our side is told to the log alone.
fn broken(failure: &Failure) -> Problem {
    tracing::error!(error = failure.message, "a request could not be answered");
    Problem::new(Sort::Broken, "something failed on this side")
        .advise("The log of the server says what; the request may be repeated.")
}
