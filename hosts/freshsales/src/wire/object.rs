//! The objects of Freshsales: their routes, what wraps them, and their names elsewhere.

use tieout_core::host::RecordKind;

/// A kind of record as Freshsales spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    /// The kind.
    pub(crate) kind: RecordKind,
    /// The route, and the name of lists.
    pub(crate) route: &'static str,
    /// What wraps one, and its name in searches.
    pub(crate) one: &'static str,
    /// What comes with it when it is asked for.
    pub(crate) include: &'static str,
    /// Its name as a target of notes and links.
    pub(crate) target: &'static str,
    /// Its page in the address of the account.
    pub(crate) page: &'static str,
}

const OBJECTS: [Object; 3] = [
    Object {
        kind: RecordKind::Company,
        route: "sales_accounts",
        one: "sales_account",
        include: "",
        target: "SalesAccount",
        page: "accounts",
    },
    Object {
        kind: RecordKind::Contact,
        route: "contacts",
        one: "contact",
        include: "sales_accounts",
        target: "Contact",
        page: "contacts",
    },
    Object {
        kind: RecordKind::Deal,
        route: "deals",
        one: "deal",
        include: "products,contacts,sales_account",
        target: "Deal",
        page: "deals",
    },
];

impl Object {
    /// The object of a kind; `None` for what Freshsales does not keep.
    pub(crate) fn of(kind: RecordKind) -> Option<&'static Self> {
        OBJECTS.iter().find(|object| object.kind == kind)
    }
}
