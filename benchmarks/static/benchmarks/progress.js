// Follows a run that is not over yet: once a second, until it is; then shows its result.
(() => {
  const box = document.querySelector("[data-run-progress]");
  const address = box && box.dataset.runProgress;
  if (!address) return;
  const part = (name) => box.querySelector(`[data-run-${name}]`);
  const EVERY_MS = 1000;
  const LATER_MS = 5000; // after a reply that did not come

  const show = (run) => {
    part("status").textContent = run.status;
    part("words").textContent = run.words;
    part("bar").style.width = `${run.percent}%`;
    part("bar").parentElement.setAttribute("aria-valuenow", run.percent);
  };

  const look = async () => {
    let wait = EVERY_MS;
    try {
      const reply = await fetch(address, { credentials: "same-origin" });
      if (!reply.ok) throw new Error(reply.status);
      const run = await reply.json();
      if (run.over) return window.location.reload();
      show(run);
    } catch {
      wait = LATER_MS;
    }
    return window.setTimeout(look, wait);
  };

  window.setTimeout(look, EVERY_MS);
})();
