//! A browser that opens a consent page, chooses one organisation and allows access, as a person would.

use reqwest::redirect::Policy;
use url::Url;
use uuid::Uuid;

/// Opens the page, sends its form with "allow", and follows the way back.
///
/// Whatever goes wrong shows where the answer is waited for: nobody allowed access in time.
pub(super) async fn allow(page: Url, tenant: Uuid) {
    if let Err(error) = answer(&page, tenant).await {
        tracing::error!(error = %error, "the consent page could not be answered");
    }
}

async fn answer(page: &Url, tenant: Uuid) -> Result<(), reqwest::Error> {
    let client = reqwest::Client::builder()
        .redirect(Policy::limited(3))
        .build()?;
    let html = client
        .get(page.clone())
        .send()
        .await?
        .error_for_status()?
        .text()
        .await?;
    let mut form = hidden_fields(&html);
    form.push(("tenant".to_owned(), tenant.to_string()));
    form.push(("decision".to_owned(), "allow".to_owned()));
    let mut action = page.clone();
    action.set_query(None);
    client
        .post(action)
        .form(&form)
        .send()
        .await?
        .error_for_status()?;
    Ok(())
}

/// The hidden fields of the page's form.
fn hidden_fields(html: &str) -> Vec<(String, String)> {
    html.split("<input type=\"hidden\"")
        .skip(1)
        .filter_map(|field| {
            let field = field.split('>').next()?;
            Some((attribute(field, "name")?, attribute(field, "value")?))
        })
        .collect()
}

fn attribute(field: &str, name: &str) -> Option<String> {
    let (_, rest) = field.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_fields_are_read_with_their_entities() {
        let html =
            r#"<form><input type="hidden" name="scope" value="a&amp;b"><input name="x"></form>"#;
        assert_eq!(
            hidden_fields(html),
            [("scope".to_owned(), "a&b".to_owned())]
        );
    }
}
