// The panel in a frame: the token comes in the fragment of the address, which no log sees, or by a message of the page around.
"use strict";
const panel = document.querySelector("tieout-panel");
const take = () => {
  const token = new URLSearchParams(window.location.hash.slice(1)).get("token");
  if (token) panel.setAttribute("token", token);
};
take();
window.addEventListener("hashchange", take);
window.addEventListener("message", (event) => {
  if (event.source === window.parent && typeof event.data?.tieoutToken === "string") panel.setAttribute("token", event.data.tieoutToken);
});
// The page around hears that a token is needed, and how high the panel is; neither is a secret.
panel.addEventListener("tieout-token-needed", () => window.parent.postMessage({ tieout: "token-needed" }, "*"));
new ResizeObserver(() => window.parent.postMessage({ tieout: "height", height: Math.ceil(panel.getBoundingClientRect().bottom + 8) }, "*")).observe(panel);
