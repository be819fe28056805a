// The stage: it keeps the view, plays, and shows. MARKUP, its HTML, comes from stage.html.
import { FORCE, RADIUS, drawPane } from "./draw.js";
import { listen, press } from "./hands.js";
import { cameraRows, clamp, number } from "./math.js";
import { cast, fill, measure, paneWords, pointWords, settle, unpack } from "./scene.js";

const PACE = 24; // frames a second at speed 1
const BEAT = 2.6; // seconds of a sub-step of slow motion at speed 1
const LAST = 4; // the last sub-step
const CALM = 200; // milliseconds without a change that end an action
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** Set a text, if it is new: to set it again would cost a layout of the page. */
const say = (node, text) => { if (node.textContent !== text) node.textContent = text; };

export class Stage {
  /** `send(name, value)` is called at the end of an action, with "view" or "released". */
  constructor(host, send) {
    this.root = document.createRange().createContextualFragment(MARKUP).firstElementChild;
    Object.assign(this, { send, beat: 0, point: null, fingers: new Map() });
    const parts = [...this.root.querySelectorAll("[data-part]")];
    this.parts = Object.fromEntries(parts.map((part) => [part.dataset.part, part]));
    this.figures = [...this.root.querySelectorAll("figure")];
    this.figures.forEach((figure, i) => listen(this, figure.querySelector("canvas"), i));
    this.root.stage = this;
    this.root.onclick = ({ target: { dataset } }) => this[dataset.act]?.(Number(dataset.by));
    this.root.oninput = ({ target: { dataset, value } }) => {
      if (dataset.set === "speed") this.change({ speed: Number(value) });
      else this[dataset.set](value === "" ? null : Number(value));
    };
    this.root.onkeydown = (event) => this.scene && press(this, event);
    addEventListener("designing", ({ detail }) => this.wear(detail));
    host.append(this.root);
    new ResizeObserver(() => this.wake()).observe(this.root);
  }

  /** Show a scene. Its view is obeyed at first, and whenever its turn is a new one. */
  update(data) {
    const scene = unpack(data);
    this.parts.problem.textContent = scene.problem ?? "";
    this.scene = scene.problem ? null : scene;
    if (!this.scene) return;
    this.last = scene.steps.length - 1;
    if (scene.view.turn !== this.view?.turn) {
      this.view = { ...scene.home, ...this.view, ...scene.view };
      const still = this.view.playing && STILL.matches; // then a film becomes its end
      this.time = still && !this.view.slow ? this.last : this.view.frame;
      if (still) this.change({ playing: false });
    }
    this.time = Math.min(this.time, this.last);
    if (!scene.likes[this.view.user]) this.view.user = null;
    if (this.view.dragged?.position.length !== scene.dim) this.view.dragged = null;
    this.figures.forEach((figure, i) => (figure.hidden = i >= scene.panes.length));
    scene.panes.forEach(({ title, glyphs }, i) => {
      const [caption, canvas, , bands] = this.figures[i].children;
      caption.lastElementChild.textContent = title;
      canvas.ariaLabel = `Sphere ${caption.textContent}`;
      bands.replaceChildren(...glyphs.map(() => document.createElement("span")));
    });
    [this.parts.scrubber.max, this.parts.user.max] = [this.last, scene.users - 1];
    this.point = null;
    this.draw();
    this.wake(); // it may play
  }

  /** Show a penalty that a hand still holds, while it has as many bands as before. */
  wear({ lane, steps }) {
    const pane = this.scene?.panes[lane];
    if (pane?.margins.length !== steps.length) return;
    const slopes = [0, ...steps.map(([, slope]) => slope)];
    const weights = steps.map(([, slope], k) => slope - slopes[k]);
    Object.assign(pane, { margins: steps.map(([m]) => m), weights, slopes, negative_weight: 1 });
    this.wake();
  }

  wake() {
    this.asked ||= requestAnimationFrame((now) => {
      this.asked = 0;
      if (!this.scene || !this.root.isConnected) return;
      if (this.view.playing) this.advance(Math.min(0.1, (now - this.before) / 1000 || 0));
      this.before = now;
      this.draw();
      if (this.view.playing) this.wake();
    });
  }

  advance(seconds) {
    const { speed, slow, phase, frame } = this.view;
    this.beat += (seconds * speed) / BEAT;
    if (!slow) this.time = Math.min(this.last, this.time + seconds * speed * PACE);
    else if (this.beat >= 1) this.step(1, true);
    else if (phase === LAST) {
      this.time = frame + Math.max(0, 2 * this.beat - 1) * (this.casts[0].to - frame);
    }
    if (this.time >= this.last) this.change({ playing: false });
  }

  seek(frame) {
    this.time = clamp(Math.floor(frame), 0, this.last);
    this.beat = 0;
    this.change({ frame: this.time, phase: 0 });
  }

