//! `tieout record show`: whom a record is, its documents, and what they come to.

use comfy_table::CellAlignment;
use tieout_core::document::DocumentKind;
use tieout_core::driver::{PartyStanding, RecordDesk, Sheet, SheetAsked};
use tieout_core::host::{RecordKind, RecordRef};
use tieout_core::panel::{Overview, Row, SideOverview, View};

use super::failed;
use crate::cli::{Cli, PaperKind, ShowArgs, ViewName};
use crate::exit::{Exit, Failure};
use crate::output::{self, money, say, short};

pub(super) async fn run(
    cli: &Cli,
    args: &ShowArgs,
    desk: &RecordDesk<'_>,
    key: &RecordRef,
) -> Result<Exit, Failure> {
    let asked = SheetAsked {
        view: args.view.map_or_else(|| usual(key.kind), view),
        search: args.search.clone(),
        from: args.from,
        to: args.to,
        kind: args.kind.map(|kind| match kind {
            PaperKind::Invoice => DocumentKind::Invoice,
            PaperKind::Bill => DocumentKind::Bill,
        }),
    };
    let sheet = desk.sheet(key, &asked).await.map_err(failed)?;
    if cli.json {
        output::json(&serde_json::json!(sheet));
    } else {
        print(&sheet);
    }
    let is_open = |standing: &PartyStanding| match standing {
        PartyStanding::Ambiguous { .. } | PartyStanding::Archived { .. } => true,
        PartyStanding::Linked { .. } | PartyStanding::Unlinked { .. } | PartyStanding::Nobody => {
            false
        }
    };
    let is_undecided = sheet.parties.iter().any(|party| is_open(&party.standing));
    Ok(match is_undecided {
        true => Exit::NeedsSomebody,
        false => Exit::Done,
    })
}

/// What is linked to a piece of business is shown whole; of a party, what is open.
fn usual(kind: RecordKind) -> View {
    match kind {
        RecordKind::Opportunity | RecordKind::Project => View::All,
        RecordKind::Contact | RecordKind::Company | RecordKind::Deal | RecordKind::Lead => {
            View::Open
        }
    }
}

fn view(name: ViewName) -> View {
    match name {
        ViewName::Open => View::Open,
        ViewName::Paid => View::Paid,
        ViewName::Unpaid => View::Unpaid,
        ViewName::Overdue => View::Overdue,
        ViewName::Pinned => View::Pinned,
        ViewName::All => View::All,
    }
}

fn print(sheet: &Sheet) {
    let bold = output::bold();
    say!(
        "{bold}{}{bold:#}  {}",
        short(&sheet.record.name),
        sheet.record.key
    );
    for party in &sheet.parties {
        say!(
            "  {} in {}: {}",
            short(&party.name),
            short(&sheet.organisation),
            standing(&party.standing)
        );
    }
    if let Some(card) = &sheet.contact {
        if card.archived {
            say!("  It is archived there: restore it, or link another one.");
        }
        let details = [&card.email, &card.phones.default, &card.tax_number];
        let details: Vec<String> = details
            .into_iter()
            .flatten()
            .map(|text| short(text))
            .collect();
        if !details.is_empty() {
            say!("  {}", details.join(", "));
        }
    }
    if let Some(url) = &sheet.contact_url {
        say!("  {url}");
    }
    print_sums(sheet);
    say!("");
    print_rows(
        &sheet.rows,
        &format!("Nothing is {}.", shown_as(sheet.view)),
    );
    if sheet.more {
        say!("There are more documents than are read here; the newest are shown.");
    }
    for link in &sheet.gone {
        say!(
            "{} {} ({}) is not live any more.",
            link.kind,
            short(&link.number),
            link.id
        );
    }
    for draft in &sheet.drafts {
        say!(
            "draft {}: {}",
            short(&draft.number),
            output::state(&draft.state)
        );
    }
}

