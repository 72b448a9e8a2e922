// Tables that sort, and go as files into a spreadsheet.

/** A text with an apostrophe before all that a spreadsheet would take for a formula: as `harmless` in Python. */
const harmless = (() => {
  const SIGN = /^[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]$/u;
  const SKIPPED = /^[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}"]$/u;
  const ENDS = ";|\t\r\n";
  return (text) => {
    const signs = Array.from(text);
    const marked = new Set();
    signs.forEach((sign, place) => {
      if (!SIGN.test(sign)) return;
      let at = place;
      while (at && SKIPPED.test(signs[at - 1]) && !ENDS.includes(signs[at - 1])) at -= 1;
      if (at === 0 || ENDS.includes(signs[at - 1])) marked.add(at);
    });
    if (["\t", "\r", "\n"].includes(signs[0])) marked.add(0);
    return signs.map((sign, at) => (marked.has(at) ? `'${sign}` : sign)).join("");
  };
})();

// How a kind of cell reads, goes into a file, and sorts; `number` ones stand to the right, largest first.
const same = (value) => value;
const text = (value) => value ?? "";
const KINDS = {
  text: { show: text, file: text, order: same },
  country: { show: country, file: same, order: country },
  period: { show: period, file: same, order: same },
  day: { show: day, file: text, order: same, down: true },
  moment: { show: (value) => MOMENT.format(new Date(value)), file: same, order: same, down: true },
  id: { show: String, file: String, order: same },
  count: { show: (value) => (value === null ? "–" : WHOLE.format(value)), file: (value) => value ?? "", order: same, number: true },
  money: { show: (value) => (value === null ? "–" : money(value)), file: (value) => (value === null ? "" : decimal(value)), order: same, number: true },
  share: { show: (value) => (value === null ? "–" : percent(value)), file: (value) => (value === null ? "" : value / 1000), order: same, number: true },
  lasting: { show: lasting, file: (value) => value ?? "", order: same, number: true },
};
const down = (kind) => KINDS[kind].down ?? Boolean(KINDS[kind].number);

// Columns: name in the row and in the file, title, kind; the filter that a press sets; what else stands below.
const TABLES = {
  growth: ["New customers", [["period", "Signed up", "period"], ["customers", "New", "count"], ["total", "In total", "count"]]],
  countries: ["Countries", [["country", "Country", "country", "country"], ["customers", "Customers", "count"], ["part", "Share", "share"],
    ["buyers", "Have ordered", "count"], ["revenue_e4", "Spent", "money"], ["each", "Spent each", "money"]]],
  regions: ["Regions", [["region", "Region", "text"], ["country", "Country", "country"], ["customers", "Customers", "count"],
    ["buyers", "Have ordered", "count"], ["revenue_e4", "Spent", "money"], ["each", "Spent each", "money"]]],
  orders: ["By number of orders", [["band", "Orders", "text"], ["customers", "Customers", "count"], ["part", "Share", "share"]]],
  spent: ["By what was spent", [["band", "Spent", "text"], ["customers", "Customers", "count"], ["part", "Share", "share"]]],
  cohorts: ["Cohorts", [["period", "Signed up", "period"], ["customers", "Customers", "count"], ["bought", "Ordered", "share"],
    ["again", "Ordered again", "share"], ["active", "Active", "share"], ["each", "Spent each", "money"]]],
  segments: ["Segments", [["segment", "Segment", "text", "segment", "meaning"], ["customers", "Customers", "count"],
    ["part", "Share", "share"], ["orders", "Orders", "count"], ["revenue_e4", "Spent", "money"], ["spent", "Share of spent", "share"]]],
  tiers: ["Tiers", [["tier", "Tier", "text"], ["customers", "Members", "count"], ["points", "Points", "count"]]],
  consent: ["Consent by country", [["country", "Country", "country"], ["customers", "Customers", "count"], ["opted_in", "Opted in", "count"],
    ["part", "Share in", "share"], ["opted_out", "Opted out", "count"], ["silent", "Not said", "count"], ["no_mail", "No mail", "count"]]],
  changes: ["Changes by day", [["day", "Day", "day"], ["inserted", "New", "count"], ["updated", "Changed", "count"],
    ["deleted", "Deleted", "count"], ["merged", "Merged", "count"]]],
  quality: ["Checks", [["name", "Check", "text", null, "meaning"], ["customers", "Customers", "count"], ["part", "Share", "share"]]],
  syncs: ["Snapshots", [["at", "Taken", "moment"], ["kind", "Kind", "text"], ["proof", "Proof", "text"], ["rows", "Customers", "count"],
    ["requests", "Requests", "count"], ["requests_floor", "At the least", "count"], ["seconds", "Took", "lasting"], ["quarantined", "Set aside", "count"]]],
  top: ["Customers", [["customer_profile_oid", "Customer", "id"], ["name", "Name", "text"], ["email", "E-mail", "text"], ["country", "Country", "country"],
    ["segment", "Segment", "text"], ["last_order", "Last order", "day"], ["orders", "Orders", "count"], ["revenue_e4", "Spent", "money"]]
    .filter(([name]) => given.top.columns.includes(name))],
};
// So many rows are listed before one asks for all; where each takes several lines, half of them.
const ROWS_FIRST = 10;
const NARROW = matchMedia("(max-width: 40rem)");

