//! Which item a line names: the document's, the charge, or none.

use super::name::filled;
use crate::check::Finding;
use crate::check::text_usable::{Charset, TextAsked, text_usable};
use crate::document::Line;
use crate::settings::ItemCodes;

/// Characters of an item code.
const ITEM_CODE_CHARS_MAX: usize = 30;

/// The item of line `position`, counted from zero; `None` when it names none.
pub(super) fn item_code(
    line: &Line,
    position: usize,
    policy: ItemCodes,
) -> Result<Option<String>, Box<Finding>> {
    let (name, code) = match policy {
        ItemCodes::None => return Ok(None),
        ItemCodes::Document => ("item_code", &line.item_code),
        ItemCodes::ChargeCode => ("charge_code", &line.charge_code),
    };
    let Some(code) = filled(code.as_deref()) else {
        return Ok(None);
    };
    let field = format!("lines[{position}].{name}");
    usable(
        code,
        &field,
        "Correct the code in the host, or change `item_codes`.",
    )?;
    Ok(Some(code.to_owned()))
}

/// Refuses a text that can be no item code.
pub(super) fn usable(code: &str, field: &str, remedy: &str) -> Result<(), Box<Finding>> {
    let asked = TextAsked {
        field,
        word: "item code",
        chars_max: ITEM_CODE_CHARS_MAX,
        charset: Charset::Text,
        remedy,
    };
    text_usable(code, asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::line_of;

    #[test]
    fn the_policy_decides_which_code_is_sent_if_any() {
        let mut line = line_of("1", "1", "1", "0");
        line.item_code = Some(" IA ".to_owned());
        line.charge_code = Some("C".repeat(31));
        let of = |policy| item_code(&line, 1, policy);
        assert_eq!(of(ItemCodes::None).unwrap(), None);
        assert_eq!(of(ItemCodes::Document).unwrap().unwrap(), "IA");
        let found = of(ItemCodes::ChargeCode).unwrap_err();
        assert_eq!(found.field, "lines[1].charge_code");
        assert_eq!(
            found.message,
            "the item code has 31 characters, at most 30 fit"
        );
    }
}
