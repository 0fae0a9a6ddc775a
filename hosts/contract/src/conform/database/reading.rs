//! The promises about views: that each row can be read, adds up, and has a version that its changes raise.

use chrono::{DateTime, TimeDelta};
use tieout_core::host::{Host, HostErrorKind};

use super::super::report::{Tried, Trouble, broken, left_out};
use super::desk::Desk;
use super::survey::{Faults, Survey};

/// How far the clocks of the two sides may be apart.
const SKEW: TimeDelta = TimeDelta::minutes(5);
/// Small pages that the documents are read in again.
const PAGES: usize = 10;

pub(super) async fn views_and_procedures_are_there(desk: &Desk) -> Tried {
    match desk.host.probe().await {
        Ok(()) => Ok(()),
        Err(error) => broken(error.message, []),
    }
}

pub(super) async fn every_record_can_be_read(desk: &Desk) -> Tried {
    told(&desk.survey().await?.unreadable, "cannot be read")
}

pub(super) async fn amounts_agree_to_the_cent(desk: &Desk) -> Tried {
    told(&desk.survey().await?.unequal, "contradict themselves")
}

pub(super) async fn every_batch_is_whole(desk: &Desk) -> Tried {
    told(&desk.survey().await?.waiting, "wait")
}

fn told(faults: &Faults, what: &str) -> Tried {
    match faults.count {
        0 => Ok(()),
        count => broken(format!("{count} {what}: {}", faults.first.join(" | ")), []),
    }
}

pub(super) async fn a_record_changes_with_its_version_only(desk: &Desk) -> Tried {
    let before = desk.survey().await?;
    let after = again(desk, desk.trial.config.page_documents_max).await?;
    for (id, (version, print)) in &after.seen {
        let changed = before
            .seen
            .get(id)
            .filter(|(known, other)| known == version && other != print);
        if changed.is_some() {
            let seen = format!(
                "`{id}` came with row_version {version} twice, and not with the same content"
            );
            return broken(seen, []);
        }
    }
    Ok(())
}

pub(super) async fn small_pages_miss_nothing(desk: &Desk) -> Tried {
    let large = desk.survey().await?;
    let small = again(desk, large.seen.len().div_ceil(PAGES).max(1)).await?;
    let missed = large.seen.keys().find(|id| !small.seen.contains_key(*id));
    match missed {
        Some(missed) => broken(
            format!("`{missed}` is on the large page and on none of the small ones"),
            [],
        ),
        None => Ok(()),
    }
}

async fn again(desk: &Desk, page: usize) -> Result<Survey, Trouble> {
    let again = Survey::make(&desk.host, page, desk.trial.records_max).await;
    again.map_err(|error| match error.kind {
        HostErrorKind::Unavailable => Trouble::LeftOut(error.to_string()),
        _ => Trouble::Broken(error.to_string(), Vec::new()),
    })
}

pub(super) async fn every_change_has_a_version_of_its_own(desk: &Desk) -> Tried {
    desk.survey().await?;
    let statement = format!(
        "select row_version::text, string_agg(invoice_id::text, ', ' order by invoice_id::text) \
         from {} group by row_version having count(*) > 1 order by row_version limit 1",
        desk.name("ledger_v_invoice")
    );
    let rows = desk.ask(&statement, &[]).await?;
    if rows.cells.is_empty() {
        return Ok(());
    }
    let seen = format!(
        "row_version {} stands at several invoices ({}), so it is drawn from no sequence: a change may get a version \
         that was passed already",
        rows.first(0),
        rows.first(1)
    );
    broken(seen, [rows.exchange])
}

pub(super) async fn versions_come_from_a_sequence_without_cache(desk: &Desk) -> Tried {
    desk.survey().await?;
    let statement = format!(
        "select s.seqcache::text, \
           case when has_sequence_privilege(s.seqrelid, 'usage, select') \
             then pg_sequence_last_value(s.seqrelid)::text end, \
           (select max(row_version) from {})::text \
         from pg_catalog.pg_sequence s where s.seqrelid = to_regclass($1)",
        desk.name("ledger_v_invoice")
    );
    let sequence = desk.name("ledger_row_version");
    let rows = desk.ask(&statement, &[&sequence]).await?;
    if rows.cells.is_empty() {
        return left_out(format!(
            "there is no sequence {sequence}: look yourself that yours has `cache 1`"
        ));
    }
    if rows.first(0) != "1" {
        let seen = format!(
            "{sequence} has `cache {}`: a session draws versions that are lower than some that were read",
            rows.first(0)
        );
        return broken(seen, [rows.exchange]);
    }
    let number = |at| rows.first(at).parse::<i64>().ok();
    match (number(1), number(2)) {
        (Some(last), Some(newest)) if last < newest => {
            let seen = format!(
                "{sequence} stands at {last}, and the newest row_version is {newest}: what changes next is taken for old"
            );
            broken(seen, [rows.exchange])
        }
        _ => Ok(()),
    }
}

pub(super) async fn deleted_records_stay(desk: &Desk) -> Tried {
    let survey = desk.survey().await?;
    let statement = "select count(*)::text from pg_catalog.pg_attribute a \
         where a.attrelid = to_regclass($1) and a.attname = 'removed' and not a.attisdropped";
    let view = desk.name("ledger_v_invoice");
    let rows = desk.ask(statement, &[&view]).await?;
    if rows.first(0) != "1" {
        let seen = format!("{view} has no column `removed`, so no deletion is ever told");
        return broken(seen, [rows.exchange]);
    }
    match survey.removed {
        0 => left_out("no row is `removed`: delete an invoice to have this tried"),
        _ => Ok(()),
    }
}

pub(super) async fn both_clocks_agree(desk: &Desk) -> Tried {
    let statement =
        "select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
    let rows = desk.ask(statement, &[]).await?;
    let now = desk.now();
    match DateTime::parse_from_rfc3339(rows.first(0)) {
        Ok(theirs) if (theirs.to_utc() - now).abs() > SKEW => {
            let theirs = theirs.to_utc();
            let seen = format!("the database's clock says {theirs}, and it is {now} here");
            broken(seen, [rows.exchange])
        }
        Ok(_) => Ok(()),
        Err(_) => broken("the database does not tell the time", [rows.exchange]),
    }
}
