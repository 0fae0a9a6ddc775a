//! The person at Xero's consent page: opens the address that the program prints, and allows or refuses.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Client;
use uuid::Uuid;

/// What the person will do with the next pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Ticks these organisations and allows.
    Allow(Vec<Uuid>),
    /// Cancels.
    Cancel,
}

/// A person who waits for an address to open.
#[derive(Clone, Debug)]
pub(crate) struct Person(Arc<Mutex<Decision>>);

impl Person {
    /// One who allows an organisation.
    pub(crate) fn of(organisation: Uuid) -> Self {
        Self(Arc::new(Mutex::new(Decision::Allow(vec![organisation]))))
    }

    /// Changes the person's mind.
    pub(crate) fn decide(&self, decision: Decision) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = decision;
    }

    /// The consent page in a line that the program printed, if there is one.
    pub(crate) fn page(line: &str) -> Option<&str> {
        let from = line.find("http://127.0.0.1:")?;
        let address = line[from..].split(['"', ' ']).next()?;
        address
            .contains("/identity/connect/authorize")
            .then_some(address)
    }

    /// Opens a page and does what was decided; the program hears of it at its own address.
    ///
    /// # Errors
    /// A page that does not answer or is no consent page, in words.
    pub(crate) async fn answer(&self, page: &str) -> Result<(), String> {
        let decision = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let client = Client::new();
        let told = |error: reqwest::Error| format!("the consent page: {error}");
        let reply = client.get(page).send().await.map_err(told)?;
        let html = reply.text().await.map_err(told)?;
        let mut form: Vec<(String, String)> = html
            .split("<input type=\"hidden\"")
            .skip(1)
            .filter_map(|field| Some((attribute(field, "name")?, attribute(field, "value")?)))
            .collect();
        match decision {
            Decision::Allow(organisations) => {
                let ticked = organisations.iter().map(Uuid::to_string);
                form.extend(ticked.map(|id| ("tenant".to_owned(), id)));
                form.push(("decision".to_owned(), "allow".to_owned()));
            }
            Decision::Cancel => form.push(("decision".to_owned(), "cancel".to_owned())),
        }
        let action = page.split('?').next().unwrap_or(page);
        // The page at the end of the way is the program's own; what it says is the program's to print.
        client.post(action).form(&form).send().await.map_err(told)?;
        Ok(())
    }
}

fn attribute(field: &str, name: &str) -> Option<String> {
    let (_, rest) = field.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(value.replace("&amp;", "&"))
}
