//! Who is meant, and whether a document names that person: wholly, nearly, or not.

use std::collections::BTreeSet;

use super::fold::{bare, plain};
use crate::document::{Document, HostId, Invoice, Line, PartyId};

/// Whose data is to be erased. What is said must all fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// What a product calls the person, or the company.
    pub id: Option<(HostId, String)>,
}

/// As what a document names somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Who owes.
    BilledTo,
    /// To whose attention it goes.
    Attention,
    /// The person served.
    Client,
    /// Who supplies.
    Supplier,
    /// Who did the work.
    Worker,
}

impl Role {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::BilledTo => "billed to",
            Self::Attention => "for the attention of",
            Self::Client => "client",
            Self::Supplier => "supplier",
            Self::Worker => "worker",
        }
    }
}

/// Somebody whom a document names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// As what.
    pub role: Role,
    /// The name.
    pub name: String,
    /// The e-mail address, where the document says one.
    pub email: Option<String>,
    /// What the product calls them, where the document says it.
    pub ids: Vec<PartyId>,
}

/// How the person stands in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// As what.
    pub roles: BTreeSet<Role>,
    /// By which names, folded: the same name in another place of the document is the same person.
    pub names: BTreeSet<String>,
    /// Everybody in it who fits.
    pub named: Vec<Named>,
}

/// What a document says of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It names the person.
    Fits(Found),
    /// It names somebody who may be the person; each with what is not the same.
    Near(Vec<(Named, String)>),
    /// Neither.
    Other,
}

impl Person {
    /// What a document of a host says of the person.
    #[must_use]
    pub fn judge(&self, host: &HostId, document: &Document) -> Judged {
        let all = named(document);
        let mut found = Found::default();
        let mut near = Vec::new();
        for one in &all {
            match self.fit(host, one) {
                Fit::Whole => found.take(one),
                Fit::Nearly(why) => near.push((one.clone(), why)),
                Fit::No => {}
            }
        }
        if found.roles.is_empty() {
            return match near.is_empty() {
                true => Judged::Other,
                false => Judged::Near(near),
            };
        }
        // Whoever is billed is often the client too.
        for one in &all {
            if found.names.contains(&plain(&one.name)) && !found.named.contains(one) {
                found.take(one);
            }
        }
        Judged::Fits(found)
    }

    fn fit(&self, host: &HostId, one: &Named) -> Fit {
        let mut same = 0;
        let mut odd = Vec::new();
        let mut is_other = false;
        if let Some(name) = &self.name {
            match name_fit(name, &one.name) {
                Fit::Whole => same += 1,
                Fit::Nearly(why) => odd.push(why),
                Fit::No => {
                    is_other = true;
                    odd.push("another name".to_owned());
                }
            }
        }
        if let Some(email) = &self.email {
            match &one.email {
                Some(other) if plain(other) == plain(email) => same += 1,
                Some(_) => {
                    is_other = true;
                    odd.push("another e-mail address".to_owned());
                }
                None => odd.push("no e-mail address".to_owned()),
            }
        }
        if let Some((of, id)) = &self.id {
            if of == host
                && one
                    .ids
                    .iter()
                    .any(|other| plain(other.as_str()) == plain(id))
            {
                same += 1;
            } else {
                is_other = true;
                odd.push("another identifier, or none".to_owned());
            }
        }
        let asked = [self.name.is_some(), self.email.is_some(), self.id.is_some()];
        let asked = asked.into_iter().filter(|it| *it).count();
        let is_near_by_name = !is_other && !odd.is_empty() && self.name.is_some();
        match (asked > 0 && same == asked, same > 0 || is_near_by_name) {
            (true, _) => Fit::Whole,
            (false, true) => Fit::Nearly(odd.join(", ")),
            (false, false) => Fit::No,
        }
    }
}

impl Found {
    fn take(&mut self, one: &Named) {
        self.roles.insert(one.role);
        let name = plain(&one.name);
        if !name.is_empty() {
            self.names.insert(name);
        }
        self.named.push(one.clone());
    }

    /// Both together.
    pub(super) fn join(&mut self, other: Self) {
        self.roles.extend(other.roles);
        self.names.extend(other.names);
        self.named.extend(other.named);
    }

    /// Whether the document is made out to the person, so that the provider's contact is that person too.
    pub(super) fn is_party(&self) -> bool {
        self.roles.contains(&Role::BilledTo) || self.roles.contains(&Role::Supplier)
    }

    /// Whether a name is one of the person's.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.names.contains(&plain(name))
    }
}

enum Fit {
    Whole,
    Nearly(String),
    No,
}

/// Everybody whom a document names.
fn named(document: &Document) -> Vec<Named> {
    match document {
        Document::Invoice(invoice) => of_invoice(invoice),
        Document::Bill(bill) => {
            let supplier = Named {
                role: Role::Supplier,
                name: bill.supplier.name.clone(),
                email: None,
                ids: bill.supplier.id.iter().cloned().collect(),
            };
            std::iter::once(supplier)
                .chain(workers(&bill.lines))
                .collect()
        }
        Document::PurchaseOrder(order) => vec![Named {
            role: Role::Supplier,
            name: order.supplier.name.clone(),
            email: None,
            ids: order.supplier.id.iter().cloned().collect(),
        }],
    }
}

