// Everything about one step, in the drawer and below its row of the table.

const isCritical = new Set(data.steps?.critical);
const isAllowed = new Set(data.steps?.allowed);
const selection = { step: null };

const statusOf = (step) => data.statuses[data.steps.status[step]];
/** The class of a step's color: a failure that is allowed is none of the run. */
const toneOf = (step) => (isAllowed.has(step) && statusOf(step) === "failed" ? "allowed" : statusOf(step));
const statusText = (step) => (toneOf(step) === "allowed" ? "failed (allowed)" : statusOf(step));

// For each step, the steps it waits for and those that wait for it; empty where the graph is too large to list.
const before = (data.steps?.name ?? []).map(() => []);
const after = before.map(() => []);
for (let at = 0; at < (data.graph?.edges?.length ?? 0); at += 2) {
  const [first, then] = data.graph.edges.slice(at, at + 2);
  before[then].push(first);
  after[first].push(then);
}

// For each step, its attempts in order of their starts.
const attemptsOf = before.map(() => []);
data.attempts?.step.forEach((step, attempt) => attemptsOf[step].push(attempt));

/** How much of what it requested a step used. */
function shareTexts(step) {
  const { cpu, wall, cpus, peak, asked } = data.steps;
  const busy = cpu[step] != null && wall[step] > 0
    ? ` (${decimal(cpu[step] / wall[step])} of ${decimal(cpus[step])} requested)` : "";
  const memory = asked[step] == null ? "" : ` of ${size(asked[step])} requested`;
  return [duration(cpu[step]) + busy, size(peak[step]) + memory];
}

function attemptText(at) {
  const { status, wall, ends } = data.attempts;
  const end = ends[at] ? `: ${ends[at]}` : "";
  return `${data.statuses[status[at]]} after ${duration(wall[at])}${end}`;
}

function detailOf(step, named = false) {
  const { steps } = data;
  const ran = steps.wall[step] != null;
  const [cpu, memory] = shareTexts(step);
  const storage = `${size(steps.read[step])} read, ${size(steps.written[step])} written`;
  const facts = [
    named && ["Step", el("code", {}, steps.name[step])],
    ["Status", statusMark(toneOf(step), statusText(step))],
    ["Why", steps.reasons[steps.reason[step]]],
    ["Ended with", steps.ends[step]],
    ["Critical path", isCritical.has(step) ? "yes" : ""],
    ran && ["Wall", `${duration(steps.wall[step])}, from ${duration(steps.start[step])}`],
    ran && ["CPU", cpu],
    ran && ["Memory", memory],
    ran && steps.wait[step] > 0 && ["Waited for room", duration(steps.wait[step])],
    steps.input[step] != null && ["Input", size(steps.input[step])],
    ran && (steps.read[step] || steps.written[step]) && ["Storage", storage],
    attemptsOf[step].length > 1 &&
      ["Attempts", el("ol", {}, ...attemptsOf[step].map((at) => el("li", {}, attemptText(at))))],
    before[step].length && ["Needs", links(before[step])],
    after[step].length && ["Needed by", links(after[step])],
  ];
  const printed = data.printed[step];
  return el("div", { class: "detail" },
    pairs(facts),
    printed ? el("pre", { tabindex: "0", "aria-label": "The end of its output" }, printed)
      : statusOf(step) === "failed" ? el("p", { class: "note" }, "No output is kept.") : null);
}

function links(list) {
  const shown = list.slice(0, 8).map((step) =>
    el("button", { type: "button", class: "link", onclick: () => select(step) }, data.steps.name[step]));
  const rest = list.length - shown.length;
  return el("span", { class: "links" }, ...shown, rest ? `and ${rest.toLocaleString("en")} more` : null);
}

/** Mark a step everywhere and show it in the drawer; null takes that back. */
function select(step) {
  selection.step = step;
  const drawer = byId("drawer");
  drawer.hidden = step == null;
  if (step != null) {
    drawer.replaceChildren(
      el("header", {}, el("h2", {}, data.steps.name[step]),
        el("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: () => select(null) }, "✕")),
      detailOf(step));
  }
  repaints.forEach((repaint) => repaint());
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && selection.step != null) select(null);
});
