// Sums over the cells of the cube that the filters leave.

/** A column as it was written: runs are `[value, times]`, texts are places in a list of words. */
const column = (held) => {
  const plain = [];
  for (const one of held.words ? held.places : held) {
    if (Array.isArray(one)) for (let times = one[1]; times > 0; times--) plain.push(one[0]);
    else plain.push(one);
  }
  return held.words ? plain.map((place) => held.words[place]) : plain;
};
/** A sheet by its columns. */
const columnsOf = (sheet) => Object.fromEntries(sheet.columns.map((name, at) => [name, column(sheet.values[at])]));
/** A sheet by its rows. */
const rowsOf = (sheet) => {
  const columns = Object.entries(columnsOf(sheet));
  return columns.length === 0 ? []
    : columns[0][1].map((_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])));
};

const CUBE = columnsOf(given.cube);
const MEASURES = given.cube.columns.slice(3);
const NOTHING = Object.freeze(Object.fromEntries(MEASURES.map((name) => [name, 0])));
const SEGMENTS = rowsOf(given.segments);

/** The month, quarter or year that a month is in. */
const PERIODS = {
  month: (month) => month,
  quarter: (month) => month && `${month.slice(0, 4)}-Q${Math.ceil(Number(month.slice(5)) / 3)}`,
  year: (month) => month.slice(0, 4),
};

/** Whether a month is within what is asked for; one that is not known is in no range. */
const within = (month, wish) => (!wish.from && !wish.to)
  || (month !== "" && (!wish.from || month >= wish.from) && (!wish.to || month <= wish.to));

/** Whether a country is the one asked for; those that are not told apart are one. `-` asks for none. */
const NAMED = new Set(CUBE.country);
const isOf = (wish, code) => !wish.country || wish.country === (code === "" ? "-" : NAMED.has(code) ? code : "*");

/** Places of the cells that are asked for. */
const cellsOf = (wish) => CUBE.month.flatMap((month, cell) => (within(month, wish) && isOf(wish, CUBE.country[cell])
  && (!wish.segment || CUBE.segment[cell] === wish.segment) ? [cell] : []));

/** Sums of these cells by a key of each, in the order in which the keys come. */
const summed = (cells, keyOf) => {
  const sums = new Map();
  for (const cell of cells) {
    const key = keyOf(cell);
    let sum = sums.get(key);
    if (!sum) sums.set(key, sum = { ...NOTHING });
    for (const name of MEASURES) sum[name] += CUBE[name][cell];
  }
  return sums;
};
const total = (cells) => summed(cells, () => "").get("") ?? { ...NOTHING };

/** All months from one to another, both included; of too many only those that are given. */
const MONTHS_MAX = 600;
const monthsFrom = (known) => {
  const [first, last] = [known[0], known[known.length - 1]];
  if (!first) return known;
  const at = (month) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;
  if (at(last) - at(first) >= MONTHS_MAX) return known;
  return Array.from({ length: at(last) - at(first) + 1 }, (_, more) => {
    const month = at(first) + more;
    return `${String(Math.floor(month / 12)).padStart(4, "0")}-${String((month % 12) + 1).padStart(2, "0")}`;
  });
};
const knownMonths = (cells) => [...new Set(cells.map((cell) => CUBE.month[cell]))].filter(Boolean).sort();

/** Steps in which so many months are told apart at a glance. */
const stepFor = (months) => (months <= 36 ? "month" : months <= 120 ? "quarter" : "year");

/** Sums by period, oldest first, also of periods without anybody; "" for those without a date comes last. */
const byPeriod = (cells, step) => {
  const sums = summed(cells, (cell) => PERIODS[step](CUBE.month[cell]));
  const keys = [...new Set(monthsFrom(knownMonths(cells)).map(PERIODS[step]))];
  return [...keys, ...(sums.has("") ? [""] : [])].map((key) => ({ period: key, ...(sums.get(key) ?? NOTHING) }));
};

/** Sums by country, largest first; those without a name last. */
const byCountry = (cells) => [...summed(cells, (cell) => CUBE.country[cell])]
  .map(([code, sum]) => ({ country: code, ...sum }))
  .sort((one, other) => (one.country.length < 2) - (other.country.length < 2)
    || other.customers - one.customers || (one.country < other.country ? -1 : 1));
