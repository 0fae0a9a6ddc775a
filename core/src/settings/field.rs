//! The fields of a document and of its lines that templates and rules may name, and what each holds.

/// A field that a template or a rule may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Of the document: the same for every line.
    Document(DocumentField),
    /// Of a line.
    Line(LineField),
}

/// A field of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentField {
    /// The host's number.
    Number,
    /// What it is: `invoice`, `credit_note`, `bill` or `purchase_order`.
    Kind,
    /// The accounting date.
    IssueDate,
    /// When it falls due, on the host's word.
    DueDate,
    /// When delivery is expected.
    DeliveryDate,
    /// The three letters of its currency.
    Currency,
    /// The part of the business.
    BusinessDivision,
    /// The batch that released it.
    BatchId,
    /// Who is billed, or who supplies.
    PartyName,
    /// The host's identifier of the company billed, or of the supplier.
    PartyId,
    /// The person to whose attention it goes.
    Attention,
    /// The insurer's or scheme's number.
    ClaimNumber,
    /// The person served.
    ClientName,
    /// The cases, separated by commas.
    CaseNumbers,
    /// The customer's order.
    PurchaseOrderNumber,
    /// The participant of a funding scheme.
    ParticipantNumber,
    /// The participant's plan.
    PlanId,
    /// Free text.
    Notes,
    /// The total without tax.
    TotalNet,
    /// The tax.
    TotalTax,
    /// The total with tax.
    TotalGross,
}

/// A field of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineField {
    /// What was done, sold or ordered.
    Description,
    /// The day of the service.
    ServiceDate,
    /// Its last day.
    ServiceEndDate,
    /// How many.
    Quantity,
    /// The price of one.
    UnitPrice,
    /// Without tax.
    NetAmount,
    /// The tax.
    TaxAmount,
    /// The host's tax code.
    TaxCode,
    /// The rate as a fraction.
    TaxRate,
    /// The host's charge; on purchase orders the article.
    ChargeCode,
    /// The contract of the service.
    ServiceContract,
    /// The provider's item, as the host names it.
    ItemCode,
    /// The account, as the host names it.
    AccountCode,
    /// The case.
    CaseNumber,
    /// Who did the work.
    Worker,
    /// The funding scheme.
    FundingScheme,
    /// The plan under the scheme.
    FundingPlanId,
    /// The item of the scheme's price list.
    SupportItem,
    /// The kind of claim.
    ClaimType,
    /// Who manages the plan.
    PlanManagement,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A text.
    Text,
    /// A civil date.
    Date,
    /// An exact figure.
    Decimal,
}

/// Which fields may be named at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those of the document.
    Document,
    /// Those of a line, and those of its document.
    Line,
}

impl Reach {
    /// Every field in reach, with its name and what it holds.
    pub fn fields(self) -> impl Iterator<Item = (&'static str, Holds, Field)> {
        FIELDS
            .iter()
            .copied()
            .filter(move |(_, _, field)| match (self, field) {
                (Self::Line, _) | (Self::Document, Field::Document(_)) => true,
                (Self::Document, Field::Line(_)) => false,
            })
    }

    /// The field of a name in reach, and what it holds.
    #[must_use]
    pub fn field(self, name: &str) -> Option<(Holds, Field)> {
        self.fields()
            .find(|(known, _, _)| *known == name)
            .map(|(_, holds, field)| (holds, field))
    }

    /// The names of all fields in reach.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.fields().map(|(name, _, _)| name)
    }
}

impl Field {
    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        FIELDS
            .iter()
            .find(|(_, _, field)| *field == self)
            .map_or("", |(name, _, _)| name)
    }
}

const fn document(
    name: &'static str,
    holds: Holds,
    field: DocumentField,
) -> (&'static str, Holds, Field) {
    (name, holds, Field::Document(field))
}

const fn line(name: &'static str, holds: Holds, field: LineField) -> (&'static str, Holds, Field) {
    (name, holds, Field::Line(field))
}

/// Every field by its name.
static FIELDS: [(&str, Holds, Field); 41] = [
    document("number", Holds::Text, DocumentField::Number),
    document("kind", Holds::Text, DocumentField::Kind),
    document("issue_date", Holds::Date, DocumentField::IssueDate),
    document("due_date", Holds::Date, DocumentField::DueDate),
    document("delivery_date", Holds::Date, DocumentField::DeliveryDate),
    document("currency", Holds::Text, DocumentField::Currency),
    document(
        "business_division",
        Holds::Text,
        DocumentField::BusinessDivision,
    ),
    document("batch_id", Holds::Text, DocumentField::BatchId),
    document("party_name", Holds::Text, DocumentField::PartyName),
    document("party_id", Holds::Text, DocumentField::PartyId),
    document("attention", Holds::Text, DocumentField::Attention),
    document("claim_number", Holds::Text, DocumentField::ClaimNumber),
    document("client_name", Holds::Text, DocumentField::ClientName),
    document("case_numbers", Holds::Text, DocumentField::CaseNumbers),
    document(
        "purchase_order_number",
        Holds::Text,
        DocumentField::PurchaseOrderNumber,
    ),
    document(
        "participant_number",
        Holds::Text,
        DocumentField::ParticipantNumber,
    ),
    document("plan_id", Holds::Text, DocumentField::PlanId),
    document("notes", Holds::Text, DocumentField::Notes),
    document("total_net", Holds::Decimal, DocumentField::TotalNet),
    document("total_tax", Holds::Decimal, DocumentField::TotalTax),
    document("total_gross", Holds::Decimal, DocumentField::TotalGross),
    line("description", Holds::Text, LineField::Description),
    line("service_date", Holds::Date, LineField::ServiceDate),
    line("service_end_date", Holds::Date, LineField::ServiceEndDate),
    line("quantity", Holds::Decimal, LineField::Quantity),
    line("unit_price", Holds::Decimal, LineField::UnitPrice),
    line("net_amount", Holds::Decimal, LineField::NetAmount),
    line("tax_amount", Holds::Decimal, LineField::TaxAmount),
    line("tax_code", Holds::Text, LineField::TaxCode),
    line("tax_rate", Holds::Decimal, LineField::TaxRate),
    line("charge_code", Holds::Text, LineField::ChargeCode),
    line("service_contract", Holds::Text, LineField::ServiceContract),
    line("item_code", Holds::Text, LineField::ItemCode),
    line("account_code", Holds::Text, LineField::AccountCode),
    line("case_number", Holds::Text, LineField::CaseNumber),
    line("worker", Holds::Text, LineField::Worker),
    line("funding_scheme", Holds::Text, LineField::FundingScheme),
    line("funding_plan_id", Holds::Text, LineField::FundingPlanId),
    line("support_item", Holds::Text, LineField::SupportItem),
    line("claim_type", Holds::Text, LineField::ClaimType),
    line("plan_management", Holds::Text, LineField::PlanManagement),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_one_field_and_back() {
        for (name, holds, field) in Reach::Line.fields() {
            assert_eq!(Reach::Line.field(name), Some((holds, field)), "{name}");
            assert_eq!(field.name(), name);
        }
        assert_eq!(Reach::Document.field("charge_code"), None);
    }
}