  /** One frame forwards or back; in slow motion one sub-step. */
  step(by, playing = false) {
    const { slow, frame, phase: old } = this.view;
    const phase = old + by;
    this.view.playing = playing;
    if (!slow || phase < 0) this.seek(this.time + by);
    else if (phase > LAST) this.seek(this.casts[0].to);
    else Object.assign(this, { beat: 0, time: frame }).change({ phase });
  }

  toggle() {
    const { playing, slow } = this.view;
    const over = this.time >= this.last;
    if (STILL.matches) return over ? this.seek(0) : this.step(slow ? 1 : Math.ceil(this.last / 20));
    if (over || !slow) this.seek(over ? 0 : this.time);
    return this.change({ playing: !playing });
  }

  slow() {
    this.seek(this.time);
    this.change({ slow: !this.view.slow, user: this.view.user ?? 0 });
  }

  pick(user) {
    const slow = this.view.slow && user !== null;
    if (user === null || this.scene.likes[user]) this.change({ user, slow, phase: 0 });
  }

  /** Turn to the picked user, or back to how it was. */
  reset() {
    const { scene, view: { user }, point } = this;
    if (user === null || scene.dim !== 3) return this.change({ camera: scene.home.camera });
    const [x, y, z] = scene.panes[point?.pane ?? 0].points[user];
    return this.change({ camera: [Math.atan2(-x, z), Math.asin(clamp(y, -1, 1)), 1] });
  }

  hover(id, pane) {
    this.point = id === null ? null : { id, pane };
    this.wake();
  }

  /** Change the view. Once it is calm, Python hears of it. */
  change(changes) {
    Object.assign(this.view, changes);
    this.wake();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.fingers.size > 0 || !this.scene) return;
      this.send("view", { ...this.view });
      if (this.held) this.send("released", { ...this.view.dragged, ...this.held });
      this.held = null;
    }, CALM);
  }

  draw() {
    const { scene, view, point } = this;
    const { camera: [yaw, pitch], user, slow } = view;
    if (!slow) view.frame = Math.floor(this.time);
    settle(scene, this.time, view.dragged);
    this.rows = scene.dim > 2 ? cameraRows(yaw, pitch, scene.projection) : scene.projection;
    this.facts = scene.panes.map((pane) => measure(scene, pane));
    this.casts = scene.panes.map((_, i) => cast(scene, i, user, view.frame));
    if (!this.root.isConnected) return; // it has no size yet: the observer wakes it
    const { color, fontFamily } = getComputedStyle(this.root);
    const mode = Math.max(...color.match(/[\d.]+/g).slice(0, 3)) < 140 ? "light" : "dark";
    this.root.style.colorScheme = mode;
    this.palette = scene.palette[mode];
    const sizes = this.figures.map((figure) => figure.clientWidth); // before the page changes
    scene.panes.forEach((pane, i) => {
      const [, canvas, tip, bands, words] = this.figures[i].children;
      const [size, ratio] = [sizes[i], Math.min(2, devicePixelRatio)];
      const pixels = Math.round(size * ratio);
      if (canvas.height !== pixels) Object.assign(canvas, { width: pixels, height: pixels });
      const context = canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.font = `600 13px ${fontFamily}`;
      drawPane(this, context, size, i);
      const phase = slow ? view.phase : null;
      say(words, paneWords(scene.words, this.facts[i], this.casts[i], user, phase));
      say(tip, point?.pane === i ? pointWords(scene, pane, point.id, user) : "");
      bands.hidden = user === null;
      [...bands.children].forEach((band, k) => {
        say(band, fill(pane.glyphs[k], { margin: number(pane.margins[k - 1]) }));
        band.style.borderColor = this.palette.bands[i][k];
      });
    });
    this.label(scene, view);
  }

  label({ words, steps, dim }, { frame, phase, user, slow, playing, speed, camera }) {
    const { legend, caption, where, play, scrubber, ...more } = this.parts;
    say(legend, fill(user === null ? words.free : words.picked, { force: FORCE, dim }));
    say(caption, slow ? fill(words.phases[phase], { user }) : "");
    say(where, fill(words.where, { step: steps[frame], last: steps.at(-1) }));
    dispatchEvent(new CustomEvent("stage-step", { detail: steps[frame] })); // to what else shows it
    Object.assign(scrubber, { value: frame, ariaValueText: where.textContent });
    this.root.ariaBusy = String(playing); // only what stands still is read out
    [play.ariaPressed, more.slow.ariaPressed] = [String(playing), String(slow)];
    more.speed.value = speed;
    if (!more.user.matches(":focus")) more.user.value = user ?? "";
    this.root.style.setProperty("--radius", `${100 * RADIUS * camera[2]}%`);
  }

  /** What is shown, as numbers. */
  read() {
    const { view, scene, facts, casts } = this;
    const panes = facts.map((fact, i) => ({ ...fact, ...casts[i] }));
    return { ...view, step: scene.steps[view.frame], panes };
  }
}
