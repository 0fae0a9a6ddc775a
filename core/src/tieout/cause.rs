//! Why a document differs, in the words of those who keep the books, and the command that mends it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::compare::Difference;
use super::sides::{Held, HostSide};
use crate::check::kinds::{Kind, differences};
use crate::check::{Finding, Rule};
use crate::engine::{Binding, Posted, State, Wanted, is_kept_back};

/// Why a document differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It is to be sent, or removed, and was not yet.
    NotSentYet,
    /// It is held, or was refused: its findings say why.
    NeverSent,
    /// A request with it got no answer yet.
    InDoubt,
    /// A document at the provider that is none of ours holds its number.
    SentBySomebodyElse,
    /// It was changed in the host, and the change was not sent.
    ChangedInHost,
    /// It was edited at the provider.
    EditedAtProvider,
    /// It was deleted or voided at the provider.
    RemovedAtProvider,
    /// The host let it go, and the provider did not let it be removed.
    RemovalRefused,
    /// The host was not told of a payment yet.
    PaymentNotTold,
    /// A payment is dated too far ahead for the host to be told of it.
    PaymentDatedAhead,
    /// The host refused a payment.
    PaymentRefused,
    /// A payment was made or taken back in the host, and the provider does not know.
    PaymentOfHost,
    /// It comes out differently on both sides by no more than rounding can.
    Rounding,
    /// None of these.
    Unexplained,
}

impl Cause {
    /// Every cause, in the order in which reports list them.
    pub const ALL: [Self; 14] = [
        Self::NotSentYet,
        Self::NeverSent,
        Self::InDoubt,
        Self::SentBySomebodyElse,
        Self::ChangedInHost,
        Self::EditedAtProvider,
        Self::RemovedAtProvider,
        Self::RemovalRefused,
        Self::PaymentNotTold,
        Self::PaymentDatedAhead,
        Self::PaymentRefused,
        Self::PaymentOfHost,
        Self::Rounding,
        Self::Unexplained,
    ];

    /// What is told of it.
    #[must_use]
    pub fn kind(self) -> &'static Kind {
        match self {
            Self::NotSentYet => &differences::NOT_SENT_YET,
            Self::NeverSent => &differences::NEVER_SENT,
            Self::InDoubt => &differences::IN_DOUBT,
            Self::SentBySomebodyElse => &differences::SENT_BY_SOMEBODY_ELSE,
            Self::ChangedInHost => &differences::CHANGED_IN_HOST,
            Self::EditedAtProvider => &differences::EDITED_AT_PROVIDER,
            Self::RemovedAtProvider => &differences::REMOVED_AT_PROVIDER,
            Self::RemovalRefused => &differences::REMOVAL_REFUSED,
            Self::PaymentNotTold => &differences::PAYMENT_NOT_TOLD,
            Self::PaymentDatedAhead => &differences::PAYMENT_DATED_AHEAD,
            Self::PaymentRefused => &differences::PAYMENT_REFUSED,
            Self::PaymentOfHost => &differences::PAYMENT_OF_HOST,
            Self::Rounding => &differences::ROUNDING,
            Self::Unexplained => &differences::UNEXPLAINED,
        }
    }

    /// The cause in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.kind().title
    }
}

