//! Kinds about what a document comes to.

use super::kind::{host, provider, settings};
use super::{Act, Kind, Then, Who};

pub(super) const TOTALS_INCONSISTENT: Kind = Kind {
    name: "totals_inconsistent",
    title: "the host's own figures contradict each other",
    meaning: "Quantity times price is not the line's amount, or the lines do not come to the document's totals. While a \
              document contradicts itself, nobody can say what it should come to.",
    causes: &[
        "The host rounds a price for show and calculates with another one.",
        "A line was changed and the totals were not worked out again.",
    ],
    who: &[Who::HostUser],
    mends: &[host(
        "Correct the figures that the finding shows, line by line.",
    )],
    acts: &[Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const TOTALS_WOULD_DIFFER: Kind = Kind {
    name: "totals_would_differ",
    title: "the accounting system comes to another amount",
    meaning: "Worked out the accounting system's way, a line or a total is not the host's, and the finding shows the \
              arithmetic. Before it is sent, the document is held; if the accounting system itself came to another total, \
              it is shown.",
    causes: &[
        "The tax of a line is not its rate of its amount, to the cent.",
        "The host rounds the document as a whole, the accounting system each line.",
        "A unit price has more decimal places than the accounting system keeps.",
        "`line_amounts = \"no_tax\"` and the document has tax.",
    ],
    who: &[Who::HostUser, Who::Operator, Who::Bookkeeper],
    mends: &[
        host("Correct the quantity, the price or the tax of the lines shown."),
        settings(
            "Send the host's tax (`tax_amounts = \"host\"`), or let a line of its own even out a few cents \
             (`rounding.line`).",
            &["tax_amounts", "rounding", "line_amounts"],
        ),
        provider(
            "Correct the document that came out different.",
            Then::ChangeSeen,
        ),
    ],
    acts: &[Act::Retry, Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const AMOUNT_NOT_REPRESENTABLE: Kind = Kind {
    name: "amount_not_representable",
    title: "a figure does not fit",
    meaning: "An amount has more decimal places than its currency, a figure is too large, or a discount is negative or \
              larger than its line. Figures are never rounded on the way.",
    causes: &[
        "The host hands over amounts that it did not round.",
        "A discount stands in the document as a negative amount.",
    ],
    who: &[Who::HostUser],
    mends: &[host("Round the amount in the host, or correct the figure.")],
    acts: &[Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const TOTAL_NEGATIVE: Kind = Kind {
    name: "total_negative",
    title: "the total is below zero",
    meaning: "A document asks for money or promises it; one that gives money back is a document of another kind.",
    causes: &[
        "Negative lines come to more than the positive ones.",
        "A credit note was handed over with negative amounts: they are positive, since they are what is given back.",
    ],
    who: &[Who::HostUser],
    mends: &[host(
        "Make it a credit note with positive amounts, or correct its lines.",
    )],
    acts: &[Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};
