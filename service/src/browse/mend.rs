//! What can be entered for the setting that mends a finding, and which documents that would let go.

use std::collections::{BTreeMap, BTreeSet};

use tieout_core::check::Rule;
use tieout_core::document::{Account, ConnectionId, ProviderContactId};
use tieout_core::mapping::{contact_wanted, explained, period_lock};
use tieout_core::provider::{Capability, Chart};
use tieout_core::settings::Settings;
use tieout_core::store::limits::LIST_BINDINGS_MAX;
use tieout_core::store::{Filter, Listing, Need, Store};

use crate::exit::Failure;

/// What can be entered for a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choices {
    /// What is chosen.
    pub(crate) what: &'static str,
    /// Whether `true` and `false` are meant, and no texts.
    pub(crate) is_switch: bool,
    /// The choices, those that fit best first.
    pub(crate) all: Vec<Choice>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What stands in the file.
    pub(crate) value: String,
    /// What it is, for people.
    pub(crate) label: String,
    /// Under which head it stands.
    pub(crate) group: String,
}

/// What a setting would let go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Freed {
    /// Documents that wait for this setting.
    pub(crate) waiting: usize,
    /// Those of them that nothing else would hold.
    pub(crate) freed: usize,
    /// What holds the others then, in words, and how many documents of them it holds.
    pub(crate) held_by: BTreeMap<String, usize>,
    /// Whether there may be more than were looked at.
    pub(crate) is_cut: bool,
}

/// The choices for a setting, by what is remembered of the organisation. `None` for what is no choice among a few.
pub(crate) fn choices(setting: &str, settings: &Settings, chart: &Chart) -> Option<Choices> {
    let (top, rest) = setting.split_once('.').unwrap_or((setting, ""));
    let texts = |what, all| {
        Some(Choices {
            what,
            is_switch: false,
            all,
        })
    };
    match (top, rest) {
        ("accounts", "trust_document" | "any_class" | "purchase_role" | "choices") => None,
        ("accounts", _) => texts("an account", accounts(setting, settings, chart)),
        ("host_payments", "account") => texts("an account for payments", for_payments(chart)),
        ("tax_codes" | "tax_rates" | "purchase_tax_codes" | "purchase_tax_rates", _) => {
            texts("a tax type", tax_types(chart))
        }
        ("branding_theme", "") => {
            let themes = chart.branding_themes.iter().flatten();
            let all = themes.map(|theme| choice(&theme.name, theme.name.clone(), ""));
            texts("a branding theme", all.collect())
        }
        ("moves", "") => texts(
            "what becomes of it",
            vec![
                choice("stay", "It stays, with this finding".to_owned(), ""),
                choice(
                    "void_and_create",
                    "It is voided here and created there".to_owned(),
                    "",
                ),
            ],
        ),
        ("contacts", "create_missing" | "create_missing_suppliers") => Some(Choices {
            what: "whether contacts that nobody matches are made",
            is_switch: true,
            all: vec![
                choice("true", "Make them".to_owned(), ""),
                choice("false", "Hold the document".to_owned(), ""),
            ],
        }),
        _ => None,
    }
}

fn accounts(setting: &str, settings: &Settings, chart: &Chart) -> Vec<Choice> {
    use tieout_core::document::AccountClass::{Expense, Revenue};
    let is_purchase = ["accounts.cost_of_goods_sold", "accounts.inventory"].contains(&setting);
    let wanted = if is_purchase { Expense } else { Revenue };
    let fits = |account: &Account| {
        let is_usual = account.class == wanted || is_purchase && account.class != Revenue;
        account.active && !account.system && (is_usual || settings.accounts.any_class)
    };
    let mut found: Vec<&Account> = chart.accounts.iter().filter(|it| fits(it)).collect();
    found.sort_by_key(|it| (it.class != wanted, it.class.to_string(), it.code.clone()));
    found.into_iter().filter_map(of_account).collect()
}

fn for_payments(chart: &Chart) -> Vec<Choice> {
    let fitting = chart
        .accounts
        .iter()
        .filter(|it| it.active && it.takes_payments);
    fitting.filter_map(of_account).collect()
}

fn of_account(account: &Account) -> Option<Choice> {
    let code = account.code.as_deref()?;
    let label = format!("{code} · {} ({})", account.name, account.kind);
    Some(choice(code, label, account.class.as_str()))
}

fn tax_types(chart: &Chart) -> Vec<Choice> {
    let active = chart.tax_rates.iter().filter(|it| it.active);
    let mut found: Vec<Choice> = active
        .map(|rate| {
            let percent = (rate.rate * rust_decimal::Decimal::ONE_HUNDRED).normalize();
            let classes: Vec<&str> = rate.applies_to.iter().map(|it| it.as_str()).collect();
            let label = format!("{} · {}, {percent} %", rate.code, rate.name);
            choice(&rate.code, label, &classes.join(", "))
        })
        .collect();
    found.sort_by(|one, other| (&one.group, &one.label).cmp(&(&other.group, &other.label)));
    found
}

fn choice(value: &str, label: String, group: &str) -> Choice {
    Choice {
        value: value.to_owned(),
        label,
        group: group.to_owned(),
    }
}

/// Which documents that wait for a setting of a connection would be let go by these settings: each is mapped anew, with what is
/// remembered of the organisation. Whom they are for is looked up when they are planned.
pub(crate) async fn freed(
    store: &dyn Store,
    connection: &ConnectionId,
    (rule, setting): (&Rule, &str),
    (settings, chart, capability): (&Settings, &Chart, &Capability),
) -> Result<Freed, Failure> {
    let listing = Listing {
        filter: Filter {
            connection: Some(connection.clone()),
            need: Need::Of(rule.clone()),
            ..Filter::default()
        },
        limit: LIST_BINDINGS_MAX,
        ..Listing::default()
    };
    let found = store.list(&listing).await?;
    let mut freed = Freed {
        is_cut: found.next.is_some(),
        ..Freed::default()
    };
    let waits = |it: &&tieout_core::engine::Binding| {
        it.findings()
            .any(|finding| finding.rule == *rule && finding.setting == setting)
    };
    let waiting: Vec<_> = found.bindings.iter().filter(waits).collect();
    let keys: Vec<_> = waiting.iter().map(|it| it.key.document.clone()).collect();
    freed.waiting = waiting.len();
    let nobody = ProviderContactId::new("nobody").expect("a short text without control characters");
    for (binding, document) in waiting.iter().zip(store.documents(&keys).await?) {
        let Some(document) = document else { continue };
        let mut left = contact_wanted(&binding.key.document.host, &document, settings)
            .err()
            .unwrap_or_default();
        left.extend(period_lock(&document, chart));
        let made = explained(&document, settings, chart, capability, &nobody);
        left.extend(made.posting.err().unwrap_or_default());
        let rules: BTreeSet<&Rule> = left.iter().map(|finding| &finding.rule).collect();
        freed.freed += usize::from(rules.is_empty());
        for rule in rules {
            let title = rule.kind().map_or(rule.as_str(), |kind| kind.title);
            *freed.held_by.entry(title.to_owned()).or_default() += 1;
        }
    }
    Ok(freed)
}
