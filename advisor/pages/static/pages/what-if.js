// Shows at once what other limits would make of the advice; nothing is kept.
(() => {
  const form = document.querySelector("form[data-what-if]");
  const part = document.querySelector("[data-part]");
  const said = document.querySelector("[data-said]");
  if (!form || !part) return;
  const WAIT_MS = 300; // while somebody types
  let timer, asked = 0;

  const ask = async () => {
    const mine = ++asked;
    part.setAttribute("aria-busy", "true");
    try {
      const reply = await fetch(form.dataset.whatIf, {
        method: "POST",
        body: new FormData(form),
        headers: { "Rightsize-Part": "advice" },
        credentials: "same-origin",
        redirect: "error", // signed out meanwhile
      });
      if (mine !== asked) return; // a later question is on its way
      if (reply.status !== 200 && reply.status !== 400) throw new Error(reply.status);
      part.innerHTML = await reply.text();
      part.dispatchEvent(new CustomEvent("pages:replaced", { bubbles: true }));
      said.textContent = part.querySelector(".notice")?.textContent ?? "";
    } catch {
      said.textContent = "The advice could not be asked for: load the page again.";
      said.classList.replace("hidden", "notice");
    } finally {
      if (mine === asked) part.removeAttribute("aria-busy");
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
})();
