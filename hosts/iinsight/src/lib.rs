//! iinsight: its invoices, companies and payments, read and written through its API.
