// What mouse, touch and keyboard do to the stage.
import { clamp, dot, normalize, sum } from "./math.js";

const REACH = 14; // pixels within which a point is meant
const CLICK = 4; // pixels that a click may wander
const LETTERS = { w: [0, 1], s: [0, -1], a: [-1, 0], d: [1, 0] };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const gap = ([a, b], [c, d]) => Math.hypot(a - c, b - d);

/** The point nearest to a place on the canvas, rather one of the near side; null if none is. */
function nearest({ spots }, place) {
  const away = spots.map((spot) => gap(spot, place) + (spot[2] < 0 ? REACH / 2 : 0));
  const id = away.indexOf(Math.min(...away));
  return away[id] < REACH ? id : null;
}

/** What a hand may move: the picked user, what it likes, what its next step draws; or nothing. */
function movable({ view: { user }, scene, casts }, pane) {
  if (user === null || scene.dim > 3 || scene.view.still) return [];
  const items = [...scene.likes[user], ...casts[pane].actors.map(({ item }) => item)];
  return [user, ...new Set(items.map((item) => scene.users + item))];
}

/** Put a point where the sphere is seen at (right, up), both from -1 to 1; the side is kept. */
function drag(stage, { id, pane }, right, up) {
  const { scene, rows, view: { frame } } = stage;
  const side = dot(rows[2], scene.panes[pane].points[id]) < 0 ? -1 : 1;
  const seen = [right, up, side * Math.sqrt(Math.max(0, 1 - right ** 2 - up ** 2))];
  const position = normalize(rows[0].map((_, i) => sum(rows, (row, j) => seen[j] * row[i])));
  if (!position) return;
  Object.assign(stage, { time: frame, point: { id, pane }, held: { pane } });
  stage.change({ playing: false, dragged: { point: id, position, frame } });
}

function aim(stage, right, down, factor) {
  const [yaw, pitch, zoom] = stage.view.camera;
  const inside = clamp(pitch + down, -Math.PI / 2, Math.PI / 2);
  stage.change({ camera: [yaw + right, inside, clamp(zoom * factor, 0.6, 5)] });
}

/** Mouse, pen and fingers on the canvas of a pane. */
export function listen(stage, canvas, pane) {
  const { fingers } = stage;
  let grip = null; // {id: the point held or null, start, moved: farther than a click wanders}
  const at = (event) => [event.offsetX, event.offsetY];
  const under = (event) => nearest(stage.scene.panes[pane], at(event));
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, at(event));
    const two = fingers.size > 1;
    const id = two ? null : movable(stage, pane).find((one) => one === under(event)) ?? null;
    grip = { id, start: at(event), moved: two, camera: stage.view.camera };
  };
  canvas.addEventListener("touchstart", (event) => { // elsewhere a finger may scroll the page
    if (grip.id !== null || fingers.size > 1) event.preventDefault();
  });
  canvas.onpointermove = (event) => {
    const [[x, y], before] = [at(event), [...fingers.values()]];
    const { middle, radius } = stage.scene.panes[pane];
    if (!fingers.has(event.pointerId)) return stage.hover(under(event), pane);
    const [a, b] = fingers.get(event.pointerId);
    fingers.set(event.pointerId, [x, y]);
    if (before.length > 1) return aim(stage, 0, 0, gap(...fingers.values()) / gap(...before));
    grip.moved ||= gap([x, y], grip.start) > CLICK;
    if (!grip.moved) return null;
    if (grip.id === null) return aim(stage, (x - a) / radius, (y - b) / radius, 1);
    return drag(stage, { id: grip.id, pane }, (x - middle) / radius, (middle - y) / radius);
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size > 0) return;
    const id = under(event);
    const scrolled = event.type === "pointercancel"; // the page, and so the sphere stays
    if (scrolled || grip.moved) return stage.change(scrolled ? { camera: grip.camera } : {});
    stage.hover(id, pane);
    if (id !== null) stage.pick(id === stage.view.user ? null : id);
  };
  canvas.onpointerleave = () => stage.hover(null, pane);
  canvas.onwheel = (event) => { // a page scrolled past is left alone
    if (!event.ctrlKey && canvas.getRootNode().activeElement !== canvas) return;
    event.preventDefault();
    aim(stage, 0, 0, Math.exp(-event.deltaY / 400));
  };
}

/** The keyboard. */
export function press(stage, event) {
  const { target, ctrlKey, metaKey, altKey, shiftKey } = event;
  const key = event.key.length > 1 ? event.key : event.key.toLowerCase();
  if (ctrlKey || metaKey || altKey || target.matches("input, select")) return;
  if (key === " " && target.matches("button, summary")) return; // it is pressed
  const { scene, rows, point } = stage;
  const [right, up] = ARROWS[key] ?? LETTERS[key] ?? [0, 0];
  const pane = Math.max(0, stage.figures.findIndex((figure) => figure.contains(target)));
  const list = movable(stage, pane);
  const at = list.indexOf(point?.id);
  if (ARROWS[key] && shiftKey) aim(stage, 0.1 * right, -0.1 * up, 1);
  else if (ARROWS[key] && right) stage.step(right);
  else if (LETTERS[key] && list.length > 0) {
    const id = list[Math.max(0, at)];
    const [x, y] = rows.map((row) => dot(row, scene.panes[pane].points[id]));
    drag(stage, { id, pane }, x + 0.04 * right, y + 0.04 * up);
  } else if (key === "n" && list.length > 0) stage.hover(list[(at + 1) % list.length], pane);
  else if (key === "+" || key === "-") aim(stage, 0, 0, key === "+" ? 1.2 : 1 / 1.2);
  else if (key === "Home" || key === "End") stage.seek(key === "Home" ? 0 : Infinity);
  else if (key === "Escape") stage.pick(null);
  else if (key === " ") stage.toggle();
  else return;
  event.preventDefault();
}
