// The penalty designer: knots on f(s), and whom the penalty pushes, redrawn without a server; it
// runs designer.html. A design is {margins, weights, negative_weight}: band weights are at most 1.
import { clamp, leverage, mergedSteps, number, penalty, percent, slope, sum } from "./math.js";

const KNOTS = 6; // at most, and fewer if Python says so
const REACH = 150; // pixels of a drag upwards that add 1 to a band weight
const STEADY = 8; // pixels up or down that do not count, so that a margin can move alone
const STEM = 56; // pixels of a band weight of 1
const [CURVE, FORCE, PAIRS] = [[20, 150], [176, 236], [262, 322]]; // top and floor of the plots
const GRID = Array.from({ length: 401 }, (_, i) => i / 200 - 1); // cosines that curves are drawn at
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const tidy = (x, low, high = 1) => Math.round(clamp(x, low, high) * 1000) / 1000;
const both = (d, change) => ({ ...d, margins: change(d.margins), weights: change(d.weights) });

/** Share of the pairs above a cosine; `tail` has it for cosines evenly spaced from -1 to 1. */
export function above(tail, cosine) {
  const place = clamp((cosine + 1) / 2, 0, 1) * (tail.length - 1);
  const bin = Math.min(Math.floor(place), tail.length - 2);
  return tail[bin] + (place - bin) * (tail[bin + 1] - tail[bin]);
}

/** What a design does: steps, and by band the share of pairs and the part of the budget. */
export function effect(design, tail) {
  const steps = mergedSteps(design);
  const past = steps.map(([m]) => above(tail, m));
  const added = steps.map(([, high], k) => past[k] * (high - (k ? steps[k - 1][1] : 0)));
  const shares = [1, ...past].map((share, k) => share - (past[k] ?? 0));
  const active = design.negative_weight > 0 ? (past[0] ?? 0) : 0;
  return { steps, shares, added, active, most: steps.at(-1)?.[1] ?? 0, budget: sum(added) };
}

/** Knot k moved. Above a band weight of 1, one that is alone goes on with the negative weight. */
export function moved(d, k, along, up, heaviest) {
  const add = (list, way, low) => list.map((old, i) => (i === k ? tidy(old + way, low) : old));
  const more = d.margins.length > 1 ? 1 : Math.max(1, d.weights[k] + up);
  const [margins, weights] = [add(d.margins, along, -1), add(d.weights, up, 0)];
  return { margins, weights, negative_weight: tidy(d.negative_weight * more, 0, heaviest) };
}

