//! That what a database holds is read whole, exact, once and in order, whatever commits late or cannot be read.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/database.rs"]
mod database;

use database::{Product, config, document, failure, invoice};
use serde_json::json;
use tieout_core::document::{Document, Invoice};
use tieout_core::host::{Host, HostErrorKind, Record};
use tieout_host_contract::fixtures::CASE_MANAGER;
use tieout_host_contract::{FolderConfig, FolderHost, SqlHost};

fn as_invoice(record: &Record) -> &Invoice {
    match document(record) {
        Document::Invoice(invoice) => invoice,
        other => panic!("no invoice: {other:?}"),
    }
}

#[tokio::test]
async fn an_invoice_is_read_with_its_lines_and_parties_to_the_last_digit() {
    let product = Product::new().await;
    product
        .run(
            "insert into ledger_company values ('c1', 'Grevillea Workers Cover', '53 004 085 616', 'ap@grevillea.example',
               '1 High St', null, 'Perth', 'WA', '6000', 'Australia');
             insert into ledger_contact values ('p1', 'c1', 'Tamsin', 'Yeo', 'Tamsin Yeo', null),
               ('p2', null, 'Rae', 'Sutton', 'Rae Sutton', 'rae@sutton.example');
             insert into ledger_invoice (invoice_id, invoice_number, status, issue_date, due_date, currency, amounts_are,
               contact_id, case_number, claim_number, net, tax, gross)
             values ('7', '14505', 'final', '2026-10-30', '2026-11-06', 'AUD', 'tax_inclusive', 'p1', 'C1192, C1193',
                 '430222333', 333.766620, 0.10, 333.866620),
               ('8', '14508', 'final', '2026-10-30', null, 'AUD', 'tax_exclusive', 'p2', null, null, 0, 0, 0);
             insert into ledger_invoice_line (invoice_id, line_id, line_no, description, quantity, unit_price, net, tax_code,
               tax_rate, tax, charge_code, tracking_1)
             values ('7', 'b', 10, 'Travel', 0.00000001, 79228162514264.33759, 0, '', null, 0, 'TRV', null),
               ('7', 'a', 9, 'Support, \"co-ordination\"', 3.333, 100.14, 333.766620, 'FRE', 0.10, 0.10, null, 'Region=North');",
        )
        .await;
    let taken = product.take_all(100, None).await;
    assert_eq!(taken.ids(), ["8", "7"]);
    let invoice = as_invoice(&taken.records[1]);
    assert_eq!(invoice.bill_to.name, "Grevillea Workers Cover");
    assert_eq!(invoice.bill_to.attention.as_deref(), Some("Tamsin Yeo"));
    assert_eq!(
        invoice.bill_to.email.as_deref(),
        Some("ap@grevillea.example")
    );
    let address = invoice.bill_to.address.as_ref().unwrap();
    assert_eq!(
        (address.line1.as_deref(), address.city.as_deref()),
        (Some("1 High St"), Some("Perth"))
    );
    assert_eq!(invoice.references.case_numbers, ["C1192", "C1193"]);
    assert_eq!(invoice.totals.gross.to_string(), "333.866620");
    let lines: Vec<&str> = invoice.lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(lines, ["a", "b"]);
    assert_eq!(invoice.lines[0].description, "Support, \"co-ordination\"");
    assert_eq!(invoice.lines[0].quantity.to_string(), "3.333");
    assert_eq!(invoice.lines[0].tracking[0].option, "North");
    assert_eq!(
        invoice.lines[1].unit_price.to_string(),
        "79228162514264.33759"
    );
    assert_eq!(invoice.lines[1].tax_code, None);
    let person = as_invoice(&taken.records[0]);
    assert_eq!(person.bill_to.name, "Rae Sutton");
    assert_eq!(person.bill_to.attention, None);
    let surname = product.config_with(&json!({"contact_names": "surname_first"}));
    let page = SqlHost::open(surname)
        .unwrap()
        .changes(None, 9)
        .await
        .unwrap();
    assert_eq!(as_invoice(&page.records[0]).bill_to.name, "Sutton, Rae");
}

