// What each section says, draws and lists: from the cells that the filters leave, to rows.

const REGIONS_DRAWN = 10;
const UNNAMED = "Other or none";
const ORDERS = [["0", "orders_0"], ["1", "orders_1"], ["2", "orders_2"], ["3–4", "orders_3_4"], ["5–9", "orders_5_9"], ["10+", "orders_10"]];
const SPENT = [[0, 50], [50, 100], [100, 250], [250, 500], [500, 1000], [1000, null]].map(([low, high]) => [
  high === null ? `${WHOLE.format(low)}+` : `${WHOLE.format(low)}–${WHOLE.format(high)}`,
  high === null ? `spent_${low}` : `spent_${low}_${high}`,
  high === null ? `${SHORT.format(low)}+` : `${SHORT.format(low)}–${SHORT.format(high)}`,
]);

/** Rows of labelled bars, each with what is told at its end. */
const bars = (rows, label, count, told) => {
  const most = Math.max(1, ...rows.map(count));
  return rows.map((row, at) => ({
    key: at, label: label(row), count: count(row), most, told: told(row), tip: `${label(row)}: ${told(row)}`,
  }));
};
const largest = (rows, of) => rows.reduce((best, row) => (best === null || row[of] > best[of] ? row : best), null);

/** The newest first, those without a date last. */
const newest = (rows) => [...rows.filter((row) => row.period).reverse(), ...rows.filter((row) => !row.period)];

const growthLead = (dated, signed, undated) => {
  if (dated.length === 0) return "No date of sign-up is known.";
  const best = largest(dated, "customers");
  const when = dated.length === 1 ? `in ${period(best.period)}` : `from ${period(dated[0].period)} to ${period(dated[dated.length - 1].period)}`;
  return `${counted(signed, "customer", "customers")} signed up ${when}${dated.length === 1 ? "" : `; most in ${period(best.period)}: ${WHOLE.format(best.customers)}`}.`
    + (undated ? ` Of ${WHOLE.format(undated)} more the date is not known.` : "");
};
const growth = ({ cells, step, sum }) => {
  let so_far = 0;
  const rows = byPeriod(cells, step).map((row) => ({
    period: row.period, customers: row.customers, total: row.period ? so_far += row.customers : null,
  }));
  const dated = rows.filter((row) => row.period);
  const drawn = dated.length > 1 ? dated : [];  // of one period there is nothing to see
  return {
    empty: sum.customers === 0,
    lead: growthLead(dated, so_far, sum.customers - so_far),
    charts: {
      growth: drawn.map((row) => ({ place: row.period, count: row.customers, tip: `${period(row.period)}: ${WHOLE.format(row.customers)} new` })),
      total: drawn.map((row) => ({ place: row.period, count: row.total, tip: `${period(row.period)}: ${WHOLE.format(row.total)} in total` })),
    },
    tables: { growth: newest(rows) },
  };
};

const geography = ({ cells, sum, wish }) => {
  const rows = byCountry(cells);
  const named = rows.filter((row) => row.country.length > 1);
  const regions = rowsOf(given.regions)
    .filter((row) => isOf(wish, row.country))
    .map((row) => ({ ...row, region: row.region || UNNAMED, each: each(row.revenue_e4, row.customers) }));
  return {
    empty: sum.customers === 0,
    lead: named.length === 0 ? "No country is known."
      : `${country(named[0].country)} has the most: ${WHOLE.format(named[0].customers)}, ${share(named[0].customers, sum.customers)} of all shown.`,
    charts: {
      countries: bars(rows, (row) => country(row.country), (row) => row.customers,
        (row) => `${WHOLE.format(row.customers)} · ${share(row.customers, sum.customers)}`),
      regions: bars(regions.filter((row) => row.region !== UNNAMED).slice(0, REGIONS_DRAWN), (row) => `${row.region}, ${country(row.country)}`,
        (row) => row.customers, (row) => WHOLE.format(row.customers)),
    },
    tables: {
      countries: rows.map((row) => ({ ...row, part: part(row.customers, sum.customers), each: each(row.revenue_e4, row.customers) })),
      regions,
    },
  };
};

