// Axes: where values lie, and ticks at round numbers.
const logScale = (axis) => (DATA.powers_of_two.includes(axis) ? "log2" : "log10");

function padded(low, high, scale, room = 0.05) {
  if (scale === "linear") {
    const from = low >= 0 && low < 0.4 * high ? 0 : low - room * (high - low || high || 1);
    return [from, high + room * (high - low || high || 1)];
  }
  const factor = (high / low) ** room;
  return high > low * 1.05 ? [low / factor, high * factor] : [low / 1.3, high * 1.3];
}

// A function from values to pixels.
function scaled(scale, [low, high], [start, end]) {
  const of = scale === "linear" ? (value) => value : Math.log;
  const [first, last] = [of(low), of(high)];
  return (value) => start + ((of(value) - first) / (last - first)) * (end - start);
}

function roundTicks([low, high], most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const ticks = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high * (1 + 1e-9); at += 1) {
    ticks.push(Number((at * step).toPrecision(10)));
  }
  return ticks;
}

function ticksOf(scale, range, most) {
  if (scale === "linear") return roundTicks(range, most);
  const base = scale === "log2" ? 2 : 10;
  const log = (value) => Math.log(value) / Math.log(base);
  const [first, last] = [Math.ceil(log(range[0]) - 1e-9), Math.floor(log(range[1]) + 1e-9)];
  if (last - first < 1) return roundTicks(range, most).filter((value) => value > 0);
  const step = Math.ceil((last - first + 1) / most);
  const ticks = [];
  for (let power = first; power <= last; power += step) ticks.push(base ** power);
  if (base === 10 && ticks.length < most / 2) {
    const threes = ticks.map((tick) => 3 * tick).concat(0.3 * ticks[0]);
    ticks.push(...threes.filter((tick) => tick >= range[0] && tick <= range[1]));
  }
  return ticks.sort((a, b) => a - b);
}

function tickLabel(axis, value) {
  const unit = axis === "usd" ? "$" : "";
  if (value === 0) return `${unit}0`;
  if (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-3) return unit + scientific(value, 3);
  if (Math.abs(value) >= 1e6) return `${unit}${Number((value / 1e6).toPrecision(3))}M`;
  if (Math.abs(value) >= 1e5) return `${unit}${Number((value / 1e3).toPrecision(3))}k`;
  return unit + value.toLocaleString("en-US", { maximumFractionDigits: 4 });
}
