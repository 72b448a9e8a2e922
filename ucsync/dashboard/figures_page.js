// The page: filters that live in its address, and sections that follow them.

const NAMES = ["from", "to", "country", "segment", "step"];
const controls = Object.fromEntries(NAMES.map((name) => [name, document.getElementById(name)]));
const MAKERS = { growth, geography, worth, cohorts, segments, loyalty, consent, changes, quality, syncs, highest };
const WORDS = { from: "sign-up", to: "sign-up", country: "country", segment: "segment" };
const ALL_MONTHS = monthsFrom([...new Set(CUBE.month)].filter(Boolean).sort());
const form = document.querySelector("form.filters");
const found = document.getElementById("found");

const choices = (name, pairs) => controls[name].append(...pairs.map(([value, words]) => make("option", { value }, words)));
const ask = (name, value) => {
  controls[name].value = controls[name].value === value ? "" : value;
  write();
};
const parts = [...document.querySelectorAll("section[data-part]")].map((section) => ({
  section,
  title: section.querySelector("h2").textContent,
  lead: section.querySelector(".lead"),
  limits: section.querySelector(".limits"),
  nothing: section.querySelector(".nothing"),
  shown: section.querySelector(".shown"),
  follows: section.dataset.follows.split(" "),
  maker: MAKERS[section.dataset.part],
  charts: [...section.querySelectorAll("[data-chart]")].map((holder) => [
    holder.id.replace("chart-", ""), holder.dataset.title, chartIn(holder, holder.dataset.chart),
  ]),
  tables: [...section.querySelectorAll("[data-table]")].map((holder) => [
    holder.dataset.table, tableIn(holder, holder.dataset.table, ask),
  ]),
}));

const tiles = (sum) => {
  const fill = (id, figure, told) => {
    const tile = document.getElementById(`tile-${id}`);
    tile.querySelector("strong").textContent = figure;
    tile.classList.toggle("crowded", figure.length > 9);
    tile.querySelector("p").textContent = told;
  };
  const of_all = (count, all, words) => (all ? `${share(count, all)} ${words}` : "nobody yet");
  const of = sum.customers === given.customers ? "in the lake" : `of ${WHOLE.format(given.customers)}, ${share(sum.customers, given.customers)}`;
  fill("customers", WHOLE.format(sum.customers), of);
  fill("buyers", WHOLE.format(sum.buyers), of_all(sum.buyers, sum.customers, "of customers"));
  fill("repeat", WHOLE.format(sum.repeat_buyers), of_all(sum.repeat_buyers, sum.buyers, "of those who ordered"));
  const exact = money(sum.revenue_e4);
  fill("revenue", exact.length > 9 ? WHOLE.format(nearest(sum.revenue_e4, 10000)) : exact, sum.buyers ? `${money(each(sum.revenue_e4, sum.buyers))} each who ordered` : "nobody yet");
  fill("orders", WHOLE.format(sum.orders), sum.orders ? `${money(each(sum.revenue_e4, sum.orders))} on average` : "nobody yet");
  fill("active", WHOLE.format(sum.active_90), `${WHOLE.format(sum.active_365)} within a year`);
  fill("opted", WHOLE.format(sum.opted_in), of_all(sum.opted_in, sum.customers, "of customers"));
  fill("members", WHOLE.format(sum.loyalty_members), counted(sum.points, "point", "points"));
};

let queue = Promise.resolve();
let turn = 0;
/** Everything, as the filters ask; figures at once, charts one after the other. */
const show = () => {
  const wish = Object.fromEntries(NAMES.map((name) => [name, controls[name].value]));
  const active = [...new Set(["from", "to", "country", "segment"].filter((name) => wish[name]).map((name) => WORDS[name]))];
  const cells = cellsOf(wish);
  const step = wish.step || stepFor(monthsFrom(knownMonths(cells)).length);
  const state = { wish, cells, step, sum: total(cells) };
  controls.step.options[0].textContent = `auto (${step})`;
  document.body.classList.toggle("filtered", active.length > 0);
  found.value = active.length ? `${WHOLE.format(state.sum.customers)} of ${counted(given.customers, "customer", "customers")}`
    : counted(given.customers, "customer", "customers");
  tiles(state.sum);
  const mine = ++turn;
  document.body.dataset.state = "ready";
  const drawings = parts.map((room) => {
    const { lead, empty, charts, tables } = room.maker(state);
    const deaf = active.filter((name) => !room.follows.includes(name));
    room.limits.textContent = deaf.length ? `Not filtered by ${deaf.join(" and ")}: that is not known here.` : "";
    room.limits.hidden = deaf.length === 0;
    room.lead.textContent = empty ? "" : lead;
    room.lead.hidden = empty;
    room.nothing.hidden = !empty;
    room.shown.hidden = empty;
    room.section.hidden = empty && given.customers === 0;
    room.shown.classList.toggle("undrawn", !Object.values(charts).some((rows) => rows.length));
    for (const [id, fill] of room.tables) fill(tables[id]);
    return () => Promise.all(room.charts.map(([id, title, draw]) => draw(empty ? [] : charts[id], `${title}. ${lead}`)));
  });
  queue = drawings.reduce((before, draw) => before.then(() => (mine === turn ? draw() : null)), queue);
  queue.then(() => { if (mine === turn) document.body.dataset.state = "drawn"; });
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
  const kept = NAMES.map((name) => [name, controls[name].value]).filter(([, value]) => value);
  const told = new URLSearchParams(kept).toString();
  history.replaceState(null, "", told ? `#${told}` : location.pathname + location.search);
  show();
};

const began = () => {
  for (const time of document.querySelectorAll("time")) {
    time.textContent = MOMENT.format(new Date(time.dateTime)) + (time.dataset.ago === undefined ? "" : ` (${ago(time.dateTime)})`);
  }
  const hours = (Date.now() - new Date(given.taken_at)) / 3_600_000;
  document.getElementById("stale").hidden = hours <= given.stale_after_h;
  choices("from", ALL_MONTHS.map((month) => [month, period(month)]));
  choices("to", ALL_MONTHS.map((month) => [month, period(month)]).reverse());
  choices("country", byCountry(CUBE.country.map((_, cell) => cell)).map(({ country: code }) => [code === "" ? "-" : code, country(code)]));
  choices("segment", SEGMENTS.map(({ segment }) => [segment, segment]));
  form.addEventListener("input", write);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(write));  // the values are reset after the event
  for (const link of document.querySelectorAll("a[href^='#']")) {
    link.addEventListener("click", (event) => {  // an address of its own would end the filters
      event.preventDefault();
      const target = document.getElementById(link.hash.slice(1));
      target.scrollIntoView({ block: "start" });
      target.querySelector("h2")?.focus({ preventScroll: true });
    });
  }
  form.hidden = given.customers === 0;  // of nobody there is nothing to choose from
  document.querySelector("nav").hidden = given.customers === 0;
  addEventListener("hashchange", read);
  read();
  performance.mark("ready");
  queue.then(() => performance.mark("drawn"));
};
began();
