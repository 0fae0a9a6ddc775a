//! The error tables: each documented message and status has its row, and each row its meaning.

use http::{HeaderMap, StatusCode};
use rstest::rstest;
use tieout_core::clock::Clock;
use tieout_core::provider::{ErrorKind, RejectionKind};
use tieout_xero::error::{
    CONTACT_TAKEN, Effect, MESSAGES, MessageRow, Retry, STATUSES, contact_is_taken, refusal,
    rejection, rejection_kind, status_kind,
};
use tieout_xero::wire::problem::Problem;

use crate::fake::Noon;

/// Every message that section 5.3 of the facts quotes, with values filled in.
const SAID: &[(&str, RejectionKind)] = &[
    ("Invoice # must be unique.", RejectionKind::DuplicateNumber),
    (
        "Credit Note # must be unique.",
        RejectionKind::DuplicateNumber,
    ),
    (
        "Order number must be unique",
        RejectionKind::DuplicateNumber,
    ),
    (
        "Credit Note # must be unique.",
        RejectionKind::DuplicateNumber,
    ),
    (
        "Invoice not of valid status for e-mail",
        RejectionKind::NotEditable,
    ),
    (
        "The document with the supplied id was not found for this endpoint.",
        RejectionKind::NotFound,
    ),
    (
        "Account Code is too long. Maximum of 10 characters allowed",
        RejectionKind::Validation,
    ),
    (
        "Invoice not of valid status for modification",
        RejectionKind::NotEditable,
    ),
    (
        "Credit Note not of valid status for modification",
        RejectionKind::NotEditable,
    ),
    (
        "This document cannot be edited as it has a payment or credit note allocated to it.",
        RejectionKind::NotEditable,
    ),
    (
        "The contact with the specified contact details has been archived. The contact must be un-archived before \
         creating new invoices or credit notes.",
        RejectionKind::ContactArchived,
    ),
    (
        "The Contact must be un-archived first",
        RejectionKind::ContactArchived,
    ),
    (
        "The contact name Acme is already assigned to another contact. The contact name must be unique across all \
         active contacts.",
        RejectionKind::ContactInvalid,
    ),
    (
        "A Contact must be specified for this type of transaction",
        RejectionKind::ContactInvalid,
    ),
    (
        "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, \
         ContactNumber",
        RejectionKind::ContactInvalid,
    ),
    ("The ContactID is unknown", RejectionKind::ContactInvalid),
    (
        "The specified contact details matched no contact of this organisation.",
        RejectionKind::ContactInvalid,
    ),
    (
        "Another contact has this contact number. Please enter a different contact number.",
        RejectionKind::ContactInvalid,
    ),
    (
        "The Account Number already exists. Please enter a different Account Number.",
        RejectionKind::ContactInvalid,
    ),
    (
        "Account code '476' is not a valid code for this document",
        RejectionKind::AccountInvalid,
    ),
    (
        "Account code '299' has been archived or has been deleted. Each line item must reference a valid account.",
        RejectionKind::AccountInvalid,
    ),
    (
        "Account code '299' has been archived or has been deleted",
        RejectionKind::AccountInvalid,
    ),
    ("Account must be valid.", RejectionKind::AccountInvalid),
    (
        "The account code or ID must be specified",
        RejectionKind::AccountInvalid,
    ),
    (
        "Account code must be specified",
        RejectionKind::AccountInvalid,
    ),
    ("Account could not be found", RejectionKind::AccountInvalid),
    (
        "Account type is invalid for making a payment to/from.",
        RejectionKind::AccountInvalid,
    ),
    (
        "The TaxType code OUTPUT9 does not exist or cannot be used for this type of transaction.",
        RejectionKind::TaxInvalid,
    ),
    (
        "The TaxType code 'INPUT2' cannot be used with account code '200'.",
        RejectionKind::TaxInvalid,
    ),
    ("Tax rate must be valid.", RejectionKind::TaxInvalid),
    (
        "The document date cannot be before the period lock date, currently set at 30-Sep-2021",
        RejectionKind::PeriodLocked,
    ),
    (
        "The document date cannot be before the end of year lock date, currently set at 30-Sep-2021",
        RejectionKind::PeriodLocked,
    ),
    (
        "Payment amount exceeds the amount outstanding on this document",
        RejectionKind::Arithmetic,
    ),
    (
        "Payments can only be made against Authorised documents",
        RejectionKind::NotEditable,
    ),
    (
        "Organisation is not subscribed to currency EUR",
        RejectionKind::CurrencyNotEnabled,
    ),
    ("Email address must be valid.", RejectionKind::Validation),
    ("Due date cannot be empty.", RejectionKind::Validation),
    (
        "The description field is mandatory for each line item.",
        RejectionKind::Validation,
    ),
    (
        "The line total -0.01 does not match the expected line total 0.00",
        RejectionKind::Arithmetic,
    ),
    (
        "The invoice total does not equal the sum of the lines.",
        RejectionKind::Arithmetic,
    ),
    (
        "The discount rate '27.83' is invalid. Discount must not be greater than the line total.",
        RejectionKind::Arithmetic,
    ),
    (
        "The Total for this document must be greater than or equal to zero.",
        RejectionKind::Arithmetic,
    ),
    (
        "You have reached the limit of invoices you can approve",
        RejectionKind::PlanLimit,
    ),
    (
        "Invoice not of valid type for creation",
        RejectionKind::Validation,
    ),
    (
        "An existing invoice with the specified ID could not be found",
        RejectionKind::NotFound,
    ),
    ("Document could not be found", RejectionKind::NotFound),
    (
        "An existing Credit Note with the specified CreditNoteID could not be found",
        RejectionKind::NotFound,
    ),
    (
        "An existing Purchase Order with the specified PurchaseOrderID could not be found",
        RejectionKind::NotFound,
    ),
    (
        "The User specified does not have the correct permissions to perform this action",
        RejectionKind::Permission,
    ),
    ("Item Code is invalid", RejectionKind::ItemInvalid),
    (
        "Price List Item with Code 'abc' already exists",
        RejectionKind::ItemInvalid,
    ),
    (
        "Insufficient stock. Items are eligible for backorder.",
        RejectionKind::ItemInvalid,
    ),
    (
        "The tracking option is not known",
        RejectionKind::TrackingInvalid,
    ),
    (
        "Something that Xero never said before",
        RejectionKind::Validation,
    ),
];

