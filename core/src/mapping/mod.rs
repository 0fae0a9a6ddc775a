//! From a document, settings and the chart to what the provider should hold: pure, exact, explained.