#[tokio::test]
async fn pages_follow_each_other_and_changes_come_again_with_a_higher_revision() {
    let product = Product::new().await;
    for id in ["5", "4", "3", "2", "1"] {
        product.invoice(id, "10.00").await;
    }
    let taken = product.take_all(2, None).await;
    assert_eq!(taken.ids(), ["5", "4", "3", "2", "1"]);
    let before = document(&taken.records[3]).revision();
    product
        .run(
            "update ledger_invoice_line set description = 'Visit' where invoice_id = '2';
             delete from ledger_invoice where invoice_id = '4';
             delete from ledger_invoice_line where invoice_id = '3';
             update ledger_invoice set status = 'voided' where invoice_id = '3';",
        )
        .await;
    let taken = product.take_all(2, taken.position).await;
    assert_eq!(taken.ids(), ["2", "-4", "3"]);
    assert!(document(&taken.records[0]).revision() > before);
    assert!(as_invoice(&taken.records[2]).lines.is_empty());
    let again = product.take_all(2, taken.position.clone()).await;
    assert!(again.records.is_empty());
    assert_eq!(again.position, taken.position);
}

#[tokio::test]
async fn what_commits_late_is_never_passed_over_and_nothing_is_told_twice() {
    let product = Product::new().await;
    let mut other = product.other().await;
    let late = other.transaction().await.unwrap();
    late.batch_execute(&invoice("late", "1.00", "null"))
        .await
        .unwrap();
    product.invoice("early", "2.00").await;
    let first = product.take_all(10, None).await;
    assert_eq!(first.ids(), ["early"]);
    let second = product.take_all(10, first.position).await;
    assert!(second.records.is_empty());
    late.commit().await.unwrap();
    let third = product.take_all(10, second.position).await;
    assert_eq!(third.ids(), ["late"]);
    assert!(document(&third.records[0]).revision() < document(&first.records[0]).revision());
    let fourth = product.take_all(10, third.position).await;
    assert!(fourth.records.is_empty());
}

#[tokio::test]
async fn what_is_open_and_began_after_all_that_committed_is_not_passed_over_either() {
    let product = Product::new().await;
    let (mut one, mut other) = (product.other().await, product.other().await);
    let early = one.transaction().await.unwrap();
    early
        .batch_execute("select pg_current_xact_id()")
        .await
        .unwrap();
    let late = other.transaction().await.unwrap();
    late.batch_execute(&invoice("late", "1.00", "null"))
        .await
        .unwrap();
    early
        .batch_execute(&invoice("early", "2.00", "null"))
        .await
        .unwrap();
    early.commit().await.unwrap();
    let first = product.take_all(10, None).await;
    assert_eq!(first.ids(), ["early"]);
    let second = product.take_all(10, first.position).await;
    assert!(second.records.is_empty());
    late.commit().await.unwrap();
    let third = product.take_all(10, second.position).await;
    assert_eq!(third.ids(), ["late"]);
    let fourth = product.take_all(10, third.position).await;
    assert!(fourth.records.is_empty());
}

#[tokio::test]
async fn one_row_that_cannot_be_read_is_named_by_its_column_and_keeps_no_other() {
    let product = Product::new().await;
    for id in ["1", "2", "3", "4"] {
        product.invoice(id, "10.00").await;
    }
    product
        .run(
            "update ledger_invoice set currency = 'dollars' where invoice_id = '2';
             update ledger_invoice_line set net = 'NaN' where invoice_id = '3';
             update ledger_invoice set issue_date = 'infinity' where invoice_id = '1';",
        )
        .await;
    let taken = product.take_all(10, None).await;
    assert_eq!(taken.ids(), ["4", "?2", "?3", "?1"]);
    let told = |at: usize| match &taken.records[at] {
        Record::Unreadable {
            place,
            field,
            message,
            ..
        } => format!("{place}|{field}|{message}"),
        other => panic!("{other:?}"),
    };
    assert!(
        told(1).starts_with("ledger_v_invoice, invoice_id 2|currency|column `currency`"),
        "{}",
        told(1)
    );
    assert!(
        told(2).starts_with("ledger_v_invoice_line, invoice_id 3|lines[0].net_amount|column `net`"),
        "{}",
        told(2)
    );
    assert!(told(3).contains("`infinity` is not a date"), "{}", told(3));
    product
        .run("update ledger_invoice set currency = 'AUD' where invoice_id = '2'")
        .await;
    assert_eq!(product.take_all(10, taken.position).await.ids(), ["2"]);
}