#[test]
fn every_quoted_message_has_its_meaning_whatever_its_case() {
    for (message, kind) in SAID {
        assert_eq!(&rejection_kind(message), kind, "{message}");
        assert_eq!(&rejection_kind(&message.to_uppercase()), kind, "{message}");
    }
}

#[test]
fn every_row_of_the_message_table_decides_at_least_one_quoted_message() {
    for row in MESSAGES {
        let decides = |message: &str| {
            let message = message.to_lowercase();
            MESSAGES
                .iter()
                .find(|other| message.contains(other.fragment))
                .is_some_and(|first| first.fragment == row.fragment)
        };
        assert!(
            SAID.iter().any(|(message, _)| decides(message)),
            "no message reaches `{}`",
            row.fragment
        );
        assert_eq!(row.fragment, row.fragment.to_lowercase());
    }
}

#[test]
fn every_row_says_what_to_do_and_when_to_try_again() {
    for row in MESSAGES {
        let advice = row.advice;
        assert!(
            advice.ends_with('.') && advice.starts_with(char::is_uppercase) && advice.len() > 30,
            "{}: {advice}",
            row.fragment
        );
    }
    let retry = |message: &str| {
        let message = message.to_lowercase();
        MESSAGES
            .iter()
            .find(|row| message.contains(row.fragment))
            .map(MessageRow::retry)
    };
    for (message, when) in [
        ("Invoice # must be unique.", Retry::AfterLookUp),
        ("Account must be valid.", Retry::AfterReading),
        ("A Contact must be specified", Retry::AfterReading),
        (
            "You have reached the limit of invoices you can approve",
            Retry::AfterWaiting,
        ),
        ("Due date cannot be empty.", Retry::AfterMending),
    ] {
        assert_eq!(retry(message), Some(when), "{message}");
    }
}

