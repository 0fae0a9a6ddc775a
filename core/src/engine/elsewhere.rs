//! What a binding becomes when its document is routed to another connection while this one holds it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Binding, Event, HostPolicy, SkipReason, State, Step, Wanted};
use crate::check::{Finding, Rule};
use crate::document::ConnectionId;
use crate::settings::Moves;

/// Where the routes send a document that this connection still holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The connection that claims it; [`ConnectionId::unrouted`] when none does.
    pub to: ConnectionId,
    /// Whether it stays for that.
    pub moves: Moves,
}

impl Binding {
    /// Whether the document is to be taken out of the books here because it goes elsewhere.
    #[must_use]
    pub fn leaves(&self) -> bool {
        self.wanted != Wanted::Gone
            && self.undo.is_none()
            && self.elsewhere.as_ref().is_some_and(|elsewhere| {
                elsewhere.moves == Moves::VoidAndCreate && elsewhere.to != ConnectionId::unrouted()
            })
    }

    /// Whether the provider shall not hold it: the host let it go, a person undoes it, or it goes elsewhere.
    pub(super) fn is_unwanted_here(&self) -> bool {
        self.wanted == Wanted::Gone || self.is_to_be_undone() || self.leaves()
    }
}

/// The routes send the document elsewhere by now, or here again (`None`), while a provider holds it or
/// may hold it here.
///
/// What stays shows that; what leaves is planned anew. A request in the air comes first: its outcome is
/// followed by a new plan. `None` for a repeat.
#[must_use]
pub fn routed_elsewhere(
    binding: &Binding,
    elsewhere: Option<&Elsewhere>,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    if binding.elsewhere.as_ref() == elsewhere {
        return None;
    }
    let mut next = binding.clone();
    next.elsewhere = elsewhere.cloned();
    next.state = match &binding.state {
        State::InFlight(_)
        | State::Unsure { .. }
        | State::Voided
        | State::Removed { .. }
        | State::Detached
        // A person took it out: wherever it would go, that stands.
        | State::Skipped {
            reason: SkipReason::Undone { .. } | SkipReason::ByOperator { .. },
        } => binding.state.clone(),
        State::Posted if elsewhere.is_some() && !next.leaves() => State::Held {
            findings: still_here(&next).into_iter().collect(),
        },
        State::Waiting { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::Posted
        | State::Rejected { .. } => State::waiting(),
    };
    let event = match next.state.findings() {
        findings if matches!(next.state, State::Held { .. }) => Event::Held {
            findings: findings.to_vec(),
        },
        _ => Event::Planned {
            op: None,
            why: place(&next).unwrap_or_else(|| format!("routed to {}", binding.key.connection)),
        },
    };
    Some(Step::of(next, event, at).telling(policy, at))
}

/// The finding of a document that stays although it is routed elsewhere.
pub(super) fn still_here(binding: &Binding) -> Option<Finding> {
    let elsewhere = binding.elsewhere.as_ref()?;
    let here = &binding.key.connection;
    let (remedy, setting) = if elsewhere.to == ConnectionId::unrouted() {
        (
            "Correct the document in the host, or add a [[routes]] entry that fits it.".to_owned(),
            "",
        )
    } else {
        let remedy = format!(
            "Correct the document in the host or the routes; or set `moves = \"void_and_create\"` in the settings of `{here}`, and it is voided there and created in `{}`.",
            elsewhere.to
        );
        (remedy, "moves")
    };
    let finding = Finding::new(Rule::RoutedElsewhere, place(binding)?, remedy);
    Some(finding.at("connection", here.as_str()).mended_in(setting))
}

/// What is told of a document that the provider holds, whatever else is decided: that it belongs elsewhere, and that a credit
/// note of an undo that nobody wants any more stands beside it.
pub(super) fn besides(binding: &Binding) -> Vec<Finding> {
    let note = binding.note_left().cloned();
    still_here(binding).into_iter().chain(note).collect()
}

/// The finding of a document that should leave and cannot, with the reason and what would mend it.
#[must_use]
pub fn cannot_leave(binding: &Binding, why: &str, remedy: &str) -> Finding {
    let place = place(binding).unwrap_or_else(|| "it cannot be moved".to_owned());
    Finding::new(
        Rule::RoutedElsewhere,
        format!("{place}: {why}"),
        format!("{remedy} Until then it stays where it is, and nothing is created elsewhere."),
    )
    .at("connection", binding.key.connection.as_str())
}

fn place(binding: &Binding) -> Option<String> {
    let elsewhere = binding.elsewhere.as_ref()?;
    let here = &binding.key.connection;
    Some(if elsewhere.to == ConnectionId::unrouted() {
        format!("no route claims it by now, still held by `{here}`")
    } else {
        format!(
            "routed to `{}` by now, still held by `{here}`",
            elsewhere.to
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::super::{
        FlightId, LookedUp, Op, departed, in_doubt, landed, looked_up, owed, provider_changed,
        put_back, rejected,
    };
    use super::*;
    use crate::document::{Settlement, SettlementStatus};
    use crate::host::WriteBack;
    use crate::provider::{Rejection, RejectionKind};

    fn elsewhere(moves: Moves) -> Elsewhere {
        Elsewhere {
            to: ConnectionId::new("other").unwrap(),
            moves,
        }
    }

    fn marked(binding: &Binding, moves: Moves) -> Binding {
        routed_elsewhere(binding, Some(&elsewhere(moves)), sample::POLICY, NOW)
            .unwrap()
            .binding
    }

    /// A document that leaves, with its void in the air.
    fn leaving() -> Binding {
        let mut binding = marked(&sample::posted(), Moves::VoidAndCreate);
        binding.state = State::ready(Op::Void);
        departed(&binding, &FlightId("f".to_owned()), NOW)
            .unwrap()
            .binding
    }

    #[test]
    fn what_stays_says_where_it_should_be_and_nothing_of_it_when_it_is_routed_back() {
        let staying = marked(&sample::posted(), Moves::Stay);
        let findings = staying.state.findings();
        assert_eq!(
            findings[0].message,
            "routed to `other` by now, still held by `c`"
        );
        let stay = elsewhere(Moves::Stay);
        assert_eq!(
            routed_elsewhere(&staying, Some(&stay), sample::POLICY, NOW),
            None
        );
        let back = routed_elsewhere(&staying, None, sample::POLICY, NOW).unwrap();
        assert_eq!(back.binding.state, State::waiting());
        assert_eq!(back.binding.elsewhere, None);
    }

    #[test]
    fn what_a_person_took_out_stays_out_wherever_it_is_routed() {
        let mut undone = sample::posted();
        undone.elsewhere = Some(elsewhere(Moves::Stay));
        undone.state = State::Skipped {
            reason: SkipReason::Undone {
                by: "ann".to_owned(),
                because: None,
            },
        };
        let step = routed_elsewhere(&undone, None, sample::POLICY, NOW).unwrap();
        assert_eq!(step.binding.state, undone.state);
        assert_eq!(step.binding.elsewhere, None);
    }

    #[test]
    fn what_no_route_claims_never_leaves() {
        let nowhere = Elsewhere {
            to: ConnectionId::unrouted(),
            moves: Moves::VoidAndCreate,
        };
        let step =
            routed_elsewhere(&sample::posted(), Some(&nowhere), sample::POLICY, NOW).unwrap();
        assert!(!step.binding.leaves());
        assert_eq!(step.binding.state.findings()[0].rule, Rule::RoutedElsewhere);
    }

    #[test]
    fn a_void_that_landed_is_followed_by_a_plan_and_tells_the_host_of_no_void() {
        let step = landed(
            &leaving(),
            None,
            &sample::voided_snapshot(),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, State::waiting());
        let told = owed(&step.binding, sample::POLICY);
        assert!(!told.iter().any(|item| matches!(
            item,
            WriteBack::Settlement { .. } | WriteBack::Posting { .. }
        )));
    }

    #[test]
    fn a_void_whose_reply_shows_a_live_document_is_no_proof() {
        let step = landed(&leaving(), None, &sample::snapshot(), sample::POLICY, NOW).unwrap();
        assert_eq!(step.binding.state.findings()[0].rule, Rule::RoutedElsewhere);
    }

    #[test]
    fn a_refused_void_leaves_it_where_it_is_with_the_reason() {
        let rejection = Rejection {
            kind: RejectionKind::NotEditable,
            messages: vec!["it is paid".to_owned()],
            advice: None,
        };
        let step = rejected(&leaving(), &rejection, sample::POLICY, NOW).unwrap();
        let finding = &step.binding.state.findings()[0];
        assert_eq!(finding.rule, Rule::RoutedElsewhere);
        assert!(finding.message.contains("it is paid"));
    }

    #[test]
    fn a_document_that_is_routed_back_while_its_void_is_in_the_air_is_planned_anew() {
        let back = routed_elsewhere(&leaving(), None, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert!(matches!(back.state, State::InFlight(_)));
        let voided = sample::voided_snapshot();
        let live = sample::snapshot();
        let shown = LookedUp::Found {
            snapshot: &live,
            claimed_by: None,
        };
        let doubt = in_doubt(&back, "no reply", None, NOW).unwrap().binding;
        let outcomes = [
            landed(&back, None, &voided, sample::POLICY, NOW),
            put_back(&back, "no connection", None, sample::POLICY, NOW),
            looked_up(&doubt, None, LookedUp::Nothing, sample::POLICY, NOW),
            looked_up(&doubt, None, shown, sample::POLICY, NOW),
        ];
        for outcome in outcomes {
            let state = outcome.unwrap().binding.state;
            assert!(matches!(state, State::Waiting { .. }), "{state:?}");
        }
    }

    #[test]
    fn a_document_that_somebody_removes_here_goes_on_and_one_that_stays_asks() {
        let gone = sample::voided_snapshot();
        for (moves, asks) in [(Moves::VoidAndCreate, false), (Moves::Stay, true)] {
            let binding = marked(&sample::posted(), moves);
            let step = provider_changed(&binding, &gone, sample::POLICY, NOW).unwrap();
            assert_eq!(matches!(step.binding.state, State::Removed { .. }), asks);
        }
    }

    #[test]
    fn a_document_that_the_host_lets_go_meanwhile_is_voided_and_does_not_leave() {
        let mut leaving = leaving();
        leaving.wanted = Wanted::Gone;
        let paid = leaving.posted.as_ref().unwrap().settlement.clone();
        leaving.told.settlement = Some(Settlement {
            status: SettlementStatus::PartlyPaid,
            ..paid
        });
        let step = landed(
            &leaving,
            None,
            &sample::voided_snapshot(),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, State::Voided);
        let is_void = |item: &WriteBack| match item {
            WriteBack::Settlement { settlement, .. } => {
                settlement.status == SettlementStatus::Voided
            }
            _ => false,
        };
        let told = owed(&step.binding, sample::POLICY);
        assert!(told.iter().any(is_void), "{told:?}");
    }
}
