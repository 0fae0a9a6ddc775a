//! What every host promises. Each function takes a stage and panics when the promise is broken.
//!
//! ```text
//! async fn make() -> MyStage { ... }
//! tieout_conformance::host_promises!(crate::make);
//! ```
//! makes a test of each, named after it. What a product cannot do is told by its stage and by the host's capability, and
//! is then not asked of it.

#![allow(clippy::panic, reason = "a promise that is broken ends its test")]

pub mod outage;
pub mod reading;
mod stage;
pub mod writing;

pub use stage::{Backstage, Can, HostStage, Paid, read_all};

/// Makes a tokio test of every promise, each on a stage of its own from `$make().await`.
#[macro_export]
macro_rules! host_promises {
    ($make:path) => {
        $crate::each_host_promise! { $make; [] }
    };
}

/// The same for a host of which nothing is written yet: each test fails by saying so.
#[macro_export]
macro_rules! host_promises_unwritten {
    ($make:path) => {
        $crate::each_host_promise! { $make; [#[should_panic(expected = "not written yet")]] }
    };
}

/// What both make their tests of: the list of promises.
#[doc(hidden)]
#[macro_export]
macro_rules! each_host_promise {
    ($make:path; $attributes:tt) => {
        $crate::each_host_promise! { $make; $attributes;
            reading: everything_is_told_from_the_beginning,
                reading_goes_on_from_any_position,
                what_was_not_acknowledged_comes_again,
                a_change_while_pages_are_read_is_not_missed,
                what_was_deleted_is_told,
                a_record_that_cannot_be_read_spoils_no_other,
                what_is_not_known_is_tolerated,
                many_changes_come_in_bounded_pages;
            writing: each_write_back_has_a_result_in_its_place,
                a_write_back_may_come_twice,
                a_payment_is_replaced_by_its_higher_revision,
                a_payment_may_be_removed_twice,
                a_refusal_concerns_one_write_back_alone;
            outage: a_product_that_is_down_is_unavailable_and_loses_nothing,
                a_key_that_does_not_fit_is_told_as_such;
        }
    };
    ($make:path; $attributes:tt; $( $module:ident: $( $promise:ident ),+; )+) => { $( $(
        $crate::each_host_promise! { @one $make; $attributes; $module; $promise }
    )+ )+ };
    (@one $make:path; [$( $attribute:tt )*]; $module:ident; $promise:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $( $attribute )*
        async fn $promise() {
            let stage = $make().await;
            $crate::host::$module::$promise(&stage).await;
        }
    };
}
