//! What an error of the database means to the engine: one table from SQLSTATE to kind, and what a refusal is.

use tieout_core::host::{HostError, HostErrorKind, WriteBackRefusal};
use tokio_postgres::Error;
use tokio_postgres::error::DbError;

/// Characters of a code that a procedure gives.
const CODE_CHARS_MAX: usize = 60;

/// What an error means that concerns a whole operation.
pub(super) fn failed(operation: &'static str, error: Error) -> HostError {
    let Some(told) = error.as_db_error() else {
        let message = "the connection to the database was lost or could not be made";
        return HostError::new(HostErrorKind::Unavailable, operation, message).caused_by(error);
    };
    let kind = kind_of(told.code().code()).unwrap_or(HostErrorKind::BadData);
    HostError::new(kind, operation, words(told))
}

/// What an error of a procedure means: a refusal of the one write-back, or a failure that concerns them all.
pub(crate) fn refused(
    operation: &'static str,
    error: Error,
) -> Result<WriteBackRefusal, HostError> {
    match error.as_db_error() {
        Some(told) if kind_of(told.code().code()).is_none() => Ok(refusal(
            told.code().code(),
            told.message(),
            told.detail(),
            told.hint(),
        )),
        Some(_) | None => Err(failed(operation, error)),
    }
}

/// The kind of a SQLSTATE; `None` for what is about the data of one statement.
fn kind_of(state: &str) -> Option<HostErrorKind> {
    let class = state.get(..2).unwrap_or_default();
    match (class, state) {
        // Who asks is not let in.
        ("28", _) => Some(HostErrorKind::Unauthorised),
        // No such database or schema; what is asked for is not there, of another type, or not ours to use; a standby.
        ("3D" | "3F" | "42", _) | (_, "25006") => Some(HostErrorKind::Misconfigured),
        // Connection, resources, an operator's hand, the machine; a lock, a deadlock, a serialisation: another time.
        ("08" | "53" | "57" | "58" | "40" | "25" | "XX", _) | (_, "55P03" | "55006") => {
            Some(HostErrorKind::Unavailable)
        }
        _ => None,
    }
}

/// A refusal in the words of a procedure: its code is the first word of the detail or what stands before a colon in the
/// message, as `raise exception 'period_locked: closed until 31 October' using errcode = 'TO001'` writes it.
fn refusal(
    state: &str,
    message: &str,
    detail: Option<&str>,
    hint: Option<&str>,
) -> WriteBackRefusal {
    let is_meant = state.starts_with("TO") || state == "P0001";
    let told = detail
        .and_then(|detail| code(detail.trim()))
        .or_else(|| code(message.split_once(':')?.0.trim()));
    let code = match told.filter(|_| is_meant) {
        Some(code) => code.to_owned(),
        None if is_meant => "refused".to_owned(),
        // Nobody meant to refuse: a value did not fit, or a constraint stood in the way.
        None => format!("sqlstate_{}", state.to_ascii_lowercase()),
    };
    let words = [Some(message), detail, hint];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    WriteBackRefusal {
        code,
        message: words.join("; "),
    }
}

/// The text, if it is a code such as `period_locked`.
fn code(text: &str) -> Option<&str> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_one = !text.is_empty()
        && text.len() <= CODE_CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(fits);
    is_one.then_some(text)
}

fn words(told: &DbError) -> String {
    let mut words = format!(
        "the database said {}: {}",
        told.code().code(),
        told.message()
    );
    for more in [told.detail(), told.hint()].into_iter().flatten() {
        words.push_str("; ");
        words.push_str(more);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_code_of_its_detail_or_of_its_message() {
        let told = refusal(
            "TO001",
            "closed until 31 October",
            Some("period_locked"),
            None,
        );
        assert_eq!(told.code, "period_locked");
        let told = refusal("P0001", "invoice_unknown: there is no 7", None, None);
        assert_eq!(told.code, "invoice_unknown");
        assert_eq!(refusal("TO002", "No, thanks", None, None).code, "refused");
        let told = refusal(
            "23505",
            "duplicate key: x",
            Some("Key (id)=(1) exists"),
            None,
        );
        assert_eq!(told.code, "sqlstate_23505");
        assert_eq!(told.message, "duplicate key: x; Key (id)=(1) exists");
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_told_to_people() {
        use HostErrorKind::{Misconfigured, Unauthorised, Unavailable};
        for state in [
            "08006", "57P01", "57014", "53300", "40P01", "40001", "55P03", "XX000",
        ] {
            assert_eq!(kind_of(state), Some(Unavailable), "{state}");
        }
        for state in ["42P01", "42703", "42883", "42501", "3D000", "25006"] {
            assert_eq!(kind_of(state), Some(Misconfigured), "{state}");
        }
        assert_eq!(kind_of("28P01"), Some(Unauthorised));
        for state in ["TO001", "P0001", "23505", "22003"] {
            assert_eq!(kind_of(state), None, "{state}");
        }
    }
}
