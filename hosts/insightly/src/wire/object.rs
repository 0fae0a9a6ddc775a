//! The objects of Insightly: their routes, their fields, and their names in links and addresses.

use tieout_core::host::RecordKind;

/// A kind of record as Insightly spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    /// The kind.
    pub(crate) kind: RecordKind,
    /// The route: these are plural.
    pub(crate) route: &'static str,
    /// The field of the identifier.
    pub(crate) id: &'static str,
    /// The field of the name; persons have two.
    pub(crate) name: &'static str,
    /// The name in links and in the addresses of pages: singular.
    pub(crate) singular: &'static str,
    /// What stands before the parts of its address.
    pub(crate) address: Option<&'static str>,
}

const OBJECTS: [Object; 5] = [
    Object {
        kind: RecordKind::Company,
        route: "Organisations",
        id: "ORGANISATION_ID",
        name: "ORGANISATION_NAME",
        singular: "Organisation",
        address: Some("ADDRESS_BILLING_"),
    },
    Object {
        kind: RecordKind::Contact,
        route: "Contacts",
        id: "CONTACT_ID",
        name: "LAST_NAME",
        singular: "Contact",
        address: Some("ADDRESS_MAIL_"),
    },
    Object {
        kind: RecordKind::Opportunity,
        route: "Opportunities",
        id: "OPPORTUNITY_ID",
        name: "OPPORTUNITY_NAME",
        singular: "Opportunity",
        address: None,
    },
    Object {
        kind: RecordKind::Project,
        route: "Projects",
        id: "PROJECT_ID",
        name: "PROJECT_NAME",
        singular: "Project",
        address: None,
    },
    Object {
        kind: RecordKind::Lead,
        route: "Leads",
        id: "LEAD_ID",
        name: "LAST_NAME",
        singular: "Lead",
        address: Some("ADDRESS_"),
    },
];

impl Object {
    /// The object of a kind; `None` for what Insightly does not keep.
    pub(crate) fn of(kind: RecordKind) -> Option<&'static Self> {
        OBJECTS.iter().find(|object| object.kind == kind)
    }

    /// The object of a name in a link.
    pub(crate) fn of_link(name: &str) -> Option<&'static Self> {
        OBJECTS
            .iter()
            .find(|object| object.singular.eq_ignore_ascii_case(name))
    }

    /// Whether it is a person, with first name, last name and e-mail.
    pub(crate) fn is_person(&self) -> bool {
        self.name == "LAST_NAME"
    }

    /// The field of the e-mail address, of persons.
    pub(crate) fn email(&self) -> &'static str {
        if self.kind == RecordKind::Lead {
            "EMAIL"
        } else {
            "EMAIL_ADDRESS"
        }
    }
}
