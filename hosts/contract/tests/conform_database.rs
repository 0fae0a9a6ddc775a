//! Promises of the command that tries promises on a database: the ready-made schema keeps them, each fault is found, and
//! nothing stays.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/database.rs"]
mod database;

use std::collections::BTreeSet;
use std::sync::Arc;

use database::Product;
use secrecy::SecretString;
use serde_json::json;
use tieout_core::clock::SystemClock;
use tieout_core::host::HostErrorKind;
use tieout_host_contract::POSTGRESQL;
use tieout_host_contract::conform::{
    DatabaseTrial, Outcome, Report, Weight, conform_database, database_promises,
};
use tieout_test_postgres::Postgres;

/// A user who may do what is needed.
const GRANTS: &str = "grant usage on schema public to asker;
grant select on ledger_v_company, ledger_v_contact, ledger_v_batch, ledger_v_invoice, ledger_v_invoice_line,
  ledger_v_payment, ledger_v_settlement, ledger_v_posting to asker;
grant execute on procedure ledger_p_payment_upsert, ledger_p_payment_delete, ledger_p_settlement_set,
  ledger_p_posting_set to asker;";

/// The ready-made schema with a few invoices.
async fn product() -> Product {
    let product = Product::bare(Postgres::start()).await;
    product.run("create user asker").await;
    renew(&product).await;
    product
}

/// The same once more, whatever was done to it.
async fn renew(product: &Product) {
    let anew = "drop schema public cascade; create schema public; alter user asker nosuperuser";
    product.run(anew).await;
    product.run(POSTGRESQL).await;
    for (id, net) in [
        ("1", "10.00"),
        ("2", "20.00"),
        ("3", "30.00"),
        ("4", "40.00"),
    ] {
        product.invoice(id, net).await;
    }
    let removed = "update ledger_invoice set removed = true where invoice_id = '4'";
    product.run(removed).await;
    product.run(GRANTS).await;
}

fn trial(product: &Product, invoice: Option<&str>) -> DatabaseTrial {
    let mut config = product.config();
    config.url = Some(SecretString::from(product.server.url("asker", "postgres")));
    DatabaseTrial {
        product: "postgres://asker@127.0.0.1/postgres".to_owned(),
        config,
        invoice: invoice.map(str::to_owned),
        records_max: 1_000,
    }
}

async fn tried(product: &Product) -> Report {
    let trial = trial(product, Some("1"));
    let report = conform_database(trial, Arc::new(SystemClock), std::future::pending());
    report.await.unwrap()
}

fn broken(report: &Report) -> Vec<&str> {
    let broken = report.promises.iter();
    let broken = broken.filter(|it| matches!(it.outcome, Outcome::Broken { .. }));
    broken.map(|it| it.name).collect()
}

/// Everything that procedures write.
async fn held(product: &Product) -> String {
    let statement = "select (select count(*) from ledger_payment)::text || (select count(*) from ledger_settlement)::text \
         || (select count(*) from ledger_posting)::text";
    product.cell(statement).await
}

#[tokio::test]
async fn the_ready_made_schema_keeps_every_promise_and_nothing_stays() {
    let product = product().await;
    let report = tried(&product).await;
    assert_eq!(broken(&report), [""; 0], "{report:#?}");
    assert!(report.conforms);
    assert_eq!(
        (report.kept, report.left_out),
        (database_promises().len(), 0),
        "{report:#?}"
    );
    assert_eq!(held(&product).await, "000");
    // Without an invoice nothing is called.
    let trial = trial(&product, None);
    let report = conform_database(trial, Arc::new(SystemClock), std::future::pending());
    assert_eq!(report.await.unwrap().left_out, 7);
}

