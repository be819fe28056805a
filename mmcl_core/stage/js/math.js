// The mathematics of penalty, bands, forces and camera: what a drag needs without asking Python.
// A penalty is {margins, weights, negative_weight, positive_weight}; margins come in any order.

export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

export function dot(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i += 1) total += a[i] * b[i];
  return total;
}

/** The vector of length 1 in the direction of `a`, or null if it has none. */
export function normalize(a) {
  const length = Math.sqrt(dot(a, a));
  return Number.isFinite(length) && length > 0 ? Array.from(a, (x) => x / length) : null;
}

export const sum = (list, of = (x) => x) => list.reduce((all, x, i) => all + of(x, i), 0);

/** w_n sum_k w_k max(0, s - m_k): what one negative costs. */
export function penalty(s, { margins, weights, negative_weight: factor }) {
  return factor * sum(margins, (m, k) => weights[k] * Math.max(0, s - m));
}

/** The derivative of `penalty`; exactly at a margin it is the left one. */
export function slope(s, { margins, weights, negative_weight: factor }) {
  return factor * sum(margins, (m, k) => (s > m ? weights[k] : 0));
}

/** The number of margins strictly below s: 0 to K. */
export function band(s, margins) {
  let count = 0;
  for (let k = 0; k < margins.length; k += 1) if (s > margins[k]) count += 1;
  return count;
}

/** Share of the slope that moves a point along the sphere. */
export const leverage = (s) => Math.sqrt(1 - clamp(s, -1, 1) ** 2);

/** The steps of the slope that act: [margin, slope past it], ascending, equal margins merged. */
export function mergedSteps({ margins, weights, negative_weight: factor }) {
  const edges = [...new Set(margins.filter((_, k) => weights[k] > 0))].sort((a, b) => a - b);
  return edges.map((edge) => [edge, factor * sum(weights, (w, k) => (margins[k] <= edge ? w : 0))]);
}

/** `force` times the part of v along the sphere at the unit vector u, which is v - (u v) u. */
export function tangent(u, v, force = 1) {
  const s = dot(u, v);
  return Array.from(u, (x, i) => force * (v[i] - s * x));
}

/** What one step does to a user u, all unit vectors: minus the gradient, before the rate. */
export function stepForces(u, positives, negatives, p) {
  const n = negatives.length / Math.max(1, positives.length); // the positives share them equally
  return [...positives, ...negatives].map((v, i) => {
    const [liked, cosine] = [i < positives.length, dot(u, v)];
    const push = liked ? 0 : slope(cosine, p) / n;
    const force = liked ? p.positive_weight * Number(cosine < 1) : -push;
    const [onUser, onItem] = [tangent(u, v, force), tangent(v, u, force)];
    return { liked, cosine, band: push > 0 ? band(cosine, p.margins) : 0, onUser, onItem };
  });
}

/** Positions sent as whole numbers from -32767 to 32767. */
export const dequantise = (whole) => new Float32Array(whole).map((x) => x / 32767);

/** Rows that turn a point, seen in three directions (3, D), into [right, up, towards the eye]. */
export function cameraRows(yaw, pitch, projection) {
  const [a, b, c, d] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const turn = [[a, 0, b], [b * d, c, -a * d], [-b * c, d, a * c]];
  return turn.map((row) => projection[0].map((_, j) => sum(row, (x, i) => x * projection[i][j])));
}

/** A number for the eye: a true minus, no "-0.00". */
export function number(x, digits = 2) {
  if (!Number.isFinite(x)) return "–";
  const text = Math.abs(x).toFixed(digits);
  return x < 0 && Number(text) !== 0 ? `−${text}` : text;
}

export const percent = (share) => `${Math.round(100 * share)}%`;