#[tokio::test]
async fn views_that_would_lose_something_are_refused_by_view_column_and_type() {
    let product = Product::new().await;
    let cases = [
        (
            "alter table ledger_v drop column gross",
            "has no column `gross`, which should be numeric",
        ),
        (
            "alter table ledger_v alter column gross type double precision",
            "column `gross` of \"public\".ledger_v_invoice is float8 and should be numeric: a floating-point number loses cents",
        ),
        (
            "alter table ledger_v alter column issue_date type timestamptz",
            "column `issue_date` of \"public\".ledger_v_invoice is timestamptz and should be date",
        ),
        (
            "alter table ledger_v alter column net type money",
            "is money and should be numeric",
        ),
        (
            "alter table ledger_v alter column row_version type text",
            "should be bigint",
        ),
        (
            "alter table ledger_v alter row_version drop not null; insert into ledger_v (invoice_id) values ('x')",
            "1 rows of",
        ),
    ];
    product.run("drop view ledger_v_invoice").await;
    for (change, told) in cases {
        product
            .run(&format!(
                "drop table if exists ledger_v_invoice;
                 create table ledger_v as select *, updated_at as updated_at_utc from ledger_invoice;
                 {change};
                 alter table ledger_v rename to ledger_v_invoice;"
            ))
            .await;
        let error = product.host().probe().await.unwrap_err();
        assert!(error.to_string().contains(told), "{told}: {error}");
        if !told.starts_with("1 rows") {
            let error = failure(product.host().changes(None, 10).await);
            assert_eq!(error.kind, HostErrorKind::Misconfigured);
            assert!(error.to_string().contains(told), "{told}: {error}");
        }
    }
    product
        .run("drop table ledger_v_invoice; drop procedure ledger_p_posting_set; drop view ledger_v_invoice_line;")
        .await;
    let error = product.host().probe().await.unwrap_err().to_string();
    assert!(
        error.contains("there is no view \"public\".ledger_v_invoice;"),
        "{error}"
    );
    assert!(
        error.contains("there is no view \"public\".ledger_v_invoice_line"),
        "{error}"
    );
}

#[tokio::test]
async fn a_user_who_may_not_read_or_call_is_told_what_to_grant() {
    let product = Product::new().await;
    product
        .run("create user tieout; grant usage on schema public to tieout")
        .await;
    let url = json!({"host": product.server.socket(), "port": product.server.port(), "user": "tieout",
        "database": "postgres"});
    let host = || SqlHost::open(config(&url)).unwrap();
    let error = host().probe().await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Misconfigured);
    assert!(
        error
            .message
            .contains("may not read \"public\".ledger_v_invoice: grant select"),
        "{error}"
    );
    product
        .run(
            "grant select on ledger_v_company, ledger_v_contact, ledger_v_batch, ledger_v_invoice, ledger_v_invoice_line
               to tieout;
             grant execute on procedure ledger_p_payment_upsert, ledger_p_settlement_set, ledger_p_posting_set
               to tieout;",
        )
        .await;
    let error = host().probe().await.unwrap_err();
    assert!(
        error
            .message
            .contains("may not call \"public\".ledger_p_payment_delete("),
        "{error}"
    );
    product.run("grant execute on procedure ledger_p_payment_delete to tieout; drop procedure ledger_p_posting_set").await;
    let error = host().probe().await.unwrap_err();
    assert!(
        error
            .message
            .contains("there is no procedure \"public\".ledger_p_posting_set("),
        "{error}"
    );
    let mut without = url.clone();
    without["takes"] = json!(["payments", "settlements"]);
    SqlHost::open(config(&without))
        .unwrap()
        .probe()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_batch_that_is_not_whole_waits_and_comes_when_it_is() {
    let product = Product::new().await;
    product
        .run(&format!(
            "insert into ledger_batch values ('411', 3, 33.00); {} {} {}",
            invoice("1", "10.00", "'411'"),
            invoice("2", "10.00", "'411'"),
            invoice("9", "5.00", "null"),
        ))
        .await;
    let first = product.take_all(10, None).await;
    assert_eq!(first.ids(), ["?ledger_v_batch: 411", "9"]);
    let Record::Unreadable { message, .. } = &first.records[0] else {
        unreachable!()
    };
    assert!(
        message.contains("announces 3 documents of 33.00 in all, and 2 of 22.00 are there"),
        "{message}"
    );
    let second = product.take_all(10, first.position).await;
    assert!(second.records.is_empty(), "{:?}", second.records);
    // A third one that does not come to the total, then one that does.
    product.run(&invoice("3", "9.99", "'411'")).await;
    let third = product.take_all(10, second.position).await;
    assert_eq!(third.ids(), ["?ledger_v_batch: 411"]);
    product
        .run(
            "update ledger_invoice set net = 10, tax = 1, gross = 11 where invoice_id = '3';
             update ledger_invoice_line set unit_price = 10, net = 10, tax = 1 where invoice_id = '3';",
        )
        .await;
    let fourth = product.take_all(2, third.position).await;
    assert_eq!(fourth.ids(), ["1", "2", "3", "-ledger_v_batch: 411", "3"]);
    assert_eq!(
        as_invoice(&fourth.records[0]).batch_id.as_deref(),
        Some("411")
    );
    assert!(
        product
            .take_all(2, fourth.position)
            .await
            .records
            .is_empty()
    );
}

