//! The table of promises of a product that serves the contract over HTTP, and how they are tried.

use std::future::Future;
use std::sync::Arc;

use tieout_core::clock::Clock;
use tieout_core::host::{HostError, HostErrorKind};
use tieout_core::transport::Transport;

use super::bench::{Bench, INTERRUPTED, Trial};
use super::made::{Which, sweep};
use super::promise::{Promise, promises};
use super::report::{Report, Trouble, Verdict, left_out};
use super::{access, offering, paging, pushing, reading, settling, writing};

static PROMISES: &[Promise<Bench>] = promises! {
    Must reading::every_list_is_served:
        "Each list answers with a page: 200, application/json, `data`, `next_cursor`, `has_more`.",
        "Serve GET v1/LIST?limit=1 as {\"data\":[…],\"next_cursor\":\"…\",\"has_more\":false}.";
    Should offering::what_the_product_says_of_itself_is_true:
        "What `/capabilities` names is there, so that an operator configures what works.",
        "Name in /capabilities just the lists and write-backs that are served, and version \"1\".";
    Must access::nobody_is_let_in_without_a_key:
        "A request without a key reads nothing.",
        "Answer 401 before anything else is looked at.";
    Must access::a_wrong_key_is_refused:
        "A key that was taken back or mistyped reads nothing, and is told from a product that is down.",
        "Compare the whole key, and answer 401; 403 with application/problem+json means a refused request.";
    Must reading::every_record_can_be_read:
        "Each record of each list fits its JSON Schema (`tieout schema invoice`), down to texts for decimals.",
        "Mend the fields that are named; money, quantities and rates are texts such as \"193.99\".";
    Must reading::amounts_agree_to_the_cent:
        "Lines come to their totals, so that no document is held back for its arithmetic.",
        "Round each line to the cent first and add up what is printed: the totals are the sums of the lines.";
    Must reading::a_record_changes_with_its_revision_only:
        "A record that is read twice is the same, or has a higher `revision`: that is how a change is known.",
        "Raise `revision` in the same transaction that changes anything of a document; show nothing that \
         differs from call to call.";
    Should reading::a_record_alone_is_that_of_its_list:
        "GET v1/LIST/ID gives the record of the list, which pushes that carry no document need.",
        "Serve the same JSON from both routes.";
    Should reading::what_is_not_there_is_told_by_problem_json:
        "A record that does not exist is told from an address that is wrong.",
        "Answer 404 with content-type application/problem+json.";
    Should reading::deleted_records_stay_in_their_list:
        "What was deleted is told, so that it leaves the books too.",
        "Keep {\"id\",\"revision\",\"removed_at\"} in the list; a deletion is a change like any other.";
    Should reading::both_clocks_agree:
        "Times of change can be compared with those of this machine.",
        "Set the product's clock by NTP, and write times in UTC with a Z.";
    Must reading::what_is_not_known_is_ignored:
        "A later version of this program may ask with one more parameter.",
        "Ignore parameters that are not known.";
    Must paging::a_page_has_no_more_than_was_asked_for:
        "However many documents change, a page stays as small as the asker can hold.",
        "Give at most `limit` records; fewer are always right.";
    Must paging::small_pages_miss_nothing:
        "Whatever the size of pages, the same records come.",
        "Order by (time of change, id) and go on after the last pair that was given; never by an offset.";
    Must paging::reading_goes_on_from_any_cursor:
        "After a crash the same cursor is asked for again, and what came after it comes again.",
        "Make the cursor of the last record's place, not of the caller's session; keep it good for weeks.";
    Must paging::the_oldest_change_comes_first:
        "What changes while pages are read comes later and is not passed over.",
        "Order by the time of change, ascending; a change moves a record to the end.";
    Should paging::the_end_has_a_cursor_that_tells_nothing_twice:
        "A look at a product where nothing changed costs one small page.",
        "Give `next_cursor` with the last page too; it leads to whatever changes next.";
    Should paging::changes_since_a_time_are_found:
        "Where a cursor is lost, `updated_since` finds what changed, and only that.",
        "Take updated_since as `updated_at >= updated_since`, with `removed_at` counting as a change.";
    Should paging::a_cursor_of_another_make_is_refused:
        "A cursor that cannot be right does not start from the beginning, or end early, in silence.",
        "Answer 400 with application/problem+json.";
    Must writing::nobody_writes_without_the_key:
        "A stranger marks no invoice as paid.",
        "Check the key on PUT and DELETE as on GET.";
    Must writing::a_payment_may_come_twice:
        "A payment whose reply was lost is sent again and is there once.",
        "Take the payment's identifier in the address as the key: PUT makes it or changes nothing. Answer 200 with the \
         payment as it is held, and your own identifier of it as `host_payment_id`.";
    Must writing::a_payment_is_replaced_by_a_higher_revision:
        "A payment that was changed in the books is changed in the product, and an old one that comes late is not.",
        "Compare `revision` with the stored one in one transaction: a higher one replaces, others change nothing. \
         Answer 200 with the payment as it is held, or 409 with application/problem+json to an older one.";
    Must writing::a_payment_may_be_deleted_twice:
        "A deletion whose reply was lost is sent again and does no harm.",
        "Answer 204, also where the payment is not there (or 404 with application/problem+json).";
    Must writing::a_deleted_payment_stays_deleted:
        "A payment that was on its way for long does not come back after its deletion.",
        "Keep the `revision` of the deletion. Answer an older payment with {\"revision\",\"deleted\":true}, or 409 or 410 \
         with application/problem+json; a higher one makes it again.";
    Must writing::a_payment_of_the_books_is_not_told_as_an_own_one:
        "What the product was told is not told back, or it would be in the books twice.",
        "Leave it out of the invoice's `payments`, or put its `ledger_payment_id` there.";
    Must settling::settlements_come_in_any_order:
        "How far an invoice is settled is told as a whole, and the newest word counts.",
        "Keep the `revision` of the settlement. Answer 200 with the settlement as it is held; an older one changes \
         nothing, and may be answered 409 with application/problem+json.";
    Must settling::a_posting_may_come_twice:
        "What became of an invoice is told again after a crash, and `posted` follows a rejection that was mended.",
        "Store what came last, as a whole: a field that is not told is gone. Accept any state after any other, and \
         answer 200 with the posting as it is held.";
    Must writing::several_write_backs_come_at_once:
        "Payments of a busy morning arrive beside each other.",
        "Lock the invoice and wait; do not answer 5xx or 409 because another request has it.";
    Must writing::fields_that_are_not_known_are_ignored:
        "A later version of this program may tell more.",
        "Ignore fields of the body that are not known.";
    Must writing::a_refusal_is_told_by_problem_json:
        "What the product will never take is shown to people once, and not sent again and again.",
        "Answer 422 (or 404 for an invoice that is not there) with application/problem+json and a `code`.";
    Must pushing::pushes_are_signed:
        "A push is known to be the product's, so that nobody else sends documents.",
        "Sign by Standard Webhooks 1.0: `v1,` and base64 of HMAC-SHA256 over webhook-id.webhook-timestamp.BODY, with the \
         decoded base64 after `whsec_` as the key, anew for each attempt.";
    Must pushing::pushes_are_events_of_the_contract:
        "What a push is about is understood: an event that is not is left alone, in silence.",
        "Send {\"type\":\"invoice.updated\",\"data\":{\"id\":\"17\",\"revision\":3}} in a CloudEvent.";
    Should pushing::pushes_say_what_they_are:
        "Any CloudEvents library reads them.",
        "Send content-type application/cloudevents+json with `specversion` 1.0, `id`, `source` and `type`, and `time` \
         in RFC 3339.";
    Should pushing::a_push_that_was_not_taken_comes_again:
        "A push that was answered 503 is not lost until the next look.",
        "Keep it with its `webhook-id` and its body until it is answered 2xx, and send it again, ever less often.";
    Should pushing::what_a_push_names_can_be_read_already:
        "What is read again because of a push is what the push is about.",
        "Push after the transaction that changed the record, and serve GET v1/LIST/ID.";
};

