// Draws every chart of the page in the colours of the reader's scheme.
(() => {
  const configs = document.getElementById("chart-configs");
  if (!configs || !window.vegaEmbed) return; // the table of each chart remains
  const looks = JSON.parse(configs.textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const options = {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    ast: true, // expressions are interpreted: the page's policy allows no eval
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true, theme: "page" },
  };

  // A single view takes the width that there is; combined ones keep theirs.
  const fitted = (spec) =>
    spec.mark || spec.layer
      ? { ...spec, width: "container", autosize: { type: "fit-x", contains: "padding" } }
      : spec;

  const draw = async (figure) => {
    const text = document.getElementById(figure.dataset.chart).textContent;
    const spec = { ...fitted(JSON.parse(text)), config: looks[dark.matches ? "dark" : "light"] };
    const drawn = await window.vegaEmbed(figure.querySelector(".drawing"), spec, options);
    if (figure.drawn) figure.drawn.finalize();
    figure.drawn = drawn;
    figure.classList.add("drawn");
    for (const select of figure.querySelectorAll("[data-chart-parameter]")) {
      const tell = () => drawn.view.signal(select.dataset.chartParameter, select.value).runAsync();
      select.onchange = tell;
      select.closest("[hidden]")?.removeAttribute("hidden");
      await tell();
    }
  };

  const drawAll = (within) => within.querySelectorAll("figure[data-chart]").forEach(draw);
  dark.addEventListener("change", () => drawAll(document));
  // A part of the page that was replaced brings its charts with it.
  document.addEventListener("pages:replaced", (event) => drawAll(event.target));
  drawAll(document);
})();
