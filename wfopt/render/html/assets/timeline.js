// The run over time: what ran in which slot, and below, on the same axis, cpus and memory.

const GUTTER = 62; // for labels at the left
const RULER = 22;
const TRACK = 74; // height of the charts of cpus and memory
const TIME_STEPS = [1, 2, 5, 10, 15, 30, // seconds, minutes, hours, days
  60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800];

function drawTimeline(run, steps, attempts, usage) {
  const canvas = byId("timeline-canvas");
  const laneHeight = clamp(Math.floor(400 / Math.max(attempts.lanes, 1)), 4, 24);
  const lanesEnd = RULER + attempts.lanes * laneHeight;
  canvas.style.height = `${lanesEnd + 2 * TRACK + 8}px`;
  const endOf = (at) => attempts.start[at] + attempts.wall[at];
  const total = largest(attempts.start.map((_, at) => endOf(at)), Math.max(run.wall, 0.001));
  const shortest = Math.max(total / 50000, 1e-3);
  const view = { from: 0, to: total };
  let hovered = null; // an attempt
  let pointer = null; // where, in pixels

  // Bars by color, then by start: fewer changes of color, and neighbors follow each other.
  const tones = attempts.step.map((step, at) => {
    const status = data.statuses[attempts.status[at]];
    return status !== "failed" ? status : isAllowed.has(step) || retried(at) ? "allowed" : "failed";
  });
  const order = tones.map((_, at) => at).sort((a, b) => (tones[a] < tones[b] ? -1 : tones[a] > tones[b] ? 1 : a - b));
  const onPath = order.filter((at) => isCritical.has(attempts.step[at]));
  const lanes = Array.from({ length: attempts.lanes }, () => []);
  attempts.lane.forEach((lane, at) => lanes[lane].push(at));

  /** Whether a later attempt of the same step followed. */
  function retried(at) {
    return attemptsOf[attempts.step[at]].at(-1) !== at;
  }

  const width = () => canvas.clientWidth - GUTTER;
  const timeAt = (x) => view.from + ((x - GUTTER) / width()) * (view.to - view.from);
  const xOf = (time) => GUTTER + ((time - view.from) / (view.to - view.from)) * width();

  const ask = surface(canvas, (context, across, down) => {
    context.font = FONT;
    context.textBaseline = "middle";
    ruler(context, across, down);
    context.save();
    context.beginPath();
    context.rect(GUTTER, RULER, across - GUTTER, down - RULER);
    context.clip();
    bars(context, across);
    marks(context);
    curve(context, across, lanesEnd, usage.cpus, palette.cpu, run.cpus);
    curve(context, across, lanesEnd + TRACK, usage.memory, palette.memory, run.memory);
    context.restore();
    labels(context, across);
    crosshair(context, down);
  });

  function ruler(context, across, down) {
    const span = view.to - view.from;
    context.fillStyle = palette.muted;
    context.textAlign = "center";
    for (const at of ticks(view.from, view.to, width() / 110, span / (width() / 110) > 0.5 ? TIME_STEPS : null)) {
      const x = Math.round(xOf(at)) + 0.5;
      context.fillStyle = palette.line;
      context.fillRect(x, RULER - 4, 1, down);
      context.fillStyle = palette.muted;
      if (x < across - 20) context.fillText(axisTime(at, span), Math.max(x, GUTTER + 8), RULER / 2);
    }
  }

  function bars(context, across) {
    const scale = width() / (view.to - view.from);
    const bar = laneHeight > 8 ? laneHeight - 3 : laneHeight - 1;
    const drawnTo = lanes.map(() => -1);
    const wide = [];
    let tone = null;
    for (const at of order) {
      const left = GUTTER + (attempts.start[at] - view.from) * scale;
      const right = left + attempts.wall[at] * scale;
      if (right < GUTTER || left > across) continue;
      const lane = attempts.lane[at];
      if (tone !== tones[at]) {
        tone = tones[at];
        context.fillStyle = palette[tone];
        drawnTo.fill(-1);
      }
      // Many bars may share a pixel; one of each color is enough.
      if (right < drawnTo[lane]) continue;
      const shown = Math.max(right - left - (right - left > 4 ? 1 : 0), 1);
      drawnTo[lane] = left + shown;
      context.fillRect(left, RULER + lane * laneHeight + 1, shown, bar);
      if (right - left > 44 && laneHeight >= 13) wide.push([at, left, right]);
    }
    stripes(context, scale, bar);
    for (const each of wide) caption(context, bar, ...each);
  }

  /** The critical path: a stripe on each of its bars, however narrow. */
  function stripes(context, scale, bar) {
    context.fillStyle = palette.critical;
    for (const at of onPath) {
      const left = GUTTER + (attempts.start[at] - view.from) * scale;
      const long = Math.max(attempts.wall[at] * scale - 1, 2);
      const tall = long < 8 ? bar / 2 : clamp(bar / 3, 2, 3);
      context.fillRect(left, RULER + attempts.lane[at] * laneHeight + 1 + bar - tall, long, tall);
    }
  }

  /** The name of a bar that is wide enough. */
  function caption(context, bar, at, left, right) {
    const step = attempts.step[at];
    const top = RULER + attempts.lane[at] * laneHeight + 1;
    const from = Math.max(left, GUTTER) + 5;
    if (right - from < 40) return;
    const again = attempts.number[at] > 1 ? `↻${attempts.number[at]} ` : "";
    context.fillStyle = palette["on-color"];
    context.textAlign = "left";
    const middle = top + bar / 2 - (isCritical.has(step) ? 1 : 0);
    context.fillText(fitted(again + steps.name[step], right - from - 4, 6.7), from, middle);
  }

  /** The queue wait and earlier attempts of the bar that is pointed at, and the selected step. */
  function marks(context) {
    const box = (at) => {
      const x = xOf(attempts.start[at]);
      return [x, RULER + attempts.lane[at] * laneHeight, Math.max(xOf(endOf(at)) - x, 2)];
    };
    context.lineWidth = 2;
    context.strokeStyle = palette.ink;
    for (const at of selection.step == null ? [] : attemptsOf[selection.step]) {
      const [x, y, w] = box(at);
      context.strokeRect(x - 1, y, w + 1, laneHeight - 1);
    }
    if (hovered == null) return;
    const [x, y, w] = box(hovered);
    context.strokeRect(x - 1, y, w + 1, laneHeight - 1);
    const middle = y + laneHeight / 2;
    if (attempts.wait[hovered] > 0) {
      const since = xOf(attempts.start[hovered] - attempts.wait[hovered]);
      context.setLineDash([3, 2]);
      line(context, since, middle, x, middle);
      context.setLineDash([]);
      line(context, since, y + 2, since, y + laneHeight - 3);
    }
    const others = attemptsOf[attempts.step[hovered]];
    context.lineWidth = 1;
    for (let place = 1; place < others.length; place++) {
      const [ax, ay, aw] = box(others[place - 1]);
      const [bx, by] = box(others[place]);
      line(context, ax + aw, ay + laneHeight / 2, bx, by + laneHeight / 2);
    }
  }

  function line(context, ax, ay, bx, by) {
    context.beginPath();
    context.moveTo(ax, ay);
    context.lineTo(bx, by);
    context.stroke();
  }

  /** A step curve in the track that starts at top, with a dashed line at the capacity. */
  function curve(context, across, top, values, color, capacity) {
    const [base, room] = [top + TRACK, TRACK - 22];
    const highest = scaleOf(values, capacity);
    const y = (value) => base - ((value ?? 0) / highest) * room;
    context.fillStyle = palette.card;
    context.fillRect(GUTTER, top, across, TRACK + 8);
    context.fillStyle = palette.line;
    context.fillRect(0, base, across, 1);
    if (!values.length) return;
    const first = Math.max(lastAt(usage.at, view.from), 0);
    context.beginPath();
    context.moveTo(xOf(Math.max(usage.at[first], 0)), base);
    for (let at = first; at < values.length && usage.at[at] <= view.to; at++) {
      context.lineTo(xOf(usage.at[at]), y(values[at]));
      context.lineTo(xOf(Math.min(usage.at[at + 1] ?? total, view.to)), y(values[at]));
      if (usage.at[at + 1] > view.to || at + 1 === values.length) break;
    }
    context.lineTo(xOf(Math.min(total, view.to)), base);
    context.fillStyle = color;
    context.globalAlpha = 0.28;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = color;
    context.lineWidth = 1.25;
    context.stroke();
    if (capacity != null && capacity <= highest) {
      context.setLineDash([4, 4]);
      context.strokeStyle = palette.muted;
      context.lineWidth = 1;
      line(context, GUTTER, y(capacity), across, y(capacity));
      context.setLineDash([]);
    }
  }

  /** The top of a track: the capacity, unless what was used would lie flat below it. */
  function scaleOf(values, capacity) {
    const peak = Math.max(...values, 1e-9);
    return capacity != null && capacity < 4 * peak ? Math.max(peak, capacity) : peak;
  }

  function labels(context, across) {
    context.fillStyle = palette.muted;
    context.textAlign = "right";
    const every = Math.ceil(14 / laneHeight);
    for (let lane = 0; lane < attempts.lanes; lane += every) {
      context.fillText(lane ? `${lane + 1}` : "slot 1", GUTTER - 8, RULER + (lane + 0.5) * laneHeight);
    }
    context.fillText("CPU", GUTTER - 8, lanesEnd + TRACK - 10);
    context.fillText("Memory", GUTTER - 8, lanesEnd + 2 * TRACK - 10);
    context.textAlign = "left";
    const basis = !usage.at.length ? "not known" : usage.estimated ? "estimated from the steps" : "measured";
    const tracks = [[usage.cpus, decimal, run.cpus], [usage.memory, size, run.memory]];
    tracks.forEach(([values, words, capacity], place) => {
      const peak = values.length ? [`peak ${words(Math.max(...values))}`] : [];
      const parts = [...peak, ...(capacity == null || across < 520 ? [] : [`capacity ${words(capacity)}`]), basis];
      context.fillText(parts.join(" · "), GUTTER + 6, lanesEnd + place * TRACK + 11);
    });
  }

  function crosshair(context, down) {
    if (!pointer || pointer[0] < GUTTER) return;
    context.fillStyle = palette.accent;
    context.fillRect(Math.round(pointer[0]), RULER, 1, down - RULER);
  }

  function move(from, span) {
    const kept = clamp(span, shortest, total);
    view.from = clamp(from, 0, total - kept);
    view.to = view.from + kept;
    ask();
  }
  const zoom = (factor, x = GUTTER + width() / 2) => {
    const at = timeAt(Math.max(x, GUTTER));
    const span = clamp((view.to - view.from) / factor, shortest, total);
    move(at - ((at - view.from) / (view.to - view.from)) * span, span);
  };
  const pan = (dx) => move(view.from - (dx / width()) * (view.to - view.from), view.to - view.from);
  const fit = () => move(0, total);

  /** The attempt at a point, or null. */
  function find([x, y]) {
    const lane = Math.floor((y - RULER) / laneHeight);
    if (x < GUTTER || y < RULER || !lanes[lane]) return null;
    const time = timeAt(x);
    const slack = ((view.to - view.from) / width()) * 2;
    const starts = lanes[lane];
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (attempts.start[starts[middle]] <= time + slack) low = middle + 1;
      else high = middle;
    }
    const at = starts[low - 1];
    return at != null && attempts.start[at] + attempts.wall[at] >= time - slack ? at : null;
  }

  function hover(point, event) {
    pointer = point;
    hovered = point && find(point);
    canvas.classList.toggle("over", hovered != null);
    if (hovered != null) describe(hovered, event.clientX, event.clientY);
    else if (point && point[1] > lanesEnd && point[0] > GUTTER && usage.at.length) {
      const at = Math.max(lastAt(usage.at, timeAt(point[0])), 0);
      tip(event.clientX, event.clientY, `at ${duration(Math.max(timeAt(point[0]), 0))}`, [
        ["cpus busy", decimal(usage.cpus[at])],
        ["memory", size(usage.memory[at])],
        ["running", count(usage.running[at], "step")],
      ]);
    } else hideTip();
    ask();
  }

  function describe(at, x, y) {
    const step = attempts.step[at];
    tip(x, y, steps.name[step], [
      ["ran", duration(attempts.wall[at])],
      ["from", duration(attempts.start[at])],
      ...(attempts.wait[at] > 0 ? [["waited for room", duration(attempts.wait[at])]] : []),
      ...(attemptsOf[step].length > 1 ? [["attempt", `${attempts.number[at]} of ${attemptsOf[step].length}`]] : []),
      ...(isCritical.has(step) ? [["critical path", "yes"]] : []),
      ...(attempts.ends[at] ? [["ended with", attempts.ends[at]]] : []),
    ], statusMark(tones[at], data.statuses[attempts.status[at]]));
  }

  /** Go to the bar before or after the one that is marked, in order of starts. */
  function go(by) {
    const last = attempts.step.length - 1;
    hovered = hovered == null ? (by > 0 ? 0 : last) : clamp(hovered + by, 0, last);
    const [start, end, span] = [attempts.start[hovered], endOf(hovered), view.to - view.from];
    if (start < view.from || end > view.to) move((start + end - span) / 2, span);
    const box = canvas.getBoundingClientRect();
    const below = RULER + (attempts.lane[hovered] + 1) * laneHeight;
    describe(hovered, box.left + clamp(xOf(start), GUTTER, box.width), box.top + below);
    const step = attempts.step[hovered];
    const status = data.statuses[attempts.status[hovered]];
    const path = isCritical.has(step) ? ", on the critical path" : "";
    say(`${steps.name[step]}, ${status}, ran ${duration(attempts.wall[hovered])} from ${duration(start)}${path}`);
    ask();
  }

  const pick = (at) => {
    if (at != null) select(attempts.step[at]);
  };
  movable(canvas, { pan, zoom, hover, pick: (point) => pick(find(point)) });
  zoomButtons(byId("timeline"), zoom, fit);
  const keys = {
    ArrowLeft: () => pan(width() / 8), ArrowRight: () => pan(-width() / 8),
    ArrowUp: () => go(-1), ArrowDown: () => go(1),
    "+": () => zoom(1.6), "=": () => zoom(1.6), "-": () => zoom(1 / 1.6), 0: fit, Home: fit,
    Enter: () => pick(hovered),
  };
  canvas.addEventListener("keydown", (event) => onKey(event, keys));
  canvas.addEventListener("blur", () => hover(null));
  const bounds = `${count(attempts.step.length, "bar")} in ${count(attempts.lanes, "slot")} over ${duration(total)}`;
  canvas.setAttribute("aria-label", bounds);
  const named = (tone) => (tone === "allowed" ? "failed, allowed or retried" : tone);
  const shown = [...new Set(tones)].map((tone) => statusMark(tone, named(tone)));
  byId("timeline-legend").append(...shown, el("span", { class: "status on-path" }, el("i"), "critical path"));
}

function onKey(event, keys) {
  const act = !event.ctrlKey && !event.metaKey && !event.altKey && keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** The place of the last of sorted values that is not above a limit, or -1. */
function lastAt(values, limit) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A moment on the axis, with as many digits as the span needs. */
function axisTime(at, span) {
  if (at < 1e-9) return "0";
  if (span >= 60 || Number.isInteger(at)) {
    return at < 60 ? `${Math.round(at)} s` : duration(at).replace(/ 00[sm]$/, "");
  }
  return span < 0.05 ? `${Number((at * 1000).toFixed(2))} ms` : `${Number(at.toFixed(span < 1 ? 3 : 1))} s`;
}
