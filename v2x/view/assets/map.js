// The map: a canvas with the field, its signals, roadside units and road users. Metres on the field's plane.

import { Camera } from "./camera.js";
import { secondsLeft } from "./panels.js";
import { badge, body, dot, label } from "./shapes.js";

const byId = (id) => document.getElementById(id);

/** Pixels a metre from which stop lines replace one dot an approach, and from which countdowns have room. */
const CLOSE = 2.0;
const CLOSER = 4.0;
/** From afar, pixels between the middle of a junction and the dot of an approach. */
const DOTS_APART = 13;
const LANE_ORDER = ["sidewalk", "bike", "vehicle", "crossing"];
const LANE_COLOURS = { sidewalk: "walk", bike: "bike", vehicle: "road", crossing: "crossing" };
const COLOURS = ["ground", "building", "road", "junction", "bike", "walk", "crossing", "label", "halo", "coverage",
  "coverage-line", "rsu", "red", "yellow", "green", "permissive", "off", "car", "bus", "truck", "ebike", "bicycle",
  "pedestrian", "subject", "alert"];

export class FieldMap {
  #canvas;
  #camera;
  #pen;
  #still;
  #moment = null;
  #colours = {};
  #font = "sans-serif";
  #fitted = false;
  #due = false;

  constructor(canvas, still) {
    this.#canvas = canvas;
    this.#camera = new Camera(canvas);
    this.#pen = canvas.getContext("2d");
    this.#still = still;
    this.#still.lanes.sort((a, b) => LANE_ORDER.indexOf(a.kind) - LANE_ORDER.indexOf(b.kind));
    this.picked = null;
    this.onPick = () => {};
    this.onJunction = () => {};
    this.#readColours();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#readColours();
      this.#redraw();
    });
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#listen();
    this.#resize();
  }

  show(moment) {
    this.#moment = moment;
    if (!this.#fitted) this.#fit();
    if (this.picked) this.#follow(this.picked.id);
    this.#redraw();
  }

  // ---------------------------------------------------------------- view

  #readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of COLOURS) this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
    this.#font = getComputedStyle(document.body).fontFamily;
  }

  #resize() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.#canvas;
    this.#canvas.width = Math.max(Math.round(clientWidth * ratio), 1);
    this.#canvas.height = Math.max(Math.round(clientHeight * ratio), 1);
    if (!this.#fitted) this.#fit();
    this.#draw();  // at once: a canvas that changes its size is empty
  }

  /** Show all of the field, or all road users where there is none. */
  #fit() {
    const { lanes, rsus } = this.#still;
    const users = this.#moment?.users;
    const points_m = [...lanes.flatMap((lane) => lane.points_m), ...rsus.map(({ x_m, y_m }) => [x_m, y_m])];
    if (!lanes.length && users) points_m.push(...users.x_m.map((x_m, row) => [x_m, users.y_m[row]]));
    if (points_m.length) this.#camera.fit(points_m);
    // without lanes the first road users decide: until then nobody knows how large the place is
    this.#fitted = lanes.length > 0 || users?.id.length > 0;
  }

  #zoom(...arguments_) {
    this.#camera.zoom(...arguments_);
    this.#redraw();
  }

  #pan(x, y) {
    this.#camera.pan(x, y);
    this.#redraw();
  }

  // ---------------------------------------------------------------- hands

  #listen() {
    const canvas = this.#canvas;
    let last = null;
    let moved = 0;
    canvas.addEventListener("pointerdown", (event) => {
      last = [event.offsetX, event.offsetY];
      moved = 0;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      const [x, y] = [event.offsetX - last[0], event.offsetY - last[1]];
      moved += Math.abs(x) + Math.abs(y);
      last = [event.offsetX, event.offsetY];
      this.#pan(x, y);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (last && moved < 4) this.#pick(event.offsetX, event.offsetY);
      last = null;
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY);
    }, { passive: false });
    const keys = {
      ArrowLeft: () => this.#pan(60, 0), ArrowRight: () => this.#pan(-60, 0),
      ArrowUp: () => this.#pan(0, 60), ArrowDown: () => this.#pan(0, -60),
      "+": () => this.#zoom(1.4), "=": () => this.#zoom(1.4), "-": () => this.#zoom(1 / 1.4),
      0: () => { this.#fit(); this.#redraw(); },
    };
    canvas.addEventListener("keydown", (event) => {
      if (!(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    });
    byId("zoom-in").addEventListener("click", keys["+"]);
    byId("zoom-out").addEventListener("click", keys["-"]);
    byId("zoom-all").addEventListener("click", keys[0]);
    for (const id of ["show-coverage", "show-names"]) byId(id).addEventListener("change", () => this.#redraw());
  }

  /** The nearest road user within reach of a click, else the junction that was clicked. */
  #pick(x, y) {
    const [x_m, y_m] = this.#camera.toPlane(x, y);
    const users = this.#moment?.users;
    let best = -1;
    let reach_m = Math.max(14 / this.#camera.scale, 3);
    users?.id.forEach((_, row) => {
      const away_m = Math.hypot(users.x_m[row] - x_m, users.y_m[row] - y_m);
      if (away_m < reach_m) [best, reach_m] = [row, away_m];
    });
    this.picked = best < 0 ? null : this.#user(best);
    this.onPick(this.picked);
    const near = this.#still.junctions.find((place) => Math.hypot(place.x_m - x_m, place.y_m - y_m) < 40);
    if (near) this.onJunction(near.id);
    this.#redraw();
  }

  #user(row) {
    const users = this.#moment.users;
    return { id: users.id[row], kind: this.#still.kinds[users.kind[row]], speed_mps: users.speed_mps[row] };
  }

  #follow(id) {
    const row = this.#moment.users.id.indexOf(id);
    this.picked = row < 0 ? null : this.#user(row);
    if (row < 0) this.onPick(null);
  }

  // ---------------------------------------------------------------- drawing

  #redraw() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => { this.#due = false; this.#draw(); });
  }

  #draw() {
    const ratio = devicePixelRatio || 1;
    this.#pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#pen.fillStyle = this.#colours.ground;
    this.#pen.fillRect(0, 0, this.#camera.width, this.#camera.height);
    this.#pen.lineCap = "butt";
    this.#pen.lineJoin = "round";
    this.#drawGround();
    if (byId("show-coverage").checked) this.#drawCoverage();
    const close = this.#camera.scale >= CLOSE;
    if (this.#moment && close) this.#drawBars();
    if (this.#moment) this.#drawUsers();
    this.#drawUnits();
    if (this.#moment && this.#camera.scale >= CLOSER) this.#drawCountdowns();
    if (this.#moment && !close) this.#drawDots();
    if (byId("show-names").checked) this.#drawNames();
    this.#drawScale();
  }

  #line(points) {
    points.forEach(([x_m, y_m], k) => this.#pen[k ? "lineTo" : "moveTo"](...this.#camera.toScreen(x_m, y_m)));
  }

  #drawGround() {
    const pen = this.#pen;
    const fill = (name, outlines) => {
      pen.fillStyle = this.#colours[name];
      pen.beginPath();
      for (const outline of outlines) { this.#line(outline); pen.closePath(); }
      pen.fill();
    };
    fill("building", this.#still.buildings);
    for (const lane of this.#still.lanes.filter(({ kind }) => kind !== "crossing")) this.#drawLane(lane);
    fill("junction", this.#still.junctions.map((place) => place.outline_m));
    for (const lane of this.#still.lanes.filter(({ kind }) => kind === "crossing")) this.#drawLane(lane);
  }

  #drawLane(lane) {
    const pen = this.#pen;
    pen.strokeStyle = this.#colours[LANE_COLOURS[lane.kind]] ?? this.#colours.road;
    const width = lane.width_m * this.#camera.scale;
    // a hair less than its width leaves the lines between lanes
    pen.lineWidth = Math.max(width - (lane.kind === "vehicle" && this.#camera.scale > CLOSE ? 1 : 0), 1);
    const stripe = Math.max(0.55 * this.#camera.scale, 1);
    if (lane.kind === "crossing") pen.setLineDash([stripe, stripe]);
    pen.beginPath();
    this.#line(lane.points_m);
    pen.stroke();
    pen.setLineDash([]);
  }

  #drawCoverage() {
    const pen = this.#pen;
    pen.beginPath();
    for (const unit of this.#still.rsus.filter(({ range_m }) => range_m !== null)) {
      const [x, y] = this.#camera.toScreen(unit.x_m, unit.y_m);
      pen.moveTo(x + unit.range_m * this.#camera.scale, y);
      pen.arc(x, y, unit.range_m * this.#camera.scale, 0, 2 * Math.PI);
    }
    // one path: where circles overlap the tint does not add up
    pen.fillStyle = this.#colours.coverage;
    pen.fill();
    pen.strokeStyle = this.#colours["coverage-line"];
    pen.lineWidth = 1;
    pen.stroke();
  }

  /** The signal heads in sight, with what they show. */
  #lights() {
    return this.#still.heads
      .map((head) => [head, this.#moment.heads[head.junction]?.[head.group]])
      .filter(([head, light]) => light && this.#camera.sees(...this.#camera.toScreen(...head.label_m)));
  }

  /** From near: stop lines and crossings in the colour of their light. */
  #drawBars() {
    const pen = this.#pen;
    for (const [head, light] of this.#lights()) {
      const crossing = head.kind === "crosswalk";
      pen.strokeStyle = this.#colours[light.light];
      pen.lineWidth = crossing ? 2 : Math.max(0.9 * this.#camera.scale, 3);
      pen.setLineDash(crossing ? [4, 4] : []);
      pen.beginPath();
      for (const bar of head.bars_m) this.#line(bar);
      pen.stroke();
    }
    pen.setLineDash([]);
  }

  /** From near: how long the lights last. */
  #drawCountdowns() {
    for (const [head, light] of this.#lights()) {
      const left = secondsLeft(light, this.#moment.t_ns);
      if (!left || head.kind === "crosswalk") continue;
      const [x, y] = this.#camera.toScreen(...head.label_m);
      const size = Math.min(Math.max(this.#camera.scale * 2, 9), 14);
      badge(this.#pen, left, x, y, `600 ${size}px ${this.#font}`, this.#colours[light.light], this.#colours.halo);
    }
  }

  /** From afar: one dot an approach, as far from the middle of its junction as can be seen. */
  #drawDots() {
    const places = new Map(this.#still.junctions.map((place) => [place.id, place]));
    for (const head of oneAnApproach(this.#still.heads)) {
      const light = this.#moment.heads[head.junction]?.[head.group];
      if (!light) continue;
      const middle = places.get(head.junction);
      const [east, north] = [head.label_m[0] - middle.x_m, head.label_m[1] - middle.y_m];
      const away_m = Math.hypot(east, north);
      const stretch = Math.max(1, DOTS_APART / (away_m * this.#camera.scale));
      const [x, y] = this.#camera.toScreen(middle.x_m + east * stretch, middle.y_m + north * stretch);
      this.#pen.fillStyle = this.#colours.halo;
      dot(this.#pen, x, y, 5.5);
      this.#pen.fillStyle = this.#colours[light.light];
      dot(this.#pen, x, y, 4);
    }
  }

  #drawUsers() {
    const users = this.#moment.users;
    const turn_deg = this.#still.plane?.convergence_deg ?? 0;
    const { scale } = this.#camera;
    users.id.forEach((id, row) => {
      const [x, y] = this.#camera.toScreen(users.x_m[row], users.y_m[row]);
      if (!this.#camera.sees(x, y)) return;
      const kind = this.#still.kinds[users.kind[row]];
      const [long, wide] = [users.length_m[row] * scale, users.width_m[row] * scale];
      this.#pen.fillStyle = this.#colours[kind];
      if (kind === "pedestrian") dot(this.#pen, x, y, Math.max(long, 2));
      else body(this.#pen, x, y, users.heading_deg[row] - turn_deg, long, wide);
    });
    this.#markUsers();
  }

  /** Rings and names around those who matter, over all others. */
  #markUsers() {
    const { users, subjects, alerts } = this.#moment;
    const alerted = new Set(alerts.filter(({ over }) => !over).map(({ station }) => station));
    for (const id of new Set([...subjects, ...alerted, ...(this.picked ? [this.picked.id] : [])])) {
      const row = users.id.indexOf(id);
      if (row < 0) continue;
      const colour = this.#colours[alerted.has(id) ? "alert" : subjects.includes(id) ? "subject" : "label"];
      this.#ring(...this.#camera.toScreen(users.x_m[row], users.y_m[row]), users.length_m[row], colour, id);
    }
  }

  #ring(x, y, length_m, colour, name) {
    const radius = Math.max(length_m * this.#camera.scale * 0.75, 8);
    this.#pen.strokeStyle = colour;
    this.#pen.lineWidth = 2;
    this.#pen.beginPath();
    this.#pen.arc(x, y, radius, 0, 2 * Math.PI);
    this.#pen.stroke();
    this.#label(name, x + radius + 4, y, colour);
  }

  #drawUnits() {
    for (const unit of this.#still.rsus) {
      const [x, y] = this.#camera.toScreen(unit.x_m, unit.y_m);
      this.#pen.fillStyle = this.#colours.halo;
      dot(this.#pen, x, y, 6);
      this.#pen.fillStyle = this.#colours.rsu;
      this.#pen.fillRect(x - 3.5, y - 3.5, 7, 7);
    }
  }

  #drawNames() {
    const { junctions, rsus } = this.#still;
    if (this.#camera.scale < 0.25) return;
    for (const place of junctions) {
      const [x, y] = this.#camera.toScreen(place.x_m, place.y_m);
      this.#label(place.name, x + 10, y - 16, this.#colours.label);
    }
    for (const unit of this.#camera.scale > 1 ? rsus : []) {
      const [x, y] = this.#camera.toScreen(unit.x_m, unit.y_m);
      this.#label(unit.name, x + 8, y, this.#colours.rsu);
    }
  }

  #label(text, x, y, colour) {
    label(this.#pen, text, x, y, `12px ${this.#font}`, colour, this.#colours.halo);
  }

  #drawScale() {
    const lengths_m = [5, 10, 20, 50, 100, 200, 500, 1000, 2000];
    const length_m = lengths_m.find((metres) => metres * this.#camera.scale >= 60) ?? 5000;
    const [right, y] = [this.#camera.width - 16, this.#camera.height - 16];
    const wide = length_m * this.#camera.scale;
    this.#pen.strokeStyle = this.#colours.label;
    this.#pen.lineWidth = 1.5;
    this.#pen.beginPath();
    this.#pen.moveTo(right - wide, y - 5);
    this.#pen.lineTo(right - wide, y);
    this.#pen.lineTo(right, y);
    this.#pen.lineTo(right, y - 5);
    this.#pen.stroke();
    this.#label(length_m < 1000 ? `${length_m} m` : `${length_m / 1000} km`, right - wide, y - 14, this.#colours.label);
  }
}

/** From afar an approach is one dot: the light of those who go straight on, else any. */
function oneAnApproach(heads) {
  const chosen = new Map();
  for (const head of heads) {
    if (head.kind === "crosswalk") continue;
    const key = `${head.junction} ${head.link}`;
    if (!chosen.has(key) || head.turns.includes("straight")) chosen.set(key, head);
  }
  return [...chosen.values()];
}
