//! Which texts count as the same when people look for a number.

use super::limits::NUMBER_HEAD_BYTES_MAX;

/// A text without capitals, control characters and the spaces around it.
///
/// Letter by letter, so that what begins a text also begins it folded.
pub(super) fn folded(text: &str) -> String {
    let shown = text.chars().filter(|char| !char.is_control());
    let small: String = shown.flat_map(char::to_lowercase).collect();
    small.trim().to_owned()
}

/// As much of the folded text as an index keeps.
pub(super) fn head(text: &str) -> String {
    let mut head = folded(text);
    head.truncate(head.floor_char_boundary(NUMBER_HEAD_BYTES_MAX));
    head
}
