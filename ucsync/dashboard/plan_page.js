"use strict";
// Filters of a plan's page. They live in its address, so that a view can be sent on as a link.
(() => {
  const NAMES = ["action", "field", "state", "text"];
  const controls = Object.fromEntries(NAMES.map((name) => [name, document.getElementById(name)]));
  const found = document.getElementById("found");
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const words = (text) => plain(text).split(/\s+/).filter(Boolean);

  const cards = [...document.querySelectorAll("article")].map((card) => ({
    card,
    head: plain(card.querySelector("h3")?.textContent ?? ""),
    lines: [...card.querySelectorAll("tbody tr")].map((row) => ({
      row, text: plain(row.textContent), action: row.dataset.action ?? "", field: row.dataset.field ?? "",
      state: row.dataset.state ?? "",
    })),
  }));
  const total = cards.reduce((sum, { lines }) => sum + lines.length, 0);

  const wanted = () => Object.fromEntries(NAMES.map((name) => [name, controls[name].value]));

  const show = () => {
    const wish = wanted();
    const asked = words(wish.text);
    let lines = 0, customers = 0;
    for (const each of cards) {
      let left = 0;
      for (const line of each.lines) {
        const fits = (!wish.action || line.action === wish.action)
          && (!wish.field || line.field === wish.field)
          && (!wish.state || line.state === wish.state)
          && asked.every((word) => each.head.includes(word) || line.text.includes(word));
        line.row.hidden = !fits;
        left += fits ? 1 : 0;
      }
      each.card.hidden = left === 0;
      lines += left;
      customers += left && each.head ? 1 : 0;
    }
    const rejected = document.getElementById("rejected");
    if (rejected) rejected.hidden = [...rejected.querySelectorAll("tbody tr")].every((row) => row.hidden);
    const number = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
    found.value = lines === total
      ? `${number(total, "line", "lines")} of ${number(customers, "customer", "customers")}`
      : `${lines.toLocaleString("en")} of ${number(total, "line", "lines")}, `
        + number(customers, "customer", "customers");
    document.body.classList.toggle("filtered", lines !== total);
  };

  const read = () => {
    const told = new URLSearchParams(location.hash.slice(1));
    for (const name of NAMES) {
      controls[name].value = told.get(name) ?? "";
      if (controls[name].selectedIndex === -1) controls[name].value = "";  // no such choice
    }
    show();
  };

  const write = () => {
    const kept = Object.entries(wanted()).filter(([, value]) => value);
    const told = new URLSearchParams(kept).toString();
    history.replaceState(null, "", told ? `#${told}` : location.pathname + location.search);
    show();
  };

  const form = document.querySelector("form.filters");
  form.addEventListener("input", write);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(write));  // the values are reset after the event
  for (const button of document.querySelectorAll("button[data-facet]")) {
    button.addEventListener("click", () => {
      const control = controls[button.dataset.facet];
      control.value = control.value === button.dataset.value ? "" : button.dataset.value;
      write();
      form.scrollIntoView({ block: "start" });
    });
  }
  addEventListener("hashchange", read);
  read();
})();
