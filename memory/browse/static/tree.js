// The search tree on a canvas: drag, wheel, pinch and keys; coloured by score, level or status.
"use strict";
(() => {
  const canvas = document.getElementById("tree");
  const chosen = document.getElementById("chosen");
  const legend = document.getElementById("legend");
  const colourBy = document.getElementById("colour");
  const pen = canvas.getContext("2d");
  const GAP_X = 22, RADIUS = 6, CLOSEST = 6;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  let tree = null, children = [], colours = [], picked = -1, leading = -1, text = "";
  let fitted = { gap: 1, scale: 1 }; // what shows the whole tree
  let view = { x: 0, y: 0, scale: 1 }; // screen = world * scale + offset

  // Pixels between generations: the whole height at first, and never so far as siblings get.
  const spacing = () => Math.max(fitted.gap, Math.min(110, fitted.gap * view.scale / fitted.scale));

  const load = async (first) => {
    try {
      const answer = await fetch(canvas.dataset.source, { cache: "no-store" });
      if (!answer.ok) return;
      const body = await answer.text();
      if (body === text) return;
      text = body;
      take(JSON.parse(body));
      if (first) fit();
      else draw();
    } catch {
      // The server is gone or busy: the next turn may find it again.
    }
  };

  const take = (data) => {
    tree = data;
    children = tree.id.map(() => []);
    tree.parent.forEach((parent, n) => { if (parent >= 0) children[parent].push(n); });
    canvas.dataset.nodes = tree.id.length;
    leading = tree.score.reduce((best, s, n) => s !== null && (best < 0 || sign() * (s - tree.score[best]) > 0) ? n : best, -1);
    paint();
  };

  const sign = () => tree.direction === "min" ? -1 : 1;
  // So many digits, 3 to 5, that scores which differ look different.
  const figures = (scores) => {
    const different = (digits) => new Set(scores.map((s) => s.toPrecision(digits))).size;
    return [3, 4, 5].find((digits) => different(digits) === different(5));
  };

  // Colours of the nodes, and what they mean.
  const ramp = (share) => `hsl(${Math.round(265 - 205 * share)} ${dark.matches ? 75 : 70}% ${dark.matches ? 40 + 28 * share : 30 + 22 * share}%)`;
  const LEVELS = { framework: "--c3", structure: "--c0", node: "--c4", "": "--quiet" };
  const STATES = { ok: "--good", rejected: "--warn", failed: "--bad", timeout: "--bad", waiting: "--quiet" };

  const paint = () => {
    const by = colourBy.value;
    legend.replaceChildren();
    if (by === "score") {
      // By rank: scores crowd near the best, where differences count, and one collapse is far off.
      const known = tree.score.filter((s) => s !== null).sort((a, b) => sign() * (a - b));
      const places = new Map(known.map((s, n) => [s, known.length > 1 ? n / (known.length - 1) : 1]));
      const none = style("--faint");
      colours = tree.score.map((s) => s === null ? none : ramp(places.get(s)));
      const parts = known.length > 4 ? [0, 0.25, 0.5, 0.75, 1] : known.length ? [0, 1] : [];
      const quarters = parts.map((part) => known[Math.round(part * (known.length - 1))]);
      const digits = figures(quarters);
      quarters.forEach((score, n) => {
        const name = { 0: "worst ", 0.5: "median ", 1: "best " }[parts[n]] || "";
        note(ramp(parts[n]), `${name}${Number(score.toPrecision(digits))}`);
      });
      note(none, "no score");
    } else {
      const names = by === "level" ? LEVELS : STATES;
      const used = Object.fromEntries(Object.entries(names).map(([name, variable]) => [name, style(variable)]));
      colours = tree[by].map((value) => used[value] || style("--quiet"));
      for (const [name, colour] of Object.entries(used)) if (tree[by].includes(name)) note(colour, name || "root");
    }
  };

  const note = (colour, words) => {
    const item = document.createElement("span"), swatch = document.createElement("i");
    swatch.className = "swatch";
    swatch.style.background = colour; // set by script, which the policy allows
    item.append(swatch, String(words));
    legend.append(item);
  };

  // Drawing: edges in one path, then the nodes that are on the screen.
  let waiting = false;
  const draw = () => {
    if (waiting || !tree) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; render(); });
  };

  const render = () => {
    const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const px = tree.x.map((x) => x * GAP_X * view.scale + view.x);
    const py = tree.y.map((y) => y * spacing() + view.y);
    const margin = 40;
    pen.beginPath();
    tree.parent.forEach((parent, n) => {
      if (parent < 0) return;
      if (Math.max(py[parent], py[n]) < -margin || Math.min(py[parent], py[n]) > height + margin) return;
      if (Math.max(px[parent], px[n]) < -margin || Math.min(px[parent], px[n]) > width + margin) return;
      const middle = (py[parent] + py[n]) / 2;
      pen.moveTo(px[parent], py[parent]);
      pen.bezierCurveTo(px[parent], middle, px[n], middle, px[n], py[n]);
    });
    pen.strokeStyle = style("--quiet");
    pen.globalAlpha = 0.35;
    pen.lineWidth = 1;
    pen.stroke();
    pen.globalAlpha = 1;
    const radius = Math.max(1.6, RADIUS * Math.min(1.6, Math.sqrt(view.scale)));
    for (let n = 0; n < px.length; n++) {
      if (px[n] < -margin || px[n] > width + margin || py[n] < -margin || py[n] > height + margin) continue;
      pen.fillStyle = colours[n];
      pen.beginPath();
      pen.arc(px[n], py[n], n === picked ? radius + 3 : radius, 0, 7);
      pen.fill();
      if (n === leading && n !== picked) ring(px[n], py[n], radius + 3);
      if (n === picked) {
        pen.strokeStyle = style("--ink");
        pen.lineWidth = 2;
        pen.stroke();
      }
    }
    if (view.scale > 2.2) labels(px, py, width, height, radius);
    canvas.dataset.scale = view.scale.toFixed(4);
    canvas.dataset.drawn = "yes";
  };

  // Around the best, which a large tree would hide.
  const ring = (x, y, radius) => {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    pen.strokeStyle = style("--c1");
    pen.lineWidth = 2;
    pen.stroke();
  };

  const labels = (px, py, width, height, radius) => {
    pen.fillStyle = style("--ink");
    pen.font = "11px system-ui, sans-serif";
    pen.textAlign = "center";
    for (let n = 0; n < px.length; n++) {
      if (px[n] < 0 || px[n] > width || py[n] < 0 || py[n] > height) continue;
      const score = tree.score[n];
      pen.fillText(score === null ? tree.operator[n] : Number(score.toPrecision(4)), px[n], py[n] + radius + 12);
    }
  };

  const fit = () => {
    if (!tree || !tree.id.length) return;
    const widest = (Math.max(...tree.x) + 2) * GAP_X, generations = Math.max(...tree.y) + 1.4;
    const scale = Math.min(1.8, canvas.clientWidth / widest);
    fitted = { gap: Math.min(110, canvas.clientHeight / generations), scale };
    view = { scale, x: (canvas.clientWidth - (widest - 2 * GAP_X) * scale) / 2, y: 0 };
    view.y = 0.7 * spacing();
    draw();
  };

  const zoom = (factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) => {
    const before = { ...view, tall: spacing() };
    view.scale = Math.max(0.002, Math.min(CLOSEST, view.scale * factor));
    view.x = x - (x - before.x) * view.scale / before.scale;
    view.y = y - (y - before.y) * spacing() / before.tall;
    draw();
  };

  // Choosing a node shows what it is, with a link.
  const pick = (n, follow) => {
    picked = n;
    if (n < 0) return draw();
    const link = document.createElement("a");
    link.href = `/candidate/${encodeURIComponent(tree.id[n])}`;
    link.className = "id";
    link.textContent = tree.id[n].slice(0, 8);
    chosen.replaceChildren(link, ` ${words(n)}`);
    if (follow) {
      view.x = canvas.clientWidth / 2 - tree.x[n] * GAP_X * view.scale;
      view.y = canvas.clientHeight / 2 - tree.y[n] * spacing();
    }
    draw();
  };

  const nearest = (x, y, reach) => {
    let best = -1, least = reach * reach;
    for (let n = 0; n < tree.id.length; n++) {
      const dx = tree.x[n] * GAP_X * view.scale + view.x - x, dy = tree.y[n] * spacing() + view.y - y;
      if (dx * dx + dy * dy < least) { least = dx * dx + dy * dy; best = n; }
    }
    return best;
  };

  const words = (n) => {
    const score = tree.score[n] === null ? tree.status[n] : `${Number(tree.score[n].toPrecision(5))} at ${tree.tier}`;
    return [score, tree.level[n], tree.operator[n], tree.label[n]].filter(Boolean).join(" · ");
  };
  const hover = (event) => {
    if (!tree || event.pointerType === "touch") return;
    const box = canvas.getBoundingClientRect();
    const n = nearest(event.clientX - box.left, event.clientY - box.top, 12);
    canvas.title = n < 0 ? "" : words(n);
  };

  const fingers = new Map();
  let moved = 0;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return hover(event);
    const other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
    const box = canvas.getBoundingClientRect();
    if (other) {
      const distance = (p) => Math.hypot(p.clientX - other.clientX, p.clientY - other.clientY);
      zoom(distance(event) / Math.max(1, distance(before)), (event.clientX + other.clientX) / 2 - box.left, (event.clientY + other.clientY) / 2 - box.top);
    } else {
      view.x += event.clientX - before.clientX;
      view.y += event.clientY - before.clientY;
      draw();
    }
    moved += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
    fingers.set(event.pointerId, event);
  });
  const lift = (event) => {
    if (fingers.delete(event.pointerId) && moved < 4 && tree && event.type === "pointerup") {
      const box = canvas.getBoundingClientRect();
      pick(nearest(event.clientX - box.left, event.clientY - box.top, event.pointerType === "touch" ? 28 : 16), false);
    }
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("dblclick", () => { if (picked >= 0) location.href = `/candidate/${tree.id[picked]}`; });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * 0.0016), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  const sibling = (n, step) => {
    const family = tree.parent[n] < 0 ? tree.parent.flatMap((p, i) => p < 0 ? [i] : []) : children[tree.parent[n]];
    return family[family.indexOf(n) + step] ?? n;
  };
  canvas.addEventListener("keydown", (event) => {
    if (!tree || !tree.id.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = Math.max(0, picked);
    const act = {
      ArrowUp: () => pick(picked < 0 ? 0 : Math.max(tree.parent[here], 0), true),
      ArrowDown: () => pick(picked < 0 ? 0 : children[here][0] ?? here, true),
      ArrowLeft: () => pick(sibling(here, -1), true),
      ArrowRight: () => pick(sibling(here, 1), true),
      "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), 0: fit,
      Enter: () => { if (picked >= 0) location.href = `/candidate/${tree.id[picked]}`; },
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  document.getElementById("closer").addEventListener("click", () => zoom(1.4));
  document.getElementById("farther").addEventListener("click", () => zoom(1 / 1.4));
  document.getElementById("whole").addEventListener("click", fit);
  colourBy.addEventListener("change", () => { if (tree) { paint(); draw(); } });
  dark.addEventListener("change", () => { if (tree) { paint(); draw(); } });
  new ResizeObserver(draw).observe(canvas);
  load(true);
  setInterval(() => { if (!document.hidden) load(false); }, Number(canvas.dataset.live));
})();
