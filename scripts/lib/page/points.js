// What is said of points: small texts beside them, and all numbers of the one that is looked at.
const PLACES = [[8, 4, "start"], [-8, 4, "end"], [0, -9, "middle"], [0, 17, "middle"], [7, -7, "start"], [-7, -7, "end"]];

function textBeside(panel, state, one, at) {
  if (panel.named) return one.table.setting[at] ?? "";
  const waits = one.table.method === "forcing" && state.x !== "waits" ? one.table.waits[at] : 0;
  return waits ? `${waits}×` : "";
}

// Each text goes where it covers no marker and no other text, if there is such a place.
function pointLabels(panel, state, series, box) {
  const spots = series.flatMap((one) =>
    one.seen.filter((point) => one.marked.has(point.at)).map((point) => ({ left: point.px - 5, right: point.px + 5, top: point.py - 5, bottom: point.py + 5 })));
  const taken = [];
  const covers = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const labels = [];
  for (const one of series) {
    for (const point of one.seen.filter((other) => one.marked.has(other.at))) {
      const text = textBeside(panel, state, one, point.at);
      if (!text) continue;
      const places = PLACES.map(([dx, dy, anchor]) => {
        const width = 6.2 * text.length;
        const left = point.px + dx - (anchor === "start" ? 0 : anchor === "end" ? width : width / 2);
        const area = { left, right: left + width, top: point.py + dy - 10, bottom: point.py + dy + 2 };
        const outside = area.left < box.left || area.right > box.right + 10 || area.top < box.top - 4 || area.bottom > box.bottom;
        const cost = 9 * outside + 4 * taken.filter((other) => covers(area, other)).length + spots.filter((spot) => covers(area, spot)).length;
        return { dx, dy, anchor, area, cost };
      });
      const best = places.reduce((a, b) => (b.cost < a.cost ? b : a));
      taken.push(best.area);
      labels.push(svg("text", { x: point.px + best.dx, y: point.py + best.dy, "text-anchor": best.anchor }, text));
    }
  }
  return labels;
}

// Name and value of all that is known of a point, the first line its setting.
function factsOf(one, at, axis) {
  const { table } = one;
  const facts = [["accuracy", percent(table.accuracy[at])]];
  const add = (name, text) => text !== null && text !== undefined && facts.push([name, text]);
  if (!one.curve) {
    add("interval", interval(table.low[at], table.high[at]));
    add(DATA.axes[axis] ?? "x", number(table.x[at]));
    add("samples (n)", table.n[at]);
    add("origin", origins(table.origin[at]));
    add("source", table.source[at]);
    return facts;
  }
  add("on new problems, 95 %", interval(table.low[at], table.high[at]));
  add("on these problems, 95 %", interval(table.low_benchmark[at], table.high_benchmark[at]));
  add("tokens / problem", number(table.tokens[at]));
  add("serial tokens / problem", number(table.serial_tokens[at]));
  add("FLOPs / problem", number(table.flops[at]));
  add("dollars / problem", dollars(table.usd[at]));
  for (const other of ["thinking_tokens", "train_flops", "train_examples"]) {
    if (axis === other) add(DATA.axes[other], number(table[other][at]));
  }
  add(table.counts, table.n[at]);
  add("problems", table.problems[at]);
  add("origin", origins(table.origin[at]));
  return facts;
}

const ORIGINS = {
  measured: "measured here",
  recorded: "computed from samples of others",
  log: "published, in a log",
  table: "published, in a table",
  text: "published, in a text",
  vector: "read off a published figure",
  digitised: "read off a published figure by its pixels",
};
const origins = (name) => ORIGINS[name] ?? name;