#[test]
fn of_several_messages_the_most_particular_one_gives_the_kind_and_all_are_kept() {
    let messages = vec![
        "Something odd".to_owned(),
        "Invoice # must be unique.".to_owned(),
    ];
    let refused = rejection(messages.clone());
    assert_eq!(
        (refused.kind, refused.messages),
        (RejectionKind::DuplicateNumber, messages)
    );
    assert!(refused.advice.unwrap().starts_with("Renumber"));
    assert_eq!(rejection(vec!["Something odd".to_owned()]).advice, None);
}

#[test]
fn only_what_says_that_a_contact_exists_makes_it_looked_up_again() {
    for fragment in CONTACT_TAKEN {
        assert!(
            contact_is_taken(&["x".to_owned(), fragment.to_uppercase()]),
            "{fragment}"
        );
    }
    assert!(!contact_is_taken(&[
        "Email address must be valid.".to_owned()
    ]));
}

const TOKEN_EXPIRED: &str = r#"{"Type":null,"Title":"Unauthorized","Status":401,"Detail":"TokenExpired: token expired at 04/09/2023 05:16:59","Instance":"x","Extensions":{}}"#;
const REUSED_KEY: &str = r#"{"ErrorNumber":10,"Type":"ValidationException","Message":"Idempotency Key: k is used with a different request."}"#;
const VALIDATION: &str = r#"{"ErrorNumber":10,"Type":"ValidationException","Message":"A validation exception occurred","Elements":[]}"#;

#[rstest]
#[case::redirect(302, "", ErrorKind::NotProcessed, ErrorKind::Unsure)]
#[case::reused_key(400, REUSED_KEY, ErrorKind::NotProcessed, ErrorKind::Unsure)]
#[case::unparsable(
    400,
    r#"{"ErrorNumber":14,"Message":"x"}"#,
    ErrorKind::Refused,
    ErrorKind::Refused
)]
#[case::unparsable_named(
    400,
    r#"{"Type":"PostDataInvalidException"}"#,
    ErrorKind::Refused,
    ErrorKind::Refused
)]
#[case::high_volume(400, r#"{"ErrorNumber":51}"#, ErrorKind::Refused, ErrorKind::Refused)]
#[case::high_volume_named(
    400,
    r#"{"type":"HighVolumeException"}"#,
    ErrorKind::Refused,
    ErrorKind::Refused
)]
#[case::query(
    400,
    r#"{"Type":"QueryParseException"}"#,
    ErrorKind::Refused,
    ErrorKind::Refused
)]
#[case::validation(400, VALIDATION, ErrorKind::Refused, ErrorKind::Unsure)]
#[case::token_expired(401, TOKEN_EXPIRED, ErrorKind::Unauthorised, ErrorKind::Unauthorised)]
#[case::scope(
    401,
    r#"{"detail":"insufficient_scope"}"#,
    ErrorKind::Forbidden,
    ErrorKind::Forbidden
)]
#[case::scope_2020(
    401,
    r#"{"Detail":"AuthorizationUnsuccessful"}"#,
    ErrorKind::Forbidden,
    ErrorKind::Forbidden
)]
#[case::tenant(
    403,
    r#"{"title":"Forbidden","detail":"AuthenticationUnsuccessful"}"#,
    ErrorKind::Unauthorised,
    ErrorKind::Unauthorised
)]
#[case::role(
    403,
    r#"{"Detail":"AuthorizationUnsuccessful"}"#,
    ErrorKind::Forbidden,
    ErrorKind::Forbidden
)]
#[case::not_found(
    404,
    "The resource you're looking for cannot be found",
    ErrorKind::Refused,
    ErrorKind::Refused
)]
#[case::timeout(408, "", ErrorKind::NotProcessed, ErrorKind::Unsure)]
#[case::still_at_work(409, "", ErrorKind::NotProcessed, ErrorKind::Unsure)]
#[case::precondition(412, "", ErrorKind::Refused, ErrorKind::Refused)]
#[case::throttled(
    429,
    "oauth_problem=rate%20limit%20exceeded",
    ErrorKind::Throttled,
    ErrorKind::Throttled
)]
#[case::error(
    500,
    "An error occurred in Xero. Check the API Status page",
    ErrorKind::NotProcessed,
    ErrorKind::Unsure
)]
#[case::not_implemented(501, "", ErrorKind::Refused, ErrorKind::Refused)]
#[case::maintenance(
    503,
    "The Xero API is currently offline for maintenance",
    ErrorKind::NotProcessed,
    ErrorKind::Unsure
)]
#[case::unavailable(
    503,
    "The Xero API is temporarily unavailable",
    ErrorKind::NotProcessed,
    ErrorKind::Unsure
)]
#[case::organisation(
    503,
    "The Organisation is offline",
    ErrorKind::NotProcessed,
    ErrorKind::Unsure
)]
#[case::unknown(600, "", ErrorKind::NotProcessed, ErrorKind::Unsure)]
fn each_status_has_its_kind(
    #[case] status: u16,
    #[case] body: &str,
    #[case] read: ErrorKind,
    #[case] write: ErrorKind,
) {
    let (status, problem) = (
        StatusCode::from_u16(status).unwrap(),
        Problem::read(body.as_bytes()),
    );
    assert_eq!(status_kind(status, &problem, Effect::Read), read);
    assert_eq!(status_kind(status, &problem, Effect::Write), write);
}