/// What is done to the ready-made schema, by the promise that this breaks, with words of what is seen.
const FAULTS: &[(&str, &str, &str)] = &[
    (
        "views_and_procedures_are_there",
        "there is no procedure",
        "drop procedure ledger_p_settlement_set",
    ),
    (
        "the_user_may_do_nothing_else",
        "`asker` may write into ledger_invoice",
        "grant update on ledger_invoice to asker",
    ),
    (
        "the_user_may_do_nothing_else",
        "`asker` is a superuser",
        "alter user asker superuser",
    ),
    (
        "nobody_else_calls_the_procedures",
        "everybody may call",
        "grant execute on procedure ledger_p_posting_set to public",
    ),
    (
        "every_record_can_be_read",
        "1 cannot be read",
        "update ledger_invoice set currency = 'pounds' where invoice_id = '2'",
    ),
    (
        "amounts_agree_to_the_cent",
        "1 contradict themselves: N-2",
        "update ledger_invoice set gross = gross + 0.01 where invoice_id = '2'",
    ),
    (
        "a_record_changes_with_its_version_only",
        "and not with the same content",
        "create or replace view ledger_v_invoice_line as select invoice_id, line_id, line_no,
           description || clock_timestamp()::text as description, service_date, service_end_date, quantity, unit_price, discount,
           net, tax_code, tax_rate, tax, gross, charge_code, service_contract, item_code, account_code, tracking_1,
           tracking_2, case_number, worker from ledger_invoice_line",
    ),
    (
        "every_change_has_a_version_of_its_own",
        "stands at several invoices (1, 2)",
        "drop index ledger_invoice_row_version_idx; alter table ledger_invoice disable trigger all;
         update ledger_invoice set row_version = 7 where invoice_id in ('1', '2')",
    ),
    (
        "versions_come_from_a_sequence_without_cache",
        "has `cache 20`",
        "alter sequence ledger_row_version cache 20",
    ),
    (
        "versions_come_from_a_sequence_without_cache",
        "stands at 3, and the newest row_version is",
        "grant usage on sequence ledger_row_version to asker; select setval('ledger_row_version', 3)",
    ),
    (
        "small_pages_miss_nothing",
        "on none of the small ones",
        "create function hides(id text) returns boolean language plpgsql volatile as $$
         declare looks integer := coalesce(nullif(current_setting('conform.looks', true), ''), '0')::integer + 1;
         begin
           perform set_config('conform.looks', looks::text, false);
           return id = '2' and looks > 9;
         end $$;
         create or replace view ledger_v_invoice as
           select invoice_id, row_version, kind, invoice_number, status, business_division, issue_date, due_date, terms_days,
             currency, amounts_are, company_id, contact_id, bill_to_name, bill_to_email, case_number, client_name,
             claim_number, reference_extra, batch_no, grouped, notes, net, tax, gross, removed,
             updated_at as updated_at_utc
           from ledger_invoice where not hides(invoice_id)",
    ),
    (
        "deleted_records_stay",
        "has no column `removed`",
        "drop view ledger_v_invoice; create view ledger_v_invoice as
           select invoice_id, row_version, kind, invoice_number, status, issue_date, currency, amounts_are, bill_to_name,
             net, tax, gross, updated_at as updated_at_utc from ledger_invoice where not removed;
         grant select on ledger_v_invoice to asker",
    ),
    (
        "every_batch_is_whole",
        "1 wait: ledger_v_batch",
        "update ledger_invoice set batch_no = 'J-1' where invoice_id = '2'; insert into ledger_batch values ('J-1', 2, 44)",
    ),
    (
        "a_payment_may_come_twice",
        "it stands 2 times in ledger_v_payment",
        "create or replace view ledger_v_payment as
           select ledger_payment_id, revision, invoice_id, payment_date, amount, currency, removed from ledger_payment
           union all
           select ledger_payment_id, revision, invoice_id, payment_date, amount, currency, removed from ledger_twice;
         ",
    ),
    (
        "a_payment_is_replaced_by_a_higher_revision",
        "after an older revision that comes late revision 1 of 1.00 is held",
        "@payment_upsert where known.revision < excluded.revision => where true @ v_known >= p_revision => false",
    ),
    (
        "a_payment_may_be_deleted_twice",
        "its deletion again was refused: invoice_unknown",
        "@payment_delete begin => begin
           if exists (select from ledger_payment where ledger_payment_id = p_ledger_payment_id and removed) then
             call ledger_refuse('invoice_unknown', 'nothing to delete'); end if;",
    ),
    (
        "a_deleted_payment_stays_deleted",
        "after a payment that comes after its deletion it is there",
        "@payment_delete begin => begin
           delete from ledger_payment where ledger_payment_id = p_ledger_payment_id; return;",
    ),
    (
        "a_refusal_has_a_code",
        "was taken",
        "@payment_upsert if not found => if false",
    ),
    (
        "a_refusal_has_a_code",
        "was refused without a code: sqlstate_",
        "@payment_upsert call ledger_refuse('invoice_unknown', format('there is no invoice %s (%s)', p_invoice_number, p_invoice_id)); => raise division_by_zero;",
    ),
    (
        "settlements_come_in_any_order",
        "after an older settlement that comes late ledger_v_settlement has 1 rows, the first `unpaid`",
        "@settlement_set where known.revision <= excluded.revision => where true",
    ),
    (
        "a_posting_may_come_twice",
        "after a posting after a rejection ledger_v_posting has 1 rows",
        "@posting_set message = excluded.message => message = coalesce(excluded.message, ledger_posting.message)",
    ),
];

