//! Case Manager: its mapping onto the contract, and the files that it imports.
