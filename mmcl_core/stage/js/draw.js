// Drawing one pane: the sphere, its points, and around a picked user rings, bands and forces.
import { dot, normalize, number } from "./math.js";

export const RADIUS = 0.44; // of the sphere, in widths of the canvas
export const FORCE = 2; // an arrow as long as the sphere's radius is a force of this size
// Corners, turn in half corners, how near the middle the sides come.
const SHAPES = {
  x: [4, 1, 0.3], square: [4, 1, Math.SQRT1_2], diamond: [4, 0, Math.SQRT1_2],
  "triangle-up": [3, 0, 0.5], star: [5, 0, 0.5], hexagon: [6, 0, 0.866], needle: [2, 0, 0.3],
};

/** The circle of cosine m around the unit vector `axis`, as points of the sphere. */
function ring(axis, m) {
  const across = ([a, b, c], [x, y, z]) => [b * z - c * y, c * x - a * z, a * y - b * x];
  const side = normalize(across(axis, Math.abs(axis[1]) < 0.9 ? [0, 1, 0] : [1, 0, 0]));
  const [other, reach] = [across(axis, side), Math.sqrt(1 - m * m)];
  return Array.from({ length: 73 }, (_, n) => {
    const [x, y] = [reach * Math.cos((n * Math.PI) / 36), reach * Math.sin((n * Math.PI) / 36)];
    return side.map((_, i) => m * axis[i] + x * side[i] + y * other[i]);
  });
}

const GRATICULE = [0, 1, 2, 3, 4, 5].map((n) => (n * Math.PI) / 6).flatMap((angle) => {
  return [ring([0, 1, 0], Math.cos(angle)), ring([Math.cos(angle), 0, Math.sin(angle)], 0)];
});

/** Where a vector is seen: [x, y, depth], depth positive on the near side. */
function seen({ rows, middle, radius }, vector) {
  const [x, y, depth] = [dot(rows[0], vector), dot(rows[1], vector), dot(rows[2], vector)];
  return [middle + radius * x, middle - radius * y, depth];
}

/** A line through vectors, faint where it runs on the far side. */
function trace(view, vectors, colour, width) {
  const { context } = view;
  const spots = vectors.map((vector) => seen(view, vector));
  Object.assign(context, { strokeStyle: colour, lineWidth: width });
  for (const near of [false, true]) {
    context.globalAlpha = near ? 1 : 0.28;
    context.beginPath();
    for (const [x, y, depth] of spots) context[depth >= 0 === near ? "lineTo" : "moveTo"](x, y);
    context.stroke();
  }
  context.globalAlpha = 1;
}

function put({ context }, shape, [x, y], r, inside, edge, lean = 0) {
  context.beginPath();
  const [corners, turn, inner] = SHAPES[shape] ?? [];
  if (!corners) context.arc(x, y, r, 0, 2 * Math.PI);
  for (let i = 0; i < 2 * corners; i += 1) {
    const angle = (Math.PI * (i + turn)) / corners - Math.PI / 2 + lean;
    const reach = 1.3 * r * (i % 2 ? inner : 1);
    context.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  }
  context.closePath();
  Object.assign(context, { fillStyle: inside, strokeStyle: edge, lineWidth: 1.3 });
  context.fill();
  context.stroke();
}

function label({ context, palette, middle }, text, [x, y]) {
  const side = x > middle ? -1 : 1;
  Object.assign(context, { textAlign: side > 0 ? "left" : "right", fillStyle: palette.text });
  context.fillText(text, x + 10 * side, y - 8);
}

function points(view, free) {
  const { context, scene, pane, palette, base } = view;
  pane.spots = pane.points.map((point) => seen(view, point));
  const far = [...pane.spots.keys()].sort((a, b) => pane.spots[a][2] - pane.spots[b][2]);
  for (const i of far) {
    const near = (1 + pane.spots[i][2]) / 2; // 0 to 1
    context.globalAlpha = (0.2 + 0.8 * near) * (free ? 1 : 0.5);
    const inside = free ? palette.tastes[scene.tastes[i]] : palette.dead;
    const r = base * (0.65 + 0.45 * near) * (free ? 1 : 0.75);
    put(view, i < scene.users ? "circle" : "square", pane.spots[i], r, inside, palette.paper);
  }
  context.globalAlpha = 1;
}

function arrow(view, from, force, colour) {
  const tip = force.map((f, i) => from[i] + f / FORCE);
  const [[x, y], [a, b]] = [seen(view, from), seen(view, tip)];
  if (Math.hypot(a - x, b - y) < 2) return;
  trace(view, [from, tip], colour, 2);
  put(view, "needle", [a, b], 6, colour, colour, Math.atan2(b - y, a - x) + Math.PI / 2);
}

/** The picked user, what it likes, what its next step draws, and the forces, as far as `level`. */
function picked(view, user, actors, level) {
  const { scene, pane, palette, colours, base } = view;
  const u = pane.points[user];
  const axis = [...u, 0].slice(0, 3); // on the circle, rings are seen from the side
  for (const [k, m] of level >= 2 && scene.dim <= 3 ? pane.margins.entries() : []) {
    trace(view, ring(axis, m), colours[k + 1], 1.6);
  }
  for (const item of scene.likes[user]) {
    put(view, "square", seen(view, pane.item(item)), base, palette.paper, palette.positive);
  }
  for (const { item, liked, band, cosine, onItem, onUser } of actors) {
    const colour = liked ? palette.positive : level < 2 ? palette.muted : colours[band];
    const shape = liked || level < 2 ? "square" : pane.symbols[band];
    const spot = seen(view, pane.item(item));
    put(view, shape, spot, 1.3 * base, colour, palette.paper);
    if (level === 1) label(view, number(cosine), spot);
    if (level < (liked ? 4 : 3)) continue;
    arrow(view, pane.item(item), onItem, colour);
    arrow(view, u, onUser, colour);
  }
  put(view, "circle", seen(view, u), 1.6 * base, palette.text, palette.paper);
  label(view, user, seen(view, u));
}

/** Draw pane `index` of a stage into a square. */
export function drawPane({ scene, view, rows, palette, casts, point }, context, size, index) {
  const [pane, colours] = [scene.panes[index], palette.bands[index]];
  Object.assign(pane, { middle: size / 2, radius: RADIUS * size * view.camera[2] });
  const base = Math.max(2.2, size / 100) * (scene.tastes.length > 1000 ? 0.5 : 1);
  const look = { ...pane, context, scene, pane, rows, palette, colours, base };
  const { user, slow, phase } = view;
  context.clearRect(0, 0, size, size);
  for (const line of scene.dim === 3 ? GRATICULE : []) trace(look, line, palette.grid, 1);
  points(look, user === null);
  if (user !== null) picked(look, user, casts[index].actors, slow ? phase : Infinity);
  if (point?.pane !== index) return;
  put(look, "circle", pane.spots[point.id], 2.3 * base, "transparent", palette.text);
}
