//! Which part of what was said about many documents is about one of them.

use std::collections::HashSet;

use serde_json::Value;

/// The part of a body that is about some documents or parties.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The body with only their elements left.
    pub body: Value,
    /// Elements left in its longest list; 1 where it is no list.
    pub left: usize,
    /// Of how many they are; 1 where it is no list.
    pub of: usize,
}

/// By what a document is known in a body.
#[derive(Clone, Copy, Debug)]
struct Known<'a> {
    /// Its place among those that were asked for, of how many.
    place: Option<(usize, usize)>,
    /// Its number, its provider's identifier, or the name of its party, in lower case.
    marks: &'a HashSet<String>,
}

/// The part of a body about what stood at `place` of so many, or carries one of `marks`.
///
/// A list of several elements none of which is known is left empty: they are somebody else's. A body that is no
/// list, and a list of one, stay whole.
#[must_use]
pub fn part_of(body: &Value, place: Option<(usize, usize)>, marks: &[String]) -> Part {
    let marks: HashSet<String> = marks.iter().map(|mark| plain(mark)).collect();
    let known = Known {
        place,
        marks: &marks,
    };
    let mut part = Part {
        body: body.clone(),
        left: 1,
        of: 1,
    };
    let lists: Vec<&mut Vec<Value>> = match &mut part.body {
        Value::Array(elements) => vec![elements],
        Value::Object(fields) => fields
            .values_mut()
            .filter_map(Value::as_array_mut)
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for list in lists.into_iter().filter(|list| is_of_several(list)) {
        let of = list.len();
        known.keep(list);
        // The list that everything is about is the longest one.
        if of > part.of {
            part.of = of;
            part.left = list.len();
        }
    }
    part
}

/// Whether a list is about several; words and figures are about nobody.
fn is_of_several(elements: &[Value]) -> bool {
    let is_about_something = |it: &Value| it.is_object() || it.is_array();
    elements.len() > 1 && elements.iter().any(is_about_something)
}

impl Known<'_> {
    /// Leaves what is known.
    fn keep(self, elements: &mut Vec<Value>) {
        let mut kept: Vec<bool> = elements.iter().map(|it| self.is_marked(it)).collect();
        // Every answer stands in the place of its question.
        if let Some((at, of)) = self.place
            && elements.len() == of
            && at < of
            && (kept[at] || !kept.contains(&true))
        {
            kept = (0..of).map(|index| index == at).collect();
        }
        let mut kept = kept.into_iter();
        elements.retain(|_| kept.next().unwrap_or_default());
    }

    /// Whether an element, or what stands directly below it, is one of the marks.
    fn is_marked(self, element: &Value) -> bool {
        let is = |value: &Value| {
            let text = value.as_str().map(plain);
            text.is_some_and(|text| !text.is_empty() && self.marks.contains(&text))
        };
        let fields = element.as_object().into_iter().flatten();
        fields.map(|(_, value)| value).any(|value| {
            let below = value.as_object().into_iter().flatten();
            is(value) || below.map(|(_, value)| value).any(is)
        })
    }
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn marks(marks: &[&str]) -> Vec<String> {
        marks.iter().map(|mark| (*mark).to_owned()).collect()
    }

    #[test]
    fn a_document_of_a_batch_is_found_by_its_place_and_by_its_number() {
        let body = json!({"Status": "OK", "Docs": [{"No": "A"}, {"No": "B"}, {"No": "C"}]});
        let part = part_of(&body, Some((1, 3)), &marks(&["B"]));
        assert_eq!(part.body, json!({"Status": "OK", "Docs": [{"No": "B"}]}));
        assert_eq!(part.of, 3);
        let by_place = part_of(&body, Some((2, 3)), &[]);
        assert_eq!(by_place.body["Docs"], json!([{"No": "C"}]));
        let by_mark = part_of(&body, None, &marks(&["A"]));
        assert_eq!(by_mark.body["Docs"], json!([{"No": "A"}]));
    }

    #[test]
    fn an_answer_in_another_order_is_found_by_its_number() {
        let body = json!({"Docs": [{"No": "B"}, {"No": "A"}]});
        let part = part_of(&body, Some((0, 2)), &marks(&["A"]));
        assert_eq!(part.body["Docs"], json!([{"No": "A"}]));
    }

    #[test]
    fn a_list_of_others_is_left_empty_and_what_is_no_list_stays_whole() {
        let body = json!({"Message": "no"});
        assert_eq!(part_of(&body, Some((0, 2)), &[]).body, body);
        let one = json!({"Docs": [{"No": "A"}], "Ids": ["1", "2"]});
        assert_eq!(part_of(&one, None, &marks(&["Z"])).body, one);
        let list =
            json!({"Docs": [{"No": "B"}, {"No": "A"}], "Warnings": [{"No": "A"}, {"No": "B"}, {}]});
        let part = part_of(&list, None, &marks(&["Z", ""]));
        assert_eq!(part.body, json!({"Docs": [], "Warnings": []}));
        assert_eq!((part.left, part.of), (0, 3));
        let bare = part_of(&json!([{"No": "A"}, {"No": "B"}]), None, &marks(&["a "]));
        assert_eq!(
            (bare.body, bare.left, bare.of),
            (json!([{"No": "A"}]), 1, 2)
        );
    }
}
