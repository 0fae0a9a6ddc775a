//! What becomes of one request on its way, drawn from the odds of the life.

use std::time::Duration;

use tieout_sandbox_xero::Fault;

use super::Chance;
use crate::ground::Ground;
use crate::node::Call;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    /// It arrives, and its reply does.
    Fine,
    /// It never leaves.
    NotSent,
    /// It never arrives, and nobody says so.
    Lost,
    /// It arrives after its sender gave up.
    Late(Duration),
    /// It is done; its reply never comes.
    ReplyLost,
    /// The provider or what stands before it misbehaves.
    AtProvider(Fault),
}

impl Fate {
    pub(crate) fn draw(ground: &Ground, call: &Call) -> Self {
        if ground.strikes(Chance::NotSent) {
            return Self::NotSent;
        }
        if call.is_sign_in() {
            return Self::of_sign_in(ground);
        }
        if ground.strikes(Chance::RequestLost) {
            return Self::Lost;
        }
        if ground.strikes(Chance::RequestLate) {
            return Self::Late(Duration::from_millis(ground.faults().between(50, 1_500)));
        }
        if ground.strikes(Chance::ReplyLost) {
            return Self::ReplyLost;
        }
        Self::at_provider(ground, call).map_or(Self::Fine, Self::AtProvider)
    }

    fn of_sign_in(ground: &Ground) -> Self {
        if ground.strikes(Chance::TokensLost) {
            return Self::ReplyLost;
        }
        if ground.strikes(Chance::SignInFails) {
            return Self::AtProvider(Fault::ErrorBeforeCommit { status: 503 });
        }
        Self::Fine
    }

    fn at_provider(ground: &Ground, call: &Call) -> Option<Fault> {
        let status = || [500, 502, 504][ground.faults().index(3)];
        let creates = call.writes_documents() && call.method == http::Method::PUT;
        if creates && ground.strikes(Chance::ErrorMidway) {
            let elements = 1 + ground.faults().index(2);
            return Some(Fault::ErrorMidBatch {
                status: status(),
                elements,
            });
        }
        if ground.strikes(Chance::ErrorBefore) {
            return Some(Fault::ErrorBeforeCommit { status: status() });
        }
        if ground.strikes(Chance::ErrorAfter) {
            return Some(Fault::ErrorAfterCommit { status: status() });
        }
        let faults = [
            (Chance::ReplyCut, Fault::Truncated),
            (Chance::ReplyGarbled, Fault::ProxyHtml),
            (Chance::Maintenance, Fault::Maintenance),
            (Chance::TokenRefused, Fault::Unauthorized),
            (Chance::HandedTwice, Fault::Twice),
        ];
        let struck = faults
            .into_iter()
            .find(|(chance, _)| ground.strikes(*chance));
        if let Some((_, fault)) = struck {
            return Some(fault);
        }
        ground.strikes(Chance::ReplySlow).then(|| Fault::Slow {
            delay_ms: ground.faults().between(500, 20_000),
        })
    }
}
