/** A test runner of forty lines, for a machine without any: the two functions that the conformance suite asks for. */
interface Test {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

const tests: Test[] = [];
const path: string[] = [];

export const runner = {
  describe(name: string, body: () => void): void {
    path.push(name);
    body();
    path.pop();
  },
  it(name: string, run: () => void | Promise<void>): void {
    tests.push({ name: [...path, name].join(' > '), run });
  },
};

/** Runs what has been collected, `after` each one; each failure is reported. Returns how many there were. */
export async function runTests(after: () => Promise<void>): Promise<number> {
  let failures = 0;
  for (const { name, run } of tests) {
    try {
      await run();
      await after();
    } catch (error) {
      failures += 1;
      console.error(`FAILED ${name}\n  ${error instanceof Error ? error.message : error}`);
    }
  }
  console.info(`${tests.length - failures} of ${tests.length} tests passed`);
  return failures;
}
