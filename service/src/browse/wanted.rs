//! What somebody asked a list for: read from an address, written into one.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use tieout_core::check::Rule;
use tieout_core::document::{ConnectionId, DocumentKind, HostId};
use tieout_core::engine::StateName;
use tieout_core::store::{Cursor, Filter, ListOrder, Listing, Need};

use super::keys::KINDS;
use crate::exit::Failure;

/// Which documents a list is of, before anybody filters it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Every one.
    All,
    /// Those that need somebody.
    InNeed,
    /// Those that arrived at the provider, or were let go there, with nothing left to decide.
    Successful,
}

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    /// Whom it is for.
    Contact,
    /// The accounting date.
    Date,
    /// What it comes to.
    Total,
    /// The kind.
    Kind,
    /// The organisation.
    Connection,
    /// The product.
    Host,
    /// Where it stands.
    State,
    /// When it last changed.
    Changed,
    /// As what the provider has it.
    Provider,
}

impl Column {
    /// Every column, as they are shown.
    pub(crate) const ALL: [Self; 9] = [
        Self::Contact,
        Self::Date,
        Self::Total,
        Self::Kind,
        Self::Connection,
        Self::Host,
        Self::State,
        Self::Changed,
        Self::Provider,
    ];

    /// The word in addresses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Date => "date",
            Self::Total => "total",
            Self::Kind => "kind",
            Self::Connection => "connection",
            Self::Host => "host",
            Self::State => "state",
            Self::Changed => "changed",
            Self::Provider => "provider",
        }
    }

    /// The head of the column.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Contact => "Contact",
            Self::Date => "Date",
            Self::Total => "Total",
            Self::Kind => "Kind",
            Self::Connection => "Connection",
            Self::Host => "Product",
            Self::State => "State",
            Self::Changed => "Last change",
            Self::Provider => "In the books",
        }
    }
}

/// What is asked of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Of this connection.
    pub(crate) connection: Option<ConnectionId>,
    /// Of this host.
    pub(crate) host: Option<HostId>,
    /// Of this kind.
    pub(crate) kind: Option<DocumentKind>,
    /// In one of these states.
    pub(crate) states: BTreeSet<StateName>,
    /// With a finding of this rule.
    pub(crate) rule: Option<Rule>,
    /// Whose number begins so.
    pub(crate) number: Option<String>,
    /// In whose number, contact or findings this occurs.
    pub(crate) text: Option<String>,
    /// Changed on this day or later, UTC.
    pub(crate) from: Option<NaiveDate>,
    /// Changed on this day or earlier, UTC.
    pub(crate) to: Option<NaiveDate>,
    /// Changed before this moment: what a preview showed.
    pub(crate) before: Option<DateTime<Utc>>,
    /// The oldest first.
    pub(crate) oldest: bool,
    /// The columns that were chosen; those of the page where none was.
    pub(crate) columns: Option<BTreeSet<Column>>,
    /// Where the page before ended.
    pub(crate) after: Option<Cursor>,
    /// Rows on a page.
    pub(crate) rows: usize,
}

/// Rows on a page unless somebody asks for another number.
const ROWS: usize = 50;
/// Rows on a page at most.
const ROWS_MAX: usize = 500;
/// Longest text that is looked for, in characters.
const TEXT_CHARS_MAX: usize = 200;

impl Default for Wanted {
    fn default() -> Self {
        Self {
            connection: None,
            host: None,
            kind: None,
            states: BTreeSet::new(),
            rule: None,
            number: None,
            text: None,
            from: None,
            to: None,
            before: None,
            oldest: false,
            columns: None,
            after: None,
            rows: ROWS,
        }
    }
}

impl Wanted {
    /// What the pairs of an address or of a form ask for. Unknown names are none of ours; what is empty is not asked.
    pub(crate) fn read(pairs: &[(String, String)]) -> Result<Self, Failure> {
        let mut wanted = Self::default();
        for (name, value) in pairs {
            let value = value.trim();
            if !value.is_empty() {
                wanted.take(name, value)?;
            }
        }
        Ok(wanted)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let unusable = || {
            let shown: String = value.chars().take(40).collect();
            Failure::config(format!("`{shown}` is no {name} that can be looked for"))
                .advise("Take the filter away, or choose another value.")
        };
        let text = || value.chars().take(TEXT_CHARS_MAX).collect::<String>();
        match name {
            "connection" => {
                self.connection = Some(ConnectionId::new(value).map_err(|_| unusable())?);
            }
            "host" => self.host = Some(HostId::new(value).map_err(|_| unusable())?),
            "kind" => {
                let kind = KINDS.into_iter().find(|it| it.as_str() == value);
                self.kind = Some(kind.ok_or_else(unusable)?);
            }
            "state" => {
                self.states.insert(value.parse().map_err(|_| unusable())?);
            }
            "rule" => self.rule = Some(Rule::from(value)),
            "number" => self.number = Some(text()),
            "text" => self.text = Some(text()),
            "from" => self.from = Some(value.parse().map_err(|_| unusable())?),
            "to" => self.to = Some(value.parse().map_err(|_| unusable())?),
            "before" => self.before = Some(value.parse().map_err(|_| unusable())?),
            "order" => self.oldest = value == "oldest",
            "columns" => {
                let chosen = self.columns.get_or_insert_default();
                chosen.extend(Column::ALL.into_iter().find(|it| it.as_str() == value));
            }
            "after" => self.after = Some(value.parse().map_err(|_| unusable())?),
            "rows" => {
                let rows: usize = value.parse().map_err(|_| unusable())?;
                self.rows = rows.clamp(1, ROWS_MAX);
            }
            _ => {}
        }
        Ok(())
    }

