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
    openReader = (curve, setting) => this.open(curve, setting);
    this.setSource(this.sources.value);
  }

  options() {
    const curves = Object.entries(DATA.sources).flatMap(([name, curve]) => curve.pools.map((pool) =>
      el("option", { value: JSON.stringify([pool, name]) }, curve.pools.length > 1 ? `${curve.label} · ${pool}` : `${curve.label} (${name})`)));
    const pools = DATA.pools.map((pool) => el("option", { value: JSON.stringify([pool.name, null]) }, `${pool.name} · ${pool.model} on ${pool.benchmark || "recorded problems"}`));
    return [el("optgroup", { label: "Curves" }, curves), el("optgroup", { label: "Pools" }, pools)];
  }

  // Settings of the pool that the curve is drawn from.
  allowed(pool, curve) {
    const fixed = Object.entries(DATA.sources[curve]?.setting ?? {});
    const all = pool.settings.map((_, at) => at);
    return all.filter((at) => fixed.every(([part, value]) => pool.settings[at][part] === value));
  }

  async setSource(value, setting = null) {
    const [name, curve] = JSON.parse(value);
    this.pool = this.pools.get(name);
    this.settings = this.allowed(this.pool, curve);
    const { pool } = this;
    const sum = (table, at) => this.settings.reduce((total, one) => total + table[one][at], 0);
    this.problems.replaceChildren(...pool.problems.map((id, at) => el("option", {}, `${id} · ${sum(pool.right, at)} of ${sum(pool.of, at)} right`)));
    const cut = pool.kept < pool.samples ? `The page holds ${number(pool.kept, 9)} of this pool's ${number(pool.samples, 9)} samples, the first of each problem and setting. ` : "";
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
    let first = 0;
    const block = pool.blocks.find(([, held]) => index < (first += held));
    const wanted = [pool, index];
    this.wanted = wanted;
    const { problems } = await unpack(block[0]);
    if (this.wanted !== wanted) return;
    this.shown = problems[index - (first - block[1])];
    const { samples } = this.shown;
    this.question.replaceChildren(
      el("div", { class: "problem", dir: "auto" }, this.shown.text === null ? el("i", {}, "The text of this problem is not here.") : written(this.shown.text)),
      this.shown.answer === null ? "" : el("div", { class: "gold" }, "answer ", el("bdi", { class: "answer" }, written(this.shown.answer))));
    const fits = (at) => Object.entries(setting ?? {}).every(([part, value]) => value === null || pool.settings[at][part] === value || pool.settings[at][part] === null);
    const same = (at) => ["asked", "budget", "waits"].every((part) => !setting || (pool.settings[at][part] ?? 0) === (setting[part] ?? 0));
    const from = this.settings.find((at) => same(at) && fits(at)) ?? this.settings.find(fits) ?? this.settings[0];
    const ordered = this.settings.flatMap((one) => samples.setting.flatMap((s, at) => (s === one ? [at] : [])));
    const chosen = samples.setting.indexOf(from) >= 0 && this.settings.includes(from) ? samples.setting.indexOf(from) : ordered[0];
    this.matrix.show(pool, this.shown, this.settings, chosen);
    this.setSample(chosen);
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

  async open(curve, setting) {
    const value = JSON.stringify([DATA.sources[curve].pools[0], curve]);
    this.sources.value = value;
    document.getElementById("samples").scrollIntoView();
    this.sources.focus({ preventScroll: true });
    await this.setSource(value, setting);
  }
}
