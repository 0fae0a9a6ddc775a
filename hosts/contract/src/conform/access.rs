//! The promises about who is let in.

use http::Method;

use super::bench::{Bench, Key};
use super::report::{Tried, broken, left_out};

pub(super) async fn nobody_is_let_in_without_a_key(bench: &Bench) -> Tried {
    refused(bench, Key::Absent, "without a key").await
}

pub(super) async fn a_wrong_key_is_refused(bench: &Bench) -> Tried {
    refused(bench, Key::Wrong, "with a key that nobody gave out").await
}

async fn refused(bench: &Bench, key: Key, how: &str) -> Tried {
    if bench.trial.config.api_key.is_none() && bench.trial.config.token_url.is_none() {
        return left_out("no key was given with --api-key, so everybody may be meant to be let in");
    }
    for list in bench.lists() {
        let parts = ["v1", list.as_str()];
        let limit = [("limit", "1")];
        let answer = bench.ask(key, Method::GET, &parts, &limit, None).await?;
        let is_refused = match answer.status.as_u16() {
            401 => true,
            // With problem+json it would be about what was asked for, and not about who asked.
            403 => !answer.is_problem,
            _ => false,
        };
        if !is_refused {
            let seen = format!("{how} `{}` was answered {}", list.as_str(), answer.status);
            return broken(format!("{seen}, not 401"), [answer.exchange]);
        }
    }
    Ok(())
}
