// Before the first paint, so that a dark page does not flash white; a file of its own because the policy forbids inline scripts.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("retinue.theme");
  } catch {
    choice = null;
  }
  const isDark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
})();
