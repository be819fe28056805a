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

const summed = (list, of) => list.reduce((all, x, i) => all + of(x, i), 0);

/** w_n sum_k w_k max(0, s - m_k): what one negative costs. */
export function penalty(s, margins, weights, negativeWeight = 1) {
  return negativeWeight * summed(margins, (m, k) => weights[k] * Math.max(0, s - m));
}

/** The derivative of `penalty`; exactly at a margin it is the left one. */
export function slope(s, margins, weights, negativeWeight = 1) {
  return negativeWeight * summed(margins, (m, k) => (s > m ? weights[k] : 0));
}

/** The number of margins strictly below s: 0 to K. */
export function band(s, margins) {
  let count = 0;
  for (let k = 0; k < margins.length; k += 1) if (s > margins[k]) count += 1;
  return count;
}

/** Share of the slope that moves a point along the sphere. */
export const leverage = (s) => Math.sqrt(1 - clamp(s, -1, 1) ** 2);

/** The staircase of slopes as [margin, slope past it], ascending, equal margins merged. */
export function mergedSteps(margins, weights, negativeWeight = 1) {
  const past = (edge) => negativeWeight * summed(margins, (m, k) => (m <= edge ? weights[k] : 0));
  return [...new Set(margins)].sort((a, b) => a - b).map((edge) => [edge, past(edge)]);
}

/** The part of v along the sphere at the unit vector u: v - (u v) u. */
export function tangent(u, v) {
  const s = dot(u, v);
  return Array.from(u, (x, i) => v[i] - s * x);
}

const times = (a, vector) => vector.map((x) => a * x);

/**
 * Who pulls and pushes the user u in one step, and is moved by it: minus the gradient of the loss
 * along the sphere, before the learning rate. All are unit vectors; the positives share the
 * negatives equally.
 */
export function stepForces(u, positives, negatives, { margins, weights, ...p }) {
  const n = negatives.length / Math.max(1, positives.length);
  return [...positives, ...negatives].map((v, i) => {
    const [liked, cosine] = [i < positives.length, dot(u, v)];
    const push = slope(cosine, margins, weights, p.negative_weight) / n;
    const force = liked ? p.positive_weight * Number(cosine < 1) : -push;
    const [onUser, onItem] = [times(force, tangent(u, v)), times(force, tangent(v, u))];
    return { liked, cosine, band: !liked && push > 0 ? band(cosine, margins) : 0, onUser, onItem };
  });
}

/** Positions sent as whole numbers from -32767 to 32767. */
export function dequantise(whole) {
  const positions = new Float32Array(whole.length);
  for (let i = 0; i < whole.length; i += 1) positions[i] = whole[i] / 32767;
  return positions;
}

/**
 * The three rows that turn a point into [right, up, towards the eye]. Points of other than three
 * dimensions go through `projection` first, three rows of D numbers.
 */
export function cameraRows(yaw, pitch, projection) {
  const [a, b, c, d] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const turn = [[a, 0, b], [b * d, c, -a * d], [-b * c, d, a * c]];
  return turn.map((row) => {
    return projection[0].map((_, j) => summed(row, (x, i) => x * projection[i][j]));
  });
}

/** A number for the eye: a true minus, no "-0.00". */
export function number(x, digits = 2) {
  if (!Number.isFinite(x)) return "–";
  const text = Math.abs(x).toFixed(digits);
  return x < 0 && Number(text) !== 0 ? `−${text}` : text;
}

export const percent = (share) => `${Math.round(100 * share)}%`;
