// Where moments come from: a stream of events while a run goes on, or requests while a finished one is played.

const byId = (id) => document.getElementById(id);

/** Follow a run: `show(moment, jump)` for each moment (`moment.gap`: some before it got lost), `say(text, bad)`. */
export function liveMoments(show, say) {
  const stream = new EventSource("/events");
  let lost = 0;
  let jump = true;
  let gap = false;
  stream.addEventListener("open", () => { jump = true; lost = 0; say("live"); });
  stream.addEventListener("lost", (event) => {
    lost = Number(event.data);
    gap = true;
  });
  stream.addEventListener("moment", (event) => {
    show({ ...JSON.parse(event.data), gap }, jump);
    jump = false;
    gap = false;
    say(lost ? `live, ${lost} moments lost: this browser is too slow` : "live", lost > 0);
  });
  stream.addEventListener("end", () => { stream.close(); say("the run has ended"); });
  stream.addEventListener("error", () => say("no connection, trying again", true));
}

const SPEEDS = [0.5, 1, 2, 5, 10, 50];
/** Frames of so long before a time that was jumped to are shown with it. */
const BEFORE_NS = 1e9;
/** The page asks for a moment at most so often, and does not leap further than this if an answer was late. */
const BETWEEN_MS = 80;
const LEAP_MS = 500;

/** Plays a finished run: asks the server for one moment after the other. */
export class Playback {
  #t_ns;
  #shown_ns = -BEFORE_NS;
  #playing;
  #jump = true;

  /** `from_s` is where it stands at first, null: it plays from the beginning. */
  constructor({ until_ns, longest_ns, speed }, from_s, show, say) {
    Object.assign(this, { until_ns, longest_ns, speed, show, say });
    this.#playing = from_s === null;
    this.#t_ns = Math.min(Math.round((from_s ?? 0) * 1e9), until_ns);
    byId("player").hidden = false;
    byId("seek").max = until_ns / 1e9;
    byId("seek-end").textContent = `of ${(until_ns / 1e9).toFixed(1)} s`;
    byId("seek").addEventListener("input", () => this.#seek(Number(byId("seek").value) * 1e9));
    byId("play").addEventListener("click", () => this.#toggle());
    document.addEventListener("keydown", (event) => {
      if (event.key !== " " || event.target.closest("button, input, select, summary")) return;
      event.preventDefault();
      this.#toggle();
    });
    this.#showSpeeds();
    this.#showPlaying();
  }

  /** Play, or stand, until the page is closed. */
  async start() {
    let asked_ms = performance.now();
    for (;;) {
      const now = performance.now();
      if (this.#playing && !this.#jump) {
        this.#t_ns += Math.round(Math.min(now - asked_ms, LEAP_MS) * 1e6 * this.speed);
        if (this.#t_ns >= this.until_ns) {
          this.#t_ns = this.until_ns;
          this.#playing = false;
          this.#showPlaying();
        }
      }
      asked_ms = now;
      if (this.#jump || this.#t_ns !== this.#shown_ns) await this.#ask();
      await new Promise((resolve) => { setTimeout(resolve, BETWEEN_MS); });
    }
  }

  async #ask() {
    const t_ns = this.#t_ns;
    const jump = this.#jump;
    this.#jump = false;
    const after_ns = jump ? t_ns - BEFORE_NS : Math.max(this.#shown_ns, t_ns - this.longest_ns);
    try {
      const answer = await fetch(`/moment?after_ns=${after_ns}&t_ns=${t_ns}`);
      if (!answer.ok) throw new Error(`the server says ${answer.status}`);
      this.show({ ...(await answer.json()), after_ns }, jump);
      this.#shown_ns = t_ns;
      this.say("recorded");
    } catch (error) {
      this.#jump = true;
      this.say(`no moment: ${error.message}`, true);
      await new Promise((resolve) => { setTimeout(resolve, 2000); });
    }
    byId("seek").value = this.#t_ns / 1e9;
  }

  #seek(t_ns) {
    this.#t_ns = Math.round(t_ns);
    this.#jump = true;
  }

  #toggle() {
    this.#playing = !this.#playing;
    if (this.#playing && this.#t_ns >= this.until_ns) this.#seek(0);
    this.#showPlaying();
  }

  #showPlaying() {
    byId("play").textContent = this.#playing ? "pause" : "play";
    byId("play").setAttribute("aria-pressed", String(this.#playing));
  }

  #showSpeeds() {
    const speeds = [...new Set([...SPEEDS, this.speed])].sort((a, b) => a - b);
    byId("speeds").replaceChildren(...speeds.map((speed) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${speed}×`;
      button.setAttribute("aria-pressed", String(speed === this.speed));
      button.addEventListener("click", () => { this.speed = speed; this.#showSpeeds(); });
      return button;
    }));
  }
}