    /// The same as pairs, without the place in the list.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<(&'static str, String)> = Vec::new();
        let mut put = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        put(
            "connection",
            self.connection.as_ref().map(ToString::to_string),
        );
        put("host", self.host.as_ref().map(ToString::to_string));
        put("kind", self.kind.map(|it| it.as_str().to_owned()));
        for state in &self.states {
            put("state", Some(state.to_string()));
        }
        put("rule", self.rule.as_ref().map(ToString::to_string));
        put("number", self.number.clone());
        put("text", self.text.clone());
        put("from", self.from.map(|day| day.to_string()));
        put("to", self.to.map(|day| day.to_string()));
        put("before", self.before.map(|at| at.to_rfc3339()));
        put("order", self.oldest.then(|| "oldest".to_owned()));
        for column in self.columns.iter().flatten() {
            put("columns", Some(column.as_str().to_owned()));
        }
        put("rows", (self.rows != ROWS).then(|| self.rows.to_string()));
        pairs
    }

    /// The same as the query of an address, without its question mark.
    pub(crate) fn query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.pairs())
            .finish()
    }

    /// The same on a page that shows these columns by itself: a form names them all the same.
    pub(crate) fn on(mut self, usual: &[Column]) -> Self {
        let is_usual = |chosen: &BTreeSet<Column>| {
            chosen
                .iter()
                .eq(BTreeSet::from_iter(usual.iter().copied()).iter())
        };
        self.columns = self.columns.filter(|chosen| !is_usual(chosen));
        self
    }

    /// Whether anything narrows the list.
    pub(crate) fn is_filtered(&self) -> bool {
        let mut all = self.clone();
        (all.oldest, all.columns, all.after, all.rows) = (false, None, None, ROWS);
        all != Self::default()
    }

    /// Whether a column is shown, among those that a page shows by itself.
    pub(crate) fn shows(&self, column: Column, usual: &[Column]) -> bool {
        match &self.columns {
            Some(chosen) => chosen.contains(&column),
            None => usual.contains(&column),
        }
    }

    /// The store's filter; the text is not in it.
    pub(crate) fn filter(&self, which: Which) -> Filter {
        let start = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
        let until = self
            .to
            .and_then(|day| day.checked_add_days(Days::new(1)))
            .map(start);
        let before = [until, self.before].into_iter().flatten().min();
        let mut states = self.states.clone();
        if which == Which::Successful {
            let done = [StateName::Posted, StateName::Voided];
            states = match states.is_empty() {
                true => done.into(),
                false => states.into_iter().filter(|it| done.contains(it)).collect(),
            };
        }
        Filter {
            connection: self.connection.clone(),
            host: self.host.clone(),
            kind: self.kind,
            states,
            need: match (&self.rule, which) {
                (Some(rule), _) => Need::Of(rule.clone()),
                (None, Which::InNeed) => Need::Somebody,
                (None, Which::All | Which::Successful) => Need::Whatever,
            },
            number: self.number.clone(),
            changed_from: self.from.map(start),
            changed_before: before,
        }
    }

    /// The store's list.
    pub(crate) fn listing(&self, which: Which, limit: usize) -> Listing {
        Listing {
            filter: self.filter(which),
            // By number, the number itself comes before those that begin with it.
            order: match self.oldest != self.number.is_some() {
                true => ListOrder::OldestFirst,
                false => ListOrder::NewestFirst,
            },
            after: self.after.clone(),
            limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Wanted {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        Wanted::read(&pairs).unwrap()
    }

    #[test]
    fn an_address_asks_for_what_it_was_made_from() {
        let query = "connection=acme&host=cm&kind=invoice&state=held&state=rejected&rule=tax_code_unmapped&number=INV%2F1\
                     &text=a+%26+b&from=2026-11-01&to=2026-11-22&order=oldest&columns=contact&columns=total&rows=20";
        let wanted = read(query);
        assert_eq!(wanted.query(), query);
        assert_eq!(read(&wanted.query()), wanted);
        assert!(wanted.is_filtered());
        assert!(!read("order=oldest&columns=date&rows=20&connection=&nothing=1").is_filtered());
        assert_eq!(read("rows=100000").rows, ROWS_MAX);
    }

    #[test]
    fn what_cannot_be_looked_for_is_named() {
        for (name, value) in [
            ("state", "broken"),
            ("from", "yesterday"),
            ("after", "x"),
            ("kind", "thing"),
            ("rows", "many"),
        ] {
            let pairs = [(name.to_owned(), value.to_owned())];
            let told = Wanted::read(&pairs).unwrap_err().message;
            assert!(told.contains(name) && told.contains(value), "{told}");
        }
    }

    #[test]
    fn a_day_is_whole_and_a_preview_is_not_widened() {
        let filter = read("from=2026-11-21&to=2026-11-21").filter(Which::InNeed);
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        assert_eq!(filter.changed_from, at("2026-11-21T00:00:00Z"));
        assert_eq!(filter.changed_before, at("2026-11-22T00:00:00Z"));
        let filter = read("to=2026-11-21&before=2026-11-21T08:00:00Z").filter(Which::InNeed);
        assert_eq!(filter.changed_before, at("2026-11-21T08:00:00Z"));
        let filter = read("state=held&state=posted").filter(Which::Successful);
        assert_eq!(filter.states, [StateName::Posted].into());
    }
}
