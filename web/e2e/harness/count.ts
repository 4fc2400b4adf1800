import type { FullResult, Reporter, Suite } from "@playwright/test/reporter";

/** Ends with the line that `dev/console` counts: `browser: N passed, N failed`. */
export default class Count implements Reporter {
  private suite: Suite | undefined;

  onBegin(_config: unknown, suite: Suite): void {
    this.suite = suite;
  }

  onEnd(result: FullResult): void {
    const tests = this.suite?.allTests() ?? [];
    const passed = tests.filter((test) => test.outcome() === "expected" && test.expectedStatus !== "skipped").length;
    const skipped = tests.filter((test) => test.expectedStatus === "skipped").length;
    // What was never run, because time was up or a hook broke, has not passed.
    const failed = tests.length - passed - skipped;
    console.log(`browser: ${passed} passed, ${failed === 0 && result.status !== "passed" ? 1 : failed} failed`);
  }
}
