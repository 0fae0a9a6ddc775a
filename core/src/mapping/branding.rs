//! Which branding theme a document is printed with: the one that the settings name, by name or identifier.

use super::name::filled;
use crate::check::{Finding, Rule, near, show};
use crate::document::DocumentKind;
use crate::provider::Chart;
use crate::settings::Settings;

/// The identifier of the theme; `None` for the organisation's own. Bills are not printed.
pub(super) fn branding_theme(
    kind: DocumentKind,
    settings: &Settings,
    chart: &Chart,
) -> Result<Option<String>, Box<Finding>> {
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::PurchaseOrder => {
            found(settings.branding_theme.as_deref(), "branding_theme", chart)
        }
        DocumentKind::Bill => Ok(None),
    }
}

/// The identifier of a theme that stands at `field`. A chart without themes knows none of them: the text is
/// then taken for the identifier that it must be.
pub(super) fn found(
    wanted: Option<&str>,
    field: &str,
    chart: &Chart,
) -> Result<Option<String>, Box<Finding>> {
    let Some(wanted) = filled(wanted) else {
        return Ok(None);
    };
    let Some(themes) = &chart.branding_themes else {
        return Ok(Some(wanted.to_owned()));
    };
    let theme = themes
        .iter()
        .find(|theme| theme.id == wanted)
        .or_else(|| themes.iter().find(|theme| theme.name.trim() == wanted));
    match theme {
        Some(theme) => Ok(Some(theme.id.clone())),
        None => {
            let names = || themes.iter().map(|theme| (theme.name.as_str(), ""));
            let mut candidates = near::near(wanted, names());
            if candidates.is_empty() {
                candidates = near::some(names());
            }
            let shown = show::shortened(wanted);
            let finding = Finding::new(
                Rule::TextUnusable,
                format!(
                    "`{}` has no branding theme `{shown}`",
                    chart.organisation.name
                ),
                format!(
                    "Name a branding theme of the accounting system under `{field}`, or leave it out."
                ),
            );
            Err(Box::new(
                finding
                    .at(field, shown)
                    .mended_in(field)
                    .with_detail(candidates),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::chart;
    use crate::provider::BrandingTheme;

    #[test]
    fn a_theme_is_found_by_name_or_identifier_and_never_guessed() {
        let mut chart = chart();
        let by = |chart: &Chart, wanted: &str| found(Some(wanted), "branding_theme", chart);
        assert_eq!(by(&chart, "id-9").unwrap().unwrap(), "id-9");
        assert_eq!(by(&chart, " ").unwrap(), None);
        chart.branding_themes = Some(vec![BrandingTheme {
            id: "id-1".to_owned(),
            name: "Standard".to_owned(),
        }]);
        assert_eq!(by(&chart, "Standard").unwrap().unwrap(), "id-1");
        assert_eq!(by(&chart, "id-1").unwrap().unwrap(), "id-1");
        let missing = by(&chart, "standart").unwrap_err();
        assert_eq!(
            missing.message,
            "`Demo Company` has no branding theme `standart`"
        );
        assert_eq!(missing.detail, ["`Standard`"]);
    }
}
