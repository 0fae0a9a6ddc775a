//! Which settings a page has, with what each means: the words of people who keep books, not those of the file.

use super::{Field, Kind, Use};

/// The parts of the form, in their order, each with what it is about.
pub(crate) const SECTIONS: [(&str, &str); 8] = [
    (
        "What travels",
        "Which documents are sent at all, and from when on.",
    ),
    ("Documents", "How a document looks in Xero."),
    (
        "Contacts",
        "Who is billed, and who is made in Xero where nobody of the name is there.",
    ),
    (
        "Accounts",
        "To which accounts lines go. The first that fits: charge code, the document's own if trusted, service \
                  contract, division, then the account for sales.",
    ),
    (
        "Tax",
        "Which tax type of Xero stands for which code or rate of the product.",
    ),
    ("Tracking", "Whether lines carry tracking categories."),
    (
        "Amounts",
        "What happens where Xero would come to other amounts.",
    ),
    (
        "Payments and papers",
        "What comes back, and what goes out beside documents.",
    ),
];

const STATUS: &[(&str, &str)] = &[
    ("draft", "A draft that somebody approves"),
    ("submitted", "Waiting for approval"),
    ("authorised", "Approved: in the ledger, and can be paid"),
];

macro_rules! fields {
    ($( $section:literal { $( $key:literal $label:literal $help:literal $kind:expr; )+ } )+) => {
        &[ $( $( Field { section: $section, key: $key, label: $label, help: $help, kind: $kind }, )+ )+ ]
    };
}

/// The settings that a page has.
pub(crate) const FIELDS: &[Field] = fields! {
    "What travels" {
        "method" "Method" "Tracked sends purchase orders to suppliers too." Kind::Choice(&[
            ("untracked", "Untracked: invoices only"), ("tracked", "Tracked: purchase orders and invoices")]);
        "credit_notes" "Credit notes" "Credit notes to customers are sent." Kind::Switch;
        "bills" "Bills" "Suppliers' bills are sent." Kind::Switch;
        "sync_from" "From this day on" "Documents dated before it are skipped, visibly. It may be in the future." Kind::Day;
        "existing" "Documents that are in Xero already" "From an earlier connector, or entered by hand." Kind::Choice(&[
            ("on_collision", "Recognise them when Xero refuses their number"),
            ("look_first", "Look for each before it is created: some calls more")]);
        "moves" "Posted here, and routed elsewhere since" "" Kind::Choice(&[
            ("stay", "It stays, with a finding"), ("void_and_create", "Void it here, then create it there")]);
    }
    "Documents" {
        "invoice_status" "Invoices are created as" "" Kind::Choice(STATUS);
        "credit_note_status" "Credit notes are created as" "" Kind::Choice(STATUS);
        "bill_status" "Bills are created as" "" Kind::Choice(STATUS);
        "purchase_order_status" "Purchase orders are created as" "" Kind::Choice(STATUS);
        "reference" "Reference of invoices" "A template takes fields in braces; what stands in brackets falls away without a \
            value: {claim_number}[ / {client_name}]" Kind::Reference;
        "purchase_order_reference" "Reference of purchase orders" "The same." Kind::Reference;
        "number_prefix" "Before the number" "Stands before the product's number. Bills keep their supplier's." Kind::Text;
        "description" "Text of a line" "A template such as {description}[ on {service_date}]; empty for the product's own." Kind::Text;
        "branding_theme" "Branding theme" "Of invoices, credit notes and purchase orders." Kind::Theme;
        "line_amounts" "Prices are handed over" "" Kind::Choice(&[("as_document", "As the document has them"),
            ("tax_exclusive", "Without tax"), ("tax_inclusive", "With tax"), ("no_tax", "No tax at all")]);
        "tax_amounts" "Tax amounts" "" Kind::Choice(&[("host", "The product's, to the cent"),
            ("provider", "Xero works them out; a document that would differ is held")]);
        "item_codes" "Items of lines" "" Kind::Choice(&[("document", "As the product names them"),
            ("charge_code", "The charge code"), ("none", "None")]);
        "terms" "Payment terms" "Days for invoices without a due date; empty for none." Kind::Terms;
        "bill_terms" "Payment terms of bills" "The same for bills." Kind::Terms;
    }
    "Contacts" {
        "contacts.population" "Details of a new contact" "" Kind::Choice(&[
            ("none", "None: match on the name, leave Xero's contact as it is"),
            ("bill_to", "Those of the person billed"), ("company", "Those of the company")]);
        "contacts.create_missing" "Make customers" "Makes a customer that nobody matches; otherwise its documents are held." Kind::Switch;
        "contacts.create_missing_suppliers" "Make suppliers" "The same for suppliers." Kind::Switch;
        "contacts.always" "One contact for everything" "By its exact name in Xero, for every invoice and credit note; empty for \
            each document's own." Kind::Text;
        "contacts.always_supplier" "One supplier for everything" "The same for purchase orders and bills." Kind::Text;
    }
    "Accounts" {
        "accounts.sales" "Sales" "For lines of invoices and credit notes that nothing else decides." Kind::Account(Use::Sales);
        "accounts.cost_of_goods_sold" "Cost of goods sold" "For lines of purchase orders and bills." Kind::Account(Use::Costs);
        "accounts.inventory" "Inventory" "The same, for what is kept in stock." Kind::Account(Use::Stock);
        "accounts.purchase_role" "Purchases are" "" Kind::Choice(&[
            ("cost_of_goods_sold", "Sold on at once: cost of goods sold"), ("inventory", "Kept in stock: inventory")]);
        "accounts.trust_document" "Trust the document" "An account in the document comes before the one for sales." Kind::Switch;
        "accounts.any_class" "Any class of account" "Sales may go to other accounts than revenue, purchases to revenue." Kind::Switch;
        "accounts.by_charge_code" "By charge code" "" Kind::Accounts("Charge code");
        "accounts.by_service_contract" "By service contract" "" Kind::Accounts("Service contract");
        "accounts.by_division" "By division" "" Kind::Accounts("Division");
    }
    "Tax" {
        "tax_codes" "Sales, by code" "For lines without a code, write two quotes: \"\"" Kind::Taxes("Code of the product", Use::Sales);
        "tax_rates" "Sales, by rate" "Lines that have a rate and no code, such as 0.10" Kind::Taxes("Rate", Use::Sales);
        "purchase_tax_codes" "Purchases, by code" "" Kind::Taxes("Code of the product", Use::Costs);
        "purchase_tax_rates" "Purchases, by rate" "" Kind::Taxes("Rate", Use::Costs);
    }
    "Tracking" {
        "tracking" "Tracking categories" "Lines carry them." Kind::Switch;
        "tracking_options" "An option that a category lacks" "" Kind::Choice(&[
            ("must_exist", "Hold the document until somebody adds it"), ("create", "Add it")]);
    }
    "Amounts" {
        "rounding" "Amounts that would differ" "A line evens out lines that differ by so many cents in all; what is more is held." Kind::Rounding;
    }
    "Payments and papers" {
        "payments" "Payments come back" "What is paid in Xero is told to the product." Kind::Switch;
        "payments_ahead_days_max" "Payments dated ahead" "Those dated more days ahead wait for their day; empty tells all at once." Kind::Number;
        "host_payments.account" "Payments made in the product" "The account in which they are made in Xero; empty makes none. It \
            concerns documents that were sent before too." Kind::PaymentAccount;
        "attachments" "The product's files" "" Kind::Choice(&[("off", "Stay there"),
            ("books", "Go onto the documents, for the bookkeepers"), ("customer", "Go onto the documents, for the customer too")]);
        "history_notes" "Note in the history" "A template such as Sent from case {case_numbers}; empty writes none. Notes stay for ever." Kind::Text;
    }
};

