/** Names the tests that passed only when they were tried again, so that nobody takes them for sound. */
export default class RetriedReporter {
  /** @type {string[]} */
  #names = [];

  /** @param {import('vitest/node').TestCase} testCase */
  onTestCaseResult(testCase) {
    if (testCase.diagnostic()?.flaky)
      this.#names.push(`${testCase.module.relativeModuleId} > ${testCase.fullName}`);
  }

  onTestRunEnd() {
    for (const name of this.#names) console.log(`Passed only when tried again: ${name}`);
  }
}
