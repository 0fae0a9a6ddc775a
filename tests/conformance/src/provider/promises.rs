//! The table of promises: what each is about, what it needs, and how it is held.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tieout_core::document::DocumentKind;

use super::stage::Stage;

/// What a stage must have for a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// An organisation to write to.
    Nothing,
    /// A person at the provider, too.
    Person,
    /// A call that goes wrong, too.
    Fault,
    /// Documents by the thousand, too.
    Crowd,
}

impl Needs {
    /// Whether the promise can only be staged at a simulated provider.
    #[must_use]
    pub fn backstage(self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Person | Self::Fault | Self::Crowd => true,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Person => "a person at the provider",
            Self::Fault => "a call that goes wrong",
            Self::Crowd => "documents by the thousand",
        }
    }
}

type Keeping = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a promise is about.
#[derive(Clone, Copy)]
pub enum Scope {
    /// Each kind of document that the provider holds.
    EachKind(fn(Arc<dyn Stage>, DocumentKind) -> Keeping),
    /// The organisation as a whole.
    Organisation(fn(Arc<dyn Stage>) -> Keeping),
}

/// A promise of the port.
#[derive(Clone, Copy)]
pub struct Promise {
    /// Its name: a sentence.
    pub name: &'static str,
    /// What a stage must have for it.
    pub needs: Needs,
    /// What it is about, and how it is held against a stage. It panics when it is broken.
    pub scope: Scope,
}

/// What became of a promise on one kind of document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was kept.
    Yes,
    /// It was broken; what the assertion said stands on standard error.
    No,
    /// It could not be tried, for want of this.
    LeftOut(&'static str),
}

/// Every promise of the port.
#[must_use]
pub fn promises() -> Vec<Promise> {
    crate::provider_promise_list! { (crate::provider_promise_table) }
}

/// Tries every promise, one after the other, each on a stage of its own, and tells of each as soon as it is known.
///
/// Meant for a real organisation: those that its stage cannot show are left out by name.
pub async fn keep_all(
    make: impl Fn() -> Arc<dyn Stage>,
    mut tell: impl FnMut(&str, &Kept),
) -> Vec<(String, Kept)> {
    let mut all = Vec::new();
    for promise in promises() {
        let kinds: Vec<Option<DocumentKind>> = match promise.scope {
            Scope::Organisation(_) => vec![None],
            Scope::EachKind(_) => {
                let capability = make().provider().capability();
                capability.documents.iter().copied().map(Some).collect()
            }
        };
        for kind in kinds {
            let name = match kind {
                Some(kind) => format!("{kind}::{}", promise.name),
                None => format!("organisation::{}", promise.name),
            };
            let kept = keep(promise, make(), kind).await;
            tell(&name, &kept);
            all.push((name, kept));
        }
    }
    all
}

/// Promises that ask a provider for nothing, and are kept before a line is written.
const ASK_NOTHING_MAX: usize = 8;

/// Tries every promise on a provider of which nothing is written yet: all but a few are broken, and each says what is to
/// be written.
///
/// # Panics
/// Where one is broken for another reason, or more are kept than can be.
pub async fn unwritten(make: impl Fn() -> Arc<dyn Stage>) {
    let mut kept = Vec::new();
    for promise in promises() {
        let capability = make().provider().capability();
        let tried: Vec<Keeping> = match promise.scope {
            Scope::Organisation(hold) => vec![hold(make())],
            Scope::EachKind(hold) => {
                let kinds = capability.documents.iter();
                kinds.map(|kind| hold(make(), *kind)).collect()
            }
        };
        for keeping in tried {
            let Err(broken) = tokio::spawn(keeping).await else {
                kept.push(promise.name);
                continue;
            };
            let said = broken.into_panic();
            let text = said.downcast_ref::<&str>().copied();
            let text = text.or_else(|| said.downcast_ref::<String>().map(String::as_str));
            let said = text.unwrap_or("what is no text");
            assert!(said.contains("not written yet"), "{}: {said}", promise.name);
        }
    }
    assert!(kept.len() <= ASK_NOTHING_MAX, "{kept:?}");
}

