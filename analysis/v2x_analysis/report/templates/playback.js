// Plays the road users of a run on its map. Positions are some tenths of a second apart and straight in between.
// Without this script the map stands still and shows where the traffic was.
(() => {
  const byId = (id) => document.getElementById(id);
  const { times_s, users, alerts } = JSON.parse(byId("playback-data").textContent);
  const box = byId("playback");
  const map = box.closest("figure").querySelector("svg.map");
  const [slider, button, speed] = ["playback-time", "playback-toggle", "playback-speed"].map(byId);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const last_s = times_s[times_s.length - 1];

  const element = (name, attributes, parent) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return parent.appendChild(made);
  };
  /** Whole positions, in units of the drawing, from the first one and the steps. */
  const positions = (steps) => { let sum = 0; return steps.map((step) => (sum += step) / 10); };

  const layer = element("g", { class: "players" }, map);
  const tracks = users.map(([kind, name, first, x, y]) => {
    const mark = element("g", { class: `player ${kind}${name ? " named" : ""}` }, layer);
    if (name) element("circle", { class: "ring", r: 9 }, mark);
    element("circle", { class: "body", r: kind === "pedestrian" ? 2.5 : 4 }, mark);
    if (name) element("text", { class: "label", x: 12, y: 4 }, mark).textContent = name;
    return { mark, name, first, x: positions(x), y: positions(y) };
  });

  let now_s = 0;
  let playing = false;
  let before_ms = null;

  /** Index of the last time that is not after a moment. */
  const indexAt = (t_s) => {
    let [low, high] = [0, times_s.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (times_s[middle] <= t_s) low = middle; else high = middle - 1;
    }
    return low;
  };

  function show(t_s) {
    now_s = Math.min(Math.max(t_s, 0), last_s);
    box.closest("figure").classList.add("played");
    const index = indexAt(now_s);
    const gap_s = (times_s[index + 1] ?? last_s) - times_s[index];
    const share = still.matches || gap_s <= 0 ? 0 : (now_s - times_s[index]) / gap_s;
    const told = alerts.filter(([, from_s, until_s]) => from_s <= now_s && now_s < until_s);
    const warned = new Set(told.map(([name]) => name));
    let count = 0;
    for (const { mark, name, first, x, y } of tracks) {
      const k = index - first;
      const there = k >= 0 && k < x.length;
      mark.style.display = there ? "" : "none";
      if (!there) continue;
      count += 1;
      const next = Math.min(k + 1, x.length - 1);
      const [dx, dy] = [share * (x[next] - x[k]), share * (y[next] - y[k])];
      mark.setAttribute("transform", `translate(${(x[k] + dx).toFixed(1)} ${(y[k] + dy).toFixed(1)})`);
      if (name) mark.classList.toggle("warned", warned.has(name));
    }
    slider.value = now_s;
    slider.setAttribute("aria-valuetext", `${now_s.toFixed(1)} s`);
    byId("playback-now").textContent = `${now_s.toFixed(1)} / ${last_s.toFixed(1)} s`;
    byId("playback-count").textContent = count;
    byId("playback-alerts").textContent = told.map(([name, , , what]) => `${name}: ${what}`).join(", ") || "–";
  }

  function play(on) {
    playing = on;
    before_ms = null;
    button.textContent = on ? button.dataset.pause : button.dataset.play;
    if (on && now_s >= last_s) show(0);
    if (on) requestAnimationFrame(tick);
  }

  function tick(time_ms) {
    if (!playing) return;
    show(now_s + (before_ms === null ? 0 : ((time_ms - before_ms) / 1000) * Number(speed.value)));
    before_ms = time_ms;
    if (now_s >= last_s) play(false); else requestAnimationFrame(tick);
  }

  button.addEventListener("click", () => play(!playing));
  slider.addEventListener("input", () => show(Number(slider.value)));
  box.hidden = false;
  const asked = /[#&]t=([\d.]+)/.exec(location.hash);  // report.html#t=12.5 stands at 12.5 s
  if (asked) show(Number(asked[1]));
})();
