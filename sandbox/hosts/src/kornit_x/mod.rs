//! A stand-in for Kornit X: its orders, the pushes and callbacks that it signs, and its export.
//!
//! The addresses of the export, the form of its pages and how a signature is spelled are not published: they are
//! switches of [`Settings`], or as tolerant as a reader must be.

mod control;
mod export;
mod json;
mod orders;
mod product;
mod sending;

pub use product::{Digest, Faults, KornitX, Paging, Refused, Sent, Settings, samples};

use axum::Router;

/// Everything that it serves: `POST /order` and `PUT /order/ID/status` as published, `POST /token` and
/// `GET /export/orders`, and `/control/…` for tests and people.
pub fn routes(product: &KornitX) -> Router {
    Router::new()
        .merge(orders::routes())
        .merge(export::routes())
        .merge(control::routes())
        .with_state(product.clone())
}