/// What everything comes to.
fn print_sums(sheet: &Sheet) {
    for sums in &sheet.boxes {
        let (paid, unpaid) = (
            money(sums.paid, sums.currency),
            money(sums.unpaid, sums.currency),
        );
        say!("  total paid {paid}, total unpaid {unpaid}");
    }
    if let Some(overview) = &sheet.overview {
        print_overview(overview);
    }
    for net in &sheet.net {
        say!(
            "  linked: invoices {}, bills {}, net {}",
            money(net.invoices, net.currency),
            money(net.bills, net.currency),
            money(net.net, net.currency)
        );
    }
}

fn shown_as(view: View) -> &'static str {
    match view {
        View::All => "there",
        View::Open | View::Paid | View::Unpaid | View::Overdue | View::Pinned => view.as_str(),
    }
}

pub(super) fn standing(standing: &PartyStanding) -> String {
    match standing {
        PartyStanding::Linked { contact, link } => {
            let how = match &link.how {
                tieout_core::panel::HowLinked::Matched { rules, .. } => {
                    let rules: Vec<&str> = rules.iter().map(|rule| rule.as_str()).collect();
                    format!("matched by {}", rules.join(" and "))
                }
                tieout_core::panel::HowLinked::Person => format!("linked by {}", short(&link.by)),
                tieout_core::panel::HowLinked::Created => format!("made by {}", short(&link.by)),
            };
            format!("{} ({how})", short(&contact.name))
        }
        PartyStanding::Unlinked { link } => format!("nobody: unlinked by {}", short(&link.by)),
        PartyStanding::Ambiguous { candidates } => {
            let names: Vec<String> = candidates
                .iter()
                .map(|one| format!("{} ({})", short(&one.name), one.id))
                .collect();
            format!("several fit, choose one: {}", names.join(", "))
        }
        PartyStanding::Archived { contact } => {
            format!(
                "{} ({}), which is archived",
                short(&contact.name),
                contact.id
            )
        }
        PartyStanding::Nobody => "nobody fits".to_owned(),
    }
}

fn print_overview(overview: &Overview) {
    let side = |side: &SideOverview, currency| {
        format!(
            "{} {} ({} due)",
            side.documents,
            money(side.total, currency),
            money(side.due, currency)
        )
    };
    let own = overview.currency;
    say!(
        "  invoices {}; bills {}",
        side(&overview.invoices, own),
        side(&overview.bills, own)
    );
    say!(
        "  lifetime value {}, of twelve months {}",
        money(overview.lifetime_value, own),
        money(overview.twelve_month_value, own)
    );
    for other in &overview.others {
        let of = other.currency;
        say!(
            "  not in that: invoices {}; bills {}",
            side(&other.invoices, of),
            side(&other.bills, of)
        );
    }
}

pub(super) fn print_rows(rows: &[Row], nothing: &str) {
    if rows.is_empty() {
        say!("{nothing}");
        return;
    }
    let mut table = output::table(&["number", "date", "type", "balance", "total", "status", ""]);
    for row in rows {
        let marks = [(row.pinned, "pinned"), (row.linked, "linked")];
        let marks: Vec<&str> = marks.into_iter().filter(|it| it.0).map(|it| it.1).collect();
        table.add_row(vec![
            short(&row.number),
            row.date.to_string(),
            row.kind.to_string(),
            money(row.balance, row.currency),
            money(row.total, row.currency),
            row.status.clone(),
            marks.join(", "),
        ]);
        for paid in &row.instalments {
            table.add_row(vec![
                String::new(),
                paid.date.to_string(),
                format!("  {}", short(&paid.number)),
                String::new(),
                money(paid.amount, row.currency),
                "paid".to_owned(),
                String::new(),
            ]);
        }
    }
    for amount in [3, 4] {
        if let Some(column) = table.column_mut(amount) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    say!("{table}");
    // Behind the table, where nothing breaks an address in two.
    for row in rows {
        if let Some(url) = &row.url {
            say!("{}  {url}", short(&row.number));
        }
    }
}
