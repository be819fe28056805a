// A scene: what Python sent, unpacked and checked, and what can be read off it at one moment.
import {
  band, dequantise, dot, leverage, number, penalty, percent, slope, stepForces, sum,
} from "./math.js";

export const fill = (words, values) => words.replace(/{(\w+)}/g, (_, name) => values[name]);

/** Unpack the bytes that payload.py describes; {problem: "..."} if they cannot be shown. */
export function unpack({ buffer, byteOffset, byteLength }) {
  try {
    const length = new DataView(buffer, byteOffset, byteLength).getUint32(0, true);
    const text = new TextDecoder().decode(new Uint8Array(buffer, byteOffset + 4, length));
    const body = buffer.slice(byteOffset + 4 + length, byteOffset + byteLength);
    const scene = JSON.parse(text);
    if (scene.problem) return scene;
    const size = (scene.users + scene.items) * scene.dim;
    const whole = size * scene.steps.length;
    if (!(scene.users && scene.items && whole)) return { problem: scene.words.nothing };
    if (body.byteLength !== 2 * whole * scene.panes.length) return { problem: scene.words.cut };
    scene.panes.forEach((pane, i) => {
      pane.positions = dequantise(new Int16Array(body, 2 * whole * i, whole));
      pane.now = new Float32Array(size);
      const at = (_, id) => pane.now.subarray(id * scene.dim, (id + 1) * scene.dim);
      pane.points = scene.tastes.map(at); // users first
      pane.item = (id) => pane.points[scene.users + id];
    });
    return scene;
  } catch {
    return { problem: "The scene could not be read: it is damaged, or of another version." };
  }
}

/** Put every pane's `now` at a time, a frame number that may be broken. */
export function settle({ dim, panes }, time, dragged) {
  for (const { positions, now } of panes) {
    const [from, to] = [Math.floor(time) * now.length, Math.ceil(time) * now.length];
    now.forEach((_, i) => {
      now[i] = positions[from + i] + (time % 1) * (positions[to + i] - positions[from + i]);
    });
    if (dragged?.frame === time) now.set(dragged.position, dragged.point * dim);
  }
}

/** Over all user-item pairs: pairs by band and active share; closeness of the held-out likes. */
export function measure({ users, items, held, dim }, { now, margins, slopes }) {
  const [bands, apart] = [slopes.map(() => 0), []];
  for (let user = 0; user < users; user += 1) {
    const cosine = (item) => {
      let s = 0;
      for (let i = 0; i < dim; i += 1) s += now[user * dim + i] * now[(users + item) * dim + i];
      return s;
    };
    for (let item = 0; item < items; item += 1) bands[band(cosine(item), margins)] += 1;
    for (const item of held[user]) apart.push(2 - 2 * cosine(item));
  }
  const active = sum(bands, (pairs, k) => (slopes[k] > 0 ? pairs : 0)) / (users * items);
  return { bands, active, closeness: sum(apart) / apart.length };
}

/** The next step that draws the user, or null, the frame it leads to, the actors' forces. */
export function cast({ picked, panes, steps }, index, user, frame) {
  const nothing = { known: false, step: null, to: frame + 1, actors: [] };
  if (user === null || picked?.user !== user) return nothing;
  const [pane, draws] = [panes[index], picked.panes[index]];
  const step = draws.steps.find((s) => s > steps[frame]) ?? null;
  const to = step === null ? frame + 1 : steps.findIndex((s) => s >= step);
  const rows = [...draws.steps.keys()].filter((row) => draws.steps[row] === step);
  const [liked, drawn] = [draws.positives, draws.negatives].map((of) => rows.flatMap((i) => of[i]));
  const forces = stepForces(pane.points[user], liked.map(pane.item), drawn.map(pane.item), pane);
  const actors = [...liked, ...drawn].map((item, i) => ({ item, ...forces[i] }));
  return { known: true, step, to, actors };
}

/** One point, and how the picked user stands to it, in words. */
export function pointWords({ words, users, tastes, likes, held }, pane, point, user) {
  const [item, taste] = [point - users, tastes[point]];
  if (item < 0) return fill(words.user, { id: point, taste });
  if (user === null) return fill(words.item, { id: item, taste });
  const s = dot(pane.points[user], pane.points[point]);
  const k = band(s, pane.margins);
  const like = likes[user].includes(item) ? words.liked : held[user].includes(item) && words.held;
  return fill(words.item + words.pair, {
    id: item, taste, like: like || "", cosine: number(s), leverage: number(leverage(s)),
    penalty: number(penalty(s, pane)), slope: number(slope(s, pane)),
    band: fill(pane.slopes[k] > 0 ? words.band : words.dead, { k, of: pane.margins.length }),
  });
}

/** The line under a pane: of everybody, or of what a step does to the picked user. */
export function paneWords(words, { active, closeness }, { known, step, actors }, user, phase) {
  const [liked, drawn] = [true, false].map((like) => actors.filter((a) => a.liked === like));
  const total = (some) => number(sum(some, ({ onUser }) => Math.hypot(...onUser)));
  const drawing = step === null ? words.over : words.doing[phase] ?? words.step;
  return fill(user === null ? words.all : known ? drawing : words.waiting, {
    share: percent(active), closeness: number(closeness), step, drawn: drawn.length,
    active: drawn.filter((a) => a.band > 0).length, push: total(drawn), pull: total(liked),
  });
}
