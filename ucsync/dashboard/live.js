"use strict";
// A page that is served loads itself anew when there is something newer; filters stay, they are in its address.
(() => {
  const mine = document.querySelector("meta[name=shown]").content;
  const news = new EventSource("events");
  news.addEventListener("message", ({ data }) => { if (data && data !== mine) location.reload(); });
})();
