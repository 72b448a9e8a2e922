// Charts: Vega-Lite specifications as they come, filled with rows; their colours are the page's own.

const CHARTS = JSON.parse(document.getElementById("charts-data").textContent);
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const LABELS = { labelColor: "var(--soft)", labelFont: FONT, labelFontSize: 12, titleColor: "var(--soft)", titleFont: FONT };
const TINY = matchMedia("(max-width: 24rem)");
const look = () => ({
  background: null, font: FONT, aria: false, padding: { left: 0, top: 2, right: 0, bottom: 4 },
  autosize: { type: "fit-x", contains: "padding", resize: true },
  view: { stroke: null },
  text: { font: FONT, fontSize: 12.5, baseline: "middle" },
  axis: { ...LABELS, grid: false, domainColor: "var(--line)", ticks: false, labelPadding: 6, domain: true },
  axisX: { labelPadding: 11 },
  axisY: { grid: true, gridColor: "var(--line)", domain: false, tickCount: 4 },
  legend: { ...LABELS, orient: "top", symbolType: "square", offset: 8, labelFontSize: 12, symbolSize: 90, columnPadding: 14, columns: TINY.matches ? 2 : 4 },
});

// Words on an axis; an expression knows them by these names.
const ON_AXIS = { year: (key) => key, instant: (key) => DAY_SHORT.format(new Date(key)), day: (key) => DAY_SHORT.format(dated(key)) };
const onAxis = (key) => {
  if (key.includes("T")) return ON_AXIS.instant(key);
  return key.length === 10 ? ON_AXIS.day(key) : period(key);
};
const WORDS_IN_CHARTS = { mark: onAxis, compact: (value) => SHORT.format(value), percent: (value) => ROUND.format(value) };

const DOTS_MAX = 40;
// What a specification asks of its rows.
const SIGNALS = {
  dot: (rows) => (new Set(rows.map((row) => row.place)).size > DOTS_MAX ? 0 : 24),
  ticks: (rows) => {  // whole numbers, the last one above all
    const sums = new Map();
    for (const { place, count } of rows) sums.set(place, (sums.get(place) ?? 0) + count);
    const most = Math.max(1, ...sums.values());
    const size = 10 ** Math.floor(Math.log10(most / 5));
    const step = Math.max(1, size * [1, 2, 5, 10].find((times) => times * size >= most / 5));
    return Array.from({ length: Math.ceil(most / step) + 1 }, (_, times) => times * step);
  },
  tens: (rows) => {
    const most = Math.max(1, ...rows.map((row) => row.count));
    const tens = Array.from({ length: Math.floor(Math.log10(most)) + 1 }, (_, power) => 10 ** power);
    return [0, ...tens, ...(most >= 3 * tens[tens.length - 1] ? [most] : [])];
  },
};
/** A chart in its holder; `draw(rows, words)` fills it, and says in words what it shows. */
const chartIn = (holder, kind) => {
  const inner = holder.appendChild(make("div"));  // Vega gives its own element another role
  let view = null, waiting = Promise.resolve();
  const asked = (rows) => (CHARTS[kind].params ?? []).map(({ name }) => ({ name, value: SIGNALS[name](rows) }));
  const fill = async (rows) => {
    if (view === null) {
      const spec = { ...CHARTS[kind], width: "container", data: { name: "rows", values: rows }, params: asked(rows) };
      const options = {
        ast: true, renderer: "svg", actions: false, defaultStyle: false, mode: "vega-lite", config: look(), logLevel: 1,
        tooltip: { disableDefaultStyle: true, theme: "custom" }, expressionFunctions: WORDS_IN_CHARTS,
      };
      ({ view } = await vegaEmbed(inner, spec, options));
      return;
    }
    view.data("rows", rows);
    for (const { name, value } of asked(rows)) view.signal(name, value);
    await view.runAsync();
  };
  let last = [];
  TINY.addEventListener("change", () => {
    if (!view) return;
    waiting = waiting.then(() => { view.finalize(); view = null; return fill(last); });
  });
  return (rows, words) => {
    last = rows;
    holder.setAttribute("aria-label", words);
    holder.parentElement.hidden = rows.length === 0;
    if (rows.length || view) waiting = waiting.then(() => fill(rows));
    return waiting;
  };
};
