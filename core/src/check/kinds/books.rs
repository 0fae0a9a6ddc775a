//! Kinds about what a document needs of the organisation: accounts, taxes, currencies, tracking, open periods, contacts.

use super::kind::{host, provider, settings};
use super::{Act, Kind, Then, Who};

const ALL: &[Act] = &[Act::Retry, Act::Skip, Act::Detach];

pub(super) const ACCOUNT_MISSING: Kind = Kind {
    name: "account_missing",
    title: "no account is set for a line",
    meaning: "Nothing in the settings says to which account the line is booked, and accounts are never guessed.",
    causes: &[
        "The host has a new charge code.",
        "`accounts.sales`, or the account of purchases, is not set.",
    ],
    who: &[Who::Operator, Who::HostUser],
    mends: &[
        settings(
            "Name the account for the charge code, or one for everything that has none.",
            &[
                "accounts.by_charge_code",
                "accounts.sales",
                "accounts.cost_of_goods_sold",
                "accounts.inventory",
            ],
        ),
        host("Correct the charge code of the line."),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};

pub(super) const ACCOUNT_UNUSABLE: Kind = Kind {
    name: "account_unusable",
    title: "an account cannot take the line",
    meaning: "The account that the settings or the document name does not exist, is archived, is a bank account or kept by \
              the accounting system itself, or is of another class than its role asks for.",
    causes: &[
        "The account was archived or renumbered.",
        "A code of the settings is misspelled.",
        "Sales are booked to an account that is no revenue, without `accounts.any_class`.",
    ],
    who: &[Who::Operator, Who::Bookkeeper, Who::HostUser],
    mends: &[
        settings(
            "Name an account that can take it.",
            &[
                "accounts.sales",
                "accounts.by_charge_code",
                "accounts.choices",
                "accounts.any_class",
            ],
        ),
        provider(
            "Restore or add the account in the chart of accounts.",
            Then::ChartRead,
        ),
        host("Correct the account or the charge code of the line."),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};

pub(super) const TAX_CODE_UNMAPPED: Kind = Kind {
    name: "tax_code_unmapped",
    title: "a tax code is not mapped",
    meaning: "The settings do not say which tax type of the organisation the line's tax code stands for, or, on a line \
              without a code, its rate. Taxes are never guessed.",
    causes: &[
        "The host has a new tax code.",
        "Bills and purchase orders travel, and only the codes of sales are mapped.",
        "The tax type that has the host's own code is not active any more.",
    ],
    who: &[Who::Operator, Who::HostUser, Who::Bookkeeper],
    mends: &[
        settings(
            "Map the code, or the rate, to a tax type.",
            &[
                "tax_codes",
                "tax_rates",
                "purchase_tax_codes",
                "purchase_tax_rates",
            ],
        ),
        host("Correct the tax code of the line."),
        provider(
            "Activate the tax type that has the very code of the host again.",
            Then::ChartRead,
        ),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};

pub(super) const TAX_TYPE_UNUSABLE: Kind = Kind {
    name: "tax_type_unusable",
    title: "a tax type cannot stand on the line",
    meaning: "The tax type that the code is mapped to does not exist, is not active, has another rate than the line, may \
              not stand with the account, or its tax is not what the host has.",
    causes: &[
        "A code is mapped to the type of another rate.",
        "A type for sales is mapped for purchases, or the other way round.",
        "The host taxes the line with a rate of its own.",
    ],
    who: &[Who::Operator, Who::HostUser, Who::Bookkeeper],
    mends: &[
        settings(
            "Map the code to a tax type of its rate that stands with the account.",
            &[
                "tax_codes",
                "tax_rates",
                "purchase_tax_codes",
                "purchase_tax_rates",
            ],
        ),
        host("Correct the tax code or the tax of the line."),
        provider("Add the tax type, or activate it again.", Then::ChartRead),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};

pub(super) const CURRENCY_NOT_ENABLED: Kind = Kind {
    name: "currency_not_enabled",
    title: "the organisation has not enabled the currency",
    meaning: "The document is in a currency that the organisation keeps no books in.",
    causes: &[
        "It is the first document in this currency.",
        "The document belongs to another organisation, and no route says so.",
    ],
    who: &[Who::Bookkeeper, Who::Operator, Who::HostUser],
    mends: &[
        provider("Add the currency to the organisation.", Then::ChartRead),
        settings(
            "Add a [[routes]] entry that leads such documents elsewhere.",
            &["[[routes]]"],
        ),
        host("Correct the currency of the document."),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};

pub(super) const TRACKING_MISSING: Kind = Kind {
    name: "tracking_missing",
    title: "a tracking option does not exist",
    meaning: "The line names a tracking category or option that the organisation does not have or has archived, or more \
              categories than fit.",
    causes: &[
        "The host has a new worker, place or project.",
        "The option was archived or renamed.",
    ],
    who: &[Who::Bookkeeper, Who::Operator, Who::HostUser],
    mends: &[
        provider(
            "Add the option or the category, or restore it.",
            Then::ChartRead,
        ),
        settings(
            "Let missing options be added (`tracking_options = \"create\"`), or send no tracking (`tracking = false`).",
            &["tracking_options", "tracking"],
        ),
        host("Correct the tracking of the line."),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};

pub(super) const PERIOD_LOCKED: Kind = Kind {
    name: "period_locked",
    title: "the books are locked on the document's date",
    meaning: "The document is dated on or before a lock date of the organisation, where nothing may be added or changed.",
    causes: &[
        "The month was closed before the document was finished.",
        "A document of a closed period was changed in the host.",
    ],
    who: &[Who::Bookkeeper, Who::HostUser],
    mends: &[
        provider(
            "Move the lock date for as long as this document needs.",
            Then::ChartRead,
        ),
        host("Date the document later."),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};

pub(super) const CONTACT_MISSING: Kind = Kind {
    name: "contact_missing",
    title: "no contact fits",
    meaning: "Nobody in the accounting system has the name, number or e-mail address of the document's party, and the \
              settings create nobody. The finding lists the nearest names.",
    causes: &[
        "It is the party's first document, and `contacts.create_missing` is off; for suppliers it is off by default.",
        "The party is spelled differently on the two sides.",
    ],
    who: &[Who::Bookkeeper, Who::Operator, Who::HostUser],
    mends: &[
        provider(
            "Create the contact, or give it the host's name.",
            Then::Retried,
        ),
        settings(
            "Let missing contacts be created.",
            &[
                "contacts.create_missing",
                "contacts.create_missing_suppliers",
                "contacts.always",
                "contacts.always_supplier",
            ],
        ),
        host("Correct the name of the party."),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};

pub(super) const CONTACT_AMBIGUOUS: Kind = Kind {
    name: "contact_ambiguous",
    title: "several contacts fit equally well",
    meaning: "More than one contact has the party's name or number, and none of them more than the others.",
    causes: &["The party was entered twice in the accounting system."],
    who: &[Who::Bookkeeper, Who::HostUser],
    mends: &[
        provider(
            "Merge or rename the contacts so that one is left.",
            Then::Retried,
        ),
        host("Spell the party's name just as the right contact's."),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};

pub(super) const CONTACT_ARCHIVED: Kind = Kind {
    name: "contact_archived",
    title: "the contact is archived",
    meaning: "The one contact that fits is archived, and nothing may be billed to it.",
    causes: &["Somebody tidied up the contacts while the host still bills the party."],
    who: &[Who::Bookkeeper, Who::HostUser],
    mends: &[
        provider("Restore the contact.", Then::Retried),
        host("Bill somebody else."),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};

pub(super) const CONTACT_REFUSED: Kind = Kind {
    name: "contact_refused",
    title: "the contact could not be created",
    meaning: "Nobody fits, and the accounting system refused to create the contact, for the reasons shown.",
    causes: &["A detail of the party, such as its e-mail address, is not valid."],
    who: &[Who::HostUser, Who::Bookkeeper],
    mends: &[
        host("Correct the party's details."),
        provider("Create the contact by hand.", Then::Retried),
    ],
    acts: ALL,
    ..Kind::DOCUMENT
};
