"use strict";
// A page that is served loads itself anew when there is a newer snapshot; filters stay, they are in its address.
(() => {
  const mine = JSON.parse(document.getElementById("figures-data").textContent).snapshot;
  const news = new EventSource("events");
  news.addEventListener("message", ({ data }) => { if (data && data !== mine) location.reload(); });
})();