async fn keep(promise: Promise, stage: Arc<dyn Stage>, kind: Option<DocumentKind>) -> Kept {
    if promise.needs.backstage() && stage.backstage().is_none() {
        return Kept::LeftOut(promise.needs.words());
    }
    let keeping = match (promise.scope, kind) {
        (Scope::EachKind(hold), Some(kind)) => hold(stage, kind),
        (Scope::Organisation(hold), _) => hold(stage),
        (Scope::EachKind(_), None) => return Kept::LeftOut("a kind of document"),
    };
    match tokio::spawn(keeping).await {
        Ok(()) => Kept::Yes,
        Err(_) => Kept::No,
    }
}

/// Hands the list of promises to another macro: first those of each kind of document, then those of the organisation.
#[macro_export]
#[doc(hidden)]
macro_rules! provider_promise_list {
    ( ($($then:tt)+) $($arguments:tt)* ) => { $($then)+! { ($($arguments)*)
        {
            Nothing sending a_create_comes_back_as_it_was_sent;
            Nothing sending what_was_not_sent_is_absent;
            Nothing sending the_same_request_under_the_same_key_has_one_effect;
            Nothing sending a_create_never_overwrites;
            Nothing sending the_number_of_another_party_is_taken_only_where_numbers_are_unique;
            Nothing sending orders_succeed_and_fail_one_by_one_in_order;
            Nothing sending a_full_batch_is_taken;
            Nothing sending a_batch_beyond_the_limit_is_refused_whole;
            Nothing sending the_longest_texts_come_back_whole;
            Nothing sending an_update_keeps_the_identity_of_lines;
            Nothing sending a_removal_deletes_drafts_and_voids_what_was_approved;
            Nothing sending what_was_removed_cannot_be_changed;
            Nothing sending an_unknown_document_is_told_as_not_found;
            Nothing sending every_refusal_tells_its_reason;
            Person sending a_document_for_an_archived_contact_is_refused_as_such;
            Person sending a_document_in_a_locked_period_is_refused_as_such;
            Nothing looking a_look_up_finds_live_and_removed_ones;
            Nothing looking a_look_up_leaves_out_what_nobody_carries;
            Nothing looking as_many_as_promised_are_looked_up_at_once;
            Nothing looking odd_numbers_are_found;
            Nothing looking documents_are_read_whole_and_unknown_ones_are_absent;
            Person looking what_a_person_did_is_read;
            Nothing looking what_was_never_sent_is_found_by_each_mark;
            Nothing looking a_search_passes_over_what_was_removed;
            Nothing looking as_many_as_promised_are_sought_at_once;
            Person money a_read_shows_what_was_paid;
            Person money the_removal_of_something_paid_is_refused_as_not_editable;
            Nothing telling what_is_new_changed_or_removed_is_told;
            Person telling what_a_person_did_is_told;
            Person telling payments_and_their_removal_are_told;
            Nothing telling ties_of_one_second_are_told;
            Crowd telling changes_are_told_over_pages;
            Crowd telling changes_during_paging_are_told;
            Nothing telling every_position_can_be_gone_on_from;
            Nothing telling only_wanted_kinds_are_told;
            Nothing telling completeness_is_not_claimed_for_the_future;
            Fault doubt a_lost_reply_is_unsure_and_its_repeat_has_one_effect;
            Fault doubt an_error_of_the_server_is_unsure_and_its_repeat_has_one_effect;
            Fault doubt a_reply_that_cannot_be_read_is_unsure_and_its_repeat_has_one_effect;
            Fault doubt a_batch_that_broke_in_the_middle_makes_nothing_twice;
            Fault doubt a_removal_whose_reply_was_lost_is_unsure;
            Fault doubt a_write_is_never_repeated_by_itself;
            Fault doubt throttling_says_when_to_come_back;
            Fault doubt an_expired_sign_in_is_told_as_such;
            Fault doubt a_reading_that_failed_is_an_error_and_no_doubt;
            Nothing chart what_a_document_uses_stands_in_the_chart;
        }
        {
            Nothing chart the_capability_is_sound_and_always_the_same;
            Nothing chart the_chart_names_the_organisation_and_its_currency;
            Nothing chart a_tracking_option_is_made_once_and_stands_in_the_chart;
            Nothing telling a_position_of_no_make_is_refused_and_says_so;
            Nothing telling changes_of_no_kind_are_refused;
            Nothing contacts a_contact_is_found_before_it_is_made;
            Nothing contacts a_contact_is_made_once_under_repetition;
            Nothing contacts two_of_one_name_become_one_contact;
            Nothing contacts answers_come_in_the_order_of_the_questions;
            Nothing contacts nobody_is_made_who_was_not_to_be_made;
            Nothing contacts an_email_counts_when_one_contact_alone_has_it;
            Person contacts an_archived_contact_is_told_as_archived;
            Person contacts a_merged_contact_is_followed;
            Fault contacts a_lost_reply_makes_no_contact_twice;
        }
    } };
}

