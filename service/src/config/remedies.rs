//! What to do about a part of the file that cannot be read, from the reader's words about it.

use tieout_core::check::nearest;

/// What to do, as a sentence.
pub(super) fn remedy(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("missing field ") {
        return format!("Add {rest} to this table.");
    }
    let unknown = message
        .strip_prefix("unknown field ")
        .or_else(|| message.strip_prefix("unknown variant "));
    let Some(unknown) = unknown else {
        return "Correct it; `tieout init` writes a file in which every key is explained."
            .to_owned();
    };
    let mut names = unknown.split('`').skip(1).step_by(2);
    let wanted = names.next().unwrap_or_default();
    let near = nearest(wanted, names);
    if near.is_empty() {
        "Write one of those that are expected, or take it out.".to_owned()
    } else {
        format!("Did you mean {}?", near.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_named_if_something_is_near() {
        assert_eq!(
            remedy("unknown field `host_pol_s`, expected `host_poll_s` or `provider_poll_s`"),
            "Did you mean `host_poll_s`?"
        );
        assert_eq!(
            remedy("unknown variant `x`, expected one of `draft`, `submitted`, `authorised`"),
            "Write one of those that are expected, or take it out."
        );
        assert_eq!(
            remedy("missing field `client_id`"),
            "Add `client_id` to this table."
        );
    }
}
