// Ends a test run with what was skipped, why, and the line `N passed, N failed, N skipped`.
// With ZTPS_TEST_STRICT set, a suite skipped for want of a Debian or npm package fails the run.

/** A vitest reporter. */
export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0;
    let failed = unhandledErrors.length;
    const skipped = new Map();
    for (const module of modules) {
      if (
        module.state() === 'failed' &&
        [...module.children.allTests()].every((test) => test.result().state !== 'failed')
      ) {
        failed += 1;
      }
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else {
          const why = note ?? 'no reason given';
          skipped.set(why, [...(skipped.get(why) ?? []), `${module.relativeModuleId} > ${test.fullName}`]);
        }
      }
    }
    for (const [why, names] of skipped) {
      console.log(`\nSkipped (${why}):`);
      for (const name of names) console.log(`  ${name}`);
      if (process.env.ZTPS_TEST_STRICT && /\b(apt-get|npm) install\b|no reason given/.test(why)) {
        console.log('  That can be supplied here: counted as a failure.');
        failed += 1;
        process.exitCode = 1;
      }
    }
    const count = [...skipped.values()].reduce((sum, names) => sum + names.length, 0);
    console.log(`\n${passed} passed, ${failed} failed${count > 0 ? `, ${count} skipped` : ''}`);
  }
}
