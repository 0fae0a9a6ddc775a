//! The table of promises of a product that hands over by its database, and how they are tried.

use std::future::Future;
use std::sync::Arc;

use tieout_core::clock::Clock;
use tieout_core::host::{Host, HostError, HostErrorKind};

use super::super::bench::INTERRUPTED;
use super::super::promise::{Promise, promises};
use super::super::report::{Report, left_out};
use super::desk::{DatabaseTrial, Desk};
use super::{access, paid, reading, told};

static PROMISES: &[Promise<Desk>] = promises! {
    Must reading::views_and_procedures_are_there:
        "What the contract names is there, with columns that hold it exactly, and may be read and called.",
        "Mend what is named; hosts/contract/sql/postgresql.sql has all of it.";
    Should access::the_user_may_do_nothing_else:
        "A password that is lost reads what is handed over, and writes by the procedures alone.",
        "Make a user of its own: grant select on the views, and execute on the procedures.";
    Should access::nobody_else_calls_the_procedures:
        "No other user of the database marks an invoice as paid.",
        "revoke execute on procedure ... from public; grant it to tieout's user.";
    Must reading::every_record_can_be_read:
        "Each row of the views is a document.",
        "Mend the columns that are named in the rows that are named.";
    Must reading::amounts_agree_to_the_cent:
        "Lines come to their totals, so that no document is held back for its arithmetic.",
        "Round each line to the cent first and add up what is printed: the totals are the sums of the lines.";
    Must reading::a_record_changes_with_its_version_only:
        "A document that is read twice is the same, or has a higher `row_version`: that is how a change is known.",
        "Draw a new version when anything of an invoice changes, its lines too; show nothing that differs from look to look.";
    Must reading::every_change_has_a_version_of_its_own:
        "A change is found after whatever was read before it.",
        "Draw `row_version` from one sequence, as the trigger of postgresql.sql does; a counter of each invoice will not do.";
    Must reading::versions_come_from_a_sequence_without_cache:
        "A version that is drawn later is higher, in whatever session, and after a restore of the database too.",
        "alter sequence ledger_row_version cache 1; after a restore select setval('ledger_row_version', ...).";
    Must reading::small_pages_miss_nothing:
        "Whatever the size of pages, the same documents come.",
        "Let the views give the same rows at each look: no limit, no random order, nothing that depends on who asks.";
    Should reading::deleted_records_stay:
        "What was deleted is told, so that it leaves the books too.",
        "Keep the row with `removed`, as the trigger of postgresql.sql does; a deletion draws a version like any change.";
    Should reading::every_batch_is_whole:
        "What is announced of a batch is there, so that its documents do not wait.",
        "Write the row of ledger_v_batch in the transaction that releases the batch, with its documents and gross.";
    Should reading::both_clocks_agree:
        "Times of change can be compared with those of this machine.",
        "Set the database's clock by NTP.";
    Must paid::a_payment_may_come_twice:
        "A payment whose outcome was lost is told again and is there once.",
        "Take ledger_payment_id as the key: the procedure makes it or changes nothing.";
    Must paid::a_payment_is_replaced_by_a_higher_revision:
        "A payment that was changed in the books is changed in the product, and an old one that comes late is not.",
        "Compare the revision with the stored one: a higher one replaces, others change nothing.";
    Must paid::a_payment_may_be_deleted_twice:
        "A deletion whose outcome was lost is told again and does no harm.",
        "Return, also where the payment is not there.";
    Must paid::a_deleted_payment_stays_deleted:
        "A payment that was on its way for long does not come back after its deletion.",
        "Remember the revision of the deletion, also of a payment that was never there; a higher one makes it again.";
    Must paid::a_refusal_has_a_code:
        "What the product will never take is shown to people once, with its reason.",
        "raise exception '...' using errcode = 'TO001', detail = 'invoice_unknown'.";
    Must told::settlements_come_in_any_order:
        "How far an invoice is settled is told as a whole, and the newest word counts.",
        "Keep the revision of the settlement; a lower one changes nothing.";
    Must told::a_posting_may_come_twice:
        "What became of an invoice is told again after a crash, and `posted` follows a rejection that was mended.",
        "Store what came last, as a whole; accept any state after any other.";
};

/// Every promise of a database, in the order in which they are tried.
#[must_use]
pub fn database_promises() -> &'static [Promise<Desk>] {
    PROMISES
}

/// Tries every promise on a database, one after the other. Procedures are called in transactions that are rolled back, so
/// nothing stays, whatever breaks or stops the run.
///
/// Fails when nobody is let in, nobody answers, or the configuration makes no sense.
pub async fn conform_database(
    trial: DatabaseTrial,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()> + Send,
) -> Result<Report, HostError> {
    let product = trial.product.clone();
    let desk = Desk::new(trial, clock)?;
    if let Err(error) = desk.host.probe().await
        && matches!(
            error.kind,
            HostErrorKind::Unavailable | HostErrorKind::Unauthorised
        )
    {
        return Err(error);
    }
    tokio::pin!(stop);
    let mut is_stopped = false;
    let mut verdicts = Vec::new();
    for promise in database_promises() {
        let tried = match is_stopped {
            true => left_out(INTERRUPTED),
            false => tokio::select! {
                tried = promise.try_on(&desk) => tried,
                // What was called is rolled back with the connection that is let go.
                () = &mut stop => {
                    is_stopped = true;
                    left_out(INTERRUPTED)
                }
            },
        };
        verdicts.push(promise.verdict(tried));
    }
    let report = Report::of(product, verdicts);
    Ok(match is_stopped {
        true => report.interrupted(),
        false => report,
    })
}
