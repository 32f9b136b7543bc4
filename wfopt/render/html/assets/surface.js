// Canvases that stay sharp, redraw once a frame, and are moved by wheel, pointers and keys.

/** Draw on a canvas whenever asked to, its size changes or the theme does. Returns how to ask. */
function surface(canvas, draw) {
  const context = canvas.getContext("2d");
  let asked = false;
  const paint = () => {
    asked = false;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, width, height);
  };
  const ask = () => {
    if (!asked) {
      asked = true;
      requestAnimationFrame(paint);
    }
  };
  new ResizeObserver(ask).observe(canvas);
  window.addEventListener("beforeprint", () => { readPalette(); paint(); });
  repaints.push(ask);
  return ask;
}

/**
 * Turn wheel, drag, pinch and double click on a canvas into pan(dx, dy) and zoom(factor, x, y) in pixels;
 * everything else a pointer does into hover(x, y) (null when it leaves) and pick(x, y).
 * The wheel scrolls the page unless the canvas has the focus or Ctrl is held.
 */
function movable(canvas, { pan, zoom, hover, pick }) {
  const pointers = new Map();
  let moved = 0;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(-sideways, 0);
    else if (event.ctrlKey || event.metaKey || document.activeElement === canvas) {
      zoom(Math.exp(-clamp(event.deltaY, -200, 200) / 300), ...place(event));
    } else return;
    event.preventDefault();
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    const last = pointers.get(event.pointerId);
    if (!last) return hover([x, y], event);
    const [dx, dy] = [x - last[0], y - last[1]];
    moved += Math.abs(dx) + Math.abs(dy);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, [x, y]);
    if (other) {
      const before = Math.hypot(last[0] - other[0], last[1] - other[1]);
      zoom(Math.hypot(x - other[0], y - other[1]) / Math.max(before, 1), (x + other[0]) / 2, (y + other[1]) / 2);
    } else if (moved > 3) {
      hover(null);
      canvas.classList.add("dragged");
      pan(dx, dy);
    }
  });
  const release = (event) => {
    if (pointers.delete(event.pointerId) && event.type === "pointerup" && moved <= 3) pick(place(event));
    canvas.classList.remove("dragged");
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => hover(null));
  canvas.addEventListener("dblclick", (event) => zoom(2, ...place(event)));
}

/** The buttons of a section: in, out and fit. */
function zoomButtons(section, zoom, fit) {
  const act = { in: () => zoom(1.6), out: () => zoom(1 / 1.6), fit };
  for (const button of section.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", act[button.dataset.zoom]);
  }
}

/**
 * As much of a text as fits; advance is the width of a character, which spares measuring.
 * The middle is left out: what tells steps of a matrix apart stands at the end.
 */
function fitted(text, width, advance) {
  const room = Math.floor(width / advance);
  if (text.length <= room) return text;
  if (room < 6) return room < 3 ? "" : `${text.slice(0, room - 1)}…`;
  const head = Math.floor(room * 0.45);
  return `${text.slice(0, head)}…${text.slice(head + 1 - room)}`;
}

/** Lines of a tooltip beside a point of the window: [label, value] pairs behind a heading. */
function tip(x, y, heading, rows = [], mark = null) {
  const box = byId("tip");
  box.replaceChildren(
    el("strong", {}, heading), mark ?? "",
    el("dl", {}, ...rows.flatMap(([label, value]) => [el("dt", {}, label), el("dd", {}, value)])),
  );
  box.hidden = false;
  const left = x + 14 + box.offsetWidth > innerWidth ? x - 14 - box.offsetWidth : x + 14;
  box.style.left = `${clamp(left, 4, Math.max(innerWidth - box.offsetWidth - 4, 4))}px`;
  box.style.top = `${clamp(y + 14, 4, Math.max(innerHeight - box.offsetHeight - 4, 4))}px`;
}
const hideTip = () => { byId("tip").hidden = true; };

/** About `wanted` round numbers from low to high. */
function ticks(low, high, wanted, steps) {
  const raw = (high - low) / Math.max(wanted, 1);
  const tens = 10 ** Math.floor(Math.log10(raw || 1));
  const round = [1, 2, 5, 10].map((each) => each * tens);
  const step = steps?.find((each) => each >= raw) ?? round.find((each) => each >= raw);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-6; at += step) found.push(at);
  return found;
}
