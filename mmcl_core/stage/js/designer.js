// The penalty designer: knots on f(s), and whom the penalty pushes, redrawn without a server; it
// runs designer.html. A design is {margins, weights, negative_weight}: band weights are at most 1.

import { clamp, leverage, mergedSteps, number, penalty, percent } from "./math.js";

const KNOTS = 6; // at most, and fewer if Python says so
const REACH = 150; // pixels of a drag upwards that add 1 to a band weight
const STEADY = 8; // pixels up or down that do not count, so that a margin can move alone
const STEM = 56; // pixels of a band weight of 1
const [CURVE, FORCE, PAIRS] = [[20, 150], [176, 236], [262, 322]]; // top and floor of the plots
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const tidy = (x, low = -Infinity) => Math.round(clamp(x, low, 1) * 1000) / 1000;
const sum = (list) => list.reduce((a, b) => a + b, 0);
const both = (d, change) => ({ ...d, margins: change(d.margins), weights: change(d.weights) });

/** Share of the pairs above a cosine; `tail` has it for cosines evenly spaced from -1 to 1. */
export function above(tail, cosine) {
  const place = clamp((cosine + 1) / 2, 0, 1) * (tail.length - 1);
  const bin = Math.min(Math.floor(place), tail.length - 2);
  return tail[bin] + (place - bin) * (tail[bin + 1] - tail[bin]);
}

/** What a design does: steps, and by band the share of pairs and the part of the budget. */
export function effect(design, tail) {
  const acting = both(design, (list) => list.filter((_, k) => design.weights[k] > 0));
  const steps = mergedSteps(acting.margins, acting.weights, design.negative_weight);
  const past = steps.map(([m]) => above(tail, m));
  const added = steps.map(([, high], k) => past[k] * (high - (k ? steps[k - 1][1] : 0)));
  const shares = [1, ...past].map((share, k) => share - (past[k] ?? 0));
  const active = design.negative_weight > 0 ? (past[0] ?? 0) : 0;
  return { steps, shares, added, active, most: steps.at(-1)?.[1] ?? 0, budget: sum(added) };
}

export function withValues(d, k, margin, weight) {
  const set = (list, value) => list.map((old, i) => (i === k ? value : old));
  const [m, w] = [tidy(margin, -1), tidy(weight, 0)];
  return { ...d, margins: set(d.margins, m), weights: set(d.weights, w) };
}

export function withKnot(d, margin) {
  const weight = tidy(sum(d.weights) / d.weights.length || 1);
  return { ...d, margins: [...d.margins, tidy(margin, -1)], weights: [...d.weights, weight] };
}

export const withoutKnot = (d, k) => both(d, (list) => list.filter((_, i) => i !== k));

/** The same design with its margins in order, and where knot k went. */
export function inOrder(d, k) {
  const order = [...d.margins.keys()].sort((a, b) => d.margins[a] - d.margins[b]);
  return [both(d, (list) => order.map((i) => list[i])), Math.max(0, order.indexOf(k))];
}

export function formula({ margins, weights, negative_weight: factor }) {
  const signed = (m) => `${m < 0 ? "+" : "−"} ${Math.abs(m)}`;
  const terms = margins.map((m, k) => `${weights[k]} [s ${signed(m)}]₊`);
  return `f(s) = ${terms.length ? `${factor} (${terms.join(" + ")})` : 0}`;
}

const put = (node, values) => Object.entries(values).forEach(([k, v]) => node.setAttribute(k, v));

