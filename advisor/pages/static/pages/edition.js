// Makes the frame of a report as tall as the report, so that only the page scrolls.
(() => {
  const frame = document.querySelector("iframe[data-edition]");
  if (!frame) return;
  const fit = () => {
    const inside = frame.contentDocument;
    if (!inside || !inside.body) return;
    frame.style.height = "auto"; // it may have become shorter
    frame.style.height = `${inside.documentElement.scrollHeight}px`;
  };
  frame.addEventListener("load", fit);
  window.addEventListener("resize", fit);
  if (frame.contentDocument?.readyState === "complete") fit();
})();
