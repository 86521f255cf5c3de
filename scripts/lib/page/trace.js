// A trace as its model wrote it, with what was appended by force, and its steps with their scores.
const AT_ONCE = 100000;
// Special tokens, letters that cannot be seen, and letters that turn the direction of a text.
const ODD = /<\|[^|<>\s]{1,40}\|>|[\u0000-\u0008\u000b-\u001f\u007f]|[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;

function written(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(ODD)) {
    if (found.index > end) parts.push(text.slice(end, found.index));
    const code = found[0].codePointAt(0);
    const control = code < 32 ? String.fromCodePoint(0x2400 + code) : code === 127 ? "\u2421" : `U+${code.toString(16).toUpperCase()}`;
    parts.push(found[0].startsWith("<|") ? el("span", { class: "token" }, found[0]) : el("span", { class: "control", title: "a letter that cannot be seen" }, control));
    end = found.index + found[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

const MARKED = {
  wait: ["Appended by force, to make the model go on", "wait"],
  about: ["About here a wait was appended by force", "wait about"],
  forced: ["Appended by force, to end the thinking", "forced"],
};

function piece(one) {
  if (typeof one === "string") return written(one);
  const [title, kind] = MARKED[one[0]];
  return [el("mark", { class: kind, title }, written(one[1]))];
}

// Pieces up to so many letters, and how many letters are left.
function shortened(pieces, most) {
  const kept = [];
  let left = most;
  let rest = 0;
  for (const one of pieces) {
    const text = typeof one === "string" ? one : typeof one[0] === "string" ? one[1] : "";
    if (left >= text.length) kept.push(one);
    else if (typeof one === "string" && left > 0) kept.push(one.slice(0, left));
    rest += Math.max(0, text.length - Math.max(0, left));
    left -= text.length;
  }
  return [kept, rest];
}

function traceBody(pieces, scorers, most = AT_ONCE) {
  const [kept, rest] = shortened(pieces, most);
  const body = el("div", { class: "trace", tabindex: 0, role: "region", "aria-label": "trace", dir: "auto" });
  let target = body;
  for (const one of kept) {
    if (Array.isArray(one) && typeof one[0] === "number") {
      target = el("div", { class: "text" });
      body.append(el("div", { class: "step" }, scoreOf(one, scorers), target));
    } else target.append(...piece(one));
  }
  for (const text of body.querySelectorAll(".step > .text")) {
    const last = text.lastChild;
    if (last?.nodeType === 3) last.data = last.data.replace(/\n+$/, "");
  }
  if (!rest) return body;
  const whole = () => {
    const all = traceBody(pieces, scorers, Infinity);
    const { scrollTop } = body;
    body.replaceWith(all);
    all.scrollTop = scrollTop;
    all.focus({ preventScroll: true });
  };
  const more = el("button", { type: "button", class: "more", onclick: whole }, `Show the other ${rest.toLocaleString("en-US")} letters`);
  body.append(more);
  return body;
}

function scoreOf([step, scores], scorers) {
  const bars = scores.map((score, at) => score === null ? null : el("div", { class: "score", title: `${scorers[at]}: this step is right with probability ${score}` },
    scorers.length > 1 ? el("span", { class: "quiet" }, scorers[at]) : null,
    el("meter", { min: 0, max: 1, value: score, "aria-label": `score of step ${step + 1} by ${scorers[at]}` }), el("span", {}, score.toFixed(2))));
  return el("div", { class: "scores" }, el("span", { class: "quiet" }, `step ${step + 1}`), bars);
}

const ENDS = { stop: "ended by itself", length: "cut at the length limit", refusal: "refused" };
const GRADED = { none: "no answer was found", timeout: "grading took too long", memory: "grading took too much memory", unreadable: "the answer cannot be read" };

function traceHead(problem, sample) {
  const right = sample.correct;
  const facts = [
    ENDS[sample.end] ?? sample.end,
    sample.thinking_tokens === null ? null : `${number(sample.thinking_tokens)} thinking tokens`,
    sample.generated_tokens === null ? null : `${number(sample.generated_tokens)} generated`,
    sample.forced_tokens ? `${sample.forced_tokens} appended by force` : null,
    sample.seed === null ? null : `seed ${sample.seed}`,
  ].filter((text) => text !== null);
  return el("div", { class: "head" },
    el("p", { class: "grade", "data-right": String(right) },
      el("b", {}, right ? "✓ right" : "✗ wrong"), " answered ",
      sample.answer === null ? el("i", {}, GRADED[sample.graded] ?? "nothing") : el("bdi", { class: "answer" }, written(sample.answer)),
      problem.answer === null || right ? null : [" where it is ", el("bdi", { class: "answer" }, written(problem.answer))]),
    el("p", { class: "quiet" }, facts.join(" · ")));
}