export function withKnot(d, margin) {
  const weight = tidy(sum(d.weights) / d.weights.length || 1, 0);
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
  const [bands, slices] = [pool(KNOTS + 1, ".band"), pool(KNOTS + 1, ".slice")];
  const [stops, curves] = [pool(2 * KNOTS + 2, "stop"), pool(3, ".curve")];
  const knots = pool(KNOTS, ".knot");

  let data = null; // the last that Python sent
  let designs = []; // Python may still know an earlier state of them
  let lane = 0;
  let chosen = 0; // the knot that was touched last
  let held = null; // what moves: {before, at: where the pointer took it}
  let serial = 0; // of what Python was told last
  let tops = [1, 1]; // of the curve and of the slope
  let width = 400;

  const place = (s) => (s + 1) / 2;
  const x = (s) => place(s) * width;
  const y = ([top, floor], share) => floor - (floor - top) * clamp(share, 0, 1);
  const trace = (plot, f) => {
    return `M${GRID.map((s) => `${x(s).toFixed(1)} ${y(plot, f(s)).toFixed(1)}`).join("L")}`;
  };
  const pile = (bars) => trace(PAIRS, (s) => bars[Math.floor(place(s) * bars.length)] ?? 0);

  function draw() {
    const [d, { tail, pairs, likes }] = [designs[lane], data.crowds[lane]];
    const { bands: ramps, shapes, runs } = data.palette;
    width = Math.max(200, svg.clientWidth);
    const found = effect(d, tail);
    const tints = ramps[found.steps.length];
    const now = [1.08 * Math.max(...designs.map((each) => penalty(1, each))), 1.08 * found.most];
    tops = now.map((top, i) => (held ? Math.max(top, tops[i]) : top) || 1);
    const edges = [-1, ...found.steps.map(([m]) => m), 1];
    let spent = 0; // percent of the dial
    bands.forEach((g, b) => {
      const [from, to, tint] = [edges[b] ?? 1, edges[b + 1] ?? 1, tints[b] ?? tints.at(-1)];
      put(stops[2 * b], { offset: place(from), "stop-color": tint });
      put(stops[2 * b + 1], { offset: place(to), "stop-color": tint });
      g.style.display = x(to) - x(from) > 18 ? "" : "none";
      put(g, { color: tint, transform: `translate(${x((from + to) / 2)} 351)` });
      put(g.firstElementChild, { d: shapes[b] });
      g.lastElementChild.textContent = percent(found.shares[b] ?? 0);
      const part = (100 * (found.added[b - 1] ?? 0)) / (found.most || 1);
      put(slices[b], { "stroke-dasharray": `${part} 200`, "stroke-dashoffset": -spent });
      put(slices[b], { stroke: part > 0 ? tint : "none" });
      spent += part;
    });
    put(one(".pairs"), { d: `${pile(pairs)}V${PAIRS[1]}H0Z` });
    put(one(".liked"), { d: pile(likes) });
    const steep = (s) => slope(s, d) / tops[1];
    put(one(".stairs"), { d: trace(FORCE, steep) });
    put(one(".forces"), { d: trace(FORCE, (s) => steep(s) * leverage(s)) });
    curves.forEach((path, i) => {
      const line = (s) => penalty(s, designs[i]) / tops[0];
      put(path, { d: i in designs ? trace(CURVE, line) : "" });
      put(path, { stroke: i === lane ? "url(#penalty-bands)" : runs[i] });
      path.classList.toggle("other", i !== lane);
    });
    knots.forEach((g, k) => {
      g.style.display = k < d.margins.length ? "" : "none";
      const [m, w] = [d.margins[k] ?? 0, d.weights[k] ?? 0];
      const band = w > 0 ? found.steps.findIndex(([margin]) => margin === m) + 1 : 0;
      const text = `margin ${number(m)}, band weight ${number(w)}`;
      put(g, { tabindex: data.locked ? -1 : 0, "aria-disabled": Boolean(data.locked) });
      const high = y(CURVE, penalty(m, d) / tops[0]);
      put(g, { color: tints[band], transform: `translate(${x(m)} ${high})` });
      put(g, { "aria-label": `margin ${k + 1}`, "aria-valuenow": m, "aria-valuetext": text });
      const [stem, head, tag] = [".stem", ".head", ".tag"].map((part) => g.querySelector(part));
      put(stem, { d: `M0 0V${-STEM * w}` });
      put(head, { d: shapes[band || 1] });
      const side = ["start", "middle", "end"][Math.round(m) + 1];
      put(tag, { y: -STEM * w - 14, "text-anchor": side });
      tag.textContent = text;
    });
    const told = `${percent(found.active)} of the pairs are pushed. `
      + `Push budget ${number(found.budget)}, at most ${number(found.most)}.`;
    one(".when").textContent = data.when;
    one(".told").textContent = told;
    one(".formula").textContent = formula(d);
    put(svg, { "aria-label": `Penalty over cosines. ${formula(d)}. ${told}` });
    one("output").textContent = d.negative_weight;
    put(scale, { "aria-valuetext": d.negative_weight });
    if (!scale.matches(":active")) scale.value = Math.sqrt(d.negative_weight / data.heaviest);
    one(".add").disabled = d.margins.length >= data.most;
    one(".drop").disabled = d.margins.length <= data.least;
  }

  function change(design) {
    designs[lane] = design;
    draw();
    dispatchEvent(new CustomEvent("designing", { detail: { lane, steps: mergedSteps(design) } }));
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

  const hold = (at) => (held ??= { before: designs[lane], at });
  const extend = (margin) => {
    const n = designs[lane].margins.length;
    if (n < data.most) commit(withKnot(designs[lane], margin), n);
  };
  const remove = (k) => {
    if (designs[lane].margins.length > data.least) commit(withoutKnot(designs[lane], k), 0);
  };

  function drag(k, { clientX, clientY }) {
    if (!held?.at) return;
    const [right, down] = [clientX - held.at[0], clientY - held.at[1]];
    const up = Math.sign(-down) * Math.max(0, Math.abs(down) - STEADY);
    const ways = [(2 * right) / width, up / REACH].map((way) => Math.round(100 * way) / 100);
    change(moved(held.before, k, ...ways, data.heaviest));
  }

  function press(k, event) {
    if (data.locked) return;
    if (event.key === "Escape") release(false);
    if (event.key === "Delete" || event.key === "Backspace") remove(k);
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    hold();
    const ways = ARROWS[event.key].map((way) => way * (event.shiftKey ? 0.001 : 0.01));
    change(moved(designs[lane], k, ...ways, data.heaviest));
  }

  knots.forEach((g, k) => {
    g.onpointerdown = (event) => {
      event.preventDefault();
      g.focus();
      g.setPointerCapture(event.pointerId);
      hold([event.clientX, event.clientY]);
    };
    g.onfocus = () => (chosen = k);
    g.onpointermove = (event) => drag(k, event);
    g.onpointercancel = () => release(false);
    g.onkeydown = (event) => press(k, event);
    g.onkeyup = (event) => event.key in ARROWS && release();
    g.onpointerup = g.onblur = () => release();
  });
  svg.ondblclick = ({ target, clientX, clientY }) => {
    const [k, frame] = [knots.indexOf(target.closest(".knot")), svg.getBoundingClientRect()];
    const margin = Math.round(200 * ((clientX - frame.left) / width) - 100) / 100;
    if (k >= 0) remove(k);
    else if (clientY - frame.top < FORCE[0]) extend(margin);
  };
  one(".add").onclick = () => extend((Math.max(0, ...designs[lane].margins) + 1) / 2);
  one(".drop").onclick = () => remove(chosen);
  scale.oninput = () => {
    hold();
    const weight = Number((data.heaviest * scale.value ** 2).toPrecision(2));
    change({ ...designs[lane], negative_weight: weight });
  };
  scale.onchange = () => release();

  new ResizeObserver(() => data && draw()).observe(svg);
  box.read = () => ({ lane, serial, designs, ...effect(designs[lane], data.crowds[lane].tail) });
  return (next) => {
    if (data === null) serial = next.heard;
    data = { most: KNOTS, least: Number(next.most === 1), ...next };
    Object.entries(data.palette.words).forEach(([k, v]) => box.style.setProperty(`--${k}`, v));
    const news = !held && data.heard >= serial;
    if (news) [lane, designs] = [data.lane, [...data.designs]];
    box.disabled = Boolean(data.locked);
    draw();
  };
}
