// Follows the runs of the page that are not over: every two seconds, until each is.
(() => {
  const EVERY_MS = 2000;
  const LATER_MS = 10000; // after a reply that did not come
  const said = document.querySelector("[data-runs-said]");

  // Listeners hear of a new status and of each quarter, not of every request.
  const tell = (box, run) => {
    const news = `${run.status} ${Math.floor(run.percent / 25)}`;
    if (box.told !== undefined && box.told !== news && said) {
      said.textContent = `${box.dataset.runName}: ${run.status}, ${run.words}`;
    }
    box.told = news;
  };

  const show = (box, run) => {
    box.querySelector("[data-run-status]").textContent = run.status;
    box.querySelector("[data-run-words]").textContent = run.words;
    box.querySelector("[data-run-bar]").value = run.percent;
    tell(box, run);
  };

  const follow = (box) => {
    const look = async () => {
      let wait = EVERY_MS;
      try {
        const reply = await fetch(box.dataset.run, { credentials: "same-origin" });
        if (!reply.ok || reply.redirected) throw new Error(reply.status);
        const run = await reply.json();
        show(box, run);
        // The page has its result now.
        if (run.over) return window.setTimeout(() => window.location.reload(), 500);
      } catch {
        wait = LATER_MS;
      }
      return window.setTimeout(look, wait);
    };
    window.setTimeout(look, EVERY_MS);
  };

  document.querySelectorAll("[data-run]").forEach((box) => box.dataset.run && follow(box));
})();
