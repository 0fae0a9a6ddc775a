//! What is shown when a page cannot be: what went wrong, and what to do.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;
use tieout_core::driver::DriverError;
use tieout_core::store::StoreError;

use super::page::{narrow, words};
use crate::exit::{Exit, Failure, sentence};

/// Why there is no page.
#[derive(Debug)]
pub(crate) struct Trouble {
    status: StatusCode,
    title: &'static str,
    failure: Failure,
}

impl Trouble {
    /// There is nothing of this name.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            title: "Not here",
            failure: Failure::new(message),
        }
    }

    /// Whoever asks may not do this.
    pub(crate) fn not_allowed(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            title: "Not allowed",
            failure: Failure::new(message),
        }
    }

    /// Something else, with the status that says so.
    pub(crate) fn told(status: StatusCode, failure: Failure) -> Self {
        Self {
            status,
            title: "Not possible",
            failure,
        }
    }

    /// What was entered cannot be used.
    pub(crate) fn not_usable(failure: Failure) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            title: "Not possible",
            failure,
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::error!(error = self.failure.message, "a page could not be shown");
        }
        let content = html! {
            p { (words(&sentence(&self.failure.message))) }
            @if let Some(advice) = &self.failure.advice { p { (words(advice)) } }
            p { a href="/" { "To the overview" } }
        };
        (self.status, narrow(self.title, &content)).into_response()
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure.exit {
            Exit::Misconfigured => Self::not_usable(failure),
            Exit::Done | Exit::Failed | Exit::NeedsSomebody | Exit::Stopped => Self {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                title: "That did not work",
                failure,
            },
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Failure::from(error).into()
    }
}

impl From<DriverError> for Trouble {
    fn from(error: DriverError) -> Self {
        Failure::from(error).into()
    }
}

/// Nothing stands at this address.
pub(super) async fn nowhere() -> Trouble {
    Trouble::not_found("nothing stands at this address")
}
