//! What of a summary's payments is each member's: the oldest members are settled first, to the cent.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::document::{
    DocumentId, Payment, PaymentKind, ProviderPaymentId, Settlement, SettlementStatus,
};
use crate::engine::{ContentHash, Posted};
use crate::host::PostingNotice;

/// What is a member's own of what became of its summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// What its host is told became of it: what became of the summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<PostingNotice>,
    /// Its parts of payments and allocations, each under an identifier of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<Payment>,
    /// How far it is settled by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<Settlement>,
}

/// A member that amounts are allotted to.
#[derive(Clone, Debug, Default)]
struct Taker {
    due: Decimal,
    paid: Decimal,
    credited: Decimal,
    payments: Vec<Payment>,
}

/// Bytes of a payment's identifier that leave room for the mark of a member.
const ID_BYTES_MAX: usize = 55;

/// Hexadecimal digits of the mark of a member in the identifier of a part.
const MARK_DIGITS: usize = 8;

/// The payments and the settlement of each member, given by identifier and by what it comes to, the oldest first.
///
/// The payments are taken by date and identifier, and each goes to the first members that are not settled yet; what is too
/// much goes to the last. The parts of a payment come to the payment, and the settlements of the members to that of the
/// summary, to the minor unit. The result depends on the arguments alone.
#[must_use]
pub fn allotted(
    posted: &Posted,
    members: &[(DocumentId, Decimal)],
) -> Vec<(Vec<Payment>, Settlement)> {
    let mut takers: Vec<Taker> = members
        .iter()
        .map(|(_, gross)| Taker {
            due: *gross,
            ..Taker::default()
        })
        .collect();
    let mut payments: Vec<&Payment> = posted.payments.iter().collect();
    payments.sort_by(|one, other| (one.date, &one.id).cmp(&(other.date, &other.id)));
    for payment in payments {
        for (at, part) in parts(&takers, payment.amount) {
            takers[at].take(payment, part, &members[at].0);
        }
    }
    let whole = &posted.settlement;
    let sum = |of: fn(&Taker) -> Decimal| takers.iter().map(of).sum::<Decimal>();
    let told = (sum(|it| it.paid), sum(|it| it.credited));
    if told != (whole.amount_paid, whole.amount_credited) {
        // The provider settled more, or otherwise, than it shows payments for: its sums are what counts.
        for (taker, (_, gross)) in takers.iter_mut().zip(members) {
            (taker.due, taker.paid, taker.credited) = (*gross, Decimal::ZERO, Decimal::ZERO);
        }
        for (at, part) in parts(&takers, whole.amount_paid) {
            takers[at].due -= part;
            takers[at].paid += part;
        }
        for (at, part) in parts(&takers, whole.amount_credited) {
            takers[at].due -= part;
            takers[at].credited += part;
        }
    }
    takers
        .into_iter()
        .map(|taker| {
            let settlement = taker.settlement(whole);
            (taker.payments, settlement)
        })
        .collect()
}

/// How an amount is dealt out: to each what is due from it, and what is left to the last.
fn parts(takers: &[Taker], amount: Decimal) -> Vec<(usize, Decimal)> {
    let mut left = amount;
    let mut parts: Vec<(usize, Decimal)> = Vec::new();
    for (at, taker) in takers.iter().enumerate() {
        let part = left.min(taker.due);
        if part > Decimal::ZERO {
            parts.push((at, part));
            left -= part;
        }
    }
    if let Some(last) = takers.len().checked_sub(1)
        && !left.is_zero()
    {
        match parts.last_mut() {
            Some((at, part)) if *at == last => *part += left,
            Some(_) | None => parts.push((last, left)),
        }
    }
    parts
}

impl Taker {
    fn take(&mut self, payment: &Payment, part: Decimal, member: &DocumentId) {
        self.due -= part;
        match payment.kind {
            PaymentKind::Payment | PaymentKind::PrepaymentAllocation => self.paid += part,
            PaymentKind::CreditAllocation | PaymentKind::Other(_) => self.credited += part,
        }
        self.payments.push(Payment {
            id: part_id(&payment.id, member),
            amount: part,
            ..payment.clone()
        });
    }

    fn settlement(&self, whole: &Settlement) -> Settlement {
        let is_settled = match whole.status {
            SettlementStatus::Paid | SettlementStatus::Overpaid => true,
            SettlementStatus::Unpaid | SettlementStatus::PartlyPaid | SettlementStatus::Voided => {
                false
            }
        };
        let has_any = !(self.paid + self.credited).is_zero();
        let status = match whole.status {
            SettlementStatus::Voided => SettlementStatus::Voided,
            _ if self.due < Decimal::ZERO => SettlementStatus::Overpaid,
            _ if self.due.is_zero() && (has_any || is_settled) => SettlementStatus::Paid,
            _ if has_any => SettlementStatus::PartlyPaid,
            _ => SettlementStatus::Unpaid,
        };
        let amount_due = match status {
            SettlementStatus::Voided => Decimal::ZERO,
            SettlementStatus::Unpaid
            | SettlementStatus::PartlyPaid
            | SettlementStatus::Paid
            | SettlementStatus::Overpaid => self.due,
        };
        Settlement {
            status,
            amount_paid: self.paid,
            amount_credited: self.credited,
            amount_due,
            currency: whole.currency,
            as_of: whole.as_of,
        }
    }
}