/** Run the designer in `root`; `send` gets {lane, serial, design} at the end of each action. */
export function mountDesigner(root, send) {
  const one = (selector) => root.querySelector(selector);
  const pool = (n, selector) => {
    const first = one(selector);
    first.after(...Array.from({ length: n - 1 }, () => first.cloneNode(true)));
    return [...first.parentNode.querySelectorAll(selector)];
  };
  const [box, svg, scale] = [".designer", ".plots", ".scale"].map(one);
  const banded = ["stripe", "bar", "curve", "mark", "share", "slice"];
  const pools = banded.map((name) => pool(KNOTS + 1, `.${name}`));
  const [stripes, bars, curves, marks, shares, slices] = pools;
  const [others, knots] = [pool(3, ".other"), pool(KNOTS, ".knot")];

  let data = null; // the last that Python sent
  let designs = []; // Python may still know an earlier state of them
  let lane = 0;
  let chosen = 0; // the knot that was touched last
  let held = null; // what moves: {before, at: pointer, way: [pixels right, pixels down]}
  let serial = 0; // of what Python was told last
  let crowd = null; // the cosines of the lane: tail, and heights of the bars of pairs and likes
  let tops = [1, 1]; // of the curve and of the slope
  let width = 400;

  const x = (s) => ((s + 1) / 2) * width;
  const y = ([top, floor], share) => floor - (floor - top) * clamp(share, 0, 1);
  const cost = (d, s) => penalty(s, d.margins, d.weights, d.negative_weight);
  const trace = (plot, f, from, to, n) => {
    const at = Array.from({ length: n + 1 }, (_, i) => from + ((to - from) * i) / n);
    return at.map((s) => `${x(s).toFixed(1)} ${y(plot, f(s)).toFixed(1)}`).join("L");
  };
  const heap = (bars) => (s) => bars[Math.floor(((s + 1) / 2) * bars.length)] ?? 0;

  function draw() {
    const d = designs[lane];
    const { bands, shapes, runs } = data.palette;
    const found = effect(d, crowd.tail);
    const tints = bands[found.steps.length];
    const now = [1.08 * Math.max(...designs.map((each) => cost(each, 1))), 1.08 * found.most];
    tops = now.map((top, i) => (held ? Math.max(top, tops[i]) : top) || 1);
    const edges = [-1, ...found.steps.map(([m]) => m), 1];
    let [climb, push] = [`M0 ${FORCE[1]}`, `M0 ${FORCE[1]}`];
    stripes.forEach((stripe, b) => {
      const [from, to, fill] = [edges[b] ?? 1, edges[b + 1] ?? 1, tints[b] ?? "none"];
      const [left, wide] = [x(from), x(to) - x(from)];
      const drawn = (d) => ({ d: wide > 0 ? `M${d}` : "" });
      [stripe, bars[b], marks[b], curves[b]].forEach((node) => put(node, { fill, stroke: fill }));
      put(stripe, { x: left, width: wide });
      const pile = trace(PAIRS, heap(crowd.pairs), from + 1e-6, to, 200);
      put(bars[b], drawn(`${left} ${PAIRS[1]}L${pile}V${PAIRS[1]}`));
      put(curves[b], drawn(trace(CURVE, (s) => cost(d, s) / tops[0], from, to, 1)));
      const slope = wide > 0 && b > 0 ? found.steps[b - 1][1] / tops[1] : 0;
      if (wide > 0) climb += `V${y(FORCE, slope)}H${x(to)}`;
      if (wide > 0) push += `L${trace(FORCE, (s) => slope * leverage(s), from, to, 40)}`;
      const place = `translate(${left + wide / 2} ${PAIRS[1] + 29}) scale(5)`;
      put(marks[b], { d: wide > 18 ? shapes[b] : "", transform: place });
      put(shares[b], { x: left + wide / 2 });
      shares[b].textContent = wide > 18 ? percent(found.shares[b]) : "";
      const dial = [found.added[b - 1] ?? 0, sum(found.added.slice(0, Math.max(0, b - 1)))];
      const [dash, offset] = dial.map((part) => (100 * part) / (found.most || 1));
      put(slices[b], { "stroke-dasharray": `${dash} 200`, "stroke-dashoffset": -offset });
      put(slices[b], { stroke: dash > 0 ? fill : "none" });
    });
    put(one(".stairs"), { d: climb });
    put(one(".forces"), { d: push });
    others.forEach((path, i) => {
      const line = () => `M${trace(CURVE, (s) => cost(designs[i], s) / tops[0], -1, 1, 200)}`;
      put(path, { d: i in designs && i !== lane ? line() : "", stroke: runs[i] });
    });
    knots.forEach((g, k) => {
      g.style.display = k < d.margins.length ? "" : "none";
      const [m, w] = [d.margins[k] ?? 0, d.weights[k] ?? 0];
      const band = w > 0 ? found.steps.findIndex(([margin]) => margin === m) + 1 : 0;
      const text = `margin ${number(m)}, band weight ${number(w)}`;
      put(g, { transform: `translate(${x(m)} ${y(CURVE, cost(d, m) / tops[0])})` });
      put(g, { "aria-label": `margin ${k + 1}`, "aria-valuenow": m, "aria-valuetext": text });
      put(g, { fill: tints[band], stroke: tints[band] });
      const [stem, head, tag] = [".stem", ".head", ".tag"].map((part) => g.querySelector(part));
      put(stem, { d: `M0 0V${-STEM * w}` });
      put(head, { d: shapes[band || 1] });
      const side = ["start", "middle", "end"][Math.round(m) + 1];
      put(tag, { y: -STEM * w - 14, "text-anchor": side });
      tag.textContent = text;
    });
    const pushed = `${percent(found.active)} of the pairs are pushed. `;
    const spent = `Push budget ${number(found.budget)}, at most ${number(found.most)}.`;
    one(".told").textContent = pushed + spent;
    one(".formula").textContent = formula(d);
    put(svg, { "aria-label": `Penalty over cosines. ${formula(d)}. ${pushed}${spent}` });
    one("output").textContent = d.negative_weight;
    put(scale, { "aria-valuetext": d.negative_weight });
    if (!scale.matches(":active")) scale.value = Math.sqrt(d.negative_weight / data.heaviest);
    one(".buttons").style.display = data.most > 1 ? "" : "none";
    one(".add").disabled = d.margins.length >= data.most;
    one(".drop").disabled = d.margins.length === 0;
  }

  function change(design) {
    designs[lane] = design;
    draw();
  }

  function commit(design, k = chosen) {
    const focused = svg.matches(":focus-within");
    held = null;
    [design, chosen] = inOrder(design, k);
    change(design);
    if (focused) knots[Math.min(chosen, design.margins.length - 1)]?.focus();
    serial += 1;
    send({ lane, serial, design });
  }

  /** End what moves: keep it, or go back to what was. */
  function release(keep = true) {
    const before = held?.before;
    held = null;
    if (!before) return;
    if (keep && formula(before) !== formula(designs[lane])) commit(designs[lane]);
    else change(before);
  }

  const hold = (more) => (held ??= { before: designs[lane], ...more });
  const extend = (margin) => {
    const n = designs[lane].margins.length;
    if (n < data.most) commit(withKnot(designs[lane], margin), n);
  };
  const remove = (k) => commit(withoutKnot(designs[lane], k), 0);

  function drag(k, event) {
    if (!held?.at) return;
    const [speed, grain] = event.shiftKey ? [0.1, 1000] : [1, 100];
    const here = [event.clientX, event.clientY];
    held.way = held.way.map((way, i) => way + speed * (here[i] - held.at[i]));
    held.at = here;
    const [right, down] = held.way;
    const up = Math.sign(-down) * Math.max(0, Math.abs(down) - STEADY);
    const { margins, weights } = held.before;
    const moved = [margins[k] + (2 * right) / width, weights[k] + up / REACH];
    const rounded = moved.map((value) => Math.round(value * grain) / grain);
    change(withValues(designs[lane], k, ...rounded));
  }

  function press(k, event) {
    if (event.key === "Escape") release(false);
    if (event.key === "Delete" || event.key === "Backspace") remove(k);
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    hold();
    const [right, up] = ARROWS[event.key].map((way) => way * (event.shiftKey ? 0.001 : 0.01));
    const { margins, weights } = designs[lane];
    change(withValues(designs[lane], k, margins[k] + right, weights[k] + up));
  }

  knots.forEach((g, k) => {
    const on = (type, act) => g.addEventListener(type, act);
    on("focus", () => (chosen = k));
    on("pointerdown", (event) => {
      event.preventDefault();
      g.focus();
      g.setPointerCapture(event.pointerId);
      hold({ at: [event.clientX, event.clientY], way: [0, 0] });
    });
    on("pointermove", (event) => drag(k, event));
    on("pointerup", () => release());
    on("pointercancel", () => release(false));
    on("keydown", (event) => press(k, event));
    on("keyup", (event) => event.key in ARROWS && release());
    on("blur", () => release());
    on("dblclick", (event) => {
      event.stopPropagation();
      remove(k);
    });
  });
  svg.addEventListener("dblclick", ({ clientX, clientY }) => {
    const frame = svg.getBoundingClientRect();
    const margin = Math.round(200 * ((clientX - frame.left) / width) - 100) / 100;
    if (clientY - frame.top < FORCE[0]) extend(margin);
  });
  one(".add").addEventListener("click", () => {
    extend((Math.max(0, ...designs[lane].margins) + 1) / 2);
  });
  one(".drop").addEventListener("click", () => remove(chosen));
  scale.addEventListener("input", () => {
    hold();
    const weight = Number((data.heaviest * scale.value ** 2).toPrecision(2));
    change({ ...designs[lane], negative_weight: weight });
  });
  scale.addEventListener("change", () => release());

  function show() {
    width = Math.max(200, svg.clientWidth);
    crowd = data.crowds[lane];
    put(one(".liked"), { d: `M${trace(PAIRS, heap(crowd.likes), -1, 1, 400)}` });
    one(".when").textContent = data.when;
    draw();
  }

  new ResizeObserver(() => data && show()).observe(svg);
  box.read = () => ({ lane, serial, designs, ...effect(designs[lane], crowd.tail) });
  return (next) => {
    if (data === null) serial = next.heard;
    data = { most: KNOTS, ...next };
    Object.entries(data.palette.words).forEach(([k, v]) => box.style.setProperty(`--${k}`, v));
    const news = !held && data.heard >= serial;
    if (news) [lane, designs] = [data.lane, [...data.designs]];
    show();
  };
}
