//! How each line is put together: its account, tax, tracking, text and figures, each problem kept.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::account::account;
use super::arithmetic::{Basis, Model, Priced, canonical_amount, canonical_factor};
use super::basis::Bases;
use super::describe::described;
use super::found::Found;
use super::item;
use super::paper::Paper;
use super::price::{Discounts, Pricing};
use super::rules::{Ruled, Rules};
use super::tax::{Taxes, tax_type};
use super::trace::MadeBy;
use super::tracking;
use crate::check::discount_usable::discount_usable;
use crate::check::tax_amount_plausible::tax_amount_plausible;
use crate::check::text_usable::{Charset, TextAsked, text_usable};
use crate::check::totals_equal::Beside;
use crate::check::{Finding, amount_representable, totals_consistent};
use crate::document::{Account, DocumentKind, Line, TaxRate, Tracking};
use crate::provider::{Capability, Chart, PostingLine, TrackingChoice};
use crate::settings::{Settings, Target, TaxAmounts};

/// What every line of a document is worked out from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    /// The document.
    pub(super) paper: &'a Paper<'a>,
    /// The settings of the connection.
    pub(super) settings: &'a Settings,
    /// What the operator's rules make of it.
    pub(super) rules: &'a Rules<'a>,
    /// The provider's reference data.
    pub(super) chart: &'a Chart,
    /// What the provider can do.
    pub(super) capability: &'a Capability,
    /// How prices are handed over; `None` when that could not be decided.
    pub(super) bases: Option<Bases>,
}

/// The lines as far as they could be worked out.
#[derive(Debug, Default)]
pub(super) struct Made<'a> {
    /// Those without any problem, in order.
    pub(super) postings: Vec<PostingLine>,
    /// Those whose figures could be worked out, for the comparison.
    pub(super) besides: Vec<Beside<'a>>,
}

/// How a line is taxed.
#[derive(Clone, Copy, Debug)]
enum Taxed<'a> {
    /// No tax applies to the document.
    Not,
    /// By this rate.
    At(&'a TaxRate),
}

/// The value of a step of a line, with what made it noted.
fn told<T>(
    found: &mut Found,
    (position, field): (usize, &str),
    made: Option<(T, MadeBy)>,
    shown: impl FnOnce(&T) -> String,
) -> Option<T> {
    let (value, by) = made?;
    found.decided(
        || format!("lines[{position}].{field}"),
        || shown(&value),
        || by,
    );
    Some(value)
}

