// The answers of one problem side by side: a row for each setting, a cell for each sample.
const SETTING_WORDS = {
  wording: (value) => value,
  asked: (value) => (value === null ? null : `asked ${number(value, 8)}`),
  effort: (value) => (value === null ? null : `effort ${value}`),
  budget: (value) => (value === null ? "no budget" : `budget ${number(value, 8)}`),
  waits: (value) => (value === null ? null : value === 1 ? "1 wait" : `${value} waits`),
  beams: (value) => (value === null ? null : `N = ${value}`),
};

// What a setting is called, by those parts alone in which the settings of its pool differ.
function settingName(pool, index) {
  const parts = Object.keys(SETTING_WORDS).filter((part) => new Set(pool.settings.map((one) => one[part])).size > 1);
  const revised = pool.kind === "revised";
  const words = parts.map((part) => {
    const value = pool.settings[index][part];
    if (part === "waits" && revised) return value ? `revision ${value}` : "first attempt";
    return SETTING_WORDS[part](value);
  });
  return words.filter((word) => word !== null).join(", ") || "all samples";
}

class Matrix {
  constructor(choose) {
    this.choose = choose;
    this.node = el("div", { class: "matrix", role: "radiogroup", "aria-label": "samples, by setting", onkeydown: (event) => this.key(event) });
  }

  show(pool, problem, settings, chosen) {
    const { samples } = problem;
    this.rows = settings.map((setting) => samples.setting.flatMap((one, at) => (one === setting ? [at] : []))).filter((row) => row.length);
    this.cells = new Map();
    this.node.replaceChildren(...this.rows.map((row) => {
      const setting = samples.setting[row[0]];
      const place = pool.problems.indexOf(problem.id);
      const right = `${pool.right[setting][place]} of ${pool.of[setting][place]} right`;
      return el("div", { class: "row" }, el("div", { class: "row-name" }, settingName(pool, setting), el("span", { class: "quiet" }, right)),
        el("div", { class: "cells" }, row.map((at) => this.cell(samples, at, chosen))));
    }));
  }

  cell(samples, at, chosen) {
    const right = samples.correct[at];
    const answer = samples.answer[at];
    const words = answer === null ? "none" : answer.slice(0, 40);
    const cell = el("button", {
      type: "button", role: "radio", class: "cell", "data-right": String(right), "aria-checked": String(at === chosen), tabindex: at === chosen ? 0 : -1,
      "aria-label": `sample ${samples.sample[at]}: ${words}, ${right ? "right" : "wrong"}`, onclick: () => this.choose(at),
    }, el("span", { "aria-hidden": "true" }, right ? "✓" : "✗"), el("bdi", {}, answer === null ? el("i", {}, "none") : written(words)));
    this.cells.set(at, cell);
    return cell;
  }

  mark(chosen) {
    for (const [at, cell] of this.cells) {
      cell.setAttribute("aria-checked", String(at === chosen));
      cell.tabIndex = at === chosen ? 0 : -1;
    }
  }

  key(event) {
    const from = [...this.cells].find(([, cell]) => cell === document.activeElement)?.[0];
    const row = this.rows.findIndex((one) => one.includes(from));
    if (row < 0) return;
    const column = this.rows[row].indexOf(from);
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const down = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!across && !down) return;
    event.preventDefault();
    let to = this.rows[row][column + (across ?? 0)];
    if (across && to === undefined) to = across > 0 ? this.rows[row + 1]?.[0] : this.rows[row - 1]?.at(-1);
    if (down) to = this.rows[row + down]?.[Math.min(column, (this.rows[row + down]?.length ?? 1) - 1)];
    if (to === undefined) return;
    this.choose(to);
    this.cells.get(to).focus();
  }
}
