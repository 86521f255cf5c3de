// A chart of one panel: accuracy against one axis, drawn anew whenever something changes.
let clips = 0;
const MARGIN = { top: 22, right: 14, bottom: 46, left: 46 };

const axisLabel = (panel, axis) => (axis === panel.x ? panel.x_label : DATA.axes[axis]);

// The series of a panel on an axis, with their points from left to right.
function seriesOn(panel, state) {
  return panel.series.map((series) => {
    const name = series.curve ?? series.label;
    const shown = { name, style: series.style, hidden: state.hidden.has(name), curve: series.curve };
    const table = series.curve ? DATA.curves[series.curve] : series.points;
    const own = series.curve ? table.axes[state.x] : state.x === panel.x && publishedAxis(table);
    const label = series.curve ? table.label : series.label;
    const none = { ...shown, label, table, points: [], paths: [], marked: new Set(), origin: "log" };
    if (!own) return none;
    const xs = series.curve ? table[state.x] : table.x;
    const point = (at) => ({ at, x: xs[at] ?? 0, y: table.accuracy[at], series: name });
    const fits = (one) => state.scale === "linear" || one.x > 0;
    return {
      ...none,
      origin: table.origin[own.order[0]],
      points: own.order.map(point).filter(fits),
      paths: panel.joined ? own.paths.map((path) => path.map(point).filter(fits)) : [],
      marked: new Set(own.marked),
    };
  });
}

// Ranges that a panel sets may leave points out: they are neither drawn nor looked at.
const inside = ({ px, py }, box) =>
  px > box.left - 1e-6 && px < box.right + 1e-6 && py > box.top - 1e-6 && py < box.bottom + 1e-6;

function publishedAxis(table) {
  const order = table.x.map((_, at) => at).filter((at) => table.x[at] !== null);
  return { order, paths: [], marked: order };
}

function rangeOf(panel, state, series) {
  if (panel.limits && state.x === panel.x && state.scale === panel.scale) return panel.limits;
  const xs = series.flatMap((one) => one.points.map((point) => point.x));
  const regions = state.x === panel.x ? panel.regions.flatMap((r) => [r.start, r.end]) : [];
  const all = xs.concat(regions.filter((x) => state.scale === "linear" || x > 0));
  return all.length ? padded(Math.min(...all), Math.max(...all), state.scale) : [1, 10];
}

// Draw into `frame`, an <svg>; return the series with the pixels of their points.
function drawChart(frame, panel, state, width) {
  const height = Math.round(Math.min(380, Math.max(250, 0.68 * width)));
  const box = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const series = seriesOn(panel, state);
  const range = rangeOf(panel, state, series);
  const [low, high] = panel.accuracy;
  const room = 0.02 * (high - low);
  const x = scaled(state.scale, range, [box.left, box.right]);
  const y = scaled("linear", [low - room, high + room], [box.bottom, box.top]);
  for (const one of series) {
    for (const point of one.points) Object.assign(point, { px: x(point.x), py: y(point.y) });
    one.seen = one.points.filter((point) => inside(point, box));
  }
  const visible = series.filter((one) => !one.hidden);
  fill(frame, { viewBox: `0 0 ${width} ${height}`, width, height }, []);
  const clip = `clip-${(clips += 1)}`;
  frame.replaceChildren(
    svg("clipPath", { id: clip }, svg("rect", { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top })),
    regions(panel, state, x, box, width),
    grid(panel, state, range, x, y, box, width),
    svg("g", { "clip-path": `url(#${clip})` }, visible.map((one) => [bars(one, y), lines(one, x, y)])),
    svg("g", {}, panel.to_beat.map((name) => toBeat(series, name, box))),
    svg("g", { "clip-path": `url(#${clip})` }, Object.entries(panel.chance).map(([name, guess]) => guessing(visible, name, guess, y))),
    svg("g", {}, visible.map(markers)),
    svg("g", { class: "labels" }, pointLabels(panel, state, visible, box)),
  );
  return series;
}