/// Every promise, in the order in which they are tried.
#[must_use]
pub fn promises() -> &'static [Promise<Bench>] {
    PROMISES
}

/// Tries every promise on a product, one after the other. Payments that are made are taken back, whatever breaks; what
/// could not be is told. Settlement and posting of the invoice that was named stay: unpaid and voided.
///
/// Fails when the product cannot be reached at all, or when the configuration makes no sense.
pub async fn conform(
    trial: Trial,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
) -> Result<Report, HostError> {
    conform_until(trial, transport, clock, std::future::pending()).await
}

/// The same until it is stopped: a request that is under way is waited for, nothing more is tried, and the payments that
/// were made are taken back all the same.
pub async fn conform_until(
    trial: Trial,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()> + Send,
) -> Result<Report, HostError> {
    if let Some(problem) = trial.config.problems().into_iter().next() {
        let kind = HostErrorKind::Misconfigured;
        return Err(HostError::new(kind, "conform", problem.to_string()));
    }
    let product = trial.config.url.to_string();
    let mut bench = Bench::new(trial, transport, clock)?;
    if let Err(Trouble::Broken(seen, _) | Trouble::LeftOut(seen)) = bench.take_scope().await {
        return Err(out_of_reach(seen));
    }
    let trying = try_all(&bench);
    tokio::pin!(trying, stop);
    let verdicts = tokio::select! {
        verdicts = &mut trying => verdicts,
        () = &mut stop => {
            bench.stop();
            trying.await
        }
        never = bench.listen() => match never {},
    }?;
    sweep(&bench, Which::All).await;
    let mut report = Report::of(product, verdicts);
    report.left_behind = bench.made.left();
    Ok(match bench.is_stopped() {
        true => report.interrupted(),
        false => report,
    })
}

async fn try_all(bench: &Bench) -> Result<Vec<Verdict>, HostError> {
    let mut verdicts = Vec::new();
    for promise in promises() {
        let tried = match bench.is_stopped() {
            true => left_out(INTERRUPTED),
            false => promise.try_on(bench).await,
        };
        // The next promise finds the invoice as this one did.
        sweep(bench, Which::New).await;
        let tried = match tried {
            // Nobody waited for the reply that would have kept it.
            Err(Trouble::Broken(_, shown)) if shown.is_empty() && bench.is_stopped() => {
                left_out(INTERRUPTED)
            }
            // Nobody answers at all: nothing can be said of any promise.
            Err(Trouble::Broken(seen, shown)) if shown.is_empty() && verdicts.is_empty() => {
                return Err(out_of_reach(seen));
            }
            tried => tried,
        };
        verdicts.push(promise.verdict(tried));
    }
    Ok(verdicts)
}

fn out_of_reach(seen: String) -> HostError {
    HostError::new(HostErrorKind::Unavailable, "conform", seen)
}
