// The runs before: how long, how often from the cache, how well; and the slowest steps.

function drawHistory(history) {
  const { runs, steps, trends } = history;
  const body = byId("history-body");
  const drawn = runs.id.length;
  const about = count(drawn, "run");
  byId("history-about").append(
    drawn < history.total ? `the newest ${about} of ${history.total.toLocaleString("en")}` : about,
    ...[...new Set(runs.status)].map((status) => statusMark(status)));
  if (trends.length) {
    body.append(el("ul", { class: "trends", "aria-label": "Trends" }, ...trends.map((trend) => el("li", {},
      `${metricName(trend.metric)} of `, trend.step == null ? "the run" : el("code", {}, trend.step),
      ` ${measured(trend.metric, trend.before)} → `, el("b", {}, measured(trend.metric, trend.after)),
      el("b", { class: `change ${worse(trend) ? "worse" : "better"}` }, ` ${change(trend)}`),
      el("span", { class: "muted" }, " since ", el("code", {}, trend.since))))));
  }
  if (drawn) {
    const own = trends.filter((trend) => trend.step == null && trend.metric === "wall_s");
    body.append(figure("Wall time of runs", runs, { tall: 200, marks: own, hosts: runs.host, dates: true }));
    if (runs.hitRate.some((rate) => rate != null)) body.append(rateFigure(runs));
    body.append(outcomes(runs));
  }
  if (steps.length) {
    const title = history.stepCount > steps.length
      ? `The ${steps.length} slowest of ${count(history.stepCount, "step")}` : "Steps, the slowest first";
    body.append(el("h3", {}, title), el("div", { class: "multiples" }, ...steps.map((step) =>
      figure(step.name, step, { tall: 84, note: `median ${duration(step.typical)}`, code: true,
        marks: trends.filter((trend) => trend.step === step.name && trend.metric === "wall_s") }))));
  }
}

const metricName = (metric) => metric.replace(/_(s|bytes)$/, "").replaceAll("_", " ").replace(/^wall$/, "wall time");
/** Whether a metric is a time or a size, of which less is better, and not a share. */
const isAmount = (metric) => /_(s|bytes)$/.test(metric);
/** How much a metric changed: times and sizes in proportion, shares in points. */
const change = ({ metric, before: old, after: now }) => {
  const by = Math.round((isAmount(metric) ? now / old - 1 : now - old) * 100);
  return Number.isFinite(by) ? `${by > 0 ? "+" : "−"}${Math.abs(by)} ${isAmount(metric) ? "%" : "points"}` : "";
};
const worse = ({ metric, before: old, after: now }) => (isAmount(metric) ? now > old : now < old);