function regions(panel, state, x, box, width) {
  const shown = state.x === panel.x ? panel.regions : [];
  const parts = shown.flatMap((region, at) => {
    const start = Math.max(box.left, x(region.start) || box.left);
    const end = Math.min(box.right, x(region.end));
    if (end <= start) return [];
    const shade = svg("rect", {
      x: start, y: box.top, width: Math.max(0, end - start), height: box.bottom - box.top,
      class: at % 2 ? "region plain" : "region",
    });
    const middle = (start + end) / 2;
    const outside = middle + 3 * region.label.length > width;
    const name = svg("text", { x: outside ? width - 2 : middle, y: box.top - 8, "text-anchor": outside ? "end" : "middle" }, region.label);
    return [shade, name];
  });
  return svg("g", {}, parts);
}

function grid(panel, state, range, x, y, box, width) {
  const across = ticksOf(state.scale, range, Math.max(3, Math.floor((box.right - box.left) / 68)));
  const up = roundTicks(panel.accuracy, 5);
  return svg(
    "g", { class: "axes" },
    up.map((tick) => svg("line", { x1: box.left, x2: box.right, y1: y(tick), y2: y(tick), class: "grid" })),
    across.map((tick) => svg("line", { x1: x(tick), x2: x(tick), y1: box.top, y2: box.bottom, class: "grid" })),
    svg("path", { d: `M${box.left},${box.top}V${box.bottom}H${box.right}`, class: "frame" }),
    up.map((tick) => svg("text", { x: box.left - 7, y: y(tick) + 4, "text-anchor": "end" }, `${Number((100 * tick).toPrecision(4))}%`)),
    across.map((tick) => {
      const text = tickLabel(state.x, tick);
      const outside = x(tick) + 3.2 * text.length > width;
      return svg("text", { x: outside ? width - 1 : x(tick), y: box.bottom + 16, "text-anchor": outside ? "end" : "middle" }, text);
    }),
    svg("text", { x: (box.left + box.right) / 2, y: box.bottom + 36, "text-anchor": "middle", class: "name" }, axisLabel(panel, state.x)),
    svg("text", { x: box.left - 40, y: 12, class: "name" }, "accuracy"),
  );
}

function bars(one, y) {
  const { table, style } = one;
  const bar = (point, low, high, width) =>
    low?.[point.at] === null || low?.[point.at] === undefined
      ? []
      : [svg("line", { x1: point.px, x2: point.px, y1: y(low[point.at]), y2: y(high[point.at]), stroke: style.colour, "stroke-width": width, "stroke-opacity": 0.5 })];
  const marked = one.points.filter((point) => one.marked.has(point.at));
  return marked.flatMap((point) => [
    ...bar(point, table.low, table.high, 1.2),
    ...bar(point, table.low_benchmark, table.high_benchmark, 3.6),
  ]);
}

function lines(one, x, y) {
  return one.paths.filter((path) => path.length > 1).map((path) =>
    svg("polyline", {
      points: path.map((point) => `${x(point.x).toFixed(2)},${y(point.y).toFixed(2)}`).join(" "),
      fill: "none", stroke: one.style.colour, "stroke-width": LINE_WIDTH,
      "stroke-dasharray": dashes(one.style.line), "stroke-linejoin": "round",
    }));
}

function toBeat(series, name, box) {
  const one = series.find((other) => other.name === name);
  if (!one || one.hidden || !one.points.length) return null;
  const best = one.points.reduce((a, b) => (b.y > a.y ? b : a));
  if (!inside(best, box)) return null;
  const line = { x1: best.px, x2: box.right, y1: best.py, y2: best.py };
  return svg("g", {},
    svg("line", { ...line, stroke: one.style.colour, "stroke-dasharray": "1.5 2.5" }),
    svg("text", { x: box.right, y: best.py - 5, "text-anchor": "end" }, "to beat"));
}

// What as many guesses as a point has samples would reach.
function guessing(series, name, guess, y) {
  const one = series.find((other) => other.name === name);
  const points = one ? one.points.filter((point) => one.table.n[point.at] !== null) : [];
  if (!points.length) return null;
  const floor = points.map((point) => [point.px, y(1 - (1 - guess) ** one.table.n[point.at])]).sort((a, b) => a[0] - b[0]);
  const [px, py] = floor.at(-1);
  return svg("g", { class: "chance" },
    svg("polyline", { points: floor.map((at) => at.map((v) => v.toFixed(2)).join(",")).join(" ") }),
    svg("text", { x: px, y: py + 14, "text-anchor": "end" }, "guessing"));
}

const markers = (one) =>
  one.seen
    .filter((point) => one.marked.has(point.at))
    .map((point) => marker(one.style, one.table.origin[point.at], point.px, point.py));
