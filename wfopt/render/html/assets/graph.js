// The graph of steps, in columns from left to right. Where nodes stand was computed beforehand.

const NODE = { height: 26, gap: 50, down: 36, narrowest: 104, widest: 226 };

function drawGraph(graph, steps) {
  const canvas = byId("graph-canvas");
  const lanes = columnsOf(graph, steps);
  const nodes = graph.nodes.map((node, at) => ({
    step: Array.isArray(node) ? null : node,
    text: Array.isArray(node) ? `${count(node[0], "step")}` : steps.name[node],
    about: Array.isArray(node) ? foldText(node, graph.folds[at]) : "",
    wall: Array.isArray(node) ? graph.folds[at] : steps.wall[node],
    column: graph.columns[at],
    x: lanes[graph.columns[at]].left,
    width: lanes[graph.columns[at]].width,
    y: graph.heights[at] * NODE.down,
  }));
  const nodeOf = new Map(nodes.map((node, at) => [node.step, at]));
  const links = [];
  for (let at = 0; at < graph.links.length; at += 2) {
    const [from, to] = graph.links.slice(at, at + 2);
    const path = linkPath(nodes[from], nodes[to], graph.routes[at / 2] ?? [], lanes);
    links.push({ from, to, path, critical: false });
  }
  markCritical();
  const near = nodes.map(() => new Set());
  for (const { from, to } of links) {
    near[from].add(to);
    near[to].add(from);
  }
  // What is drawn leaves out edges that follow from others; what a step touches does not.
  nodes.forEach((node, at) => node.step != null && [...before[node.step], ...after[node.step]].forEach((step) =>
    nodeOf.has(step) && near[at].add(nodeOf.get(step))));
  const right = lanes.at(-1).left + lanes.at(-1).width;
  const bottom = Math.max(...nodes.map((node) => node.y)) + NODE.height;
  const view = { x: 0, y: 0, scale: 1 };
  // Many lines on top of each other would make one dark mass.
  const faint = clamp(0.55 * Math.sqrt(120 / Math.max(links.length, 1)), 0.12, 0.55);
  let hovered = null;
  let touched = false; // until somebody moves it, it keeps fitting the size of the canvas

  /** An edge is critical where it joins two critical steps that follow each other on the path. */
  function markCritical() {
    // Nodes stand in the order of their columns.
    const path = nodes.map((_, at) => at).filter((at) => isCritical.has(nodes[at].step));
    const next = new Map(path.map((at, place) => [at, path[place + 1]]));
    for (const link of links) link.critical = next.get(link.from) === link.to;
  }

  /** Names can be read on a wide screen; a narrow one shows the shape first. */
  function smallest() {
    return canvas.clientWidth < 640 ? 0.2 : 0.55;
  }
  function fit() {
    const [width, height] = [canvas.clientWidth - 24, canvas.clientHeight - 24];
    view.scale = clamp(Math.min(width / right, height / bottom), smallest(), 1);
    view.x = Math.max((width - right * view.scale) / 2, 0) + 12;
    const spare = height - bottom * view.scale;
    view.y = 12 + (spare >= 0 ? spare / 2 : -Math.max(startRow() * view.scale - height / 2, 0));
  }
  /** How far down a graph that does not fit begins: at its first step, best at a critical one. */
  function startRow() {
    const first = nodes.filter((node) => node.column === 0);
    return (first.find((node) => isCritical.has(node.step)) ?? first[0]).y;
  }
  canvas.style.height = `${clamp(bottom * clamp((canvas.clientWidth - 24) / right, smallest(), 1) + 40, 120, 560)}px`;

  const ask = surface(canvas, (context) => {
    if (!touched) fit();
    context.save();
    context.translate(view.x, view.y);
    context.scale(view.scale, view.scale);
    context.lineCap = "round";
    const selected = selection.step == null ? null : nodeOf.get(selection.step);
    const focus = hovered ?? selected ?? null;
    for (const strong of [false, true]) {
      for (const link of links) {
        const touches = focus != null && (link.from === focus || link.to === focus);
        if ((touches || link.critical) !== strong) continue;
        context.strokeStyle = link.critical ? palette.critical : touches ? palette.ink : palette.muted;
        context.lineWidth = link.critical ? 2.5 : touches ? 1.75 : 1;
        context.globalAlpha = strong ? (focus == null || touches ? 1 : 0.35) : focus == null ? faint : 0.15;
        context.stroke(link.path);
      }
    }
    nodes.forEach((node, at) => {
      context.globalAlpha = focus == null || at === focus || near[focus].has(at) ? 1 : 0.3;
      drawNode(context, node, at === focus || at === selected);
    });
    context.restore();
  });

  function drawNode(context, node, marked) {
    const left = view.x + node.x * view.scale;
    const top = view.y + node.y * view.scale;
    if (left > canvas.clientWidth || left + node.width * view.scale < 0) return;
    if (top > canvas.clientHeight || top + NODE.height * view.scale < 0) return;
    const tone = node.step == null ? "faint" : toneOf(node.step);
    context.beginPath();
    context.roundRect(node.x, node.y, node.width, NODE.height, 5);
    // Too small for names, a node shows its status alone.
    const small = view.scale < 0.4;
    context.fillStyle = node.step == null ? palette.faint : small ? palette[tone] : palette.card;
    context.fill();
    context.lineWidth = (marked ? 2.5 : isCritical.has(node.step) ? 2 : 1) / (small ? view.scale : 1);
    context.strokeStyle = marked ? palette.ink : isCritical.has(node.step) ? palette.critical : palette.edge;
    if (node.step == null) context.setLineDash([3, 3]);
    if (node.step == null) context.strokeStyle = palette.muted;
    context.stroke();
    context.setLineDash([]);
    if (small) return;
    if (node.step != null) {
      context.fillStyle = palette[tone];
      context.beginPath();
      context.roundRect(node.x + 5, node.y + 6, 5, NODE.height - 12, 2);
      context.fill();
    }
    const time = node.wall == null ? "" : duration(node.wall);
    context.font = FONT;
    context.textBaseline = "middle";
    context.fillStyle = palette.muted;
    context.textAlign = "right";
    const middle = node.y + NODE.height / 2 + 0.5;
    context.fillText(time, node.x + node.width - 7, middle);
    context.fillStyle = palette.ink;
    context.textAlign = "left";
    context.fillText(fitted(node.text, node.width - 30 - time.length * 6, 6.4), node.x + 16, middle);
  }

  function move(x, y, scale = view.scale) {
    touched = true;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    view.scale = scale;
    view.x = clamp(x, 60 - right * scale, width - 60);
    view.y = clamp(y, 30 - bottom * scale, height - 30);
    ask();
  }
  const zoom = (factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) => {
    const scale = clamp(view.scale * factor, Math.min(0.1, canvas.clientWidth / right), 2.5);
    move(x - ((x - view.x) / view.scale) * scale, y - ((y - view.y) / view.scale) * scale, scale);
  };
  const pan = (dx, dy) => move(view.x + dx, view.y + dy);
  const find = ([px, py]) => {
    const [x, y] = [(px - view.x) / view.scale, (py - view.y) / view.scale];
    const at = nodes.findIndex((node) =>
      x >= node.x && x <= node.x + node.width && y >= node.y && y <= node.y + NODE.height);
    return at < 0 ? null : at;
  };

  function describe(at, x, y) {
    const { step, text, about } = nodes[at];
    if (step == null) return tip(x, y, text, [["folded", about], ["together", duration(nodes[at].wall)]]);
    tip(x, y, text, [
      ["wall", duration(steps.wall[step])],
      ["waits for", count(before[step].length, "step")],
      ["needed by", count(after[step].length, "step")],
      ...(isCritical.has(step) ? [["critical path", "yes"]] : []),
    ], statusMark(toneOf(step), statusText(step)));
  }

  function hover(point, event) {
    const found = point && find(point);
    if (found != null) describe(found, event.clientX, event.clientY);
    else hideTip();
    canvas.classList.toggle("over", found != null);
    if (found !== hovered) ask();
    hovered = found;
  }

  /** Move the mark to another node and bring it into view. */
  function go(choose) {
    const next = hovered == null ? 0 : choose(hovered);
    if (next == null || !nodes[next]) return;
    hovered = next;
    const node = nodes[next];
    const [x, y] = [view.x + node.x * view.scale, view.y + node.y * view.scale];
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (x < 0 || y < 0 || x + node.width * view.scale > width || y + NODE.height * view.scale > height) {
      move(width / 2 - (node.x + node.width / 2) * view.scale, height / 2 - (node.y + NODE.height / 2) * view.scale);
    }
    const box = canvas.getBoundingClientRect();
    describe(next, box.left + view.x + node.x * view.scale, box.top + view.y + (node.y + NODE.height) * view.scale);
    const about = node.step == null ? `folded: ${node.about}` : statusText(node.step);
    say(`${node.text}, ${about}, ${duration(node.wall)}`);
    ask();
  }
  const far = (one, other) => Math.abs(nodes[one].y - nodes[other].y);
  const onPath = (at) => isCritical.has(nodes[at].step);
  /** The neighbor to go to: along the critical path if there is one, else the nearest. */
  const along = (ahead) => (at) => [...near[at]]
    .filter((other) => (nodes[other].column > nodes[at].column) === ahead)
    .sort((a, b) => onPath(b) - onPath(a) || far(a, at) - far(b, at))[0];
  const beside = (sign) => (at) => nodes.map((_, other) => other)
    .filter((other) => nodes[other].column === nodes[at].column && (nodes[other].y - nodes[at].y) * sign > 0)
    .sort((a, b) => far(a, at) - far(b, at))[0];
  const pick = (at) => {
    if (at != null && nodes[at].step != null) select(nodes[at].step);
  };

  const refit = () => { touched = false; ask(); };
  movable(canvas, { pan, zoom, hover, pick: (point) => pick(find(point)) });
  zoomButtons(byId("graph"), zoom, refit);
  const keys = {
    ArrowLeft: () => go(along(false)), ArrowRight: () => go(along(true)),
    ArrowUp: () => go(beside(-1)), ArrowDown: () => go(beside(1)),
    "+": () => zoom(1.6), "=": () => zoom(1.6), "-": () => zoom(1 / 1.6), 0: refit, Home: refit,
    Enter: () => pick(hovered),
  };
  canvas.addEventListener("keydown", (event) => onKey(event, keys));
  canvas.addEventListener("blur", () => hover(null));
  const about = [count(steps.count, "step"), count(graph.edgeCount, "edge"), count(graph.levels, "level"),
    `at most ${graph.widest.toLocaleString("en")} at once`].join(", ");
  const shown = nodes.filter((node) => node.step != null).length;
  const folded = shown === nodes.length ? ""
    : ` · too large to draw whole: ${shown} failed, critical and slow steps are shown, the others folded`;
  byId("graph-about").append(about + folded, el("span", { class: "status on-path" }, el("i"), "critical path"));
  canvas.setAttribute("aria-label", about);
}

