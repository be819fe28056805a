import {
  above, effect, formula, inOrder, moved, withKnot, withoutKnot,
} from "../../mmcl_core/stage/js/designer.js";
import { equal, near } from "./checking.js";

const design = (margins, weights, negativeWeight = 2) => {
  return { margins, weights, negative_weight: negativeWeight };
};

export const designerChecks = {
  "shares, active share and budget are the core's"({ effects }) {
    for (const { tail, design: d, shares, active, budget } of effects) {
      const found = effect(d, tail);
      equal(found.shares.length, shares.length);
      found.shares.forEach((share, k) => near(share, shares[k], 1e-6));
      near(found.active, active, 1e-6);
      near(found.budget, budget, 1e-6);
      near(found.added.reduce((a, b) => a + b, 0), budget, 1e-6);
    }
  },

  "between two cosines the share is cut in proportion"() {
    const tail = [1, 0.75, 0.5, 0, 0];
    equal([-1, -0.5, 0, 0.25, 0.5, 1].map((s) => above(tail, s)), [1, 0.75, 0.5, 0.25, 0, 0]);
    equal([above(tail, -3), above(tail, 3)], [1, 0]);
  },

  "a design without knots, or without weight, pushes nobody"() {
    const tail = [1, 0.9, 0.7, 0.4, 0];
    equal(effect(design([], []), tail).shares, [1]);
    equal(effect(design([0], [0]), tail).active, 0);
    equal([effect(design([-0.5], [1], 0), tail)].map((e) => [e.active, e.budget])[0], [0, 0]);
  },

  "knots move inside their bounds, come and go"() {
    const d = design([0.2, 0.8], [0.4, 0.6]);
    equal(moved(d, 1, 1.7, -2, 40), design([0.2, 1], [0.4, 0]));
    equal(moved(d, 0, -1.5, 0.12345, 40), design([-1, 0.8], [0.523, 0.6]));
    equal(moved(d, 0, 0, 0.9, 40), design([0.2, 0.8], [1, 0.6]));
    equal(withKnot(d, 0.5), design([0.2, 0.8, 0.5], [0.4, 0.6, 0.5]));
    equal(withKnot(design([], []), 0.5), design([0.5], [1]));
    equal(withoutKnot(d, 0), design([0.8], [0.6]));
    equal(withoutKnot(d, 5), d);
    equal(d, design([0.2, 0.8], [0.4, 0.6]));
  },

  "a knot that is alone goes on with the negative weight"() {
    equal(moved(design([0.9], [1]), 0, 0, 0.3, 40), design([0.9], [1], 2.6));
    equal(moved(design([0.9], [0.8]), 0, 0, 0.1, 40), design([0.9], [0.9], 2));
    equal(moved(design([0.9], [0.8]), 0, 0, 0.7, 40), design([0.9], [1], 3));
    equal(moved(design([0.9], [1], 39), 0, 0, 0.5, 40), design([0.9], [1], 40));
    equal(moved(design([0.9], [1]), 0, 0, -0.3, 40), design([0.9], [0.7], 2));
  },

  "margins are put in order with their band weights"() {
    equal(inOrder(design([0.9, -0.1, 0.5], [1, 2, 3]), 0), [design([-0.1, 0.5, 0.9], [2, 3, 1]), 2]);
    equal(inOrder(design([], []), 0), [design([], []), 0]);
  },

  "the formula has the numbers"() {
    const written = "f(s) = 2 (0.4 [s − 0.2]₊ + 0.6 [s + 0.8]₊)";
    equal(formula(design([0.2, -0.8], [0.4, 0.6])), written);
    equal(formula(design([], [])), "f(s) = 0");
  },
};
