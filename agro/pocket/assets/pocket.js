"use strict";
// The pages need no script. This lets them open without network, and sends then what waited.
if ("serviceWorker" in navigator) {
  const worker = navigator.serviceWorker;
  const tell = (told) => worker.ready.then((is) => is.active.postMessage(told));
  const copy = document.getElementById("copy");
  const asked = new URLSearchParams(location.search);
  const here = location.pathname + (asked.has("from") ? `?from=${asked.get("from")}` : "");
  const isTyped = () =>
    [...document.querySelectorAll("main input:not([type=hidden])")].some((one) => one.value);

  worker.register("/m/sw.js");
  const links = [...document.querySelectorAll("main a[href^='/m/']")];
  const keep = [here, "/m/", ...links.map((one) => one.getAttribute("href"))];
  tell({ keep, anew: asked.has("lang") || asked.has("look") }); // copies in other words are no use
  addEventListener("online", () => tell({ send: true }));
  worker.addEventListener("message", (event) => {
    if ((event.data.sent || !copy.hidden) && !isTyped()) location.replace(here);
  });
}
