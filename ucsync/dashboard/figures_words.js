// How numbers, dates and names read: in the reader's own way, and to the digit.
const given = JSON.parse(document.getElementById("figures-data").textContent);

// A reader's language that Intl does not know is none.
const style = (make) => { try { return make(undefined); } catch { return make("en"); } };
const WHOLE = style((of) => new Intl.NumberFormat(of, { maximumFractionDigits: 0 }));
const SHORT = style((of) => new Intl.NumberFormat(of, { notation: "compact", maximumFractionDigits: 1 }));
const MONEY = style((of) => new Intl.NumberFormat(of, { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
const ROUND = style((of) => new Intl.NumberFormat(of, { style: "percent", maximumFractionDigits: 0 }));
const SHARE = style((of) => new Intl.NumberFormat(of, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }));
const DAY = style((of) => new Intl.DateTimeFormat(of, { dateStyle: "medium", timeZone: "UTC" }));
const DAY_SHORT = style((of) => new Intl.DateTimeFormat(of, { day: "numeric", month: "short", timeZone: "UTC" }));
const MONTH = style((of) => new Intl.DateTimeFormat(of, { year: "numeric", month: "short", timeZone: "UTC" }));
const MOMENT = style((of) => new Intl.DateTimeFormat(of, { dateStyle: "medium", timeStyle: "short" }));
const AGO = style((of) => new Intl.RelativeTimeFormat(of, { numeric: "always" }));
const COUNTRY = new Intl.DisplayNames("en", { type: "region", fallback: "code" });  // as the rest of the page

/** The whole number nearest to a quotient; a half goes away from zero. */
const nearest = (above, below) => {
  const [high, low] = [BigInt(above) * 2n, BigInt(below)];
  return Number((high + (above < 0 ? -low : low)) / (low * 2n));
};
/** Of ten-thousandths, without a float between: "-12.3400". */
const decimal = (e4) => {
  const digits = String(Math.abs(e4)).padStart(5, "0");
  return `${e4 < 0 ? "-" : ""}${digits.slice(0, -4)}.${digits.slice(-4)}`;
};
const money = (e4) => MONEY.format(decimal(e4));
/** So much each, in ten-thousandths rounded to hundredths; null of nobody. */
const each = (e4, count) => (count ? nearest(e4, 100 * count) * 100 : null);
/** Thousandths; null of nothing. */
const part = (count, all) => (all ? nearest(1000 * count, all) : null);
const percent = (thousandths) => SHARE.format(thousandths / 1000);
const share = (count, all) => (all ? percent(part(count, all)) : "–");
const counted = (count, one, many) => `${WHOLE.format(count)} ${count === 1 ? one : many}`;

const country = (code) => {
  if (code === "") return "Not known";
  if (code === "*") return "Other countries";
  try { return COUNTRY.of(code); } catch { return code; }  // no code of a country
};
const dated = (text) => new Date(`${text}T00:00:00Z`);
const day = (text) => (text ? DAY.format(dated(text)) : "–");
/** Of a period: a month "2024-05", a quarter "2024-Q2", a year "2024", or "" for none. */
const period = (key) => {
  if (!key) return "No date";
  if (key.includes("Q")) return `${key.slice(5)} ${key.slice(0, 4)}`;
  return key.length === 7 ? MONTH.format(dated(`${key}-01`)) : key;
};
const lasting = (seconds) => {
  if (seconds === null) return "–";
  const [amount, unit] = seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return style((of) => new Intl.NumberFormat(of, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: unit === "hour" ? 1 : 0 })).format(amount);
};
const ago = (moment) => {
  const hours = (Date.now() - new Date(moment)) / 3_600_000;
  if (hours < 1) return AGO.format(-Math.max(0, Math.round(hours * 60)), "minute");
  return hours < 48 ? AGO.format(-Math.round(hours), "hour") : AGO.format(-Math.round(hours / 24), "day");
};
