export function near(found, expected, tolerance) {
  if (!(Math.abs(found - expected) <= tolerance)) {
    throw new Error(`expected ${expected} within ${tolerance}, got ${found}`);
  }
}

export function equal(found, expected) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`expected ${b}, got ${a}`);
}

export function run(checks, golden) {
  const failures = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      check(golden);
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
  }
  return failures;
}
