//! The parameters of a call: names in any case, numbers clamped rather than refused.

use url::form_urlencoded;
use uuid::Uuid;

/// Largest page.
pub const PAGE_SIZE_MAX: usize = 1_000;
/// Page size when none is asked for.
pub const PAGE_SIZE_DEFAULT: usize = 100;

/// Parameters of a call.
#[derive(Debug, Clone, Default)]
pub struct Query {
    fields: Vec<(String, String)>,
}

/// Which page was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// From 1.
    pub page: usize,
    /// From 1 to 1,000.
    pub size: usize,
}

impl Query {
    /// Reads what stands behind the question mark.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self {
            fields: form_urlencoded::parse(text.as_bytes())
                .map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned()))
                .collect(),
        }
    }

    /// A parameter that is there and not empty; `name` is in lower case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Whether a parameter is there and says true.
    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The parts of a comma list.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        self.get(name).map(|value| {
            value
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect()
        })
    }

    /// The ids of a comma list; texts that are no ids match nothing.
    #[must_use]
    pub fn ids(&self, name: &str) -> Option<Vec<Uuid>> {
        self.list(name).map(|parts| {
            parts
                .into_iter()
                .filter_map(|part| Uuid::parse_str(part).ok())
                .collect()
        })
    }

    /// The page that was asked for; out-of-range values are clamped silently. Nothing when no page was asked for.
    #[must_use]
    pub fn paging(&self) -> Option<Paging> {
        if self.get("page").is_none() && self.get("pagesize").is_none() {
            return None;
        }
        let number = |name: &str| self.get(name).and_then(|text| text.parse::<i64>().ok());
        Some(Paging {
            page: usize::try_from(number("page").unwrap_or(1).max(1)).unwrap_or(1),
            size: number("pagesize").map_or(PAGE_SIZE_DEFAULT, |size| {
                usize::try_from(size).unwrap_or(0).clamp(1, PAGE_SIZE_MAX)
            }),
        })
    }

    /// Decimals of unit prices: 4 with `unitdp=4`, else 2.
    #[must_use]
    pub fn unit_decimals(&self) -> u32 {
        if self.get("unitdp") == Some("4") {
            4
        } else {
            2
        }
    }

    /// Whether every element gets a verdict of its own in a 200 reply.
    #[must_use]
    pub fn tells_each(&self) -> bool {
        self.get("summarizeerrors")
            .is_some_and(|value| value.eq_ignore_ascii_case("false"))
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            page: 1,
            size: PAGE_SIZE_DEFAULT,
        }
    }
}

/// A part of a path with its percent escapes resolved; a plus sign stays one.
#[must_use]
pub fn percent_decoded(text: &str) -> String {
    form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
