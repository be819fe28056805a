import { cast, fill, measure, paneWords, pointWords, settle, unpack } from "../../mmcl_core/stage/js/scene.js";
import { equal, near } from "./checking.js";

const WORDS = {
  all: "{share} {closeness}", waiting: "waiting", over: "over", step: "{step}: {active}/{drawn}",
  doing: ["sample {drawn}"], user: "user {id}", item: "item {id}", pair: "{like} {cosine} {band}",
  liked: " liked", held: " held", band: "band {k}/{of}", dead: "dead", nothing: "no", cut: "cut",
};

/** Two users and two items on the circle, two frames; in the second the first user has turned. */
function packed(changes = {}) {
  const pane = {
    margins: [0.5], weights: [1], slopes: [0, 2], negative_weight: 2, positive_weight: 1,
  };
  const picked = { user: 0, panes: [{ steps: [1, 1, 4], positives: [0, 1, 0], negatives: [[1], [1], [0]] }] };
  const header = {
    words: WORDS, users: 2, items: 2, dim: 2, steps: [0, 3], tastes: [0, 1, 0, 1], likes: [[0], []],
    held: [[1], []], panes: [pane], picked, ...changes,
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const units = [[1, 0], [0, 1], [1, 0], [0, -1]];
  const whole = Int16Array.from([...units, [0, 1], ...units.slice(1)].flat(), (x) => 32767 * x);
  const bytes = new Uint8Array(5 + 4 + text.length + whole.byteLength).subarray(5);
  new DataView(bytes.buffer, 5).setUint32(0, text.length, true);
  bytes.set(text, 4);
  bytes.set(new Uint8Array(whole.buffer), 4 + text.length);
  return bytes;
}

function settled(time, dragged = null, changes = {}) {
  const scene = unpack(packed(changes));
  settle(scene, time, dragged);
  return [scene, scene.panes[0]];
}

export const sceneChecks = {
  "a scene is unpacked wherever its bytes begin"() {
    const scene = unpack(packed());
    equal(scene.panes[0].positions.length, 16);
    equal(unpack(packed({ problem: "odd" })).problem, "odd");
    equal(unpack(packed({ users: 0 })).problem, "no");
    equal(unpack(packed({ items: 3 })).problem, "cut");
    equal(unpack(new Uint8Array(2)).problem.includes("could not be read"), true);
    equal(Boolean(unpack(packed().slice(0, 40)).problem), true);
  },

  "positions at a frame, between frames, and under a hand"() {
    equal([...settled(0)[1].points[0]], [1, 0]);
    equal([...settled(0.5)[1].points[0]], [0.5, 0.5]);
    const dragged = { point: 2, position: [0, 1], frame: 1 };
    equal([...settled(1, dragged)[1].item(0)], [0, 1]);
    equal([...settled(0, dragged)[1].item(0)], [1, 0]);
  },

  "bands, active share and closeness"() {
    equal(measure(...settled(0)), { bands: [3, 1], active: 0.25, closeness: 2 });
    equal(measure(...settled(0, null, { held: [[], []] })).closeness, null);
  },

  "the next step that draws a user, whole"() {
    const [scene] = settled(0);
    const { known, step, actors } = cast(scene, 0, 0, 0);
    equal([known, step, actors.map((a) => [a.item, a.liked])],
      [true, 1, [[0, true], [1, true], [1, false], [1, false]]]);
    equal(cast(scene, 0, 0, 1).step, 4);
    equal(cast(scene, 0, 1, 0).known, false);
    equal(cast(scene, 0, null, 0).actors, []);
    equal(cast({ ...scene, steps: [0, 4] }, 0, 0, 1).step, null);
  },

  "words"() {
    const [scene, pane] = settled(0);
    const say = (user, frame, phase) => {
      return paneWords(WORDS, measure(scene, pane), cast(scene, 0, user, frame), user, phase);
    };
    equal([say(null, 0, null), say(1, 0, null), say(0, 0, null)], ["25% 2.00", "waiting", "1: 0/2"]);
    equal(say(0, 0, 0), "sample 2");
    equal(paneWords(WORDS, {}, { known: true, step: null, actors: [] }, 0, null), "over");
    equal(pointWords(scene, pane, 1, 0), "user 1");
    equal(pointWords(scene, pane, 2, null), "item 0");
    equal(pointWords(scene, pane, 2, 0), "item 0 liked 1.00 band 1/1");
    equal(pointWords(scene, pane, 3, 0), "item 1 held 0.00 dead");
    equal(fill("{a} and {a}", { a: 1 }), "1 and 1");
    near(pane.now[0], 1, 0);
  },
};
