//! The loops that carry data through the engine: intake, plan, dispatch, resolve, collect, deliver.