#[cfg(test)]
mod tests {
    use tieout_core::settings::Settings;

    use super::super::{Entered, look, tree};
    use super::*;

    #[test]
    fn every_field_is_a_setting_and_stands_in_a_section() {
        let known = tree(&Settings::default());
        // Left out of the tree while they are none.
        let absent = [
            "host_payments.account",
            "payments_ahead_days_max",
            "attachments",
            "history_notes",
        ];
        for field in FIELDS {
            assert!(
                SECTIONS.iter().any(|(name, _)| *name == field.section),
                "{}",
                field.key
            );
            let parent = field
                .key
                .rsplit_once('.')
                .map_or(&known, |(parent, _)| look(&known, parent));
            let last = field.key.rsplit('.').next().unwrap();
            assert!(
                parent.get(last).is_some() || absent.contains(&field.key),
                "{}",
                field.key
            );
        }
    }

    #[test]
    fn a_row_without_its_other_half_and_a_code_that_stands_twice_are_refused() {
        let field = FIELDS
            .iter()
            .find(|field| field.key == "tax_codes")
            .unwrap();
        let form = |rows: &[(&str, &str)]| {
            let pairs = rows
                .iter()
                .flat_map(|(key, value)| [("tax_codes.key", key), ("tax_codes.value", value)]);
            Entered(
                pairs
                    .map(|(name, value)| (name.to_owned(), (*value).to_owned()))
                    .collect(),
            )
        };
        let current = tree(&Settings::default());
        let read = |rows: &[(&str, &str)]| field.read(&form(rows), &current);
        let told = read(&[("GST", "OUTPUT"), ("\"\"", "EXEMPTOUTPUT"), ("", "")]).unwrap();
        assert_eq!(
            told,
            Some(serde_json::json!({ "GST": "OUTPUT", "": "EXEMPTOUTPUT" }))
        );
        assert!(read(&[("GST", "")]).unwrap_err().words.contains("`GST`"));
        assert!(
            read(&[("GST", "A"), ("GST", "B")])
                .unwrap_err()
                .words
                .contains("twice")
        );
    }
}
