// What everything else uses: the data, elements, words for numbers, colors.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

/** Make an element. Data gets into the page here only, and as text only. */
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

/** A list of names and values; those without a value are left out. */
const pairs = (facts) => el("dl", { class: "pairs" }, ...facts.filter((fact) => fact && fact[1])
  .flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
/** The largest of many values; unknown ones do not count. */
const largest = (values, atLeast) => values.reduce((most, value) => (value > most ? value : most), atLeast);
const padded = (value) => String(Math.floor(value)).padStart(2, "0");

/** Seconds for people: "42 ms", "12.3 s", "2m 05s", "1h 02m", "3d 04h". */
function duration(seconds) {
  if (seconds == null) return "–";
  if (seconds < 0) return "-" + duration(-seconds);
  if (seconds < 5e-7) return "0 s";
  if (seconds < 0.0995) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${padded(whole % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${padded(minutes % 60)}m`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)}d ${padded(hours % 24)}h`;
}

/** Bytes for people, in binary units. */
function size(bytes) {
  if (bytes == null) return "–";
  let amount = bytes;
  let unit = 0;
  while (amount >= 1023.5 && unit < 4) {
    amount /= 1024;
    unit += 1;
  }
  return `${Number(amount.toFixed(amount < 99.95 ? 1 : 0))} ${["B", "KiB", "MiB", "GiB", "TiB"][unit]}`;
}

const percent = (share) => (share == null ? "–" : `${Math.round(share * 100)} %`);
const decimal = (value) => (value == null ? "–" : String(Number(value.toFixed(2))));
const count = (amount, noun) => `${amount.toLocaleString("en")} ${noun}${amount === 1 ? "" : "s"}`;
const moment = (at) => new Date(at * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = (at) => new Date(at * 1000).toLocaleDateString(undefined, { month: "short", day: "numeric" });

/** A value in the unit that the end of its metric's name says. */
function measured(metric, value) {
  if (value == null) return "–";
  return metric.endsWith("_s") ? duration(value) : metric.endsWith("_bytes") ? size(value) : percent(value);
}

// Colors come from the style sheet; a probe resolves them for the theme that is shown.
const palette = {};
const repaints = [];
function readPalette() {
  const probe = el("span", { hidden: true });
  document.body.append(probe);
  for (const name of ["ink", "muted", "line", "edge", "faint", "card", "accent", "critical", "cpu", "memory",
    "on-color", "succeeded", "cached", "failed", "allowed", "skipped", "cancelled", "unknown", "unfinished"]) {
    probe.style.color = `var(--${name})`;
    palette[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  repaints.forEach((repaint) => repaint());
}

const FONT = "11px system-ui, sans-serif";
const MONO = "11px ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/** Say something to screen readers. */
const say = (text) => { byId("said").textContent = text; };

const statusMark = (status, text = status) => el("span", { class: `status ${status}` }, el("i"), text);
