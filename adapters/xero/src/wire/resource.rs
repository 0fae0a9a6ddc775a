//! Where each kind of document lives at Xero, and what its fields are called there.

use tieout_core::document::DocumentKind;

/// A list of documents of one kind. Xero's developer pages of 2026 are the source of each entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The kind.
    pub kind: DocumentKind,
    /// The path, which is the name of the list in bodies too.
    pub list: &'static str,
    /// The field of the identifier.
    pub id_field: &'static str,
    /// The field of the number.
    pub number_field: &'static str,
    /// What Xero calls the type; purchase orders have a list of their own and take no type.
    pub r#type: Option<&'static str>,
    /// What its calls are called in the log: `GET`, `GET` of one, `PUT`, `POST`.
    pub routes: [&'static str; 4],
    /// What is done with it in error messages: create, update, remove, look up, read.
    pub operations: [&'static str; 5],
    /// The condition that leaves out what shares the list, and shows removed ones where they may be hidden.
    pub only: Option<&'static str>,
    /// The statuses to be asked for, where the list takes them.
    pub statuses: Option<&'static str>,
    /// Whether it lists documents by identifiers, and by numbers.
    pub is_asked_by_list: bool,
    /// Whether places of unit prices must be asked for; purchase orders always have four.
    pub takes_price_places: bool,
    /// Whether a link back is kept. On a bill it is our only marker, since the number is the supplier's.
    pub keeps_link: bool,
    /// Whether the reference field is kept; on bills Xero may drop it or store it.
    pub keeps_reference: bool,
    /// Whether a line takes an amount off.
    pub takes_discount: bool,
    /// Whether it falls due.
    pub falls_due: bool,
    /// Whether it is voided once it was approved; purchase orders are only ever deleted.
    pub is_voided: bool,
}

impl Resource {
    /// The resource of a kind.
    #[must_use]
    pub fn of(kind: DocumentKind) -> &'static Self {
        match kind {
            DocumentKind::Invoice => &INVOICES,
            DocumentKind::CreditNote => &CREDIT_NOTES,
            DocumentKind::Bill => &BILLS,
            DocumentKind::PurchaseOrder => &PURCHASE_ORDERS,
        }
    }
}

const INVOICES: Resource = Resource {
    kind: DocumentKind::Invoice,
    list: "Invoices",
    id_field: "InvoiceID",
    number_field: "InvoiceNumber",
    r#type: Some("ACCREC"),
    routes: [
        "GET /Invoices",
        "GET /Invoices/{id}",
        "PUT /Invoices",
        "POST /Invoices",
    ],
    operations: [
        "create invoices",
        "update invoices",
        "remove invoices",
        "look invoices up",
        "read invoices",
    ],
    only: Some(r#"Type=="ACCREC""#),
    // Whether a list without this shows deleted invoices is not documented.
    statuses: Some("DRAFT,SUBMITTED,AUTHORISED,PAID,VOIDED,DELETED"),
    is_asked_by_list: true,
    takes_price_places: true,
    keeps_link: true,
    keeps_reference: true,
    takes_discount: true,
    falls_due: true,
    is_voided: true,
};

/// Supplier bills. They share the list of the invoices; their numbers are the suppliers' and not unique.
const BILLS: Resource = Resource {
    kind: DocumentKind::Bill,
    r#type: Some("ACCPAY"),
    operations: [
        "create bills",
        "update bills",
        "remove bills",
        "look bills up",
        "read bills",
    ],
    only: Some(r#"Type=="ACCPAY""#),
    keeps_reference: false,
    takes_discount: false,
    ..INVOICES
};

/// Credit notes to customers. Their list takes neither statuses nor identifiers, only a condition.
const CREDIT_NOTES: Resource = Resource {
    kind: DocumentKind::CreditNote,
    list: "CreditNotes",
    id_field: "CreditNoteID",
    number_field: "CreditNoteNumber",
    r#type: Some("ACCRECCREDIT"),
    routes: [
        "GET /CreditNotes",
        "GET /CreditNotes/{id}",
        "PUT /CreditNotes",
        "POST /CreditNotes",
    ],
    operations: [
        "create credit notes",
        "update credit notes",
        "remove credit notes",
        "look credit notes up",
        "read credit notes",
    ],
    only: Some(
        r#"Type=="ACCRECCREDIT" AND (Status=="DRAFT" OR Status=="SUBMITTED" OR Status=="AUTHORISED" OR Status=="PAID" OR Status=="VOIDED" OR Status=="DELETED")"#,
    ),
    statuses: None,
    is_asked_by_list: false,
    takes_price_places: true,
    keeps_link: false,
    keeps_reference: true,
    takes_discount: false,
    falls_due: false,
    is_voided: true,
};

/// Purchase orders. Their list takes no condition at all, and shows deleted ones.
const PURCHASE_ORDERS: Resource = Resource {
    kind: DocumentKind::PurchaseOrder,
    list: "PurchaseOrders",
    id_field: "PurchaseOrderID",
    number_field: "PurchaseOrderNumber",
    r#type: None,
    routes: [
        "GET /PurchaseOrders",
        "GET /PurchaseOrders/{id}",
        "PUT /PurchaseOrders",
        "POST /PurchaseOrders",
    ],
    operations: [
        "create purchase orders",
        "update purchase orders",
        "remove purchase orders",
        "look purchase orders up",
        "read purchase orders",
    ],
    only: None,
    statuses: None,
    is_asked_by_list: false,
    takes_price_places: false,
    keeps_link: false,
    keeps_reference: true,
    takes_discount: false,
    falls_due: false,
    is_voided: false,
};
