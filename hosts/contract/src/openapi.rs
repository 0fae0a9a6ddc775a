//! The contract over HTTP as an OpenAPI 3.1 description, made of the types that read and write it.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};
use tieout_core::document::{Bill, Invoice, PurchaseOrder};

use crate::http::{Capabilities, PaymentBody, PostingBody, Served, SettlementBody, VERSION};

const PROBLEM: &str = "application/problem+json";

/// The description: routes, bodies, refusals, and pushes as webhooks.
#[must_use]
pub fn openapi() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    paths.insert("/capabilities".to_owned(), capabilities(&mut generator));
    for list in Served::ALL {
        paths.extend(of_list(&mut generator, list));
    }
    let mut schemas = Map::new();
    schemas.insert("Problem".to_owned(), problem());
    schemas.insert("Removed".to_owned(), removed());
    schemas.insert("Event".to_owned(), event());
    schemas.insert("OwnIdentifier".to_owned(), own_identifier());
    schemas.insert("DeletedPayment".to_owned(), deleted_payment());
    schemas.extend(generator.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The open host contract of tieout",
            "version": VERSION,
            "summary": "What a product serves and takes to be kept in agreement with an accounting system.",
            "description": "`tieout conform host URL` tries whether a product keeps it. Unknown fields and parameters \
                            are ignored by both sides; unknown words of a field are tolerated.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "https://api.example.com/tieout", "description": "what stands as `url` in [hosts.NAME.http]"}],
        "security": [{"key": []}, {"client": []}],
        "paths": paths,
        "webhooks": {"event": webhook()},
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "`api_key`; or alone in the header `key_header`"},
                "client": {"type": "oauth2", "flows": {"clientCredentials": {
                    "tokenUrl": "https://id.example.com/token", "scopes": {},
                }}},
            },
            "schemas": schemas,
        },
    })
}

fn capabilities(generator: &mut SchemaGenerator) -> Value {
    let said = generator.subschema_for::<Capabilities>();
    json!({"get": {
        "operationId": "capabilities",
        "summary": "What the product says of itself. A product may leave it out.",
        "responses": {"200": ok("What it offers.", &json!(said)), "404": refused("It says nothing.")},
    }})
}

/// The routes of one list.
fn of_list(generator: &mut SchemaGenerator, list: Served) -> Vec<(String, Value)> {
    let name = list.as_str();
    let record = match list {
        Served::Invoices | Served::CreditNotes => generator.subschema_for::<Invoice>(),
        Served::Bills => generator.subschema_for::<Bill>(),
        Served::PurchaseOrders => generator.subschema_for::<PurchaseOrder>(),
    };
    let record = json!({"anyOf": [{"$ref": "#/components/schemas/Removed"}, record]});
    let page = json!({
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {"type": "array", "items": record, "description": "The oldest change first; deleted records too."},
            "next_cursor": {"type": ["string", "null"], "description": "Where the next look goes on, also after the end."},
            "has_more": {"type": "boolean", "default": false},
        },
    });
    let mut routes = vec![
        (
            format!("/v1/{name}"),
            json!({"get": {
                "operationId": format!("list_{name}"),
                "summary": "What changed after a place, the oldest change first.",
                "parameters": [
                    query("cursor", "string", "The `next_cursor` of an earlier page, as it was."),
                    query("updated_since", "string", "Where there is no cursor: what changed at this time or later."),
                    query("limit", "integer", "The most records that are wanted; fewer are always right."),
                ],
                "responses": {
                    "200": ok("A page.", &page), "400": refused("The cursor is none."),
                    "401": refused("The key does not fit."),
                },
            }}),
        ),
        (
            format!("/v1/{name}/{{id}}"),
            json!({"get": {
                "operationId": format!("read_{name}"),
                "summary": "One record, as its list tells it: what a thin event leads to.",
                "parameters": [part("id")],
                "responses": {"200": ok("The record.", &record), "404": refused("There is none.")},
            }}),
        ),
    ];
    routes.extend(write_backs(generator, name));
    routes
}

fn write_backs(generator: &mut SchemaGenerator, list: &str) -> Vec<(String, Value)> {
    let payment = json!(generator.subschema_for::<PaymentBody>());
    let settlement = json!(generator.subschema_for::<SettlementBody>());
    let posting = json!(generator.subschema_for::<PostingBody>());
    let put = |what: &str, summary: &str, parts: &[&str], body: &Value, held: &Value| {
        let mut parameters: Vec<Value> = parts.iter().map(|name| part(name)).collect();
        parameters.push(key());
        json!({
            "operationId": format!("put_{what}_of_{list}"),
            "summary": summary,
            "parameters": parameters,
            "requestBody": {"required": true, "content": {"application/json": {"schema": body}}},
            "responses": write_replies(held),
        })
    };
    let paid = put(
        "payment",
        "Makes a payment, or replaces the one of this identifier by a higher revision.",
        &["id", "payment_id"],
        &payment,
        &json!({"anyOf": [
            {"$ref": "#/components/schemas/DeletedPayment"},
            {"allOf": [payment, {"$ref": "#/components/schemas/OwnIdentifier"}]},
        ]}),
    );
    let removed = json!({
        "operationId": format!("delete_payment_of_{list}"),
        "summary": "Takes a payment back. One that is not there is taken back already.",
        "parameters": [
            part("id"), part("payment_id"), query("revision", "integer", "Higher than that of the payment."),
            query("reason", "string", "Such as `removed_in_ledger`."), key(),
        ],
        "responses": {"204": {"description": "It is gone."}, "404": refused("It was not there."),
                      "422": refused("The product will not.")},
    });
    let settled = put(
        "settlement",
        "How far the document is settled, as a whole. The highest revision counts.",
        &["id"],
        &settlement,
        &settlement,
    );
    let posted = put(
        "posting",
        "What became of the document. The latest word counts.",
        &["id"],
        &posting,
        &posting,
    );
    vec![
        (
            format!("/v1/{list}/{{id}}/payments/{{payment_id}}"),
            json!({"put": paid, "delete": removed}),
        ),
        (
            format!("/v1/{list}/{{id}}/settlement"),
            json!({"put": settled}),
        ),
        (format!("/v1/{list}/{{id}}/posting"), json!({"put": posted})),
    ]
}

