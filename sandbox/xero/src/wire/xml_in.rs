//! How a body in XML becomes the JSON that the endpoints read: elements to objects, plural elements to arrays, text to text.

use serde_json::{Map, Value};

use super::xml::singular;

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 32;

/// Whether a body is XML rather than JSON.
#[must_use]
pub fn is_xml(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// Reads one element and writes it as JSON. An element whose children are all its own singular is an array, and a root that is
/// one stands under its name; any other root is the object itself. Attributes are ignored.
///
/// # Errors
/// What is wrong with the text.
pub fn to_json(body: &[u8]) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the data is not UTF-8".to_owned())?;
    let mut reader = Reader {
        rest: text.trim_start_matches('\u{feff}'),
    };
    reader.skip_misc()?;
    let (name, value) = reader.element(0)?;
    reader.skip_misc()?;
    if !reader.rest.is_empty() {
        return Err("there are multiple root elements".to_owned());
    }
    let value = match value {
        Value::Array(_) => Value::Object(Map::from_iter([(name, value)])),
        other => other,
    };
    Ok(value.to_string().into_bytes())
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn element(&mut self, depth: usize) -> Result<(String, Value), String> {
        if depth > DEPTH_MAX {
            return Err("elements are nested too deeply".to_owned());
        }
        self.expect("<")?;
        let name = self.name()?;
        let tag_end = self.find('>')?;
        let attributes = &self.rest[..tag_end];
        let is_empty = attributes.ends_with('/');
        self.rest = &self.rest[tag_end + 1..];
        if is_empty {
            return Ok((name, Value::Null));
        }
        let mut text = String::new();
        let mut children: Vec<(String, Value)> = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix("</") {
                self.rest = rest;
                let closing = self.name()?;
                self.rest = self.rest.trim_start();
                self.expect(">")?;
                if closing != name {
                    return Err(format!("'{name}' is closed by '{closing}'"));
                }
                break;
            }
            if self.rest.starts_with("<!--") {
                self.skip_past("-->")?;
            } else if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
                let end = rest.find("]]>").ok_or("CDATA does not end")?;
                text.push_str(&rest[..end]);
                self.rest = &rest[end + 3..];
            } else if self.rest.starts_with('<') {
                children.push(self.element(depth + 1)?);
            } else {
                let end = self.find('<')?;
                text.push_str(&resolved(&self.rest[..end])?);
                self.rest = &self.rest[end..];
            }
        }
        let value = content(&name, text, children);
        Ok((name, value))
    }

    fn name(&mut self) -> Result<String, String> {
        let end = self
            .rest
            .find(|letter: char| !(letter.is_alphanumeric() || "_-.:".contains(letter)))
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        if name.is_empty() {
            return Err("an element has no name".to_owned());
        }
        Ok(name.to_owned())
    }

    /// White space, the declaration and comments round the root.
    fn skip_misc(&mut self) -> Result<(), String> {
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with("<?") {
                self.skip_past("?>")?;
            } else if self.rest.starts_with("<!--") {
                self.skip_past("-->")?;
            } else if self.rest.starts_with("<!") {
                return Err("a document type is not allowed".to_owned());
            } else {
                return Ok(());
            }
        }
    }

    fn skip_past(&mut self, end: &str) -> Result<(), String> {
        let at = self
            .rest
            .find(end)
            .ok_or_else(|| format!("'{end}' is missing"))?;
        self.rest = &self.rest[at + end.len()..];
        Ok(())
    }

    fn find(&self, letter: char) -> Result<usize, String> {
        self.rest
            .find(letter)
            .ok_or_else(|| format!("'{letter}' is missing"))
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        self.rest = self
            .rest
            .strip_prefix(token)
            .ok_or_else(|| format!("'{token}' is expected"))?;
        Ok(())
    }
}

fn content(name: &str, text: String, children: Vec<(String, Value)>) -> Value {
    if children.is_empty() {
        return Value::String(text);
    }
    let one = singular(name);
    if one != name && children.iter().all(|(child, _)| child == one) {
        return children.into_iter().map(|(_, value)| value).collect();
    }
    // What JSON calls the Amount of an allocation has another name in XML (xero-node#239).
    let renamed = |(child, value): (String, Value)| match child.as_str() {
        "AppliedAmount" if name == "Allocation" => ("Amount".to_owned(), value),
        _ => (child, value),
    };
    Value::Object(children.into_iter().map(renamed).collect())
}

/// Text with its entities resolved.
fn resolved(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').ok_or("an entity does not end")?;
        let letter = match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            other => numbered(other).ok_or_else(|| format!("unknown entity '{other}'"))?,
        };
        out.push(letter);
        out.push_str(rest);
    }
    Ok(out)
}

fn numbered(entity: &str) -> Option<char> {
    let digits = entity.strip_prefix('#')?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    code.ok().and_then(char::from_u32)
}