const foldText = ([, first, last]) => (first === last ? `level ${first + 1}` : `levels ${first + 1} to ${last + 1}`);

/** Where each column begins and how wide it is: as wide as its longest name needs, within limits. */
function columnsOf(graph, steps) {
  const found = [];
  graph.nodes.forEach((node, at) => {
    const wanted = Array.isArray(node) ? 0 : steps.name[node].length * 6.3 + 72;
    const column = (found[graph.columns[at]] ??= { width: NODE.narrowest });
    column.width = clamp(wanted, column.width, NODE.widest);
  });
  let left = 0;
  for (const column of found) {
    column.left = left;
    left += column.width + NODE.gap;
  }
  return found;
}

/** A smooth path from the right of a node to the left of another, through bends in the columns between. */
function linkPath(from, to, bends, columns) {
  const path = new Path2D();
  let [x, y] = [from.x + from.width, from.y + NODE.height / 2];
  path.moveTo(x, y);
  const curve = (nextX, nextY) => {
    const half = (nextX - x) / 2;
    path.bezierCurveTo(x + half, y, nextX - half, nextY, nextX, nextY);
    [x, y] = [nextX, nextY];
  };
  bends.forEach((height, place) => {
    const { left, width } = columns[from.column + 1 + place];
    curve(left, height * NODE.down + NODE.height / 2);
    path.lineTo((x = left + width), y);
  });
  curve(to.x, to.y + NODE.height / 2);
  return path;
}
