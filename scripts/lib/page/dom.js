// Elements and numbers. Texts only ever become text nodes: nothing here reads markup.
const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

function announce(text) {
  document.getElementById("announce").textContent = text;
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const raised = (power) =>
  (power < 0 ? "⁻" : "") + [...String(Math.abs(power))].map((digit) => RAISED[digit]).join("");

function scientific(value, digits) {
  const [leading, power] = value.toExponential(digits - 1).split("e").map(Number);
  return leading === 1 ? `10${raised(power)}` : `${leading} × 10${raised(power)}`;
}

function number(value, digits = 4) {
  if (value === null || value === undefined) return "unknown";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return scientific(value, digits - 1);
  return Number(value.toPrecision(digits)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

const dollars = (value) => (value === null || value === undefined ? "unknown" : `$${number(value)}`);
const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)} %`;
const amount = (axis, value) => (axis === "usd" ? dollars(value) : number(value));
const interval = (low, high) =>
  low === null || low === undefined ? null : `${(100 * low).toFixed(1)} to ${percent(high)}`;