const worth = ({ sum }) => {
  const counts = { ...sum, orders_0: sum.customers - sum.buyers };
  const banded = (bands, all) => bands.map(([label, name, brief]) => ({ band: label, brief: brief ?? label, customers: counts[name], part: part(counts[name], all) }));
  const drawn = (rows, noun) => rows.map((row) => ({
    label: row.brief, count: row.customers, told: SHORT.format(row.customers),
    tip: `${row.band} ${noun}: ${WHOLE.format(row.customers)}${row.part === null ? "" : `, ${percent(row.part)}`}`,
  }));
  const [often, spent] = [banded(ORDERS, sum.customers), banded(SPENT, sum.buyers)];
  return {
    empty: sum.customers === 0,
    lead: sum.buyers === 0 ? "Nobody shown here has ordered."
      : `${counted(sum.orders, "order", "orders")} of ${money(each(sum.revenue_e4, sum.orders))} on average; ${share(sum.repeat_buyers, sum.buyers)} of those who ordered came back.`,
    charts: { orders: drawn(often, "orders"), spent: drawn(spent, "spent") },
    tables: { orders: often, spent },
  };
};

const cohorts = ({ cells, step, sum }) => {
  const rows = byPeriod(cells, step).filter((row) => row.customers > 0).map((row) => ({
    period: row.period, customers: row.customers, bought: part(row.buyers, row.customers),
    again: part(row.repeat_buyers, row.customers), active: part(row.active_365, row.customers),
    each: each(row.revenue_e4, row.customers),
  }));
  const dated = rows.filter((row) => row.period);
  const drawn = dated.length < 2 ? [] : [["bought", "ordered"], ["again", "ordered again"], ["active", "active"]];
  return {
    empty: sum.customers === 0,
    lead: `Of all shown, ${share(sum.buyers, sum.customers)} have ordered, ${share(sum.repeat_buyers, sum.customers)} more than once, and ${share(sum.active_365, sum.customers)} within the last year.`,
    charts: {
      cohorts: drawn.flatMap(([name, series]) => dated.map((row) => ({
        place: row.period, series, share: row[name] / 1000, tip: `${period(row.period)}: ${percent(row[name])} ${series}`,
      }))),
    },
    tables: { cohorts: newest(rows) },
  };
};

const segments = ({ cells, sum }) => {
  const sums = summed(cells, (cell) => CUBE.segment[cell]);
  const rows = SEGMENTS.map(({ segment, meaning }) => {
    const { customers, orders, revenue_e4 } = sums.get(segment) ?? NOTHING;
    return {
      segment, meaning, customers, part: part(customers, sum.customers), orders, revenue_e4,
      spent: revenue_e4 < 0 || sum.revenue_e4 <= 0 ? null : part(revenue_e4, sum.revenue_e4),
    };
  });
  const best = largest(rows, "revenue_e4");
  const told = (row) => `${percent(row.part)} · ${row.spent === null ? "–" : percent(row.spent)}`;
  return {
    empty: sum.customers === 0,
    lead: best === null || !best.spent ? "Nothing has been spent yet."
      : `${best.segment}: ${percent(best.part)} of customers, ${percent(best.spent)} of what was ever spent.`,
    charts: {
      segments: rows.filter((row) => row.customers).flatMap((row, key) => ["of customers", "of what was spent"].map((series) => ({
        key, series, label: row.segment, told: told(row), share: (series === "of customers" ? row.part : row.spent ?? 0) / 1000,
        tip: `${row.segment}: ${percent(row.part)} of customers, ${row.spent === null ? "–" : percent(row.spent)} of what was spent`,
      }))),
    },
    tables: { segments: rows },
  };
};

const loyalty = ({ sum }) => {
  const rows = rowsOf(given.tiers).map((row) => ({ ...row, tier: row.tier || "No tier" }));
  return {
    empty: sum.loyalty_members === 0 && rows.length === 0,
    lead: sum.loyalty_members === 0 ? "Nobody shown here is in the loyalty programme."
      : `${counted(sum.loyalty_members, "member", "members")}, ${share(sum.loyalty_members, sum.customers)} of all shown, with ${counted(sum.points, "point", "points")}.`,
    charts: { tiers: bars(rows, (row) => row.tier, (row) => row.customers, (row) => `${WHOLE.format(row.customers)} · ${counted(row.points, "point", "points")}`) },
    tables: { tiers: rows },
  };
};

