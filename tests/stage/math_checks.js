import {
  band, cameraRows, clamp, dequantise, dot, leverage, mergedSteps, normalize, number, penalty,
  percent, slope, stepForces, sum, tangent,
} from "../../mmcl_core/stage/js/math.js";
import { equal, near } from "./checking.js";

export const mathChecks = {
  "penalty, slope, band and leverage are the core's"({ curves }) {
    for (const { penalty: p, s, ...core } of curves) {
      s.forEach((x, i) => {
        near(penalty(x, p), core.height[i], 1e-12);
        near(slope(x, p), core.slope[i], 1e-12);
        equal(band(x, p.margins), core.band[i]);
        near(leverage(x), core.leverage[i], 1e-12);
      });
    }
  },

  "forces are those of the real loss"({ forces }) {
    for (const { user, positives, negatives, penalty: p, onUser, onItems } of forces) {
      const found = stepForces(user, positives, negatives, p);
      equal(found.length, onItems.length);
      found.forEach((one, i) => one.onItem.forEach((x, j) => near(x, onItems[i][j], 1e-9)));
      onUser.forEach((x, j) => {
        near(found.reduce((sum, one) => sum + one.onUser[j], 0), x, 1e-9);
      });
    }
  },

  "a force past no margin or on top of a positive is nothing"() {
    const p = { margins: [0.5], weights: [1], negative_weight: 2, positive_weight: 1 };
    const [pull, push] = stepForces([0, 0, 1], [[0, 0, 1]], [[0, 1, 0]], p);
    equal([pull.liked, pull.band, pull.onUser], [true, 0, [0, 0, 0]]);
    equal([push.liked, push.band, push.onItem.map(Math.abs)], [false, 0, [0, 0, 0]]);
    equal(stepForces([0, 0, 1], [], [], p), []);
  },

  "the staircase merges equal margins and leaves out those that do not act"() {
    const p = { margins: [0.6, -0.5, 0.6, 0], weights: [0.25, 0.5, 0.25, 0], negative_weight: 4 };
    equal(mergedSteps(p), [[-0.5, 2], [0.6, 4]]);
    equal(mergedSteps({ margins: [], weights: [], negative_weight: 4 }), []);
  },

  "vectors"() {
    equal(dot([1, 2], [3, 4]), 11);
    equal(normalize([0, 3, 4]), [0, 0.6, 0.8]);
    equal([normalize([0, 0]), normalize([NaN, 1])], [null, null]);
    equal(tangent([0, 0, 1], [0, 0.6, 0.8]).slice(0, 2), [0, 0.6]);
    equal(tangent([0, 0, 1], [0, 0.5, 0.8], -2).slice(0, 2), [0, -1]);
    equal([sum([1, 2]), sum([1, 2], (x, i) => x * i), sum([])], [3, 2, 0]);
    equal([clamp(3, 0, 1), clamp(-3, 0, 1)], [1, 0]);
    near(dequantise(new Int16Array([32767, -32767, 16384]))[2], 0.5, 1e-4);
  },

  "the camera turns and never stretches"() {
    const axes = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
    equal(cameraRows(0, 0, axes).flat().map(Math.abs), [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    const rows = cameraRows(0.7, -0.4, axes);
    rows.forEach((a, i) => rows.forEach((b, j) => near(dot(a, b), Number(i === j), 1e-12)));
    const seen = cameraRows(Math.PI / 2, 0, axes).map((row) => dot(row, [0, 0, 1]));
    [1, 0, 0].forEach((x, i) => near(seen[i], x, 1e-12));
    near(cameraRows(0, Math.PI / 2, axes).map((row) => dot(row, [0, 1, 0]))[2], 1, 1e-12);
  },

  "numbers for the eye"() {
    equal([number(-0.301), number(-0.001), number(2, 0), number(NaN)], ["−0.30", "0.00", "2", "–"]);
    equal(percent(0.184), "18%");
  },
};
