//! How many identifiers or numbers fit into one call, by count and by the length of its address.

use crate::capability::LIST_BYTES_MAX;

/// Bytes that percent-encoding replaces a separating comma by.
const COMMA_BYTES: usize = 3;

/// Splits values into runs that fit into one query value, comma-separated.
pub(crate) fn chunks<'a>(values: &[&'a str], count_max: usize) -> Vec<Vec<&'a str>> {
    let mut runs: Vec<Vec<&str>> = Vec::new();
    let mut bytes = 0;
    for value in values {
        let more = encoded_len(value) + COMMA_BYTES;
        match runs.last_mut() {
            Some(run) if run.len() < count_max && bytes + more <= LIST_BYTES_MAX => run.push(value),
            Some(_) | None => {
                runs.push(vec![value]);
                bytes = 0;
            }
        }
        bytes += more;
    }
    runs
}

/// Bytes of a text after percent-encoding for a query.
pub(crate) fn encoded_len(text: &str) -> usize {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .map(str::len)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_identifiers_fit_into_one_call_and_long_numbers_do_not() {
        let ids: Vec<String> = (0..41)
            .map(|n| format!("22b3fab4-ef56-4d70-a110-{n:012}"))
            .collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let lengths: Vec<usize> = chunks(&ids, 40).iter().map(Vec::len).collect();
        assert_eq!(lengths, [40, 1]);

        let long = "/".repeat(255);
        let lengths: Vec<usize> = chunks(&[long.as_str(); 5], 40)
            .iter()
            .map(Vec::len)
            .collect();
        assert_eq!(lengths, [2, 2, 1]);
        assert!(chunks(&[], 40).is_empty());
    }
}
