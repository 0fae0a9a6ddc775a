//! What every page owes to everybody: no barriers, no mistakes in its console, nothing that jumps, nothing beside the screen.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::places;
use crate::wire::never;

/// What is closed is looked at too.
const OPEN: &str = "for (const it of document.querySelectorAll('details')) it.open = true;";

const AXE: &str = r"
const done = arguments[arguments.length - 1];
const told = (node) => node.target.flat().join(' ') + ': ' + (node.failureSummary ?? '').split('\n').slice(1).join('; ').trim();
axe.run(document, {
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  rules: { 'target-size': { enabled: true } },
  resultTypes: ['violations'],
}).then(
  (result) => done(result.violations.flatMap((it) => it.nodes.map((node) => `${it.id}: ${told(node)}`))),
  (error) => done([`axe: ${error}`]),
);
";

/// What moved after it was first drawn, what stands beside the screen, and names that two things have.
const LAYOUT: &str = r"
const done = arguments[arguments.length - 1];
const wide = [...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > innerWidth + 0.5 && it.checkVisibility())
  .filter((it) => !it.closest('.scroll, pre, .menu') || getComputedStyle(it).position === 'absolute').map((it) => it.tagName + '.' + it.className).slice(0, 5);
const overflows = document.documentElement.scrollWidth > innerWidth ? [`wider than the screen by ${document.documentElement.scrollWidth - innerWidth}px: ${wide.join(', ')}`] : [];
const ids = [...document.querySelectorAll('[id]')].map((it) => it.id);
const twice = ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `two things are called ${id}`);
const shifts = [];
const watch = new PerformanceObserver(() => {});
watch.observe({ type: 'layout-shift', buffered: true });
requestAnimationFrame(() => requestAnimationFrame(() => {
  for (const it of watch.takeRecords()) {
    if (!it.hadRecentInput && it.value > 0) shifts.push(`moves by ${it.value}: ` + it.sources.map(({ node }) => node?.outerHTML?.slice(0, 80)).join(' | '));
  }
  done([...overflows, ...twice, ...shifts]);
}));
";

/// What was found wrong with a page; nothing where all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// One line each.
    pub wrong: Vec<String>,
}

impl Browser {
    /// Looks at the page as it is: barriers by axe (WCAG 2.2 AA and good practice), what its console complained of since the
    /// last look, what moved while it came, whether it is wider than the screen, and whether a label could mean two things.
    ///
    /// # Panics
    /// When the browser breaks, or axe-core is not installed, saying how it is.
    pub async fn care(&self) -> Seen {
        let mut wrong = self.complaints().await;
        wrong.extend(self.later(LAYOUT).await);
        let script = format!("{OPEN} if (!window.axe) {{ {} }}", places::axe());
        self.run(&script, json!([])).await;
        wrong.extend(self.later(AXE).await);
        Seen { wrong }
    }

    /// What the console complained of since the last look: mistakes of scripts, what the policy refused, what was not there.
    pub async fn complaints(&self) -> Vec<String> {
        let wanted = json!({ "type": "browser" });
        let told = self.wire.post("/se/log", &wanted).await;
        let told = told.unwrap_or_else(|refused| never(&refused));
        let lines = told.as_array().cloned().unwrap_or_default();
        let is_bad = |line: &&Value| line["level"] == "SEVERE" || line["level"] == "WARNING";
        let told = |line: &Value| format!("console: {}", line["message"].as_str().unwrap_or(""));
        lines.iter().filter(is_bad).map(told).collect()
    }

    /// A picture of the whole page, as PNG.
    ///
    /// # Panics
    /// When the browser breaks.
    pub async fn picture(&self) -> Vec<u8> {
        let wanted = json!({ "format": "png", "captureBeyondViewport": true });
        self.pictured(wanted).await
    }

    /// A picture for documents, as WebP: the top of the page, so many pixels high.
    ///
    /// # Panics
    /// When the browser breaks.
    pub async fn photograph(&self, height: u32) -> Vec<u8> {
        let clip = json!({ "x": 0, "y": 0, "width": 1280, "height": height, "scale": 1 });
        let wanted =
            json!({ "format": "webp", "quality": 80, "captureBeyondViewport": true, "clip": clip });
        self.pictured(wanted).await
    }

    async fn pictured(&self, wanted: Value) -> Vec<u8> {
        let taken = self.chromium("Page.captureScreenshot", wanted).await;
        let data = taken["data"].as_str().expect("a picture has data");
        STANDARD.decode(data).expect("it is base64")
    }

    async fn later(&self, script: &str) -> Vec<String> {
        let body = json!({ "script": script, "args": [] });
        let told = self.wire.post("/execute/async", &body).await;
        let told = told.unwrap_or_else(|refused| never(&refused));
        let lines = told.as_array().cloned().unwrap_or_default();
        let text = |line: &Value| line.as_str().unwrap_or_default().to_owned();
        lines.iter().map(text).collect()
    }
}
