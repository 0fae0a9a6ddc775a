//! What made each field of a posting: told by the code that decides, when somebody asks for it.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

/// One field of a posting, with what made its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Decided {
    /// The field, such as `number` or `lines[0].account_code`.
    pub field: String,
    /// Its value; empty where it has none.
    pub value: String,
    /// What made it.
    pub by: MadeBy,
}

/// What made the value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MadeBy {
    /// The host's own field, as it is.
    Host {
        /// The field of the document.
        field: Cow<'static, str>,
    },
    /// A setting of the connection.
    Setting {
        /// Its path, such as `accounts.by_charge_code."TRAVEL"`.
        setting: Cow<'static, str>,
        /// The field of the document that led there, if one did.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<Cow<'static, str>>,
    },
    /// A rule of the operator.
    Rule {
        /// Its place in the settings, such as `rules[2]`.
        rule: Cow<'static, str>,
    },
    /// Arithmetic, or what the provider shows.
    WorkedOut {
        /// How.
        how: Cow<'static, str>,
    },
    /// Nothing says otherwise.
    Otherwise {
        /// What holds then.
        why: Cow<'static, str>,
    },
}

impl MadeBy {
    pub(super) fn host(field: impl Into<Cow<'static, str>>) -> Self {
        Self::Host {
            field: field.into(),
        }
    }

    pub(super) fn setting(setting: impl Into<Cow<'static, str>>) -> Self {
        Self::Setting {
            setting: setting.into(),
            from: None,
        }
    }

    pub(super) fn setting_for(
        setting: impl Into<Cow<'static, str>>,
        from: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Setting {
            setting: setting.into(),
            from: Some(from.into()),
        }
    }

    pub(super) fn rule(rule: impl Into<Cow<'static, str>>) -> Self {
        Self::Rule { rule: rule.into() }
    }

    pub(super) fn worked_out(how: impl Into<Cow<'static, str>>) -> Self {
        Self::WorkedOut { how: how.into() }
    }

    pub(super) fn otherwise(why: &'static str) -> Self {
        Self::Otherwise { why: why.into() }
    }

    /// In words, such as ``by `rules[2]` ``.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Host { field } => format!("the host's `{field}`"),
            Self::Setting {
                setting,
                from: None,
            } => format!("`{setting}`"),
            Self::Setting {
                setting,
                from: Some(from),
            } => format!("`{setting}`, for the host's `{from}`"),
            Self::Rule { rule } => format!("the rule `{rule}`"),
            Self::WorkedOut { how } => how.to_string(),
            Self::Otherwise { why } => why.to_string(),
        }
    }

    /// The setting or the rule behind it, if one is.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        match self {
            Self::Setting { setting, .. } => Some(setting),
            Self::Rule { rule } => Some(rule),
            Self::Host { .. } | Self::WorkedOut { .. } | Self::Otherwise { .. } => None,
        }
    }
}
