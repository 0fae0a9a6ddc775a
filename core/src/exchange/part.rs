//! Which part of what was said about many documents is about one of them.

use serde_json::Value;

/// The part of a body that is about one document.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The body with only that document left.
    pub body: Value,
    /// Of how many it is one; 1 where it was alone.
    pub of: usize,
}

/// By what a document is known in a body.
#[derive(Clone, Copy, Debug)]
struct Known<'a> {
    /// Its place among those that were asked for, of how many.
    place: Option<(usize, usize)>,
    /// Its number, its provider's identifier, or the name of its party.
    marks: &'a [String],
}

/// The part of a body about a document that stood at `place` of so many, or that carries one of `marks`.
///
/// A body that is no list, and one whose elements nobody can tell apart, is shown whole.
#[must_use]
pub fn part_of(body: &Value, place: Option<(usize, usize)>, marks: &[String]) -> Part {
    let known = Known { place, marks };
    let lists = body.as_object().into_iter().flatten();
    let lists = lists.filter_map(|(name, value)| Some((name, value.as_array()?)));
    // The list that everything is about is the longest one.
    let Some((name, elements)) = lists.max_by_key(|(_, elements)| elements.len()) else {
        return Part {
            body: body.clone(),
            of: 1,
        };
    };
    let kept = known.of(elements);
    if elements.len() < 2 || kept.is_empty() {
        return Part {
            body: body.clone(),
            of: elements.len().max(1),
        };
    }
    let mut part = body.clone();
    part[name.as_str()] = Value::Array(kept.into_iter().cloned().collect());
    Part {
        body: part,
        of: elements.len(),
    }
}

impl Known<'_> {
    fn of(self, elements: &[Value]) -> Vec<&Value> {
        let marked: Vec<&Value> = elements
            .iter()
            .filter(|element| self.marks.iter().any(|mark| carries(element, mark)))
            .collect();
        match self.place {
            // Every answer stands in the place of its question.
            Some((at, of)) if elements.len() == of => {
                let own = elements.get(at);
                match own.filter(|own| marked.is_empty() || marked.contains(own)) {
                    Some(own) => vec![own],
                    None => marked,
                }
            }
            Some(_) | None => marked,
        }
    }
}

/// Whether an element, or what stands directly below it, is this text.
fn carries(element: &Value, mark: &str) -> bool {
    let is = |value: &Value| value.as_str().is_some_and(|text| text == mark);
    let fields = element.as_object().into_iter().flatten();
    fields.map(|(_, value)| value).any(|value| {
        let below = value.as_object().into_iter().flatten();
        is(value) || below.map(|(_, value)| value).any(is)
    })
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
    fn what_cannot_be_told_apart_is_shown_whole() {
        let body = json!({"Message": "no"});
        assert_eq!(part_of(&body, Some((0, 2)), &[]).body, body);
        let list = json!({"Docs": [{"No": "B"}, {"No": "A"}]});
        assert_eq!(part_of(&list, None, &marks(&["Z"])).body, list);
    }
}