fn of_invoice(invoice: &Invoice) -> Vec<Named> {
    let to = &invoice.bill_to;
    let company = to.company_id.iter().cloned();
    let contact = to.contact_id.iter().cloned();
    let mut all = vec![Named {
        role: Role::BilledTo,
        name: to.name.clone(),
        email: to.email.clone(),
        // Beside a person to whose attention it goes, the contact is that person.
        ids: match &to.attention {
            None => company.chain(contact).collect(),
            Some(_) if to.company_id.is_none() => contact.collect(),
            Some(_) => company.collect(),
        },
    }];
    all.extend(to.attention.iter().map(|name| Named {
        role: Role::Attention,
        name: name.clone(),
        email: to.email.clone(),
        ids: to.contact_id.iter().cloned().collect(),
    }));
    let sources = invoice.group_sources.iter();
    let clients = sources.filter_map(|source| source.client_name.as_ref());
    all.extend(
        invoice
            .references
            .client_name
            .iter()
            .chain(clients)
            .map(|name| Named {
                role: Role::Client,
                name: name.clone(),
                email: None,
                ids: Vec::new(),
            }),
    );
    all.extend(workers(&invoice.lines));
    all
}

fn workers(lines: &[Line]) -> impl Iterator<Item = Named> {
    let names: BTreeSet<&String> = lines
        .iter()
        .filter_map(|line| line.worker.as_ref())
        .collect();
    names.into_iter().map(|name| Named {
        role: Role::Worker,
        name: name.clone(),
        email: None,
        ids: Vec::new(),
    })
}

fn name_fit(wanted: &str, name: &str) -> Fit {
    if plain(wanted).is_empty() || plain(name).is_empty() {
        return Fit::No;
    }
    if plain(wanted) == plain(name) {
        return Fit::Whole;
    }
    let (one, other) = (bare(wanted), bare(name));
    let near = |why: &str| Fit::Nearly(why.to_owned());
    if one == other {
        return near("other accents or signs");
    }
    let (mut these, mut those): (Vec<&str>, Vec<&str>) =
        (one.split(' ').collect(), other.split(' ').collect());
    these.sort_unstable();
    those.sort_unstable();
    if these == those {
        return near("the words in another order");
    }
    let holds = |all: &[&str], some: &[&str]| some.iter().all(|word| all.contains(word));
    if these.len().min(those.len()) > 1 && (holds(&these, &those) || holds(&those, &these)) {
        return near("more or fewer words");
    }
    let slips_max = match one.chars().count() {
        0..5 => 0,
        5..10 => 1,
        _ => 2,
    };
    match slips(&one, &other) <= slips_max {
        true => near("a slip of a key away"),
        false => Fit::No,
    }
}

/// Letters to change, add or take away between two texts.
fn slips(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, char) in one.chars().enumerate() {
        let mut before = row[0];
        row[0] = at + 1;
        for (index, that) in other.iter().enumerate() {
            let replaced = before + usize::from(char != *that);
            before = row[index + 1];
            row[index + 1] = replaced.min(before + 1).min(row[index] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(wanted: &str, name: &str) -> &'static str {
        match name_fit(wanted, name) {
            Fit::Whole => "whole",
            Fit::Nearly(_) => "near",
            Fit::No => "no",
        }
    }

    #[test]
    fn capitals_and_spaces_do_not_count_and_anything_more_is_only_near() {
        assert_eq!(fit("Jane Doe", " jane  DOE"), "whole");
        for name in ["Doe, Jane", "Jané Doe", "Jane M. Doe", "Jane Dow"] {
            assert_eq!(fit("Jane Doe", name), "near", "{name}");
        }
        for name in ["John Smith", "Jane", "", "Doe Pty Ltd"] {
            assert_eq!(fit("Jane Doe", name), "no", "{name}");
        }
    }

    #[test]
    fn what_is_said_must_all_fit() {
        let host = HostId::new("cm").unwrap();
        let one = Named {
            role: Role::BilledTo,
            name: "Jane Doe".to_owned(),
            email: Some("jane@example.com".to_owned()),
            ids: vec![PartyId::new("17").unwrap()],
        };
        let judged = |name: Option<&str>, email: Option<&str>, id: Option<(&str, &str)>| {
            let person = Person {
                name: name.map(str::to_owned),
                email: email.map(str::to_owned),
                id: id.map(|(host, id)| (HostId::new(host).unwrap(), id.to_owned())),
            };
            match person.fit(&host, &one) {
                Fit::Whole => "whole",
                Fit::Nearly(_) => "near",
                Fit::No => "no",
            }
        };
        assert_eq!(
            judged(Some("jane doe"), Some("JANE@example.com"), None),
            "whole"
        );
        assert_eq!(judged(None, None, Some(("cm", "17"))), "whole");
        assert_eq!(judged(None, None, Some(("other", "17"))), "no");
        assert_eq!(
            judged(Some("Jane Doe"), Some("bob@example.com"), None),
            "near"
        );
        assert_eq!(judged(Some("Bob"), Some("jane@example.com"), None), "near");
        assert_eq!(judged(Some("Bob"), None, None), "no");
        assert_eq!(judged(None, None, None), "no");
    }
}
