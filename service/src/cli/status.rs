//! What the help of `status` says besides what it is for.

/// What `status --help` shows below everything.
pub(super) const EXAMPLES: &str = "\
Examples:
  tieout status          each connection, and what needs somebody
  tieout --json status   the figures for a script; ends with 3 when something needs somebody

What changed at Xero before the moment that a connection is \"complete as of\" is known here. It lies about a minute back: changes
of the last minute are asked for once more, since Xero may list them late.";
