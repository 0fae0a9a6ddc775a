//! Kornit X: its orders, pushed and polled, as purchase orders and invoices.
