// The list of frames, and what the one that was clicked says.

const byId = (id) => document.getElementById(id);

/** Frames of each type that the list remembers, as many as a live server can still decode. */
const KEPT = 2000;
const SHOWN = 100;
/** The list is drawn at most so often, or nobody could click into it. */
const REDRAW_MS = 500;

export class FrameList {
  #kept = new Map();
  #complain;
  #drawn_ms = -REDRAW_MS;
  #touched = false;
  #open = null;

  constructor(complain) {
    this.#complain = complain;
    const rows = byId("frame-rows");
    rows.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (row?.dataset.n) this.open(Number(row.dataset.n));
    });
    const scroll = byId("frame-scroll");
    // whoever points at a row, or is on it with the keyboard, wants it to stay where it is
    scroll.addEventListener("pointerenter", () => { this.#touched = true; });
    scroll.addEventListener("pointerleave", () => { this.#touched = false; });
    scroll.addEventListener("focusin", (event) => { this.#touched ||= event.target.matches(":focus-visible"); });
    scroll.addEventListener("focusout", () => { this.#touched = scroll.matches(":hover"); });
    for (const id of ["frame-type", "frame-station"]) byId(id).addEventListener("input", () => this.#draw());
    byId("detail-close").addEventListener("click", () => this.#close());
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") this.#close(); });
  }

  /** Take in the frames of a moment; a jump forgets those before. */
  add(frames, jump) {
    if (jump) this.#kept.clear();
    for (const frame of frames) {
      if (!this.#kept.has(frame.type)) this.#kept.set(frame.type, []);
      this.#kept.get(frame.type).push(frame);
    }
    for (const kept of this.#kept.values()) kept.splice(0, kept.length - KEPT);
    this.#offerTypes();
    const due = jump || performance.now() - this.#drawn_ms >= REDRAW_MS;
    if (due && !byId("frame-hold").checked && !this.#touched) this.#draw();
  }

  /** Show one station's frames. */
  only(station) {
    byId("frame-station").value = station;
    byId("frame-type").value = "";
    this.#draw();
  }

  /** Decode a frame by its number. */
  async open(number) {
    try {
      const answer = await fetch(`/frame/${number}`);
      if (answer.status === 404) {
        this.#show("This frame is not kept any more", null, "");
        return;
      }
      if (!answer.ok) throw new Error(`the server says ${answer.status}`);
      const { decoded, hex, ...head } = await answer.json();
      this.#open = number;
      for (const row of byId("frame-rows").rows) row.classList.toggle("open", Number(row.dataset.n) === number);
      const what = `${decoded.type ?? head.type} of ${head.station}`;
      this.#show(`${what}, ${(head.t_ns / 1e9).toFixed(3)} s, ${head.bytes} bytes, ${decoded.profile}`, decoded, hex);
    } catch (error) {
      this.#complain(`cannot decode: ${error.message}`);
    }
  }

  #offerTypes() {
    const select = byId("frame-type");
    const known = new Set([...select.options].map((option) => option.value));
    for (const type of this.#kept.keys()) if (!known.has(type)) select.append(new Option(type, type));
  }

  #draw() {
    this.#drawn_ms = performance.now();
    const type = byId("frame-type").value;
    const station = byId("frame-station").value.trim().toLowerCase();
    const lists = type ? [this.#kept.get(type) ?? []] : [...this.#kept.values()];
    const fits = (frame) => !station || frame.station.toLowerCase().includes(station);
    // the newest of each type are enough: no more than all of them are shown
    const newest = lists.flatMap((list) => lastOf(list, fits)).sort((a, b) => b.t_ns - a.t_ns || b.n - a.n);
    const found = newest.slice(0, SHOWN);
    byId("frame-rows").replaceChildren(...found.map((frame) => this.#row(frame)));
    const all = [...this.#kept.values()].reduce((sum, list) => sum + list.length, 0);
    byId("frame-note").textContent = `${found.length} shown, ${all} remembered; click one to decode it`;
  }

  #row(frame) {
    const row = document.createElement("tr");
    row.dataset.n = frame.n;
    row.classList.toggle("open", frame.n === this.#open);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = (frame.t_ns / 1e9).toFixed(3);
    button.setAttribute("aria-label", `Decode the ${frame.type} of ${frame.station} at ${button.textContent} s`);
    const cells = [button, frame.type, frame.station, frame.channel.replace("uu_", ""), String(frame.bytes)];
    row.append(...cells.map((content, place) => {
      const cell = document.createElement("td");
      cell.append(content);
      if (place === 4) cell.className = "number";
      return cell;
    }));
    row.cells[2].title = frame.station;
    return row;
  }

  #show(title, decoded, hex) {
    byId("detail").hidden = false;
    byId("detail-title").textContent = title;
    const parts = [];
    if (decoded?.error) {
      const complaint = document.createElement("p");
      complaint.className = "bad";
      complaint.textContent = decoded.error;
      parts.push(complaint);
    }
    if (decoded?.value != null) parts.push(...Object.entries(decoded.value).map(([key, value]) => tree(key, value, 0)));
    byId("detail-tree").replaceChildren(...parts);
    byId("detail-hex").textContent = hexLines(hex);
    byId("detail").scrollTop = 0;
  }

  #close() {
    byId("detail").hidden = true;
    this.#open = null;
    for (const row of byId("frame-rows").rows) row.classList.remove("open");
  }
}

/** The last entries of a list that fit, as many as are ever shown. */
function lastOf(list, fits) {
  const found = [];
  for (let k = list.length - 1; k >= 0 && found.length < SHOWN; k -= 1) if (fits(list[k])) found.push(list[k]);
  return found;
}

/** A JSON value as nested, foldable lines. */
function tree(key, value, depth) {
  const name = document.createElement("span");
  name.className = "key";
  if (value === null || typeof value !== "object") {
    const line = document.createElement("div");
    name.textContent = `${key}: `;
    line.append(name, typeof value === "string" ? value : JSON.stringify(value));
    return line;
  }
  const fold = document.createElement("details");
  const head = document.createElement("summary");
  const entries = Object.entries(value);
  name.textContent = Array.isArray(value) ? `${key} [${entries.length}]` : key;
  head.append(name);
  fold.open = depth < 2 && entries.length <= 12;
  fold.append(head, ...entries.map(([inner, content]) => tree(inner, content, depth + 1)));
  return fold;
}

/** Hex in lines of sixteen bytes with their offset. */
function hexLines(hex) {
  const lines = [];
  for (let k = 0; k < hex.length; k += 32) {
    const bytes = hex.slice(k, k + 32).match(/../g) ?? [];
    lines.push(`${(k / 2).toString(16).padStart(4, "0")}  ${bytes.slice(0, 8).join(" ")}  ${bytes.slice(8).join(" ")}`);
  }
  return lines.join("\n");
}
