// The panels beside the map: road users, signals, alerts, messages a second.

const SVG = "http://www.w3.org/2000/svg";
const ARROWS = { uturn: "↶", left: "↰", straight: "↑", right: "↱" };
const WORDS = { red: "red", yellow: "yellow", green: "green", permissive: "green, give way", off: "off" };

/** A new element with text and classes. */
function element(tag, text = "", name = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = name;
  return made;
}

/** How long a light still lasts, in whole seconds begun; "" where nobody knows. */
export function secondsLeft(light, t_ns) {
  if (light?.until_ns == null || light.until_ns < t_ns) return "";
  return String(Math.ceil((light.until_ns - t_ns) / 1e9));
}

/** Road users by kind: the legend of the map. */
export function showUsers(list, kinds, moment) {
  const counts = kinds.map(() => 0);
  for (const kind of moment.users.kind) counts[kind] += 1;
  const all = moment.users.id.length;
  const rows = [element("li", `${all} road user${all === 1 ? "" : "s"}`)];
  kinds.forEach((kind, row) => {
    if (!counts[row]) return;
    const item = element("li");
    item.append(element("span", "", `swatch ${kind}`), `${counts[row]} ${kind}`);
    rows.push(item);
  });
  const here = new Set(moment.users.id);
  const subjects = moment.subjects.filter((name) => here.has(name));
  if (subjects.length) {
    const item = element("li");
    item.append(element("span", "", "swatch subject"), `${subjects.length} under test`);
    rows.push(item);
  }
  list.replaceChildren(...rows);
}

/** What the signal groups of one junction show. */
export class Signals {
  #still;
  #select;
  #table;
  #moment = null;

  constructor(select, table, still) {
    this.#still = still;
    this.#select = select;
    this.#table = table;
    this.#offer(still.junctions.filter((junction) => junction.groups.length));
    select.addEventListener("change", () => this.#draw());
  }

  /** Show a junction, if it has signals. */
  choose(id) {
    if (![...this.#select.options].some((option) => option.value === id)) return;
    this.#select.value = id;
    this.#draw();
  }

  show(moment) {
    this.#moment = moment;
    const known = new Set([...this.#select.options].map((option) => option.value));
    const strangers = Object.keys(moment.heads).filter((id) => !known.has(id));
    // a recording's signal belongs to no junction of a field
    this.#offer(strangers.map((id) => ({ id, name: id })));
    this.#draw();
  }

  #offer(junctions) {
    for (const { id, name } of junctions) this.#select.append(new Option(name === id ? id : `${name} (${id})`, id));
    this.#select.disabled = !this.#select.options.length;
  }

  #draw() {
    const head = this.#moment?.heads[this.#select.value];
    const body = document.createElement("tbody");
    for (const [group, light] of Object.entries(head ?? {})) {
      const row = document.createElement("tr");
      const shown = element("td");
      shown.append(element("span", "", `swatch ${light.light}`), WORDS[light.light].split(",")[0]);
      shown.title = WORDS[light.light];
      const left = secondsLeft(light, this.#moment.t_ns);
      row.append(element("th", group), element("td", this.#turns(Number(group)), "quiet"), shown,
        element("td", left && `${left} s`, "number"));
      body.append(row);
    }
    if (!body.children.length) body.append(element("tr", "nothing known", "quiet"));
    this.#table.replaceChildren(body);
  }

  #turns(group) {
    const heads = this.#still.heads.filter((head) => head.junction === this.#select.value && head.group === group);
    if (heads.length && heads.every((head) => head.kind === "crosswalk")) return "crossing";
    return [...new Set(heads.flatMap((head) => head.turns))].map((turn) => ARROWS[turn]).join("");
  }
}

/** What drivers are told now, and what has just ended. */
export function showAlerts(list, moment) {
  const rows = moment.alerts.map((alert) => {
    const known = Object.entries(alert.fields).filter(([, value]) => value !== null);
    const figures = known.map(([name, value]) => `${name} ${value}`).join(", ");
    const row = element("li", `${alert.station}: ${alert.application} ${alert.about}${figures && ` (${figures})`}`);
    row.classList.toggle("over", alert.over);
    return row;
  });
  if (!rows.length) rows.push(element("li", "none", "none"));
  list.replaceChildren(...rows);
}

/** Points of a curve: one a simulated second, at most so many. */
const POINTS = 60;

/** Messages a second by channel and type, with the last minute as a curve. */
export class Rates {
  #table;
  #since_ns = null;
  #counted = {};
  #curves = new Map();

  constructor(table) {
    this.#table = table;
    this.#draw();
  }

  show(moment, jump) {
    if (jump || moment.gap || this.#since_ns === null) {
      this.#curves.clear();
      this.#counted = {};
      this.#since_ns = moment.after_ns ?? moment.t_ns;
      // a stream's first moment does not say since when its frames were gathered
      if (moment.after_ns === undefined) return;
    }
    for (const [name, count] of Object.entries(moment.counts)) this.#counted[name] = (this.#counted[name] ?? 0) + count;
    const span_s = (moment.t_ns - this.#since_ns) / 1e9;
    if (span_s < 0.999) return;
    for (const name of Object.keys(this.#counted)) if (!this.#curves.has(name)) this.#curves.set(name, []);
    for (const [name, curve] of this.#curves) {
      curve.push((this.#counted[name] ?? 0) / span_s);
      if (curve.length > POINTS) curve.shift();
    }
    this.#counted = {};
    this.#since_ns = moment.t_ns;
    this.#draw();
  }

  #draw() {
    const body = document.createElement("tbody");
    for (const [name, curve] of [...this.#curves].sort(([a], [b]) => a.localeCompare(b))) {
      const [channel, type] = name.split("/");
      const row = document.createElement("tr");
      const picture = element("td");
      picture.append(sparkline(curve));
      row.append(element("th", type), element("td", channel.replace("_", " "), "quiet"), picture,
        element("td", `${curve.at(-1).toFixed(curve.at(-1) < 9.95 ? 1 : 0)} /s`, "number"));
      body.append(row);
    }
    if (!body.children.length) body.append(element("tr", "counting", "quiet"));
    this.#table.replaceChildren(body);
  }
}

/** A curve from 0 to its highest point. */
function sparkline(values) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${POINTS - 1} 10`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const top = Math.max(...values, 1e-9);
  const points = values.map((value, k) => `${POINTS - values.length + k} ${(9.5 - (9 * value) / top).toFixed(2)}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", `M${points.join("L")}`);
  svg.append(path);
  return svg;
}
