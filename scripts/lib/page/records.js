// Where results are from: each line of the table opens what its record says.
function startRecords() {
  for (const row of document.querySelectorAll("tr[data-record]")) {
    const head = row.querySelector("th");
    const button = el("button", { type: "button", "aria-expanded": "false" }, ...head.childNodes);
    button.addEventListener("click", () => toggleRecord(row, button));
    head.replaceChildren(button);
  }
}

async function toggleRecord(row, button) {
  const open = () => button.getAttribute("aria-expanded") === "true";
  const opened = () => row.nextElementSibling?.matches(".opened");
  button.setAttribute("aria-expanded", String(!open()));
  const records = await unpack(DATA.records);
  // It may have been asked for again in the meantime.
  if (!open() && opened()) row.nextElementSibling.remove();
  if (open() && !opened()) row.after(el("tr", { class: "opened" }, el("td", { colspan: 5 }, recordBody(records[Number(row.dataset.record)]))));
}

function recordBody(record) {
  if (!record.sha256) return el("p", {}, record.state);
  const listed = (part) => Object.entries(part ?? {}).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ") || "none";
  const facts = [
    ["SHA-256", el("code", {}, record.sha256)],
    ["Command", el("code", { class: "command" }, record.command.join(" "))],
    ["Seeds", listed(record.seeds)],
    ["Engine and weights", listed(record.facts)],
    ["Machine", listed(record.host)],
    ["Took", `${number(record.wall_s)} s`],
    ["Python", record.python],
    ["Packages", listed(record.packages)],
    ["Made of", el("ul", {}, record.inputs.map((input) => el("li", {}, el("code", {}, input.path), input.sha256 ? el("code", { class: "quiet" }, ` ${input.sha256.slice(0, 12)}`) : null)))],
  ];
  return el("dl", { class: "record" }, facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}