const consent = ({ cells, sum }) => {
  const silent = (row) => row.customers - row.opted_in - row.opted_out;
  const rows = byCountry(cells).map((row) => ({
    country: row.country, customers: row.customers, opted_in: row.opted_in, part: part(row.opted_in, row.customers),
    opted_out: row.opted_out, silent: silent(row), no_mail: row.no_mail,
  }));
  const drawn = [{ label: "All shown", ...sum, silent: silent(sum) }, ...(rows.length > 1 ? rows : [])];
  return {
    empty: sum.customers === 0,
    lead: `${share(sum.opted_in, sum.customers)} have opted in to marketing, ${share(sum.opted_out, sum.customers)} out, ${share(silent(sum), sum.customers)} have not said. ${counted(sum.no_mail, "customer gets", "customers get")} no mail at all.`,
    charts: {
      consent: drawn.flatMap((row, key) => [["opted in", row.opted_in], ["opted out", row.opted_out], ["not said", row.silent]].map(([series, count], rank) => ({
        key, rank, series, count, label: row.label ?? country(row.country), told: `${share(row.opted_in, row.customers)} in`,
        tip: `${row.label ?? country(row.country)}: ${WHOLE.format(count)} ${series}, ${share(count, row.customers)}`,
      }))),
    },
    tables: { consent: rows },
  };
};

const DAYS_DRAWN = 90;
const changes = () => {
  const rows = rowsOf(given.changes);
  const last = rows[rows.length - 1];
  const kinds = [["new", "inserted"], ["changed", "updated"], ["deleted", "deleted"], ["merged", "merged"]];
  return {
    empty: rows.length === 0,
    lead: last ? `On ${day(last.day)}: ${WHOLE.format(last.inserted)} new, ${WHOLE.format(last.updated)} changed, ${WHOLE.format(last.deleted)} deleted, ${WHOLE.format(last.merged)} merged.` : "",
    charts: {
      changes: rows.slice(-DAYS_DRAWN).flatMap((row) => kinds.map(([series, name], rank) => ({
        place: row.day, rank, series, count: row[name], tip: `${day(row.day)}: ${WHOLE.format(row[name])} ${series}`,
      }))),
    },
    tables: { changes: rows.reverse() },
  };
};

const quality = () => {
  const named = (check) => (check.charAt(0).toUpperCase() + check.slice(1)).replaceAll("_", " ");
  const rows = rowsOf(given.quality)
    .map((row) => ({ ...row, name: named(row.check), part: part(row.customers, given.customers) }))
    .sort((one, other) => other.customers - one.customers);
  const found = rows.filter((row) => row.customers > 0);
  return {
    empty: given.customers === 0,
    lead: found.length ? `${WHOLE.format(found.length)} of ${counted(rows.length, "check", "checks")} found something; most often: ${found[0].meaning}.`
      : "No check has found anything.",
    charts: { quality: bars(found, (row) => row.name, (row) => row.customers, (row) => `${WHOLE.format(row.customers)} · ${percent(row.part)}`) },
    tables: { quality: rows },
  };
};

const SYNCS_DRAWN = 60;
const syncs = () => {
  const rows = rowsOf(given.syncs);
  const last = rows[rows.length - 1];
  const drawn = rows.length > 1 ? rows.slice(-SYNCS_DRAWN) : [];
  const unproven = rows.filter((row) => row.proof !== "proven").length;
  return {
    empty: rows.length === 0,
    lead: last ? `${counted(rows.length, "snapshot", "snapshots")}, ${unproven ? `${WHOLE.format(unproven)} not proven complete` : rows.length === 1 ? "proven complete" : "each proven complete"}; the newest took ${counted(last.requests, "request", "requests")}, ${WHOLE.format(last.requests_floor)} at the least.` : "",
    charts: {
      syncs: drawn.map((row) => ({
        place: row.at, count: row.requests, least: row.requests_floor,
        tip: `${MOMENT.format(new Date(row.at))}: ${counted(row.requests, "request", "requests")}, ${WHOLE.format(row.requests_floor)} at the least`,
      })),
      rows: drawn.map((row) => ({
        place: row.at, count: row.rows, tip: `${MOMENT.format(new Date(row.at))}: ${counted(row.rows, "customer", "customers")}`,
      })),
    },
    tables: { syncs: rows.reverse() },
  };
};

const highest = ({ wish }) => {
  const rows = rowsOf(given.top).filter((row) => isOf(wish, row.country)
    && (!wish.segment || row.segment === wish.segment));
  const sum = rows.reduce((all, row) => all + row.revenue_e4, 0);
  return {
    empty: rows.length === 0,
    lead: rows.length ? `${rows.length === 1 ? "This customer has" : `These ${WHOLE.format(rows.length)} have`} spent ${money(sum)} in total.` : "",
    charts: {},
    tables: { top: rows },
  };
};