const make = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** A table in its holder; `show(rows)` fills it, sorted as the reader has asked. */
const tableIn = (holder, id, ask) => {
  const [title, columns] = TABLES[id];
  let rows = [], sorted = null, all = false;
  const heads = columns.map(([name, words, kind]) => {
    const button = make("button", { type: "button" }, words);
    const head = make("th", { scope: "col", role: "columnheader", class: KINDS[kind].number ? "number" : "" }, button);
    button.addEventListener("click", () => {
      sorted = { name, kind, down: sorted?.name === name ? !sorted.down : down(kind) };
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      draw();
    });
    return head;
  });
  const body = make("tbody", { role: "rowgroup" });
  const caption = make("caption", {}, title);
  const table = make("table", { role: "table", id: `table-${id}`, class: columns.length > 4 ? "wide" : "" }, caption,
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)), body);
  const more = make("button", { type: "button", class: "more" });
  more.addEventListener("click", () => { all = !all; draw(); });
  const save = make("button", { type: "button", class: "save", "aria-label": `Download ${title} as CSV` }, "Download CSV");
  save.addEventListener("click", () => download(id, columns, order()));

  const order = () => {
    if (!sorted) return rows;
    const by = KINDS[sorted.kind].order, way = sorted.down ? -1 : 1;
    const [full, bare] = [rows.filter((row) => row[sorted.name] !== null), rows.filter((row) => row[sorted.name] === null)];
    const compare = (one, other) => (typeof one === "string" ? one.localeCompare(other) : one - other);
    return [...full.sort((one, other) => way * compare(by(one[sorted.name]), by(other[sorted.name]))), ...bare];
  };
  const cell = (row, [name, words, kind, facet, more_of], place) => {
    const shown = KINDS[kind].show(row[name]);
    const inner = make(facet ? "button" : "bdi", facet ? { type: "button", title: "Show only these, or all again" } : {}, shown);
    if (facet) inner.addEventListener("click", () => ask(facet, row[name] === "" ? "-" : row[name]));
    return make(place ? "td" : "th", {
      ...(place ? { role: "cell", "data-title": words } : { role: "rowheader", scope: "row" }),
      class: [KINDS[kind].number ? "number" : "", row[name] === null || shown === "–" ? "none" : ""].join(" ").trim(), "data-name": name,
    }, inner, ...(more_of ? [make("small", {}, row[more_of])] : []));
  };
  const draw = () => {
    const listed = order(), first = NARROW.matches && columns.length > 4 ? ROWS_FIRST / 2 : ROWS_FIRST;
    const few = listed.length <= first * 1.4;
    body.replaceChildren(...(all || few ? listed : listed.slice(0, first)).map((row) => make("tr", { role: "row" },
      ...columns.map((each, place) => cell(row, each, place)))));
    more.hidden = few;
    more.textContent = all ? `Show the first ${WHOLE.format(first)}` : `Show all ${WHOLE.format(listed.length)}`;
    more.setAttribute("aria-expanded", String(all));
    save.hidden = listed.length === 0;
    table.hidden = listed.length === 0;
  };
  NARROW.addEventListener("change", () => draw());
  holder.append(table, make("p", { class: "actions" }, more, save));
  return (given_rows) => { rows = given_rows; draw(); };
};

/** Hands a table to the reader as a file: in the order shown, all rows, numbers as machines read them. */
const download = (id, columns, rows) => {
  const quoted = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const line = (cells) => cells.map((each) => quoted(String(each))).join(",");
  columns = columns.flatMap((each) => (each[4] ? [each, [each[4], "", "text"]] : [each]));
  const lines = rows.map((row) => line(columns.map(([name, , kind]) => {
    const value = KINDS[kind].file(row[name]);
    return typeof row[name] === "string" ? harmless(String(value)) : value;
  })));
  const names = line(columns.map(([name]) => name.replace(/_e4$/, "")));
  const made = URL.createObjectURL(new Blob([`\ufeff${[names, ...lines].join("\r\n")}\r\n`], { type: "text/csv" }));
  const place = `${given.merchant.replace(/[^\w-]+/g, "_")}-${id}-${given.snapshot.slice(0, 8)}${document.body.classList.contains("filtered") ? "-filtered" : ""}.csv`;
  make("a", { href: made, download: place }).click();
  setTimeout(() => URL.revokeObjectURL(made), 60_000);
};
