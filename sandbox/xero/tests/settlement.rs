//! The promise that money adds up: whatever people do in whatever order, sums, statuses and what is open fit each other.

mod support;

use rust_decimal::Decimal;
use serde_json::json;
use support::{Client, sale, sale_with};
use tieout_sandbox_xero::NEW_ZEALAND;
use tieout_sandbox_xero::books::Organisation;
use tieout_sandbox_xero::books::credit::Source;
use tieout_sandbox_xero::books::invoice::{Kind, Status};
use tieout_sandbox_xero::books::payment::{PaymentStatus, Target};
use tieout_sandbox_xero::people::People;
use uuid::Uuid;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }

    fn one<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        let at = self.below(items.len());
        items.get(at).copied()
    }

    fn cents(&mut self) -> Decimal {
        Decimal::new(i64::try_from(self.below(15_000)).unwrap_or_default() + 1, 2)
    }
}

/// Ids of all that can be acted on.
struct Things {
    invoices: Vec<Uuid>,
    credits: Vec<Uuid>,
    payments: Vec<Uuid>,
    allocations: Vec<Uuid>,
}

fn things(books: &Organisation) -> Things {
    Things {
        invoices: books
            .invoices
            .ledger
            .rows()
            .iter()
            .map(|row| row.id)
            .collect(),
        credits: books
            .credits
            .ledger
            .rows()
            .iter()
            .map(|row| row.id)
            .collect(),
        payments: books.payments.rows().iter().map(|row| row.id).collect(),
        allocations: books.allocations.rows().iter().map(|row| row.id).collect(),
    }
}

/// One act of somebody, which may well be refused; says which kind it was and whether it was carried out.
fn act(people: &People<'_>, dice: &mut Dice, things: &Things) -> Option<&'static str> {
    let invoice = dice.one(&things.invoices)?.to_string();
    let credit = dice.one(&things.credits).unwrap_or_default().to_string();
    let amount = dice.cents();
    let whole = dice.below(3) == 0;
    let part = (!whole).then_some(amount);
    let (name, done) = match dice.below(10) {
        0 => ("pay", people.pay(NEW_ZEALAND, &invoice, part, None).is_ok()),
        1 => (
            "allocate",
            people
                .allocate(NEW_ZEALAND, &credit, &invoice, part)
                .is_ok(),
        ),
        2 => ("refund", people.refund(NEW_ZEALAND, &credit, part).is_ok()),
        3 => (
            "take back",
            people
                .delete_payment(NEW_ZEALAND, dice.one(&things.payments)?)
                .is_ok(),
        ),
        4 => (
            "remove",
            people
                .remove_allocation(NEW_ZEALAND, dice.one(&things.allocations)?)
                .is_ok(),
        ),
        5 if whole => ("void", people.void(NEW_ZEALAND, &invoice).is_ok()),
        5 => (
            "overpay",
            people.overpay(NEW_ZEALAND, &invoice, amount).is_ok(),
        ),
        6 if whole => (
            "void credit",
            people.void_credit(NEW_ZEALAND, &credit).is_ok(),
        ),
        7 | 8 => {
            let number = format!("N-{}", dice.0);
            let fields = sale(&number, &dice.cents().to_string());
            let fields = serde_json::from_value(fields).expect("an invoice");
            ("write", people.write_invoice(NEW_ZEALAND, &fields).is_ok())
        }
        _ => (
            "receive",
            people
                .receive(
                    NEW_ZEALAND,
                    Source::Prepayment,
                    Kind::Receivable,
                    "HT-001",
                    amount,
                )
                .is_ok(),
        ),
    };
    done.then_some(name)
}

/// Every sum is that of the rows behind it, nothing is below zero, and PAID means that nothing is open.
fn check(books: &Organisation, step: usize) {
    let fits = |status: Status, open: Decimal| match status {
        Status::Paid => open.is_zero(),
        Status::Authorised => open > Decimal::ZERO,
        Status::Draft | Status::Submitted | Status::Voided | Status::Deleted => true,
    };
    let paid = |wanted: Target| -> Decimal {
        let live = books
            .payments
            .rows()
            .iter()
            .filter(|row| row.status == PaymentStatus::Authorised && row.target == wanted);
        live.map(|row| row.amount).sum()
    };
    for (at, row) in books.invoices.ledger.rows().iter().enumerate() {
        let live = books
            .allocations
            .rows()
            .iter()
            .filter(|known| known.is_live && known.invoice == at);
        let credited: Decimal = live.map(|known| known.amount).sum();
        assert_eq!(row.amount_credited, credited, "step {step}: {row:?}");
        assert_eq!(row.amount_paid, paid(Target::Invoice(at)), "step {step}");
        assert!(row.amount_due() >= Decimal::ZERO, "step {step}: {row:?}");
        assert!(fits(row.status, row.amount_due()), "step {step}: {row:?}");
        assert_eq!(
            row.fully_paid_on.is_some(),
            row.status == Status::Paid,
            "step {step}: {row:?}"
        );
    }
    for (at, row) in books.credits.ledger.rows().iter().enumerate() {
        let live = books
            .allocations
            .rows()
            .iter()
            .filter(|known| known.is_live && known.credit == at);
        let applied: Decimal = live.map(|known| known.amount).sum();
        assert_eq!(row.applied, applied, "step {step}: {row:?}");
        assert_eq!(
            row.refunded,
            paid(Target::Credit(at, row.source)),
            "step {step}"
        );
        assert!(row.remaining() >= Decimal::ZERO, "step {step}: {row:?}");
        assert!(fits(row.status, row.remaining()), "step {step}: {row:?}");
    }
}

#[test]
fn sums_and_statuses_fit_after_any_sequence_of_acts() {
    for seed in 1..=5 {
        let mut client = Client::new();
        for number in 0..6 {
            client.invoice(&sale(
                &format!("A-{number}"),
                &format!("{}.37", 40 + number),
            ));
        }
        let bill = json!({"Type": "ACCPAY", "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 25, "AccountCode": "400"}]});
        client.invoice(&sale_with("B-1", &bill));
        let note = json!({"Type": "ACCRECCREDIT", "Contact": {"ContactNumber": "HT-001"}, "Status": "AUTHORISED",
            "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 60, "AccountCode": "200"}]});
        client.put("CreditNotes", &note);
        let mut dice = Dice(seed);
        let mut done: Vec<&str> = Vec::new();
        for step in 0..400 {
            client.pass(1);
            let known = client
                .sandbox
                .read(NEW_ZEALAND, things)
                .expect("it is seeded");
            done.extend(act(&client.sandbox.people(client.now), &mut dice, &known));
            client
                .sandbox
                .read(NEW_ZEALAND, |books| check(books, step))
                .expect("it is seeded");
        }
        for kind in [
            "pay",
            "allocate",
            "refund",
            "take back",
            "remove",
            "overpay",
            "receive",
            "void",
            "void credit",
            "write",
        ] {
            assert!(done.contains(&kind), "seed {seed} never could {kind}");
        }
    }
}
