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
  const all = () => places.forEach(build);
  addEventListener("beforeprint", all);
  // A jump lands where it should once nothing above it grows: charts take their size when laid out.
  const jump = (hash) => {
    all();
    const land = () => document.getElementById(hash.slice(1))?.scrollIntoView();
    requestAnimationFrame(() => requestAnimationFrame(land));
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link) jump(link.getAttribute("href"));
  });
  if (location.hash) jump(location.hash);
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