/// Does what a fault says: statements, or changes of a procedure's text after an `@` and its name.
async fn bend(product: &Product, fault: &str) {
    let Some(changes) = fault.strip_prefix('@') else {
        if fault.contains("ledger_twice") {
            product
                .run("create table ledger_twice as select * from ledger_payment")
                .await;
            product.run("create function again() returns trigger language plpgsql security definer as $$
                begin insert into ledger_twice select new.*; return new; end $$;
                create trigger again after insert or update on ledger_payment for each row execute function again();").await;
        }
        return product.run(fault).await;
    };
    let (name, changes) = changes.split_once(' ').unwrap();
    let text = "select pg_get_functiondef(oid) from pg_proc where proname = 'ledger_p_";
    let mut text = product.cell(&format!("{text}{name}'")).await;
    for change in changes.split(" @ ") {
        let (from, to) = change.split_once(" => ").unwrap();
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        text = squeezed(&text);
        assert!(text.contains(from), "{from} in {text}");
        text = text.replacen(from, &squeezed(to), 1);
    }
    product.run(&text).await;
}

#[tokio::test]
async fn each_fault_of_a_database_breaks_the_promise_that_names_it() {
    let named: BTreeSet<&str> = FAULTS.iter().map(|(name, ..)| *name).collect();
    let known: BTreeSet<&str> = database_promises().iter().map(|it| it.name).collect();
    let clock = BTreeSet::from(["both_clocks_agree"]);
    assert_eq!(
        known.difference(&named).copied().collect::<BTreeSet<_>>(),
        clock
    );
    let product = product().await;
    for (name, words, fault) in FAULTS {
        renew(&product).await;
        bend(&product, fault).await;
        let report = tried(&product).await;
        let verdict = report.promises.iter().find(|it| it.name == *name).unwrap();
        let Outcome::Broken { seen, mend, .. } = &verdict.outcome else {
            panic!("{name}: {:?}", verdict.outcome);
        };
        assert!(seen.contains(words), "{name}: {seen}");
        assert!(!mend.is_empty());
        let weighs = |it: &&tieout_host_contract::conform::Verdict| {
            it.weight == Weight::Must && matches!(it.outcome, Outcome::Broken { .. })
        };
        assert_eq!(
            report.conforms,
            !report.promises.iter().any(|it| weighs(&it)),
            "{name}"
        );
        if !fault.contains("ledger_twice") {
            assert_eq!(held(&product).await, "000", "{name}");
        }
    }
}

#[tokio::test]
async fn both_clocks_are_compared() {
    let product = product().await;
    let clock =
        tieout_core::clock::TokioClock::starting_at("2020-01-01T00:00:00Z".parse().unwrap());
    let report = conform_database(
        trial(&product, None),
        Arc::new(clock),
        std::future::pending(),
    );
    assert_eq!(broken(&report.await.unwrap()), ["both_clocks_agree"]);
}

#[tokio::test]
async fn what_a_procedure_did_is_shown_with_its_calls() {
    let product = product().await;
    bend(
        &product,
        "@settlement_set where known.revision <= excluded.revision => where true",
    )
    .await;
    let report = tried(&product).await;
    let name = "settlements_come_in_any_order";
    let verdict = report.promises.iter().find(|it| it.name == name).unwrap();
    let Outcome::Broken { exchanges, .. } = &verdict.outcome else {
        panic!("{verdict:?}");
    };
    let last = &exchanges[exchanges.len() - 2];
    assert!(
        last.request
            .starts_with("call \"public\".ledger_p_settlement_set("),
        "{}",
        last.request
    );
    assert!(
        last.request_body.contains("unpaid, 0.00"),
        "{}",
        last.request_body
    );
    assert_eq!(last.reply_body, "returned");
}

#[tokio::test]
async fn without_views_that_show_what_is_held_its_promises_are_left_out() {
    let product = product().await;
    product
        .run("drop view ledger_v_payment; revoke select on ledger_v_posting from asker")
        .await;
    let report = tried(&product).await;
    assert!(report.conforms);
    assert_eq!(report.left_out, 5, "{report:#?}");
    let text = serde_json::to_string(&report).unwrap();
    assert!(
        text.contains("there is no view \\\"public\\\".ledger_v_payment that shows what is held"),
        "{text}"
    );
    assert!(text.contains("the user may not read"), "{text}");
}

#[tokio::test]
async fn a_procedure_that_ends_transactions_leaves_no_trace_and_says_so() {
    let product = product().await;
    bend(
        &product,
        "@settlement_set where known.revision <= excluded.revision; => where true; commit;",
    )
    .await;
    // A procedure of another's rights may end no transaction in any case.
    product.run("alter procedure ledger_p_settlement_set security invoker; alter procedure ledger_p_settlement_set reset all;
        grant all on ledger_settlement to asker").await;
    let report = tried(&product).await;
    let name = "settlements_come_in_any_order";
    let verdict = report.promises.iter().find(|it| it.name == name).unwrap();
    let Outcome::LeftOut { why } = &verdict.outcome else {
        panic!("{verdict:?}");
    };
    assert!(why.contains("ends transactions itself"), "{why}");
    assert_eq!(held(&product).await, "000");
}

#[tokio::test]
async fn a_run_that_is_interrupted_at_any_time_leaves_nothing() {
    let product = product().await;
    for turns in [1_usize, 40, 80, 160, 320] {
        let stop = async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        };
        let report = conform_database(trial(&product, Some("1")), Arc::new(SystemClock), stop);
        let report = report.await.unwrap();
        assert_eq!(report.interrupted, !report.conforms);
        assert_eq!(held(&product).await, "000");
    }
}

#[tokio::test]
async fn a_database_that_lets_nobody_in_breaks_no_promise() {
    let product = product().await;
    let mut away = trial(&product, None);
    let url = product.server.url("asker", "nowhere");
    away.config = database::config(&json!({"url": url}));
    let report = conform_database(away, Arc::new(SystemClock), std::future::pending()).await;
    assert_eq!(
        broken(&report.unwrap())[0],
        "views_and_procedures_are_there"
    );
    let mut nobody = trial(&product, None);
    nobody.config = database::config(&json!({"url": "postgres://asker@127.0.0.1:1/postgres"}));
    let error = conform_database(nobody, Arc::new(SystemClock), std::future::pending()).await;
    assert_eq!(error.unwrap_err().kind, HostErrorKind::Unavailable);
}
