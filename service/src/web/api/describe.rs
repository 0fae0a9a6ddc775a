//! The description of the API in OpenAPI 3.1, made of the endpoints themselves.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::access::TOKEN_HEADER;
use super::endpoint::Endpoint;
use super::problem::{MEDIA_TYPE, ProblemBody, Sort};

/// The version of the API. What is added does not change it.
const VERSION: &str = "1.0.0";

const ABOUT: &str = "\
Everything that tieout knows and does, for programs. Amounts are decimal strings, times are RFC 3339 in UTC, dates are \
`YYYY-MM-DD`. Unknown fields of replies are to be ignored: further ones may come. Lists come page by page: `next` of a page is \
sent as `after`, and the header `Link` has the whole address. A refusal is `application/problem+json` (RFC 9457) with a `type` \
that stays, and a `remedy`. A write that carries an `Idempotency-Key` is done once: within a day a repeat gets the reply of the \
first, with the header `Idempotency-Replayed`. The journal names the key as the one who did it.";

/// The description.
pub(super) fn describe(endpoints: &[Endpoint]) -> Value {
    let mut generator = settings().into_generator();
    let mut paths = Map::new();
    for endpoint in endpoints {
        let path = paths
            .entry(endpoint.path)
            .or_insert_with(|| Value::Object(Map::new()));
        path[endpoint.method.as_str().to_lowercase()] = operation(&mut generator, endpoint);
    }
    let problem = generator.subschema_for::<ProblemBody>();
    let problems: Map<String, Value> = Sort::ALL
        .iter()
        .map(|sort| (response_name(*sort), refusal(*sort, &json!(problem))))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "tieout",
            "version": VERSION,
            "summary": "Keeps the books of your product and of the accounting system in agreement.",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "this server"}],
        "security": [{"key": []}, {"session": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description":
                    "An API key, which an administrator makes with `tieout key add NAME --scope read`."},
                "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": format!(
                    "The session of the dashboard. A write needs the token of the page in `{TOKEN_HEADER}` too.")},
            },
            "responses": problems,
            "schemas": generator.take_definitions(true),
        },
    })
}

fn settings() -> SchemaSettings {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    settings
}

fn operation(generator: &mut SchemaGenerator, endpoint: &Endpoint) -> Value {
    let mut inline = settings();
    inline.inline_subschemas = true;
    let mut inline = inline.into_generator();
    let mut parameters = Vec::new();
    for (form, place) in [
        (endpoint.forms.path, "path"),
        (endpoint.forms.query, "query"),
    ] {
        parameters.extend(fields(&json!(form(&mut inline)), place));
    }
    parameters.extend(headers(endpoint));
    let mut operation = json!({
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": format!("Needs the scope `{}`.", endpoint.scope.word()),
        "tags": [tag(endpoint.path)],
        "parameters": parameters,
        "responses": responses(generator, endpoint),
        "x-scope": endpoint.scope.word(),
    });
    let body = json!((endpoint.forms.body)(&mut inline));
    if body.get("properties").is_some() {
        let is_needed = body.get("required").is_some();
        let schema = json!((endpoint.forms.body)(generator));
        operation["requestBody"] =
            json!({"required": is_needed, "content": {"application/json": {"schema": schema}}});
    }
    operation
}

/// The fields of a form as parameters.
fn fields(form: &Value, place: &str) -> Vec<Value> {
    let required = form["required"].as_array().cloned().unwrap_or_default();
    let properties = form["properties"].as_object().cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let fields = schema.as_object_mut();
        let about = fields.and_then(|fields| fields.remove("description"));
        // In an address nothing is null: what is not meant is left out.
        without_null(&mut schema);
        json!({
            "name": name,
            "in": place,
            "required": required.iter().any(|it| *it == name.as_str()),
            "description": about.unwrap_or(json!("")),
            "schema": schema,
        })
    };
    properties.into_iter().map(parameter).collect()
}

fn without_null(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|it| it != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            fields.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(either)) = fields.get_mut("anyOf") {
        either.retain(|it| it["type"] != "null");
        if let [only] = either.as_slice() {
            let only = only.clone();
            fields.remove("anyOf");
            if let Value::Object(only) = only {
                fields.extend(only);
            }
        }
    }
    if fields.get("default").is_some_and(Value::is_null) {
        fields.remove("default");
    }
}

fn headers(endpoint: &Endpoint) -> Vec<Value> {
    let header = |name: &str, about: &str| json!({"name": name, "in": "header", "required": false, "schema": {"type": "string"}, "description": about});
    let mut headers = Vec::new();
    if endpoint.is_write() {
        headers.push(header(
            "Idempotency-Key",
            "Made by the sender, the same for every repeat: it is then done once. 1 to 255 characters.",
        ));
    }
    if endpoint.is_versioned {
        headers.push(header(
            "If-Match",
            "The ETag that was decided on: anything newer is left alone, with 412.",
        ));
    }
    headers
}

fn responses(generator: &mut SchemaGenerator, endpoint: &Endpoint) -> Value {
    let reply = json!((endpoint.forms.reply)(generator));
    let mut responses = json!({
        endpoint.status.as_str(): {
            "description": endpoint.summary,
            "content": {"application/json": {"schema": reply}},
        },
    });
    for sort in refusals(endpoint) {
        let status = sort.status();
        let name = format!("#/components/responses/{}", response_name(sort));
        // Sorts of one status share their form; the first one tells what it is mostly.
        if responses.get(status.as_str()).is_none() {
            responses[status.as_str()] = json!({"$ref": name});
        }
    }
    responses
}

/// What an endpoint may be refused with.
fn refusals(endpoint: &Endpoint) -> impl Iterator<Item = Sort> {
    let is_write = endpoint.is_write();
    let is_versioned = endpoint.is_versioned;
    let all = Sort::ALL.into_iter();
    all.filter(move |sort| match sort {
        Sort::NotReadable
        | Sort::NotSignedIn
        | Sort::NotAllowed
        | Sort::NotFound
        | Sort::NotPossible
        | Sort::Misdirected
        | Sort::NotUsable
        | Sort::TooLarge
        | Sort::TooMany
        | Sort::Broken
        | Sort::OtherSideFailed
        | Sort::NotNow => true,
        Sort::UnderWay | Sort::OutcomeUnknown | Sort::KeyUsedBefore | Sort::NotJson => is_write,
        Sort::ChangedMeanwhile => is_write || is_versioned,
        Sort::NoSuchMethod => false,
    })
}

fn refusal(sort: Sort, schema: &Value) -> Value {
    json!({
        "description": format!("`urn:tieout:problem:{}`: {}.", sort.word(), sort.title()),
        "content": {MEDIA_TYPE: {"schema": schema}},
    })
}

fn response_name(sort: Sort) -> String {
    let parts = sort.word().split('-');
    let capital = |part: &str| {
        let mut chars = part.chars();
        let first = chars.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    parts.map(capital).collect()
}

/// The first word of an address, by which endpoints stand together.
pub(super) fn tag(path: &str) -> &str {
    let mut parts = path.split('/').skip(2);
    let first = parts.next().unwrap_or_default();
    match parts.nth(1) {
        Some(below) if first == "hosts" => below,
        Some(_) | None => first,
    }
}
