// The start: what is seen at once is in the page already, this makes it live.
const DATA = JSON.parse(document.getElementById("page-data").textContent);

startFigures();
startRecords();
const place = document.getElementById("reader");
if (place && DATA.pools.length) {
  // Its data stand at the end of the page: they are not waited for by anything else.
  const near = new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting)) start();
  }, { rootMargin: "1200px" });
  let started = null;
  const start = () => {
    near.disconnect();
    started ??= new Reader(place);
    return started;
  };
  openReader = (...wanted) => start().open(...wanted);
  near.observe(place);
}
