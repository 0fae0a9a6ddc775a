//! The promise about what a product says of itself.

use super::bench::Bench;
use super::report::{Tried, broken, left_out};
use crate::http::{Capabilities, Served};

pub(super) async fn what_the_product_says_of_itself_is_true(bench: &Bench) -> Tried {
    let answer = bench.get(&["capabilities"], &[]).await?;
    if matches!(answer.status.as_u16(), 404 | 405 | 410 | 501) {
        return left_out("there is no `/capabilities`, which a product may leave out");
    }
    let answer = answer.done("`/capabilities`")?;
    let shown = || vec![answer.exchange.clone()];
    let said: Capabilities = match serde_json::from_slice(&answer.body) {
        Ok(said) => said,
        Err(error) => return broken(format!("it cannot be read: {error}"), shown()),
    };
    let lacks = said.lacks(&bench.trial.config);
    if !lacks.is_empty() {
        return broken(lacks.join("; "), shown());
    }
    let named = said.documents.unwrap_or_default();
    for list in Served::ALL {
        if !named.iter().any(|name| name == list.as_str()) {
            continue;
        }
        let page = bench.get(&["v1", list.as_str()], &[("limit", "1")]).await?;
        if !page.is_done() {
            let (name, status) = (list.as_str(), page.status);
            let seen = format!("`documents` names `{name}`, and its list was answered {status}");
            return broken(seen, [answer.exchange, page.exchange]);
        }
    }
    Ok(())
}