#[test]
fn no_row_of_the_status_table_is_hidden_by_an_earlier_one() {
    for (at, row) in STATUSES.iter().enumerate() {
        let hidden = STATUSES[..at].iter().any(|earlier| {
            earlier.from <= row.from
                && row.to <= earlier.to
                && earlier.number.is_none()
                && row.fragment.contains(earlier.fragment)
        });
        assert!(!hidden, "row {at} is never reached: {row:?}");
    }
}

#[rstest]
#[case::asked(429, &[("retry-after", "37"), ("x-rate-limit-problem", "minute")], Some(37))]
#[case::a_day(429, &[("retry-after", "66975"), ("x-rate-limit-problem", "day")], Some(66_975))]
#[case::concurrent(429, &[("x-rate-limit-problem", "Concurrent")], Some(2))]
#[case::daily_without_a_time(429, &[("x-rate-limit-problem", "Daily")], Some(3_600))]
#[case::nothing_said(429, &[], Some(10))]
#[case::maintenance(503, &[], Some(300))]
#[case::maintenance_until(503, &[("retry-after", "Sat, 21 Nov 2026 12:10:00 GMT")], Some(600))]
#[case::nonsense(503, &[("retry-after", "4000000000")], Some(172_800))]
#[case::plain_error(500, &[], None)]
fn a_pause_is_as_long_as_asked_or_as_the_limit_needs(
    #[case] status: u16,
    #[case] said: &[(&'static str, &str)],
    #[case] seconds: Option<i64>,
) {
    let mut headers = HeaderMap::new();
    for (name, value) in said {
        headers.insert(*name, value.parse().unwrap());
    }
    let now = Noon.now();
    let status = StatusCode::from_u16(status).unwrap();
    let error = refusal(
        "test",
        Effect::Read,
        status,
        &headers,
        &Problem::default(),
        now,
    );
    assert_eq!(error.retry_at.map(|at| (at - now).num_seconds()), seconds);
}