#[tokio::test]
async fn a_page_holds_no_more_batches_than_are_listed_for_one() {
    let product = Product::new().await;
    product.run("drop view ledger_v_batch").await;
    for id in 10..35 {
        product
            .run(&invoice(&id.to_string(), "1.00", &format!("'b{id}'")))
            .await;
    }
    let page = product.host().changes(None, 100).await.unwrap();
    assert_eq!((page.records.len(), page.more), (20, true));
    let page = product
        .host()
        .changes(page.position.as_deref(), 100)
        .await
        .unwrap();
    assert_eq!((page.records.len(), page.more), (5, false));
}

#[tokio::test]
async fn a_database_that_is_away_or_busy_is_read_when_it_is_back() {
    let mut product = Product::new().await;
    product.invoice("1", "10.00").await;
    let config = product.config_with(&json!({"statement_timeout_s": 1}));
    let host = SqlHost::open(config).unwrap();
    product.run("begin; lock table ledger_invoice").await;
    let error = failure(host.changes(None, 10).await);
    assert_eq!(error.kind, HostErrorKind::Unavailable, "{error}");
    product.run("rollback").await;
    let page = host.changes(None, 10).await.unwrap();
    product.server.stop();
    let error = failure(host.changes(None, 10).await);
    assert_eq!(error.kind, HostErrorKind::Unavailable, "{error}");
    product.server.resume();
    let product = Product::bare(product.server).await;
    product.invoice("2", "10.00").await;
    let position = page.position.as_deref();
    // The old connection is known to be broken, and nobody has been refused a new one.
    let page = host.changes(position, 10).await.unwrap();
    assert_eq!(database::ids(&page.records), ["2"]);
}

/// Writes the rows of a file of the folder form into the tables of the same columns.
async fn import(product: &Product, file: &str) {
    let quote = |cell: &str| match cell {
        "" => "null".to_owned(),
        cell => format!("'{}'", cell.replace('\'', "''")),
    };
    let mut rows = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(file.as_bytes());
    let header = rows.headers().unwrap().clone();
    let first_of_line = header.iter().position(|name| name == "line_id").unwrap();
    let mut id = String::new();
    for row in rows
        .records()
        .map(Result::unwrap)
        .filter(|row| &row[0] != "#trailer")
    {
        // Stamped by the table, or of the party.
        let left_out = [
            "row_version",
            "updated_at_utc",
            "bill_to_name",
            "bill_to_attention",
        ];
        let of = |from: usize, to: usize| -> (Vec<&str>, Vec<String>) {
            let cells = header.iter().zip(row.iter()).skip(from).take(to - from);
            cells
                .filter(|(name, _)| !left_out.contains(name))
                .map(|(name, cell)| {
                    (
                        name.strip_prefix("line_")
                            .filter(|it| !["id", "no"].contains(it))
                            .unwrap_or(name),
                        quote(cell),
                    )
                })
                .unzip()
        };
        let cell = |name: &str| &row[header.iter().position(|it| it == name).unwrap()];
        if row[0] != id {
            id = row[0].to_owned();
            // A private customer is a person without a company.
            let (name, person) = (cell("bill_to_name"), cell("bill_to_attention"));
            let company = if name == person {
                "null".to_owned()
            } else {
                quote(name)
            };
            let (names, cells) = of(0, first_of_line);
            product
                .run(&format!(
                    "insert into ledger_company (company_id, name) select {company}, {company} where {company} is not null on conflict do nothing;
                     insert into ledger_contact (contact_id, company_id, name) values ('p{id}', {company}, {});
                     insert into ledger_invoice (contact_id, {}) values ('p{id}', {})",
                    quote(person),
                    names.join(", "),
                    cells.join(", ")
                ))
                .await;
        }
        let (names, cells) = of(first_of_line, header.len());
        product
            .run(&format!(
                "insert into ledger_invoice_line (invoice_id, {}) values ('{id}', {})",
                names.join(", "),
                cells.join(", ")
            ))
            .await;
    }
}

