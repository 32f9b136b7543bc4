// Starts the page: theme, title, and each section that there is data for.

const THEMES = ["auto", "light", "dark"];

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const button = byId("theme");
  button.textContent = { auto: "◐ Auto", light: "☀ Light", dark: "☾ Dark" }[theme];
  button.setAttribute("aria-label", `Theme: ${theme}`);
  button.onclick = () => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
  readPalette();
}

function show(name, title, draw) {
  byId(name).hidden = false;
  byId("nav").append(el("a", { href: `#${name}` }, title));
  draw();
}

byId("title").textContent = data.title;
setTheme("auto");
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", readPalette);
window.addEventListener("afterprint", readPalette);

if (data.run) {
  show("overview", "Run", () => drawOverview(data.run, data.steps));
  if (data.attempts.step.length) {
    show("timeline", "Timeline", () => drawTimeline(data.run, data.steps, data.attempts, data.usage));
  }
  if (data.graph.nodes.length) show("graph", "Graph", () => drawGraph(data.graph, data.steps));
  if (data.steps.name.length) show("steps", "Steps", () => drawSteps(data.steps));
}
if (data.history) show("history", "History", () => drawHistory(data.history));
document.documentElement.dataset.ready = "yes";
