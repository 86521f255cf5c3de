// The reader: a curve or pool, one of its problems, one sample, and its trace.
let openReader = () => {};

class Reader {
  constructor(place) {
    this.pools = new Map(DATA.pools.map((pool) => [pool.name, pool]));
    this.sources = el("select", { id: "read-source", onchange: () => this.setSource(this.sources.value) }, this.options());
    this.problems = el("select", { id: "read-problem", onchange: () => this.setProblem(this.problems.selectedIndex) });
    this.matrix = new Matrix((at) => this.setSample(at));
    this.question = el("div", { class: "question" });
    this.trace = el("div", { class: "sample", "aria-live": "off" });
    this.turns = [[-1, "‹", "previous problem"], [1, "›", "next problem"]].map(([by, sign, title]) =>
      el("button", { type: "button", title, "aria-label": title, onclick: () => this.setProblem(this.problem + by) }, sign));
    place.append(el("div", { class: "pick" },
      el("label", { for: "read-source" }, "Samples of", this.sources),
      el("label", { for: "read-problem" }, "Problem", this.problems), el("span", { class: "turn" }, this.turns)),
      this.note = el("p", { class: "note", hidden: true }), this.question,
      el("div", { class: "reading" }, this.matrix.node, this.trace));
    openReader = (...wanted) => this.open(...wanted);
    this.setSource(this.sources.value);
  }

  options() {
    const curves = Object.entries(DATA.sources).flatMap(([name, curve]) => Object.keys(curve.pools).map((pool, _, { length }) =>
      el("option", { value: JSON.stringify([pool, name]) }, length > 1 ? `${curve.label} · ${pool}` : `${curve.label} (${name})`)));
    const pools = DATA.pools.map((pool) => el("option", { value: JSON.stringify([pool.name, null]) }, `${pool.name} · ${pool.model} on ${pool.benchmark || "recorded problems"}`));
    return [el("optgroup", { label: "Curves" }, curves), el("optgroup", { label: "Pools" }, pools)];
  }

  async setSource(value, setting = null) {
    const [name, curve] = JSON.parse(value);
    this.pool = this.pools.get(name);
    // All settings of a pool, or those that the curve is drawn from.
    this.settings = DATA.sources[curve]?.pools[name] ?? this.pool.settings.map((_, at) => at);
    const { pool } = this;
    const sum = (table, at) => this.settings.reduce((total, one) => total + table[one][at], 0);
    this.problems.replaceChildren(...pool.problems.map((id, at) => el("option", {}, `${id} · ${sum(pool.right, at)} of ${sum(pool.of, at)} right`)));
    const count = pool.problems.length;
    const problems = count < pool.all_problems ? `the first ${number(count, 9)} of ${number(pool.all_problems, 9)} problems` : "each problem";
    const cut = pool.kept < pool.samples ? `The page holds ${number(pool.kept, 9)} of this pool's ${number(pool.samples, 9)} samples: the first of each setting, of ${problems}. ` : "";
    const hash = pool.hidden ? "Its problems must not be published: they are named by hash, and what was written on them is not shown." : "";
    this.note.textContent = cut + hash;
    this.note.hidden = !(cut || hash);
    await this.setProblem(0, setting);
  }

  async setProblem(index, setting = null) {
    const { pool } = this;
    if (index < 0 || index >= pool.problems.length) return;
    this.problem = index;
    this.problems.selectedIndex = index;
    this.turns[0].disabled = index === 0;
    this.turns[1].disabled = index === pool.problems.length - 1;
    let held = 0;
    const block = pool.blocks.find(([, count]) => index < (held += count));
    const wanted = [pool, index];
    this.wanted = wanted;
    const { problems } = await unpack(block[0]);
    if (this.wanted !== wanted) return;
    this.shown = problems[index - (held - block[1])];
    const { samples } = this.shown;
    this.question.replaceChildren(
      el("div", { class: "problem", dir: "auto" }, this.shown.text === null ? el("i", {}, "The text of this problem is not here.") : written(this.shown.text)),
      this.shown.answer === null ? "" : el("div", { class: "gold" }, "answer ", el("bdi", { class: "answer" }, written(this.shown.answer))));
    const first = [setting, ...this.settings].map((one) => samples.setting.indexOf(one)).find((at) => at >= 0);
    this.matrix.show(pool, this.shown, this.settings, first);
    this.setSample(first);
  }

  setSample(at) {
    this.matrix.mark(at);
    if (at === undefined) return this.trace.replaceChildren(el("p", { class: "note" }, "No sample of this problem is in the page."));
    const { samples } = this.shown;
    const sample = Object.fromEntries(Object.entries(samples).map(([name, column]) => [name, column[at]]));
    const pieces = typeof sample.text === "string" ? [sample.text] : sample.text;
    const none = this.shown.hidden ? "What was written on this problem is not shown." : "The text of this sample was not kept.";
    this.trace.replaceChildren(
      el("h4", {}, `Sample ${sample.sample}`, el("span", { class: "quiet" }, ` ${settingName(this.pool, sample.setting)}`)),
      traceHead(this.shown, sample),
      pieces === null ? el("p", { class: "note" }, none) : traceBody(pieces, this.pool.scorers));
  }

  async open(curve, pool, setting) {
    const value = JSON.stringify([pool, curve]);
    this.sources.value = value;
    document.getElementById("samples").scrollIntoView();
    this.sources.focus({ preventScroll: true });
    await this.setSource(value, setting);
  }
}
