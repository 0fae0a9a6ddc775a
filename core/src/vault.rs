//! How secrets rest: sealed under a key that the store never sees.