/** Points of runs from left to right by number, with the level before and after each trend. */
function figure(title, points, { tall, marks, hosts, dates, note, code }) {
  const canvas = el("canvas", { role: "img", tabindex: "0", "aria-label": `${title}: ${summary(points)}` });
  canvas.style.height = `${tall}px`;
  const highest = largest([...points.wall, ...marks.flatMap((mark) => [mark.before, mark.after])], 1e-9) * 1.08;
  const total = points.id.length;
  const left = dates ? 58 : 6;
  const bottom = dates ? 20 : 4;
  const newest = hosts?.at(-1);
  const x = (at) => left + 6 + ((canvas.clientWidth - left - 14) * (total === 1 ? 0.5 : at / (total - 1)));
  const y = (wall) => 8 + (canvas.clientHeight - 8 - bottom) * (1 - wall / highest);
  let hovered = null;

  const ask = surface(canvas, (context, width, height) => {
    context.font = FONT;
    context.textBaseline = "middle";
    if (dates) axes(context, width, height);
    else {
      context.fillStyle = palette.line;
      context.fillRect(left, height - bottom, width, 1);
    }
    context.strokeStyle = palette.muted;
    context.globalAlpha = 0.5;
    context.lineWidth = 1;
    context.beginPath();
    points.wall.forEach((wall, at) => wall != null && context.lineTo(x(at), y(wall)));
    context.stroke();
    context.globalAlpha = 1;
    levels(context, width, height);
    const radius = total > 300 ? 1.6 : total > 80 ? 2.2 : 3;
    points.wall.forEach((wall, at) => {
      if (wall == null) return;
      context.beginPath();
      context.arc(x(at), y(wall), at === hovered ? radius + 2 : radius, 0, 7);
      context.fillStyle = palette[points.status[at]] ?? palette.unknown;
      context.strokeStyle = context.fillStyle;
      if (hosts && hosts[at] !== newest) context.stroke();
      else context.fill();
    });
  });

  function axes(context, width, height) {
    context.textAlign = "right";
    const steps = highest > 60 ? TIME_STEPS : null;
    for (const at of ticks(0, highest, height / 48, steps)) {
      context.fillStyle = palette.line;
      context.fillRect(left, Math.round(y(at)), width - left, 1);
      context.fillStyle = palette.muted;
      context.fillText(axisTime(at, highest), left - 8, y(at));
    }
    context.textAlign = "center";
    const every = Math.max(Math.ceil(total / Math.max(Math.floor(width / 90), 1)), 1);
    let last = "";
    for (let at = 0; at < total; at += every) {
      const text = day(points.at[at]);
      if (text !== last && x(at) < width - 20) context.fillText((last = text), Math.max(x(at), left + 18), height - 8);
    }
  }

  /** The level before a change up to its run, and the one since. */
  function levels(context, width, height) {
    context.lineWidth = 2;
    context.strokeStyle = palette.critical;
    for (const mark of marks) {
      const at = points.id.indexOf(mark.since);
      if (at < 0) continue;
      const turn = (x(at) + x(Math.max(at - 1, 0))) / 2;
      for (const [from, to, level] of [[left, turn, mark.before], [turn, width, mark.after]]) {
        context.beginPath();
        context.moveTo(from, y(level));
        context.lineTo(to, y(level));
        context.stroke();
      }
      context.setLineDash([3, 3]);
      context.lineWidth = 1;
      context.strokeRect(Math.round(turn) + 0.5, 4, 0, height - bottom - 4);
      context.setLineDash([]);
      context.lineWidth = 2;
      context.fillStyle = palette.critical;
      context.textAlign = turn > width - 60 ? "right" : "left";
      context.fillText(change(mark), turn + (turn > width - 60 ? -5 : 5), height - bottom - 9);
    }
  }

  /** Describe one point, beside where it is drawn. */
  function show(at) {
    hovered = at;
    if (at == null || points.wall[at] == null) hideTip();
    else {
      const box = canvas.getBoundingClientRect();
      const rows = [["when", moment(points.at[at])], ["wall", duration(points.wall[at])]];
      if (hosts) rows.push(["host", hosts[at]]);
      if (points.hitRate?.[at] != null) rows.push(["hit rate", percent(points.hitRate[at])]);
      tip(box.left + x(at), box.top + y(points.wall[at]), points.id[at], rows, statusMark(points.status[at]));
    }
    ask();
  }
  canvas.addEventListener("pointermove", (event) => {
    const across = (event.offsetX - left - 6) / (canvas.clientWidth - left - 14);
    show(clamp(Math.round(across * (total - 1)), 0, total - 1));
  });
  canvas.addEventListener("pointerleave", () => show(null));
  canvas.addEventListener("blur", () => show(null));
  const go = (to) => {
    show(clamp(to, 0, total - 1));
    const { id, at, status, wall } = points;
    say([id[hovered], moment(at[hovered]), status[hovered], duration(wall[hovered])].join(", "));
  };
  canvas.addEventListener("keydown", (event) => onKey(event, {
    ArrowLeft: () => go((hovered ?? total) - 1), ArrowRight: () => go((hovered ?? -1) + 1),
    Home: () => go(0), End: () => go(total - 1),
  }));
  const other = hosts?.some((host) => host !== newest) ? `rings: other hosts than ${newest}` : null;
  return captioned(code ? el("code", { title }, title) : title, note ?? other ?? "", canvas);
}

const captioned = (title, note, canvas) =>
  el("figure", {}, el("figcaption", {}, title, el("span", { class: "muted" }, note)), canvas);
const summary = (points) => `${count(points.id.length, "point")}, the last ${duration(points.wall.at(-1))}`;

/** The share of hits, run by run. */
function rateFigure(runs) {
  const known = runs.hitRate.filter((rate) => rate != null);
  const mean = known.reduce((sum, rate) => sum + rate, 0) / known.length;
  const canvas = el("canvas", { role: "img", "aria-label": `Hit rate of the cache, on average ${percent(mean)}` });
  canvas.style.height = "64px";
  surface(canvas, (context, width, height) => {
    const step = (width - 72) / runs.id.length;
    context.font = FONT;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const [share, at] of [[1, 6], [0, height - 6]]) {
      context.fillStyle = palette.line;
      context.fillRect(58, at, width, 1);
      context.fillStyle = palette.muted;
      context.fillText(percent(share), 50, at);
    }
    context.fillStyle = palette.cached;
    context.globalAlpha = 0.8;
    runs.hitRate.forEach((rate, at) => {
      const tall = (rate ?? 0) * (height - 12);
      context.fillRect(64 + at * step, height - 6 - tall, Math.max(step - (step > 4 ? 1 : 0), 0.75), tall);
    });
    context.globalAlpha = 1;
  });
  return captioned("Hit rate of the cache", `on average ${percent(mean)}`, canvas);
}

/** One tick a run, colored by how it ended. */
function outcomes(runs) {
  const good = runs.status.filter((status) => status === "succeeded").length;
  const canvas = el("canvas", { role: "img", "aria-label": `${good} of ${count(runs.id.length, "run")} succeeded` });
  canvas.style.height = "22px";
  surface(canvas, (context, width, height) => {
    const step = (width - 72) / runs.id.length;
    runs.status.forEach((status, at) => {
      context.fillStyle = palette[status] ?? palette.unknown;
      // A failure is taller, so that color is not all that tells it.
      const top = status === "succeeded" ? 8 : 0;
      context.fillRect(64 + at * step, top, Math.max(step - (step > 4 ? 1 : 0), 0.75), height - top);
    });
  });
  return captioned("Success", `${percent(good / runs.id.length)} of ${count(runs.id.length, "run")}`, canvas);
}
