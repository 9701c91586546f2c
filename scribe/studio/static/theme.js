// The theme that was chosen, before the first paint: a module would run after it, and a dark room would flash white.
(() => {
  try {
    const theme = localStorage.getItem("scribe.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be denied; the system's theme stands.
  }
})();
