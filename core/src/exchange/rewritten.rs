//! How bodies that are kept already are written otherwise, as where a person's data is erased from them.

use super::keep::{ABSENT, PIECE_BYTES_MAX, take};
use super::pack::{pack, unpack};

/// The bodies of one exchange with some of them written otherwise, cut into pieces; `None` where none is. `change` gives
/// what stands in the place of a body, or `None` where it stays.
///
/// # Errors
///
/// Why the pieces cannot be read, for people.
pub(crate) fn rewritten(
    pieces: &[u8],
    change: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Result<Option<Vec<Vec<u8>>>, String> {
    let bytes = unpack(pieces)?;
    let mut rest = bytes.as_slice();
    let mut out = Vec::with_capacity(bytes.len());
    let mut is_changed = false;
    while !rest.is_empty() {
        let body = take(&mut rest).ok_or("it ends too early")?;
        let Some(body) = body else {
            out.extend_from_slice(&ABSENT.to_le_bytes());
            continue;
        };
        let other = change(&body);
        is_changed |= other.is_some();
        let body = other.unwrap_or(body);
        let length = u32::try_from(body.len()).map_err(|_| "a body is too large")?;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&body);
    }
    let packed = is_changed.then(|| pack(&[&out]));
    Ok(packed.map(|packed| packed.chunks(PIECE_BYTES_MAX).map(<[u8]>::to_vec).collect()))
}
