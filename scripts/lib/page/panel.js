// A panel: its axis and scale, the chart, the point that is looked at, the legend, the numbers.
const FINGERS = matchMedia("(hover: none)");
// The pool and the setting of the samples that a point is drawn from, if they are in the page.
const samplesOf = (one, at) => DATA.sources[one.curve]?.points[at];

class Panel {
  constructor(panel) {
    this.panel = panel;
    this.state = { x: panel.x, scale: panel.scale, hidden: new Set() };
    this.kind = null;
    this.at = null;
    this.frame = svg("svg", {
      tabindex: 0, role: "application", "aria-roledescription": "chart",
      onpointermove: (event) => this.hover(event), onpointerdown: (event) => this.press(event), onclick: () => this.click(),
      onpointerleave: (event) => event.pointerType === "mouse" && this.show(null),
      onkeydown: (event) => this.key(event), onblur: () => this.show(null),
    });
    this.tip = el("div", { class: "tip", hidden: true });
    this.legend = el("ul", { class: "legend", "aria-label": "Series; each can be hidden" });
    this.numbers = el("details", { class: "numbers", ontoggle: () => this.table() }, el("summary", {}, "Numbers"));
    this.node = el("div", { class: "panel" },
      el("div", { class: "bar" }, el("h4", {}, panel.title), this.controls()),
      el("div", { class: "chart" }, this.frame, this.tip), this.legend, this.numbers);
    new ResizeObserver(() => this.draw()).observe(this.frame.parentNode);
  }

  controls() {
    const options = this.panel.axes.map((axis) => el("option", { value: axis }, axisLabel(this.panel, axis)));
    const axis = el("select", { "aria-label": "x axis", onchange: (event) => this.setAxis(event.target.value, this.kind) }, options);
    this.scales = ["log", "linear"].map((name) =>
      el("button", { type: "button", "data-scale": name, onclick: () => this.setAxis(this.state.x, name) }, name));
    this.mark();
    return el("div", { class: "controls" }, options.length > 1 ? axis : null,
      el("div", { class: "switch", role: "group", "aria-label": "scale of the x axis" }, this.scales));
  }

  // An axis of a kind that was chosen, or else the panel's own scale on its own axis, and a logarithm on others.
  setAxis(axis, kind) {
    const own = axis === this.panel.x && (kind === null || this.panel.scale !== "linear");
    this.kind = kind;
    Object.assign(this.state, { x: axis, scale: kind === "linear" ? kind : own ? this.panel.scale : logScale(axis) });
    this.mark();
    this.draw();
  }

  mark() {
    for (const button of this.scales) {
      const linear = button.dataset.scale === "linear";
      button.setAttribute("aria-pressed", String(linear === (this.state.scale === "linear")));
    }
  }

  draw() {
    const width = Math.floor(this.frame.parentNode.clientWidth);
    if (!width) return;
    const { title } = this.panel;
    this.frame.setAttribute("aria-label", `${title}: accuracy against ${axisLabel(this.panel, this.state.x)}. Arrow keys go from point to point, Enter reads the samples of one.`);
    this.series = drawChart(this.frame, this.panel, this.state, width);
    this.ring = svg("circle", { r: 9, class: "ring", visibility: "hidden" });
    this.frame.append(this.ring);
    this.show(null);
    this.drawLegend();
    this.table();
  }

  drawLegend() {
    const focused = this.legend.contains(document.activeElement) ? document.activeElement.dataset.series : null;
    this.legend.replaceChildren(...this.series.map((one) => {
      const all = one.curve ? DATA.curves[one.curve].accuracy.filter((y) => y !== null).length : one.table.accuracy.length;
      const lost = all - one.points.length;
      const outside = one.points.length - one.seen.length;
      const missing = [lost ? `${lost} not on this axis` : null, outside ? `${outside} outside of the frame` : null].filter((text) => text);
      const note = !one.points.length ? " (not known on this axis)" : missing.length ? ` (${missing.join(", ")})` : "";
      const toggle = () => {
        if (!this.state.hidden.delete(one.name)) this.state.hidden.add(one.name);
        this.draw();
      };
      return el("li", {}, el("button", { type: "button", "data-series": one.name, "aria-pressed": String(!one.hidden), title: one.hidden ? "show" : "hide", onclick: toggle },
        swatch(one.style, one.origin, this.panel.joined && one.curve), el("span", {}, one.label, note ? el("i", {}, note) : null)));
    }));
    if (focused !== null) [...this.legend.querySelectorAll("button")].find((button) => button.dataset.series === focused)?.focus();
  }

