//! What the database has of the contract's views: looked up anew with each page, since a product is upgraded at any time.

use std::collections::BTreeMap;

use tieout_core::host::{HostError, HostErrorKind};
use tokio_postgres::types::Type;

use super::session::Lease;
use super::views::{Column, Holds, View};
use crate::wire::Need;

/// The columns of each view that there is, with the name of the type.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    schema: String,
    views: BTreeMap<View, BTreeMap<String, String>>,
}

/// The name of a type: of a domain the one below it, and of every enumeration `enum`.
const CATALOG: &str = "\
select c.relname::text, a.attname::text,
       case when coalesce(b.typtype, t.typtype) = 'e' then 'enum' else coalesce(b.typname, t.typname)::text end,
       has_table_privilege(c.oid, 'select')::text
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_type b on b.oid = t.typbasetype and t.typtype = 'd'
where n.nspname = $1 and c.relname = any($2::text[]) and c.relkind in ('v', 'm', 'r', 'p', 'f')";

impl Shape {
    /// Reads what there is, and refuses what cannot be read exactly: the view, its column and the type that it needs.
    pub(super) async fn read(
        lease: &Lease<'_>,
        operation: &'static str,
        schema: &str,
    ) -> Result<Self, HostError> {
        let names: Vec<&str> = View::ALL.iter().map(|view| view.name()).collect();
        let rows = lease
            .rows(
                operation,
                CATALOG,
                &[(&schema, Type::TEXT), (&names, Type::TEXT_ARRAY)],
            )
            .await?;
        let mut shape = Self {
            schema: schema.to_owned(),
            views: BTreeMap::new(),
        };
        let mut problems = Vec::new();
        for row in rows {
            let cell = |at| row.get::<_, &str>(at);
            let Some(view) = View::ALL.into_iter().find(|view| view.name() == cell(0)) else {
                continue;
            };
            if cell(3) != "true" {
                let problem = format!(
                    "the user may not read {}: grant select on it",
                    shape.name(view)
                );
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
                continue;
            }
            let columns = shape.views.entry(view).or_default();
            columns.insert(cell(1).to_owned(), cell(2).to_owned());
        }
        if problems.is_empty() {
            problems = View::ALL
                .into_iter()
                .flat_map(|view| shape.problems(view))
                .collect();
            problems.extend(shape.nameless());
        }
        if problems.is_empty() {
            return Ok(shape);
        }
        let message = problems.join("; ");
        Err(HostError::new(
            HostErrorKind::Misconfigured,
            operation,
            message,
        ))
    }

    /// Whether there is such a view.
    pub(super) fn has(&self, view: View) -> bool {
        self.views.contains_key(&view)
    }

    /// The name of a view, with its schema, fit for a statement.
    pub(super) fn name(&self, view: View) -> String {
        format!("{}.{}", quoted(&self.schema), view.name())
    }

    /// The type of a column, if there is one.
    pub(super) fn type_of(&self, view: View, column: &str) -> Option<&str> {
        self.views.get(&view)?.get(column).map(String::as_str)
    }

    /// The expression that gives a column of a view as an exact text, `null` where there is no such column.
    pub(super) fn cell(&self, view: View, alias: &str, column: &str) -> String {
        let holds = view
            .columns()
            .into_iter()
            .find(|known| known.name == column)
            .map_or(Holds::Text, |known| known.holds);
        match self.type_of(view, column) {
            Some(of) => holds.as_text(&format!("{alias}.{column}"), of),
            None => "null::text".to_owned(),
        }
    }

    fn problems(&self, view: View) -> Vec<String> {
        let name = self.name(view);
        let Some(columns) = self.views.get(&view) else {
            return match view.need() {
                Need::Required => vec![format!("there is no view {name}")],
                Need::Optional => Vec::new(),
            };
        };
        let problem = |column: Column| {
            let expected = column.holds.expected();
            match columns.get(column.name) {
                None if column.need == Need::Required => Some(format!(
                    "{name} has no column `{}`, which should be {expected}",
                    column.name
                )),
                None => None,
                Some(of) => column.holds.problem(of).map(|why| {
                    format!(
                        "column `{}` of {name} is {of} and should be {expected}: {why}",
                        column.name
                    )
                }),
            }
        };
        view.columns().into_iter().filter_map(problem).collect()
    }

    /// Somebody must say who is billed.
    fn nameless(&self) -> Option<String> {
        let has = |column| self.type_of(View::Invoice, column).is_some();
        let by_company = has("company_id") && self.has(View::Company);
        let by_contact = has("contact_id") && self.has(View::Contact);
        if !self.has(View::Invoice) || has("bill_to_name") || by_company || by_contact {
            return None;
        }
        Some(format!(
            "{} has no column `bill_to_name`, which should be text, and no {} or {} has the names",
            self.name(View::Invoice),
            self.name(View::Company),
            self.name(View::Contact)
        ))
    }
}

/// A name as a statement takes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
