// The page: loads what stands still, then hands each moment to the map and the panels.

import { FrameList } from "./frames.js";
import { FieldMap } from "./map.js";
import { showAlerts, Rates, Signals, showUsers } from "./panels.js";
import { liveMoments, Playback } from "./source.js";

const byId = (id) => document.getElementById(id);

/** Simulated seconds as m:ss.t. */
function clockText(t_ns) {
  const tenths = Math.floor(t_ns / 1e8);
  const seconds = (tenths % 600) / 10;
  return `${Math.floor(tenths / 600)}:${seconds.toFixed(1).padStart(4, "0")}`;
}

/** Simulated time against the clock on the wall, over the last seconds. */
class Pace {
  #marks = [];

  speed(t_ns) {
    const now = performance.now();
    const last = this.#marks.at(-1);
    // after a jump or a pause it begins anew
    if (last && (t_ns < last.t_ns || now - last.now > 2000)) this.#marks = [];
    this.#marks.push({ now, t_ns });
    while (this.#marks.length > 2 && now - this.#marks[0].now > 3000) this.#marks.shift();
    const wall_ms = now - this.#marks[0].now;
    return wall_ms > 500 ? (t_ns - this.#marks[0].t_ns) / 1e6 / wall_ms : null;
  }
}

class Page {
  #pace = new Pace();

  constructor(still) {
    this.still = still;
    document.title = still.title;
    byId("title").textContent = still.field ? `${still.title} · ${still.field}` : still.title;
    this.map = new FieldMap(byId("map"), still);
    this.signals = new Signals(byId("junction"), byId("lights"), still);
    this.rates = new Rates(byId("rates"));
    this.frames = new FrameList((state) => this.say(state, true));
    this.map.onPick = (user) => this.#showPicked(user);
    this.map.onJunction = (junction) => this.signals.choose(junction);
  }

  /** One line about the connection. */
  say(text, bad = false) {
    byId("state").textContent = text;
    byId("state").classList.toggle("bad", bad);
  }

  /** A moment; `jump` where the one before it was not the one just before. */
  show(moment, jump = false) {
    byId("time").textContent = clockText(moment.t_ns);
    if (this.still.start_utc_ms !== null) {
      const utc = new Date(this.still.start_utc_ms + moment.t_ns / 1e6);
      byId("utc").textContent = `${utc.toISOString().slice(0, 19).replace("T", " ")} UTC`;
    }
    const speed = this.#pace.speed(moment.t_ns);
    byId("pace").textContent = speed === null ? "" : `${speed.toFixed(1)} × real time`;
    this.map.show(moment);
    showUsers(byId("users"), this.still.kinds, moment);
    this.signals.show(moment);
    showAlerts(byId("alerts"), moment);
    this.rates.show(moment, jump);
    this.frames.add(moment.frames, jump);
    if (this.map.picked) this.#showPicked(this.map.picked);
  }

  #showPicked(user) {
    const box = byId("picked");
    box.hidden = user === null;
    if (user === null) return;
    const text = document.createElement("span");
    text.textContent = `${user.id} · ${user.kind} · ${(user.speed_mps * 3.6).toFixed(0)} km/h`;
    if (box.firstChild?.tagName === "SPAN") {
      box.firstChild.replaceWith(text);
    } else {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "its frames";
      button.addEventListener("click", () => this.frames.only(this.map.picked?.id ?? ""));
      box.replaceChildren(text, button);
    }
  }
}

async function main() {
  const answer = await fetch("/still");
  const still = await answer.json();
  const page = new Page(still);
  const show = (moment, jump) => page.show(moment, jump);
  const say = (text, bad) => page.say(text, bad);
  const link = new URLSearchParams(location.hash.slice(1));
  if (still.playback) new Playback(still.playback, numberIn(link, "t"), show, say).start();
  else liveMoments(show, say);
  if (numberIn(link, "frame") !== null) page.frames.open(numberIn(link, "frame"));
}

/** A number of a link such as `#t=12.5&frame=310`, null if it is missing or none. */
function numberIn(link, name) {
  const number = parseFloat(link.get(name));
  return number >= 0 ? number : null;
}

main().catch((error) => {
  byId("state").textContent = `cannot show the run: ${error.message}`;
  byId("state").classList.add("bad");
});
