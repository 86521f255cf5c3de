// Markers and lines, the same as in the drawn figures.
const LINE_WIDTH = 2;

const polygon = (corners, size) =>
  `M${corners.map(([x, y]) => `${(x * size).toFixed(2)},${(y * size).toFixed(2)}`).join("L")}Z`;
const around = (count, turn) =>
  Array.from({ length: count }, (_, at) => {
    const angle = turn + (2 * Math.PI * at) / count;
    return [Math.cos(angle), Math.sin(angle)];
  });
const SQUARE = [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]];
const UP = [[0, -1.1], [1.05, 0.8], [-1.05, 0.8]];
const turned = (corners, turn) => corners.map(([x, y]) => turn(x, y));
const CROSS = [
  [-0.5, -1], [0, -0.5], [0.5, -1], [1, -0.5], [0.5, 0], [1, 0.5],
  [0.5, 1], [0, 0.5], [-0.5, 1], [-1, 0.5], [-0.5, 0], [-1, -0.5],
];
const PLUS = [
  [-0.36, -1.05], [0.36, -1.05], [0.36, -0.36], [1.05, -0.36], [1.05, 0.36], [0.36, 0.36],
  [0.36, 1.05], [-0.36, 1.05], [-0.36, 0.36], [-1.05, 0.36], [-1.05, -0.36], [-0.36, -0.36],
];
const CORNERS = {
  s: SQUARE,
  "^": UP,
  v: turned(UP, (x, y) => [x, -y]),
  "<": turned(UP, (x, y) => [y, x]),
  ">": turned(UP, (x, y) => [-y, x]),
  D: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
  P: PLUS,
  X: CROSS,
  h: around(6, Math.PI / 6),
};

function markerPath(marker, size) {
  const corners = CORNERS[marker];
  if (corners) return polygon(corners, size);
  return `M${-size},0A${size},${size} 0 1 1 ${size},0A${size},${size} 0 1 1 ${-size},0Z`;
}

// Filled: computed here. Hollow: a published number. Hollow and thin: read off a published figure.
function marker(style, origin, x, y) {
  const [size, fill, width] = DATA.published.includes(origin)
    ? [4.6, "#ffffff", 1.8]
    : DATA.read_off.includes(origin)
      ? [3.5, "#ffffff", 0.9]
      : [4, style.colour, 1];
  return svg("path", {
    class: "marker",
    d: markerPath(style.marker, size),
    transform: `translate(${x.toFixed(2)},${y.toFixed(2)})`,
    fill,
    stroke: style.colour,
    "stroke-width": width,
  });
}

const dashes = (line) =>
  line ? line.split(" ").map((length) => Number(length) * LINE_WIDTH).join(" ") : null;

function swatch(style, origin, joined) {
  const line = svg("line", {
    x1: 1, x2: 37, y1: 8, y2: 8,
    stroke: style.colour, "stroke-width": LINE_WIDTH, "stroke-dasharray": dashes(style.line),
  });
  const parts = [joined ? line : null, marker(style, origin, 19, 8)];
  return svg("svg", { width: 38, height: 16, "aria-hidden": "true", class: "swatch" }, parts);
}