/// The list as a table.
#[macro_export]
#[doc(hidden)]
macro_rules! provider_promise_table {
    ( ()
        { $( $needs:ident $module:ident $promise:ident; )* }
        { $( $needs_too:ident $module_too:ident $promise_too:ident; )* }
    ) => { vec![
        $( $crate::provider::Promise {
            name: stringify!($promise),
            needs: $crate::provider::Needs::$needs,
            scope: $crate::provider::Scope::EachKind(|stage, kind| Box::pin(async move {
                $crate::provider::$module::$promise(&*stage, kind).await;
            })),
        }, )*
        $( $crate::provider::Promise {
            name: stringify!($promise_too),
            needs: $crate::provider::Needs::$needs_too,
            scope: $crate::provider::Scope::Organisation(|stage| Box::pin(async move {
                $crate::provider::$module_too::$promise_too(&*stage).await;
            })),
        }, )*
    ] };
}

/// Makes a tokio test of every promise, each with a stage of its own from `$make()`, which has a backstage. One that fails
/// says where its promise is written down.
#[macro_export]
macro_rules! provider_promises {
    ($make:path) => {
        $crate::provider_promise_list! { ($crate::provider_promise_tests) $make }
    };
}

/// For a provider of which nothing is written yet: one test, that every promise is left to be kept for that reason alone.
#[macro_export]
macro_rules! provider_promises_unwritten {
    ($make:path) => {
        #[tokio::test]
        async fn every_promise_is_left_and_says_what_is_not_written_yet() {
            $crate::provider::unwritten($make).await;
        }
    };
}

/// The list as tests, in a module for each kind of document and one for the organisation.
#[macro_export]
#[doc(hidden)]
macro_rules! provider_promise_tests {
    ( ($make:path) { $($of_each_kind:tt)* } { $( $needs:ident $module:ident $promise:ident; )* } ) => {
        mod invoice {
            $crate::provider_kind_tests! { $make, Invoice; $($of_each_kind)* }
        }
        mod credit_note {
            $crate::provider_kind_tests! { $make, CreditNote; $($of_each_kind)* }
        }
        mod bill {
            $crate::provider_kind_tests! { $make, Bill; $($of_each_kind)* }
        }
        mod purchase_order {
            $crate::provider_kind_tests! { $make, PurchaseOrder; $($of_each_kind)* }
        }
        mod organisation { $(
            #[tokio::test]
            async fn $promise() {
                $crate::provider::tell_where(stringify!($module), stringify!($promise));
                let stage = $make();
                $crate::provider::$module::$promise(&*stage).await;
            }
        )* }
    };
}

/// The promises of one kind of document as tests; of a kind that the provider does not hold they only say so.
#[macro_export]
#[doc(hidden)]
macro_rules! provider_kind_tests {
    ( $make:path, $kind:ident; $( $needs:ident $module:ident $promise:ident; )* ) => { $(
        #[tokio::test]
        async fn $promise() {
            $crate::provider::tell_where(stringify!($module), stringify!($promise));
            let (stage, kind) = ($make(), tieout_core::document::DocumentKind::$kind);
            if stage.provider().capability().documents.contains(&kind) {
                $crate::provider::$module::$promise(&*stage, kind).await;
            } else {
                println!("the provider holds no {kind}");
            }
        }
    )* };
}

/// Says where a promise is written down; it is shown when its test fails.
#[doc(hidden)]
pub fn tell_where(module: &str, promise: &str) {
    println!(
        "the promise: `{promise}` in tests/conformance/src/provider/{module}.rs; \
         what the port asks for stands in core/src/provider/port.rs"
    );
}
