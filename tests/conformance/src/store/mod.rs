//! What every store promises. Each function takes an empty store and panics when the promise is broken.
//!
//! ```text
//! mod memory {
//!     tieout_conformance::store_promises!(super::make_memory);
//! }
//! ```
//! makes a test of each, named after it. `make_memory()` returns anything that derefs to a store.

pub mod absent;
pub mod base;
pub mod commits;
pub mod crash;
pub mod find;
pub mod journal;
pub mod leads;
pub mod leases;
pub mod lists;
pub mod model;
pub mod overview;
pub mod queue;
pub mod samples;
pub mod values;

/// Makes a tokio test of every promise, each with a store of its own from `$make()`.
#[macro_export]
macro_rules! store_promises {
    ($make:path) => {
        $crate::store_promises! { $make;
            absent: unknown_things_are_absent, nothing_is_due_at_first;
            commits: what_was_committed_is_read_back,
                versions_grow_by_one,
                a_stale_version_refuses_the_whole_set,
                a_binding_that_is_there_is_not_new,
                a_binding_that_is_not_there_has_no_version,
                a_binding_twice_in_a_set_is_a_conflict,
                an_empty_set_changes_nothing,
                of_two_at_once_on_one_binding_one_wins,
                many_at_once_all_land,
                a_refused_one_does_not_hold_up_its_neighbours;
            find: a_binding_is_found_by_its_number_until_that_changes,
                every_connection_of_a_document_is_found,
                a_binding_is_found_by_what_was_posted_until_that_changes,
                any_text_is_a_number,
                the_longest_identifiers_are_found_again,
                a_walk_sees_everything_once_and_in_order;
            journal: entries_come_back_in_order_on_pages_without_gaps,
                a_story_leads_to_every_entry_of_its_binding,
                an_entry_about_a_binding_outside_the_set_reaches_its_story,
                the_story_of_the_caller_does_not_count,
                a_story_keeps_the_newest_thousand_pages,
                the_newest_pages_come_first,
                a_refused_commit_leaves_no_gap;
            lists: what_changed_last_comes_first_and_backwards_is_the_other_way_round,
                a_list_follows_the_binding,
                what_has_several_findings_is_listed_once_and_counted_under_each_rule,
                a_detached_document_needs_nobody,
                pages_end_where_one_looks_and_go_on_after_what_moved,
                a_number_is_found_by_how_it_begins,
                a_list_by_number_that_finds_little_still_ends,
                times_of_every_kind_keep_their_order_in_lists,
                the_longest_names_are_listed_and_counted,
                a_refused_commit_is_counted_nowhere,
                commits_at_once_add_up;
            leads: a_text_that_is_no_cursor_is_refused,
                a_case_leads_to_its_documents_until_they_leave_it,
                the_journal_is_found_by_time;
            leases: a_lease_has_one_holder,
                the_holder_renews_under_the_same_fence,
                an_expired_lease_passes_on_under_a_higher_fence,
                a_late_holder_keeps_what_nobody_took,
                a_stale_fence_changes_nothing,
                leases_do_not_mix;
            queue: work_goes_by_priority_then_time_then_key,
                work_that_is_not_due_tells_when,
                a_page_that_is_cut_tells_the_time_of_what_goes_first_alone,
                lanes_and_connections_do_not_mix,
                the_queue_follows_the_binding,
                telling_the_host_waits_beside_other_work,
                times_before_1970_and_within_a_second_keep_their_order;
            values: a_record_is_replaced_and_removed,
                records_are_listed_by_prefix_in_order,
                a_record_holds_any_bytes_of_any_size,
                a_document_of_any_size_comes_back_equal,
                a_flight_is_open_until_it_is_closed,
                flights_are_told_by_connection,
                a_flight_of_many_members_comes_back_equal,
                a_value_beyond_the_limit_refuses_the_whole_set,
                a_name_beyond_the_limit_refuses_the_whole_set;
        }
    };
    ($make:path; $( $module:ident: $( $promise:ident ),+; )+) => { $( $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            let store = $make();
            $crate::store::$module::$promise(&*store).await;
        }
    )+ )+ };
}
