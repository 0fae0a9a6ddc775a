//! Which requests go wrong on purpose, and how: rules are tried in order, each a limited number of times.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::sync::lock;

/// How a request goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Fault {
    /// The work is done, then the connection closes without a reply.
    LostAfterCommit,
    /// Nothing is done; the connection closes without a reply.
    LostBeforeCommit,
    /// Nothing is done; the answer is this status with a plain text.
    ErrorBeforeCommit {
        /// Such as 500 or 502.
        status: u16,
    },
    /// The work is done, yet the answer is this status with a plain text.
    ErrorAfterCommit {
        /// Such as 500 or 504.
        status: u16,
    },
    /// The first elements of the batch are done, the rest is not; the answer is this status with a plain text. An
    /// idempotency key is not remembered. One such failure of Xero left 289 invoices without ids.
    ErrorMidBatch {
        /// Such as 500.
        status: u16,
        /// How many elements are done.
        elements: usize,
    },
    /// The work is done; after the delay the connection closes without a reply.
    Timeout {
        /// Milliseconds.
        delay_ms: u64,
    },
    /// The reply is right but late.
    Slow {
        /// Milliseconds.
        delay_ms: u64,
    },
    /// 401 as for an expired token; nothing is done.
    Unauthorized,
    /// 503 with Xero's maintenance text; nothing is done.
    Maintenance,
    /// The work is done; half of the body arrives, then the connection closes.
    Truncated,
    /// The work is done; a proxy answers 200 with a page of HTML.
    ProxyHtml,
    /// The request is handled twice, as a proxy would that repeats it; the second answer is the one that arrives.
    Twice,
}

/// Which requests a fault meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// `GET`, `PUT` and so on; any method when missing.
    #[serde(default)]
    pub method: Option<String>,
    /// A part of path and query; empty for all. Control calls and pages are never met.
    #[serde(default)]
    pub path: String,
    /// A part of the body, such as an invoice number; any body when missing.
    #[serde(default)]
    pub body: Option<String>,
    /// How many matching requests pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// How many requests are met; 1 when missing.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens to them.
    pub fault: Fault,
}

impl FaultRule {
    /// A rule that meets the next request of this method whose path and query contain `path`.
    #[must_use]
    pub fn once(method: &str, path: &str, fault: Fault) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: path.to_owned(),
            body: None,
            skip: 0,
            times: 1,
            fault,
        }
    }

    /// The same rule for several requests.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// The same rule after some matching requests have passed.
    #[must_use]
    pub const fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// The same rule only for bodies that contain this text.
    #[must_use]
    pub fn with_body(mut self, fragment: &str) -> Self {
        self.body = Some(fragment.to_owned());
        self
    }

    fn matches(&self, method: &str, path_and_query: &str, body: &[u8]) -> bool {
        self.method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && path_and_query.contains(&self.path)
            && self
                .body
                .as_deref()
                .is_none_or(|wanted| contains(body, wanted.as_bytes()))
    }
}

/// The rules in force. Used-up rules are dropped.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<FaultRule>>,
}

impl Faults {
    /// Adds a rule behind those that are there. A repeat adds it again.
    pub fn push(&self, rule: FaultRule) {
        lock(&self.rules).push(rule);
    }

    /// Drops all rules.
    pub fn clear(&self) {
        lock(&self.rules).clear();
    }

    /// What is still to come.
    #[must_use]
    pub fn pending(&self) -> Vec<FaultRule> {
        lock(&self.rules).clone()
    }

    /// The fault for this request, if a rule meets it; the rule's count goes down.
    pub fn take(&self, method: &str, path_and_query: &str, body: &[u8]) -> Option<Fault> {
        let mut rules = lock(&self.rules);
        for at in 0..rules.len() {
            let rule = &mut rules[at];
            if !rule.matches(method, path_and_query, body) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            let fault = rule.fault;
            rule.times = rule.times.saturating_sub(1);
            if rule.times == 0 {
                rules.remove(at);
            }
            return Some(fault);
        }
        None
    }
}

/// The body with only the first elements of its batch; a body that is no batch stays as it is.
pub(crate) fn first_elements(body: &[u8], elements: usize) -> Vec<u8> {
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_slice(body) else {
        return body.to_vec();
    };
    for field in fields.values_mut() {
        if let Some(items) = field.as_array_mut() {
            items.truncate(elements);
        }
    }
    serde_json::Value::Object(fields).to_string().into_bytes()
}

const fn once() -> u32 {
    1
}

fn contains(body: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || body.windows(wanted.len()).any(|part| part == wanted)
}