/// The identifier of a member's part. A host may know payments by their identifiers alone, so no two parts share one.
fn part_id(payment: &ProviderPaymentId, member: &DocumentId) -> ProviderPaymentId {
    let mark = ContentHash::of_bytes(member.as_str().as_bytes());
    let mark = &mark.as_str()[..MARK_DIGITS];
    let id = match payment.as_str() {
        id if id.len() <= ID_BYTES_MAX => format!("{id}-{mark}"),
        id => format!("{}-{mark}", ContentHash::of_bytes(id.as_bytes())),
    };
    ProviderPaymentId::new(id).expect("an identifier, shortened, and a mark")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample;

    fn cents(cents: i64) -> Decimal {
        Decimal::new(cents, 2)
    }

    fn member(id: &str, gross: i64) -> (DocumentId, Decimal) {
        (DocumentId::new(id).unwrap(), cents(gross))
    }

    /// A document of 110.00 with these payments.
    fn posted(payments: &[(&str, i64, PaymentKind)]) -> Posted {
        let mut posted = sample::posted().posted.unwrap();
        for (id, amount, kind) in payments {
            let mut payment = sample::paid_snapshot(id, *amount).payments.remove(0);
            payment.kind = kind.clone();
            match kind {
                PaymentKind::CreditAllocation => {
                    posted.settlement.amount_credited += payment.amount;
                }
                _ => posted.settlement.amount_paid += payment.amount,
            }
            posted.settlement.amount_due -= payment.amount;
            posted.payments.push(payment);
        }
        posted
    }

    fn amounts(parts: &[(Vec<Payment>, Settlement)]) -> Vec<(Vec<String>, String)> {
        let told = parts.iter().map(|(payments, settlement)| {
            let parts = payments.iter().map(|it| it.amount.to_string());
            (parts.collect(), settlement.amount_due.to_string())
        });
        told.collect()
    }

    fn told(parts: &[&str], due: &str) -> (Vec<String>, String) {
        let parts = parts.iter().map(|&part| part.to_owned()).collect();
        (parts, due.to_owned())
    }

    #[test]
    fn the_oldest_member_is_settled_first_and_the_parts_come_to_the_payment() {
        let members = [member("1", 6_000), member("2", 5_000)];
        let paid = posted(&[
            ("p1", 7_001, PaymentKind::Payment),
            ("p2", 999, PaymentKind::CreditAllocation),
        ]);
        let parts = allotted(&paid, &members);
        assert_eq!(
            amounts(&parts),
            [told(&["60.00"], "0.00"), told(&["10.01", "9.99"], "30.00")]
        );
        let second = &parts[1].1;
        assert_eq!(
            (second.amount_paid, second.amount_credited),
            (cents(1_001), cents(999))
        );
        assert_eq!(second.status, SettlementStatus::PartlyPaid);
        assert_eq!(parts[0].1.status, SettlementStatus::Paid);
    }

    #[test]
    fn what_is_too_much_goes_to_the_last_and_nothing_due_is_nothing_paid() {
        let members = [member("1", 0), member("2", 11_000)];
        let over = posted(&[("p1", 12_000, PaymentKind::Payment)]);
        let parts = allotted(&over, &members);
        assert_eq!(
            amounts(&parts),
            [told(&[], "0.00"), told(&["120.00"], "-10.00")]
        );
        assert_eq!(parts[1].1.status, SettlementStatus::Overpaid);
        let unpaid = allotted(&posted(&[]), &members);
        assert!(
            unpaid
                .iter()
                .all(|(_, it)| it.status == SettlementStatus::Unpaid)
        );
    }

    #[test]
    fn sums_that_no_payment_explains_are_dealt_out_all_the_same() {
        let members = [member("1", 6_000), member("2", 5_000)];
        let mut paid = posted(&[("p1", 1_000, PaymentKind::Payment)]);
        paid.settlement.amount_credited += cents(6_000);
        let parts = allotted(&paid, &members);
        let sums: Vec<_> = parts
            .iter()
            .map(|(_, it)| (it.amount_paid, it.amount_credited))
            .collect();
        assert_eq!(
            sums,
            [(cents(1_000), cents(5_000)), (Decimal::ZERO, cents(1_000))]
        );
        assert_eq!(parts[1].1.amount_due, cents(4_000));
    }

    #[test]
    fn parts_of_one_payment_have_identifiers_of_their_own_that_stay() {
        let members = [member("1", 6_000), member("2", 5_000)];
        let long = "p".repeat(64);
        let paid = posted(&[("p1", 11_000, PaymentKind::Payment)]);
        let ids = |paid: &Posted| -> Vec<String> {
            let parts = allotted(paid, &members);
            parts
                .iter()
                .flat_map(|(all, _)| all)
                .map(|it| it.id.to_string())
                .collect()
        };
        let first = ids(&paid);
        assert_ne!(first[0], first[1]);
        assert_eq!(first, ids(&paid));
        assert!(first[0].starts_with("p1-"));
        let ids = ids(&posted(&[(long.as_str(), 11_000, PaymentKind::Payment)]));
        assert_ne!(ids[0], ids[1]);
    }

    #[test]
    fn a_void_summary_leaves_nothing_due() {
        let mut void = posted(&[]);
        void.settlement.status = SettlementStatus::Voided;
        let parts = allotted(&void, &[member("1", 11_000)]);
        assert_eq!(parts[0].1.status, SettlementStatus::Voided);
        assert_eq!(parts[0].1.amount_due, Decimal::ZERO);
    }
}
