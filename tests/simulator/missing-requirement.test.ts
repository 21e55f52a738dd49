// What is said when a machine cannot run a simulated switch.
import { expect, test } from 'vitest';
import { explainRefusedNamespace, requireProgram } from '../../src/simulator/missing-requirement.js';

test('a missing program is named with the package that has it', () => {
  expect(() => requireProgram('no-such-program', 'some-package')).toThrow(
    'This machine cannot run a simulated switch: there is no no-such-program. To supply it: apt-get install some-package',
  );
  expect(requireProgram('sh', 'dash')).toMatch(/\/sh$/);
});

test('refused namespaces are explained by what was printed last and what would help', () => {
  const output = 'first\nunshare: unshare failed: Operation not permitted\n';
  const asRoot = explainRefusedNamespace(output, false);
  expect(asRoot.what).toBe('its namespaces were refused (unshare: unshare failed: Operation not permitted)');
  expect(asRoot.remedy).toContain('--privileged');
  expect(explainRefusedNamespace('', true).message).toMatch(/no reason given.*as root/);
});
