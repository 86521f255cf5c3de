// Figures: each is drawn when it comes near, so that a page of many figures is there at once.
function startFigures() {
  const build = (place) => {
    if (place.dataset.built) return;
    place.dataset.built = "yes";
    const figure = DATA.figures[place.dataset.figure];
    const columns = Math.min(figure.columns, figure.panels.length, 3);
    place.classList.add(`columns-${columns}`);
    place.append(...figure.panels.map((panel) => new Panel(panel).node));
  };
  const places = [...document.querySelectorAll(".panels")];
  const watcher = new IntersectionObserver(
    (seen) => seen.filter((one) => one.isIntersecting).forEach((one) => build(one.target)),
    { rootMargin: "900px" },
  );
  places.forEach((place) => watcher.observe(place));
  addEventListener("beforeprint", () => places.forEach(build));
  for (const details of document.querySelectorAll("details[data-drawing]")) drawing(details);
}

function drawing(details) {
  const name = details.dataset.drawing;
  details.append(el("summary", {}, "As drawn for print"));
  details.addEventListener("toggle", async () => {
    if (!details.open || details.querySelector("img")) return;
    const title = document.getElementById(`title-${name}`).textContent;
    details.append(el("img", { alt: title, src: await unpack(DATA.drawings[name]) }));
  });
}