impl<'a> Lines<'a> {
    /// Works out every line; what is wrong with one does not keep the others from being looked at.
    pub(super) fn make(self, found: &mut Found) -> Made<'a> {
        let mut made = Made::default();
        for (position, line) in self.paper.lines.iter().enumerate() {
            if let Some(posting) = self.line(line, position, found, &mut made.besides) {
                made.postings.push(posting);
            }
        }
        made
    }

    /// How the provider works out the document; `None` when its basis could not be decided.
    pub(super) fn model(self) -> Option<Model> {
        let digits = self.paper.currency.minor_digits();
        Some(Model {
            basis: self.bases?.to,
            digits,
            precision: self.capability.arithmetic.tax,
        })
    }

    fn line(
        self,
        line: &'a Line,
        position: usize,
        found: &mut Found,
        besides: &mut Vec<Beside<'a>>,
    ) -> Option<PostingLine> {
        let account = found.take(self.account(line, position));
        let code = |account: &&Account| account.code.clone().unwrap_or_default();
        let account = told(found, (position, "account_code"), account, code);
        let taxed = self.taxed(line, position, account, found);
        let tracking = self.tracking(line, position, found);
        let text = found.take(self.description(line, position));
        let description = told(found, (position, "description"), text, Clone::clone);
        let item_code = found.take(self.item_code(line, position));
        let item = |code: &Option<String>| code.clone().unwrap_or_default();
        let item_code = told(found, (position, "item_code"), item_code, item);
        let beside = self.figures(line, position, taxed, found);
        if let Some(beside) = &beside {
            self.tell_figures(beside, found);
        }
        besides.extend(beside);
        let beside = beside?;
        let priced = beside.priced;
        let digits = self.paper.currency.minor_digits();
        let discount = Some(priced.discount).filter(|discount| !discount.is_zero());
        Some(PostingLine {
            line: line.id.clone(),
            description: description?,
            quantity: canonical_factor(priced.quantity),
            unit_amount: canonical_factor(priced.unit_amount),
            discount_amount: discount.map(|discount| canonical_amount(discount, digits)),
            account_code: account?.code.clone()?,
            tax_type: match taxed? {
                Taxed::Not => None,
                Taxed::At(rate) => Some(rate.code.clone()),
            },
            tax_amount: beside.tax_sent.map(|tax| canonical_amount(tax, digits)),
            item_code: item_code?,
            tracking: tracking?,
        })
    }

    fn ruled(
        self,
        target: &Target,
        line: &Line,
        position: usize,
    ) -> Result<Option<Ruled>, Box<Finding>> {
        self.rules.apply(target, Some((line, position)))
    }

    fn account(self, line: &Line, position: usize) -> Result<(&'a Account, MadeBy), Box<Finding>> {
        let ruled = self.ruled(&Target::AccountCode, line, position)?;
        let accounts = &self.settings.accounts;
        account(self.paper, line, position, accounts, ruled, self.chart)
    }

    fn item_code(
        self,
        line: &Line,
        position: usize,
    ) -> Result<(Option<String>, MadeBy), Box<Finding>> {
        match self.ruled(&Target::ItemCode, line, position)? {
            Some(ruled) => {
                let code = ruled.value.spelled();
                let remedy = format!("Correct `{}`.", ruled.setting);
                item::usable(&code, &format!("lines[{position}].item_code"), &remedy)?;
                Ok((Some(code), MadeBy::rule(ruled.setting)))
            }
            None => {
                let code = item::item_code(line, position, self.settings.item_codes)?;
                Ok((code, MadeBy::setting("item_codes")))
            }
        }
    }

    fn taxed(
        self,
        line: &Line,
        position: usize,
        account: Option<&Account>,
        found: &mut Found,
    ) -> Option<Taxed<'a>> {
        if self.bases.is_some_and(|bases| bases.to == Basis::NoTax) {
            return Some(Taxed::Not);
        }
        let taxes = Taxes::of(self.paper.side(), self.settings);
        let ruled = found.take(self.ruled(&Target::TaxType, line, position))?;
        let rate = found.take(tax_type(
            line,
            position,
            account,
            taxes,
            ruled.as_ref(),
            self.chart,
        ));
        let code = |rate: &&TaxRate| rate.code.clone();
        told(found, (position, "tax_type"), rate, code).map(Taxed::At)
    }

    fn tracking(
        self,
        line: &Line,
        position: usize,
        found: &mut Found,
    ) -> Option<Vec<TrackingChoice>> {
        if !self.settings.tracking {
            return Some(Vec::new());
        }
        let choices_max = self.capability.tracking_max;
        let mut wanted = Cow::Borrowed(line);
        for (category, target) in self.rules.tracking_targets() {
            if let Some(ruled) = found.take(self.ruled(target, line, position))? {
                found.decided(
                    || format!("lines[{position}].tracking.\"{category}\""),
                    || ruled.value.spelled(),
                    || MadeBy::rule(ruled.setting.clone()),
                );
                let wanted = &mut wanted.to_mut().tracking;
                if wanted.is_empty() {
                    wanted.extend_from_slice(self.paper.tracking);
                }
                wanted.retain(|own| !tracking::same(&own.category, category));
                wanted.push(Tracking {
                    category: category.to_owned(),
                    option: ruled.value.spelled(),
                });
            }
        }
        let is_common = line.tracking.is_empty();
        for own in if is_common {
            self.paper.tracking
        } else {
            &line.tracking
        } {
            if wanted.tracking.is_empty() || wanted.tracking.contains(own) {
                found.decided(
                    || format!("lines[{position}].tracking.\"{}\"", own.category),
                    || own.option.clone(),
                    || match is_common {
                        true => MadeBy::host("tracking"),
                        false => MadeBy::host(format!("lines[{position}].tracking")),
                    },
                );
            }
        }
        found.take_all(tracking::tracking(
            &wanted,
            position,
            self.paper.tracking,
            self.chart,
            self.settings.tracking_options,
            choices_max,
        ))
    }

    fn description(self, line: &Line, position: usize) -> Result<(String, MadeBy), Box<Finding>> {
        let ruled = self.ruled(&Target::Description, line, position)?;
        let field = format!("lines[{position}].description");
        let (text, by) = match (ruled, &self.settings.description) {
            (Some(ruled), _) => (ruled.value.spelled(), Some(MadeBy::rule(ruled.setting))),
            (None, Some(template)) => {
                let text = described(self.paper, line, template)?;
                (text, Some(MadeBy::setting("description")))
            }
            (None, None) => (line.description.clone(), None),
        };
        let asked = TextAsked {
            field: &field,
            word: "description",
            chars_max: self.capability.description_chars_max,
            charset: Charset::Text,
            remedy: "Correct the description in the host; texts are not cut.",
        };
        text_usable(&text, asked)?;
        Ok((text, by.unwrap_or_else(|| MadeBy::host(field))))
    }

    /// What made the figures of a line.
    fn tell_figures(self, beside: &Beside<'_>, found: &mut Found) {
        let (position, priced, line) = (beside.position, beside.priced, beside.line);
        let figures = [
            ("quantity", "quantity", priced.quantity, line.quantity),
            (
                "unit_amount",
                "unit_price",
                priced.unit_amount,
                line.unit_price,
            ),
            (
                "discount_amount",
                "discount",
                priced.discount,
                line.discount.unwrap_or_default(),
            ),
        ];
        for (field, own, value, held) in figures {
            if field == "discount_amount" && value.is_zero() && held.is_zero() {
                continue;
            }
            found.decided(
                || format!("lines[{position}].{field}"),
                || canonical_factor(value).to_string(),
                || match value == held {
                    true => MadeBy::host(format!("lines[{position}].{own}")),
                    false => MadeBy::worked_out(format!(
                        "worked out from the host's `lines[{position}].{own}` of {held}, to the places that the provider keeps"
                    )),
                },
            );
        }
        if let Some(tax) = beside.tax_sent {
            found.decided(
                || format!("lines[{position}].tax_amount"),
                || tax.to_string(),
                || MadeBy::setting_for("tax_amounts", format!("lines[{position}].tax_amount")),
            );
        }
    }

    /// The line's figures as they are handed over, beside the host's.
    fn figures(
        self,
        line: &'a Line,
        position: usize,
        taxed: Option<Taxed<'a>>,
        found: &mut Found,
    ) -> Option<Beside<'a>> {
        let digits = self.paper.currency.minor_digits();
        let misfits = amount_representable::line(line, position, digits);
        if !misfits.is_empty() {
            found.extend(misfits);
            return None;
        }
        let bases = self.bases?;
        let rate = match taxed {
            Some(Taxed::At(rate)) => Some(rate.rate),
            Some(Taxed::Not) => Some(Decimal::ZERO),
            None => None,
        };
        // Without a tax type the host's own rate serves for the comparison of amounts.
        let rate_of_price = rate
            .or(line.tax_rate)
            .or((bases.from == bases.to).then_some(Decimal::ZERO))?;
        let pricing = Pricing {
            bases,
            arithmetic: self.capability.arithmetic,
            digits,
            discounts: match self.paper.kind {
                DocumentKind::Invoice => Discounts::Kept,
                DocumentKind::CreditNote | DocumentKind::Bill | DocumentKind::PurchaseOrder => {
                    Discounts::InPrice
                }
            },
        };
        let priced = pricing
            .of(line, rate_of_price)
            .filter(|priced| priced.amount(digits).is_some());
        let Some(priced) = priced else {
            let figures = totals_consistent::product(
                line.quantity,
                line.unit_price,
                line.discount.unwrap_or_default(),
            );
            found.extend([amount_representable::product_too_long(position, &figures)]);
            return None;
        };
        found.extend(discount_usable(&priced, position, digits));
        let tax_sent = self.tax_sent(line, position, taxed, priced, found);
        Some(Beside {
            position,
            line,
            priced,
            rate,
            tax_sent,
        })
    }

    /// The host's tax, where the provider would come to another and the settings say that the host's stands.
    fn tax_sent(
        self,
        line: &Line,
        position: usize,
        taxed: Option<Taxed<'a>>,
        priced: Priced,
        found: &mut Found,
    ) -> Option<Decimal> {
        let Some(Taxed::At(rate)) = taxed else {
            return None;
        };
        let model = self.model()?;
        let digits = model.digits;
        let tax = model.tax(priced.amount(digits)?.rounded, rate.rate)?;
        // A line of a purchase order has no room for a tax of the host's own.
        if tax.rounded == line.tax_amount || self.paper.kind == DocumentKind::PurchaseOrder {
            return None;
        }
        match self.settings.tax_amounts {
            TaxAmounts::Provider => None,
            TaxAmounts::Host => {
                // Of the host's own amount: where the provider's differs, that is another finding.
                let worked_out = model.tax(model.basis.amount_of(line)?, rate.rate)?;
                found.extend(tax_amount_plausible(
                    line,
                    position,
                    rate,
                    worked_out.rounded,
                    digits,
                ));
                Some(line.tax_amount)
            }
        }
    }
}