fn write_replies(held: &Value) -> Value {
    json!({
        "200": ok("Stored, or there already: the record as it is held now, by which `tieout conform` sees what was kept.", held),
        "401": refused("The key does not fit."),
        "404": refused("There is no such document. Without problem+json the address is taken to be wrong."),
        "409": refused("Something newer is stored."),
        "422": refused("The product will not take it, such as `period_locked`: shown to people, and not repeated."),
        "429": refused("Too much at once; Retry-After says when to come again."),
    })
}

/// What a product may send by itself.
fn webhook() -> Value {
    let header = |name: &str, why: &str| json!({"name": name, "in": "header", "required": true, "schema": {"type": "string"}, "description": why});
    let schema = json!({"$ref": "#/components/schemas/Event"});
    json!({"post": {
        "operationId": "push",
        "summary": "Something changed. Sent to `/hooks/NAME` of tieout, signed by Standard Webhooks 1.0.",
        "security": [],
        "parameters": [
            header("webhook-id", "The same for every repeat."),
            header("webhook-timestamp", "Seconds since 1970, at most five minutes from now."),
            header("webhook-signature", "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`; several with spaces between."),
        ],
        "requestBody": {"required": true, "content": {
            "application/cloudevents+json": {"schema": schema},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": schema, "maxItems": 200}},
        }},
        "responses": {
            "200": {"description": "Stored, or looked at soon."}, "401": refused("The signature is not right."),
            "422": refused("It makes no sense: sending it again does not help."),
            "503": refused("Not now: send it again."),
        },
    }})
}

fn event() -> Value {
    json!({
        "type": "object",
        "description": "A CloudEvent 1.0. `data` is the whole document, or just its `id` and `revision`: it is then read again.",
        "required": ["type"],
        "properties": {
            "specversion": {"type": "string", "pattern": "^1\\."},
            "id": {"type": "string"},
            "source": {"type": "string"},
            "type": {
                "type": "string",
                "description": "Ends with what happened to what; a domain may stand before it. Others are left alone.",
                "examples": ["invoice.finalised", "invoice.updated", "invoice.voided", "invoice.deleted",
                             "credit_note.updated", "bill.updated", "purchase_order.updated", "invoice_batch.released"],
            },
            "subject": {"type": "string", "examples": ["invoice/1686"]},
            "time": {"type": "string", "format": "date-time"},
            "data": {"type": ["object", "null"]},
        },
    })
}

fn removed() -> Value {
    json!({
        "type": "object",
        "description": "A record that was deleted and stays in its list.",
        "required": ["id", "removed_at"],
        "properties": {
            "id": {"type": "string"},
            "revision": {"type": "integer", "minimum": 0},
            "kind": {"type": "string", "description": "`sales` or `sales_credit`, where both lie in one list."},
            "removed_at": {"type": "string", "format": "date-time"},
        },
    })
}

fn own_identifier() -> Value {
    json!({
        "type": "object",
        "description": "What the product adds to a payment that it holds.",
        "required": ["host_payment_id"],
        "properties": {"host_payment_id": {
            "type": ["string", "integer"],
            "description": "The product's own identifier of the payment: the same whenever the payment is told again.",
        }},
    })
}

fn deleted_payment() -> Value {
    json!({
        "type": "object",
        "description": "A payment that was taken back, and that an older revision does not bring back.",
        "required": ["revision", "deleted"],
        "properties": {
            "revision": {"type": "integer", "description": "That of the deletion."},
            "deleted": {"const": true},
        },
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "A refusal as RFC 9457 has it.",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "examples": ["period_locked", "invoice_unknown", "amount_exceeds_balance"]},
        },
    })
}

fn ok(description: &str, schema: &Value) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": schema}}})
}

fn refused(description: &str) -> Value {
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    json!({"description": description, "content": {PROBLEM: {"schema": schema}}})
}

fn part(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
}

fn query(name: &str, kind: &str, description: &str) -> Value {
    json!({"name": name, "in": "query", "schema": {"type": kind}, "description": description})
}

fn key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": true, "schema": {"type": "string"},
        "description": "The same for every repeat of the request.",
    })
}
