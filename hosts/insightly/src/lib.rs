//! Insightly: records of customers, looked up and written to through its API.
