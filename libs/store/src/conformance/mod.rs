//! What every engine must do, as tests that any of them can be put through.
//!
//! [`conformance_suite!`](crate::conformance_suite) makes a test of each case for a [`Fixture`] that opens the engine.

pub mod answers;
pub mod audit;
mod bank;
pub mod commits;
pub mod projections;
pub mod queue;
pub mod rows;
pub mod settlements;
pub mod streams;

use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::{ManualClock, Timestamp};

use crate::{Schema, Store};

/// Opens stores of one engine, each empty and apart from the others.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// A store of `schema` whose time is `clock`.
    async fn open(&self, schema: Schema, clock: Arc<ManualClock>) -> Arc<dyn Store>;
}

/// A clock that stands where the tests begin.
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_micros(
        1_767_225_600_000_000,
    )))
}

/// Makes a test of every case for the fixture that an expression gives; with `by group:` before it, a test of every group of
/// cases, for an engine that takes long to start.
#[macro_export]
macro_rules! conformance_suite {
    (by group: $fixture:expr) => { $crate::conformance_suite! { @cases grouped $fixture } };
    (@cases $how:ident $fixture:expr) => {
        $crate::conformance_suite! { @$how $fixture;
            commits: a_commit_is_kept_whole, a_refused_commit_leaves_nothing_behind,
                hostile_text_is_only_text, what_no_store_could_keep_is_refused,
                a_commit_that_nobody_waits_for_is_whole_or_absent, nothing_of_one_tenant_shows_to_another;
            streams: a_stream_goes_on_only_from_its_version, what_a_decision_relied_on_is_checked_too,
                no_update_is_lost, a_key_is_taken_once, two_that_rely_on_each_other_cannot_both_write,
                the_log_has_no_gaps_for_one_who_follows_it, a_snapshot_is_found_by_its_reducer,
                old_events_are_read_in_the_latest_schema, a_stream_too_long_to_load_says_so;
            rows: a_row_is_put_changed_and_removed, a_change_to_a_row_that_is_not_there_needs_all_of_it,
                values_come_back_as_they_were, text_is_in_the_order_of_its_bytes,
                pages_are_stable_while_rows_are_added, a_listing_is_bounded_and_reversed,
                rows_that_do_not_fit_their_table_are_refused;
            queue: each_message_is_given_to_one_worker, a_lease_that_ran_out_lets_another_worker_try,
                a_late_worker_changes_nothing, tenants_take_turns, messages_of_a_key_stay_in_order,
                a_message_waits_for_its_time, depths_are_counted, work_is_announced;
            settlements: a_failed_message_is_tried_again_with_its_reason,
                what_was_set_aside_is_replayed_or_discarded, a_message_known_already_is_not_sent_twice,
                a_lease_can_be_extended;
            answers: of_requests_with_one_key_one_has_an_effect, an_answer_expires, an_event_is_handled_once,
                what_is_out_of_date_is_removed;
            audit: every_chain_verifies_while_commits_go_on, disclosures_are_accounted_for_by_person,
                a_refused_commit_leaves_no_record;
            projections: rebuilt_equals_live, a_follower_counts_each_event_once, two_followers_do_not_count_twice;
        }
    };
    (@single $fixture:expr; $($group:ident: $($case:ident),+;)+) => {
        $(mod $group {
            use super::*;

            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let fixture = $fixture;
                $crate::conformance::$group::$case(&fixture).await;
            })+
        })+
    };
    (@grouped $fixture:expr; $($group:ident: $($case:ident),+;)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $group() {
            let fixture = $fixture;
            $($crate::conformance::$group::$case(&fixture).await;)+
        })+
    };
    ($fixture:expr) => { $crate::conformance_suite! { @cases single $fixture } };
}
