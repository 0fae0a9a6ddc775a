//! The bodies that the adapter would send, made beforehand by its own mapping.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use tieout_core::clock::SystemClock;
use tieout_core::document::{Document, DocumentKind, HostId, ProviderContactId};
use tieout_core::mapping;
use tieout_core::provider::{AccountingProvider, Chart, ContactAnswer, ContactWanted};
use tieout_core::settings::Settings;
use tieout_core::transport::{Transport, TransportError};
use tieout_xero::adapter::XeroProvider;
use tieout_xero::capability::CAPABILITY;
use tieout_xero::config::HttpConfig;
use tieout_xero::http::ReqwestTransport;
use tieout_xero::map;
use tieout_xero::wire::Resource;
use tieout_xero::wire::document_request::{DocumentToWrite, DocumentsToWrite};
use url::Url;
use uuid::Uuid;

use crate::control::Control;
use crate::failure::Failure;
use crate::invoices::Invented;
use crate::scene::{HOST, settings};

/// Makes the bodies of the first `count` invoices, as many in each as the adapter puts into one.
///
/// Contacts that the organisation lacks are made on the way.
///
/// # Errors
/// When the sandbox does not answer, or an invoice cannot be written.
pub async fn bodies(
    control: &Control,
    organisation: Uuid,
    invoices: Invented,
    count: u64,
) -> Result<Vec<Bytes>, Failure> {
    let provider = provider(control, organisation).await?;
    let desk = Desk {
        settings: settings()?,
        chart: provider.chart().await?,
        host: HostId::new(HOST)?,
    };
    let contacts = desk.contacts(&provider, invoices, count).await?;
    let per_body = CAPABILITY.batch_documents_max as u64;
    (0..count)
        .step_by(CAPABILITY.batch_documents_max)
        .map(|first| desk.body(invoices, first..count.min(first + per_body), &contacts))
        .collect()
}

/// What the mapping looks at.
struct Desk {
    settings: Settings,
    chart: Chart,
    host: HostId,
}

impl Desk {
    /// Who each wanted contact is.
    async fn contacts(
        &self,
        provider: &XeroProvider,
        invoices: Invented,
        count: u64,
    ) -> Result<HashMap<String, ProviderContactId>, Failure> {
        let mut wanted = BTreeMap::new();
        for position in 0..count {
            let contact = self.wanted(&invoices.document(position))?;
            wanted.entry(contact.key()).or_insert(contact);
        }
        let (keys, wanted): (Vec<String>, Vec<ContactWanted>) = wanted.into_iter().unzip();
        let answers = provider.resolve_contacts(&wanted).await?;
        keys.into_iter()
            .zip(answers)
            .map(|(key, answer)| match answer {
                ContactAnswer::Found { id, .. } => Ok((key, id)),
                other => Err(Failure::new(format!(
                    "the contact {key} was not found: {other:?}"
                ))),
            })
            .collect()
    }

    fn wanted(&self, document: &Document) -> Result<ContactWanted, Failure> {
        mapping::contact_wanted(&self.host, document, &self.settings)
            .map_err(|findings| held(&findings))
    }

    fn body(
        &self,
        invoices: Invented,
        positions: std::ops::Range<u64>,
        contacts: &HashMap<String, ProviderContactId>,
    ) -> Result<Bytes, Failure> {
        let content = |position| {
            let document = invoices.document(position);
            let contact = contacts
                .get(&self.wanted(&document)?.key())
                .ok_or_else(|| Failure::new("a contact was not asked for"))?;
            let posting =
                mapping::posting(&document, &self.settings, &self.chart, &CAPABILITY, contact)
                    .map_err(|findings| held(&findings))?;
            let content = map::content(&posting, None)?;
            Ok(DocumentToWrite::Content(Box::new(content)))
        };
        let documents = positions.map(content).collect::<Result<_, Failure>>()?;
        Ok(Bytes::from(serde_json::to_vec(&DocumentsToWrite {
            resource: Resource::of(DocumentKind::Invoice),
            documents,
        })?))
    }
}

fn held(findings: &[tieout_core::check::Finding]) -> Failure {
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    Failure::new(format!(
        "an invented invoice would be held: {}",
        findings.join("; ")
    ))
}

async fn provider(control: &Control, organisation: Uuid) -> Result<XeroProvider, Failure> {
    let signed = Signed {
        inner: ReqwestTransport::new(&HttpConfig::default())?,
        bearer: HeaderValue::try_from(format!("Bearer {}", control.token(organisation).await?))?,
        organisation: HeaderValue::try_from(organisation.to_string())?,
    };
    let base = Url::parse(&format!("{}/api.xro/2.0/", control.base()))?;
    Ok(XeroProvider::new(
        Arc::new(signed),
        Arc::new(SystemClock),
        base,
        organisation.to_string(),
    ))
}

/// Signs every call with one token.
struct Signed {
    inner: ReqwestTransport,
    bearer: HeaderValue,
    organisation: HeaderValue,
}

#[async_trait]
impl Transport for Signed {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        request
            .headers_mut()
            .insert(header::AUTHORIZATION, self.bearer.clone());
        request
            .headers_mut()
            .insert("xero-tenant-id", self.organisation.clone());
        self.inner.send(request).await
    }
}
