// The table of steps. Only the rows that can be seen are in the page.

const ROW = 30;
const OPENED = 360; // what a row unfolds is not higher

function drawSteps(steps) {
  const scroll = byId("steps-scroll");
  const table = byId("steps-table");
  const longest = largest(steps.wall, 1e-9);
  const why = steps.reason.map((place) => steps.reasons[place]);
  /** A column of numbers: how wide, its values, their words, and what to say about its heading. */
  const numbers = (name, width, values, words, title) =>
    ({ name, width, by: (step) => values[step], show: (step) => words(values[step], step), right: true, title });
  const columns = [
    { name: "Status", width: "var(--status-width)", by: (step) => steps.status[step],
      show: (step) => statusMark(toneOf(step), statusOf(step)) },
    { name: "Step", width: "var(--step-width)", by: (step) => steps.name[step], show: (step) => opener(step) },
    numbers("Wall", "var(--wall-width)", steps.wall, wallBar),
    numbers("CPU", "78px", steps.cpu, duration),
    numbers("Peak", "82px", steps.peak, size, "peak of memory"),
    numbers("Requested", "92px", steps.asked, size, "memory requested"),
    numbers("Wait", "76px", steps.wait, (wait) => duration(wait || null), "could have run, but waited for room"),
    numbers("Tries", "60px", steps.attempts, decimal, "attempts"),
    numbers("Input", "82px", steps.input, size, "size of its inputs"),
    { name: "Reason", width: "minmax(180px, 2fr)", by: (step) => why[step], show: (step) => why[step] },
  ];
  const state = { by: null, down: false, text: "", statuses: new Set(), rows: [] };
  // The step whose row is unfolded, what it unfolds, and how high that is.
  Object.assign(state, { opened: null, unfolded: null, room: 0 });
  const drawn = new Map(); // step -> its elements
  const folded = steps.name.map((name, step) => `${name}\n${why[step]}`.toLowerCase());
  const template = columns.map((column) => column.width).join(" ");

  const heads = columns.map((column, at) => {
    const button = el("button", { type: "button", title: column.title, onclick: () => sort(at) }, column.name);
    return el("div", { role: "columnheader", "aria-sort": "none", class: column.right ? "right" : null }, button);
  });
  const head = el("div", { role: "row", class: "head", "aria-rowindex": "1" }, ...heads);
  const body = el("div", { role: "rowgroup", class: "body" });
  head.style.gridTemplateColumns = template;
  table.append(el("div", { role: "rowgroup", class: "headgroup" }, head), body);

  function opener(step) {
    const opened = state.opened === step;
    const about = { title: "on the critical path", role: "img", "aria-label": "on the critical path:" };
    return el("button", { type: "button", class: "link step", "aria-expanded": String(opened),
      title: steps.name[step], onclick: () => toggle(step) },
      el("span", { class: "twist", "aria-hidden": "true" }, opened ? "▾" : "▸"),
      isCritical.has(step) ? el("span", { class: "on-path-mark", ...about }) : null,
      el("span", { class: "name" }, steps.name[step]));
  }

  function wallBar(wall, step) {
    if (wall == null) return duration(wall);
    const bar = el("i", { class: `meter ${toneOf(step)}`, "aria-hidden": "true" });
    bar.style.width = `${Math.max((wall / longest) * 100, 0.5)}%`;
    return el("span", { class: "walled" }, bar, el("span", {}, duration(wall)));
  }

  /** Apply filters and order; unknown values come last in both directions, ties stay in file order. */
  function arrange() {
    const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
    state.rows = steps.name.map((_, step) => step)
      .filter((step) => !state.statuses.size || state.statuses.has(steps.status[step]))
      .filter((step) => words.every((word) => folded[step].includes(word)));
    if (state.by != null) {
      const { by } = columns[state.by];
      const sign = state.down ? -1 : 1;
      state.rows.sort((a, b) => {
        const [x, y] = [by(a), by(b)];
        if (x == null || y == null) return (x == null) - (y == null) || a - b;
        return (typeof x === "string" ? x.localeCompare(y, undefined, { numeric: true }) : x - y) * sign || a - b;
      });
    }
    if (!state.rows.includes(state.opened)) state.opened = null;
    const shown = state.rows.length;
    const all = count(steps.name.length, "step");
    byId("steps-count").textContent = shown === steps.name.length ? all : `${shown.toLocaleString("en")} of ${all}`;
    table.setAttribute("aria-rowcount", String(shown + 1));
    redraw();
  }

  function redraw() {
    drawn.forEach((made) => made.forEach((element) => element.remove()));
    drawn.clear();
    state.unfolded = null;
    state.room = 0;
    if (state.opened != null) {
      const detail = el("div", { role: "cell" }, detailOf(state.opened, true));
      state.unfolded = el("div", { role: "row", class: "unfolded" }, detail);
      body.append(state.unfolded);
      state.room = Math.min(state.unfolded.offsetHeight, OPENED);
      state.unfolded.remove();
      state.unfolded.style.height = `${state.room}px`;
    }
    render();
  }

  const isBelow = (place) => state.opened != null && place > state.rows.indexOf(state.opened);
  const topOf = (place) => place * ROW + (isBelow(place) ? state.room : 0);

  function render(everything = false) {
    body.style.height = `${Math.max(state.rows.length * ROW + state.room, ROW * 2)}px`;
    const from = Math.floor((scroll.scrollTop - state.room) / ROW) - 6;
    const to = Math.ceil((scroll.scrollTop + scroll.clientHeight) / ROW) + 6;
    const wanted = everything ? state.rows.slice(0, 200) : state.rows.slice(Math.max(from, 0), Math.max(to, 0));
    const keep = new Set(wanted);
    for (const [step, made] of drawn) {
      if (keep.has(step) || made.some((element) => element.contains(document.activeElement))) continue;
      made.forEach((element) => element.remove());
      drawn.delete(step);
    }
    const first = everything ? 0 : Math.max(from, 0);
    wanted.forEach((step, offset) => {
      const made = drawn.get(step) ?? rowOf(step, first + offset);
      const top = topOf(first + offset);
      made.forEach((element, part) => { element.style.transform = `translateY(${top + part * ROW}px)`; });
      drawn.set(step, made);
    });
    body.classList.toggle("nothing", !state.rows.length);
  }

  function rowOf(step, place) {
    const cells = columns.map((column) =>
      el("div", { role: "cell", class: column.right ? "right" : null }, column.show(step)));
    const stripe = place % 2 ? "row odd" : "row";
    const row = el("div", { role: "row", class: stripe, "aria-rowindex": String(place + 2) }, ...cells);
    row.style.gridTemplateColumns = template;
    row.lastChild.title = why[step];
    const made = state.opened === step ? [row, state.unfolded] : [row];
    made.forEach((element) => body.append(element));
    return made;
  }

  function toggle(step) {
    state.opened = state.opened === step ? null : step;
    redraw();
    focusRow(step);
  }

  const focusRow = (step) => drawn.get(step)?.[0].querySelector("button.step").focus({ preventScroll: true });

  function sort(at) {
    // Numbers are of interest from the largest, text from A.
    state.down = state.by === at ? !state.down : Boolean(columns[at].right);
    state.by = at;
    heads.forEach((cell) => cell.setAttribute("aria-sort", "none"));
    heads[at].setAttribute("aria-sort", state.down ? "descending" : "ascending");
    arrange();
  }

  /** Up and down go from row to row. */
  function key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const here = [...drawn].find(([, made]) => made[0].contains(document.activeElement))?.[0];
    if (!by || here == null) return;
    event.preventDefault();
    const place = clamp(state.rows.indexOf(here) + by, 0, state.rows.length - 1);
    const top = topOf(place);
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    const lowest = top + 2 * ROW - scroll.clientHeight;
    if (lowest > scroll.scrollTop) scroll.scrollTop = lowest;
    render();
    focusRow(state.rows[place]);
  }

  function chip([status, total]) {
    const number = data.statuses.indexOf(status);
    const button = el("button", { type: "button", class: `chip ${status}`, "aria-pressed": "false", onclick: () => {
      if (!state.statuses.delete(number)) state.statuses.add(number);
      button.setAttribute("aria-pressed", String(state.statuses.has(number)));
      arrange();
    } }, el("i"), `${status} `, el("b", {}, total.toLocaleString("en")));
    return button;
  }

  byId("steps-chips").append(...statusCounts(steps).map(chip));
  byId("steps-filter").addEventListener("input", (event) => { state.text = event.target.value; arrange(); });
  scroll.addEventListener("scroll", () => render(), { passive: true });
  body.addEventListener("keydown", key);
  new ResizeObserver(() => render()).observe(scroll);
  window.addEventListener("beforeprint", () => render(true));
  window.addEventListener("afterprint", redraw);
  arrange();
}