#[tokio::test]
async fn the_same_invoices_are_the_same_documents_by_files_and_by_views() {
    let product = Product::new().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("outbox")).unwrap();
    for file in CASE_MANAGER {
        std::fs::write(folder.path().join("outbox").join(file.name), file.content).unwrap();
        import(&product, file.content).await;
    }
    product
        .run("insert into ledger_batch select batch_no, count(*), sum(gross) from ledger_invoice group by batch_no")
        .await;
    let mut config = FolderConfig::at(folder.path());
    config.stable_ms = 0;
    let by_files = FolderHost::open(config).await.unwrap();
    let first = by_files.changes(None, 100).await.unwrap();
    by_files
        .acknowledge(first.position.as_deref().unwrap())
        .await
        .unwrap();
    let second = by_files
        .changes(first.position.as_deref(), 100)
        .await
        .unwrap();
    let by_views = product.take_all(3, None).await;
    // What tells when it was written differs, and who is billed has identifiers here.
    let bare = |record: &Record| {
        let mut invoice = as_invoice(record).clone();
        invoice.revision = 1;
        invoice.updated_at = chrono::DateTime::UNIX_EPOCH;
        (invoice.bill_to.company_id, invoice.bill_to.contact_id) = (None, None);
        // A person who is billed without a company is nobody's to attend to.
        invoice
            .bill_to
            .attention
            .take_if(|person| *person == invoice.bill_to.name);
        invoice
    };
    let files: Vec<Invoice> = first
        .records
        .iter()
        .chain(&second.records)
        .map(bare)
        .collect();
    let mut views: Vec<Invoice> = by_views.records.iter().map(bare).collect();
    views.sort_by(|one, other| one.number.cmp(&other.number));
    assert_eq!(files.len(), 10);
    assert_eq!(views, files);
}

#[test]
fn settings_that_cannot_work_are_refused_by_their_key() {
    let problems = |value: serde_json::Value| -> Vec<String> {
        let problems = config(&value).problems();
        problems.iter().map(ToString::to_string).collect()
    };
    let is_about = |value, key: &str| {
        let told = problems(value);
        assert!(
            told.iter()
                .any(|told| told.starts_with(&format!("`{key}`"))),
            "{key}: {told:?}"
        );
        assert!(told.iter().all(|told| !told.contains("s3cret")), "{told:?}");
    };
    is_about(json!({}), "url");
    is_about(
        json!({"url": "postgres://u:s3cret@db.example.com:x/d"}),
        "url",
    );
    is_about(
        json!({"url": "postgres://u:s3cret@db.example.com/d?sslmode=disable"}),
        "url",
    );
    is_about(
        json!({"url": "postgres://u@localhost/d", "user": "x"}),
        "user",
    );
    is_about(json!({"host": "localhost"}), "user");
    is_about(json!({"host": "", "user": "x"}), "host");
    is_about(json!({"host": "h", "user": "u", "schema": " "}), "schema");
    is_about(
        json!({"host": "h", "user": "u", "statement_timeout_s": 0}),
        "statement_timeout_s",
    );
    is_about(
        json!({"host": "h", "user": "u", "page_documents_max": 10_001}),
        "page_documents_max",
    );
    assert!(problems(json!({"url": "postgres://u:s3cret@db.example.com/d"})).is_empty());
    assert!(problems(json!({"host": "localhost", "user": "u", "tls": "always"})).is_empty());
}