  visible() {
    return this.series.filter((one) => !one.hidden && one.seen.length);
  }

  // A mouse has shown a point before it opens it; a finger or pen shows it first, and opens it when it comes again.
  press(event) {
    const before = this.at;
    this.hover(event);
    this.opens = event.pointerType === "mouse" || (before?.one === this.at?.one && before?.index === this.at?.index);
  }

  click() {
    if (this.opens !== false) this.read();
    this.opens = true;
  }

  hover(event) {
    const place = this.frame.getBoundingClientRect();
    const [x, y] = [event.clientX - place.left, event.clientY - place.top];
    let best = null;
    for (const one of this.visible()) {
      one.seen.forEach((point, index) => {
        const far = Math.hypot(point.px - x, point.py - y);
        if (far < (best?.far ?? 26)) best = { far, one, index };
      });
    }
    this.show(best);
  }

  // Look at one point, or at none.
  show(found, aloud = false) {
    this.at = found;
    this.tip.hidden = !found;
    this.ring?.setAttribute("visibility", found ? "visible" : "hidden");
    if (!found) return;
    const { one, index } = found;
    const point = one.seen[index];
    this.ring.setAttribute("cx", point.px);
    this.ring.setAttribute("cy", point.py);
    const facts = factsOf(one, point.at, this.state.x);
    const setting = one.table.setting[point.at];
    this.tip.replaceChildren(el("div", {},
      el("strong", {}, swatch(one.style, one.table.origin[point.at], false), one.label),
      setting ? el("div", { class: "setting" }, setting) : null,
      el("dl", {}, facts.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)])),
      samplesOf(one, point.at) ? el("div", { class: "quiet" }, `${FINGERS.matches ? "tap again" : "click or Enter"}: read its samples`) : null));
    const width = this.frame.clientWidth;
    const right = point.px > width / 2;
    this.tip.style.left = right ? "auto" : `${point.px + 16}px`;
    this.tip.style.right = right ? `${width - point.px + 16}px` : "auto";
    this.tip.style.top = `${Math.max(0, point.py - 40)}px`;
    if (aloud) announce(`${one.label}, ${setting ?? ""}: ${facts.map((fact) => fact.join(" ")).join(", ")}`);
  }

  key(event) {
    const series = this.visible();
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const turn = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape") return this.show(null);
    if (event.key === "Enter") return this.read();
    if (!series.length || !(step || turn || ["Home", "End"].includes(event.key))) return;
    event.preventDefault();
    let which = Math.max(0, series.findIndex((one) => one.name === this.at?.one.name));
    let index = this.at ? this.at.index : -1;
    if (step) index = this.at ? index + step : step > 0 ? 0 : series[which].seen.length - 1;
    if (event.key === "Home") index = 0;
    if (event.key === "End") index = Infinity;
    if (turn) {
      const from = this.at ? this.at.one.seen[this.at.index].px : 0;
      which = this.at ? (which + turn + series.length) % series.length : 0;
      const far = series[which].seen.map((point) => Math.abs(point.px - from));
      index = far.indexOf(Math.min(...far));
    }
    const one = series[which];
    this.show({ one, index: Math.min(Math.max(index, 0), one.seen.length - 1) }, true);
  }

  read() {
    if (!this.at) return;
    const { one, index } = this.at;
    const from = samplesOf(one, one.seen[index].at);
    if (from) openReader(one.curve, ...from);
  }

  table() {
    if (!this.numbers.open || !this.series) return;
    const rows = this.series.flatMap((one) => one.points.map((point) => el("tr", {},
      el("th", { scope: "row" }, one.label), el("td", {}, one.table.setting[point.at] ?? ""),
      el("td", { class: "number" }, amount(this.state.x, point.x)), el("td", { class: "number" }, percent(point.y)),
      el("td", { class: "number" }, interval(one.table.low?.[point.at], one.table.high?.[point.at]) ?? ""))));
    const heads = ["Series", "Setting", axisLabel(this.panel, this.state.x), "Accuracy", "95 %, new problems"];
    this.numbers.querySelector(".wide")?.remove();
    this.numbers.append(el("div", { class: "wide tall" }, el("table", {},
      el("thead", {}, el("tr", {}, heads.map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, rows))));
  }
}
