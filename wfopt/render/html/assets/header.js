// The run in a glance: how it ended, what it took, what to worry about.

function drawOverview(run, steps) {
  const fact = (label, value, note, title) =>
    el("div", { class: "fact", title }, el("dt", {}, label), el("dd", {}, value), note && el("small", {}, note));
  const busy = run.wall > 0 && run.cpus > 0 ? run.cpu / run.wall / run.cpus : null;
  const asked = run.hits + run.misses;
  const host = `${count(run.hostCpus, "cpu")}${run.hostMemory ? `, ${size(run.hostMemory)}` : ""}`;
  const [expected, low, high] = run.foreseen ?? [];
  const foreseen = run.foreseen && `predicted ${duration(expected)} (${duration(low)} to ${duration(high)})`;
  const hits = asked ? `${run.hits} of ${asked} hits` : "not used";
  const commit = run.commit.slice(0, 12);
  byId("overview").replaceChildren(...[
    el("div", { class: "lead" },
      statusMark(run.status),
      el("span", { class: "when", title: new Date(run.started * 1000).toISOString() }, moment(run.started)),
      el("code", { title: "run id" }, run.id),
      run.exit ? el("span", { class: "muted" }, `exit status ${run.exit}`) : null),
    el("dl", { class: "facts" },
      fact("Wall time", duration(run.wall), foreseen),
      fact("CPU utilization", percent(busy), `${duration(run.cpu)} on ${count(run.cpus, "cpu")}`),
      fact("Cache", hits, run.hits ? `saved ${duration(run.saved)}` : null),
      fact("Critical path", duration(run.critical), run.bound ? `lower bound ${duration(run.bound)}` : null,
        "no schedule of these steps on these cpus is shorter than the lower bound"),
      fact("Peak memory", size(run.peak), `of one step${run.memory ? `, capacity ${size(run.memory)}` : ""}`),
      fact("Scheduling", run.strategy, `${count(run.slots, "slot")}`),
      fact("Host", run.host, host),
      run.commit || run.branch
        ? fact("Revision", run.branch || commit, run.branch && commit, run.commit) : null),
    shares(steps),
    run.alerts.length ? alerts(run) : null,
    more(run),
  ].filter(Boolean));
}

/** One bar of all steps by status, with its legend. */
function shares(steps) {
  const totals = statusCounts(steps);
  const bar = el("div", { class: "shares", "aria-hidden": "true" });
  for (const [status, total] of totals) {
    const part = el("i", { class: status });
    part.style.flexGrow = total;
    bar.append(part);
  }
  return el("div", {}, bar, el("p", { class: "legend" },
    ...totals.map(([status, total]) => statusMark(status, `${total.toLocaleString("en")} ${status}`))));
}

/** Pairs of status and how many steps (without hooks) have it, in a fixed order. */
function statusCounts(steps) {
  const totals = data.statuses.map(() => 0);
  for (let step = 0; step < steps.count; step++) totals[steps.status[step]] += 1;
  return data.statuses.map((status, at) => [status, totals[at]]).filter(([, total]) => total);
}

function alerts(run) {
  const lines = run.alerts.map(([at, severity, rule, message, step]) => el("li", { class: severity },
    el("b", {}, severity), el("span", { class: "muted" }, ` at ${duration(at)} · ${rule} · `), message,
    step == null ? null
      : el("button", { type: "button", class: "link", onclick: () => select(step) }, data.steps.name[step])));
  const shown = el("ul", { class: "alerts", "aria-label": "Alerts" }, ...lines.slice(0, 5));
  const rest = lines.slice(5);
  if (!rest.length) return shown;
  return el("div", {}, shown, el("details", {}, el("summary", {}, count(rest.length, "more alert")),
    el("ul", { class: "alerts" }, ...rest)));
}

function more(run) {
  const facts = [["Workflow", run.workflow], ["Origin", run.origin], ["Commit", run.commit],
    ["Restored from the cache", run.restored ? size(run.restored) : ""], ...run.options, ...run.versions];
  return el("details", { class: "more" }, el("summary", {}, "Options and versions"), pairs(facts));
}