/// Why a document differs; never nothing.
pub(super) fn causes(
    binding: &Binding,
    host: &HostSide<'_>,
    live: Option<&Held<'_>>,
    differences: &[Difference],
) -> Vec<Cause> {
    let mut causes = Vec::new();
    match live {
        None => causes.push(absence(binding)),
        Some(_) if binding.wanted == Wanted::Gone => causes.push(presence(binding)),
        Some(held) => {
            let (money, content): (Vec<&Difference>, Vec<&Difference>) =
                differences.iter().partition(|one| one.what.is_of_money());
            let told = !binding.state.findings().is_empty();
            if !content.is_empty() || told || differences.is_empty() {
                causes.push(change(binding, host, held));
            }
            let of_host = |one: &&&Difference| one.what.is_of_host_payments();
            if money.iter().any(|one| of_host(&one)) {
                causes.push(Cause::PaymentOfHost);
            }
            let refused = &binding.told.refused;
            if refused.iter().any(|(_, why)| is_kept_back(why)) {
                causes.push(Cause::PaymentDatedAhead);
            }
            if refused.iter().any(|(_, why)| !is_kept_back(why)) {
                causes.push(Cause::PaymentRefused);
            } else if refused.is_empty() && money.iter().any(|one| !of_host(&one)) {
                causes.push(Cause::PaymentNotTold);
            }
        }
    }
    causes
}

/// Why the provider does not hold what the host wants.
fn absence(binding: &Binding) -> Cause {
    match &binding.state {
        State::Waiting { .. } | State::Ready { .. } => Cause::NotSentYet,
        State::InFlight(_) | State::Unsure { .. } => Cause::InDoubt,
        State::Held { .. } | State::Rejected { .. } => {
            // One that nobody shows, or that is another one of ours, is no stranger's.
            let strangers = |one: &Finding| one.rule == Rule::NumberTaken && !one.others.is_empty();
            if binding.state.findings().iter().any(strangers) {
                Cause::SentBySomebodyElse
            } else {
                Cause::NeverSent
            }
        }
        State::Removed { .. } | State::Posted | State::Voided => Cause::RemovedAtProvider,
        State::Skipped { .. } | State::Detached => Cause::Unexplained,
    }
}

/// Why the provider holds what the host let go.
fn presence(binding: &Binding) -> Cause {
    match &binding.state {
        State::Waiting { .. } | State::Ready { .. } => Cause::NotSentYet,
        State::InFlight(_) | State::Unsure { .. } => Cause::InDoubt,
        State::Held { .. } | State::Rejected { .. } => Cause::RemovalRefused,
        State::Skipped { .. }
        | State::Posted
        | State::Voided
        | State::Removed { .. }
        | State::Detached => Cause::Unexplained,
    }
}

/// Why both hold it, and not the same.
fn change(binding: &Binding, host: &HostSide<'_>, held: &Held<'_>) -> Cause {
    let sent = binding.posted.as_ref();
    let edited = |sent: &Posted| {
        let made = sent.made.as_deref().zip(held.stands.as_deref());
        let moved = made.is_some_and(|(made, stands)| !made.differences(stands).is_empty());
        moved || sent.edit.is_some() || sent.totals != held.totals
    };
    if sent.is_some_and(edited) {
        return Cause::EditedAtProvider;
    }
    match &binding.state {
        State::InFlight(_) | State::Unsure { .. } => Cause::InDoubt,
        State::Waiting { .. }
        | State::Ready { .. }
        | State::Held { .. }
        | State::Rejected { .. } => Cause::ChangedInHost,
        State::Removed { .. } => Cause::RemovedAtProvider,
        State::Posted | State::Voided | State::Skipped { .. } | State::Detached => {
            if is_rounding(host, held) {
                Cause::Rounding
            } else {
                Cause::Unexplained
            }
        }
    }
}

/// Whether the sums differ by no more than one minor unit a line.
fn is_rounding(host: &HostSide<'_>, held: &Held<'_>) -> bool {
    let Some(totals) = host.totals else {
        return false;
    };
    let unit = Decimal::new(1, host.currency.minor_digits());
    let bound = unit * Decimal::from(host.lines.len().max(1));
    let off = (totals.gross - held.totals.gross).abs();
    off > Decimal::ZERO && off <= bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_told_of_under_its_own_name() {
        for (cause, kind) in Cause::ALL.into_iter().zip(differences::ALL) {
            assert_eq!(cause.kind(), kind);
            let name = serde_json::to_value(cause).unwrap();
            assert_eq!(name, kind.name);
        }
    }
}
