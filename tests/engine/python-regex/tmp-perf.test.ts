import { it } from 'vitest';
import { compilePythonRegex } from '../../../src/engine/python-regex/python-regex.js';
import { runBoundedRegex } from '../../../src/provisioning/run-bounded-regex.js';

function t(name: string, src: string, ...texts: string[]) {
  const t0 = performance.now();
  const r = compilePythonRegex(src);
  const t1 = performance.now();
  const outs: string[] = [];
  if (r.ok)
    for (const x of texts) {
      const a = performance.now();
      const o = r.regex.matchesAtStart(x, runBoundedRegex);
      outs.push(`${o} ${(performance.now() - a).toFixed(1)}`);
    }
  console.log(name.padEnd(28), r.ok ? r.regex.engine : r.reason, (t1 - t0).toFixed(1), outs.join(' | '));
}
it('perf', () => {
  t('warm', 'a\\w', 'a', 'é');
  t('warm', 'a(?=\\w)', 'a', 'é');
  t('evil', '(a+)+$', `${'a'.repeat(5000)}!`, `${'a'.repeat(5000)}é`);
  t('evil bounded', '(?=(a+)+$)a', `${'a'.repeat(5000)}!`, `${'a'.repeat(30)}é`);
  t('cube', '((a{1000}){1000}){1000}');
  t('sq', '(a{1000}){1000}', 'a'.repeat(5000));
  t('sq9', '(a{1000}){900}', 'a'.repeat(5000));
  t('deep 100k', '('.repeat(100000));
  t('deep 15k', '('.repeat(15000));
  t('deep 150', `${'('.repeat(150)}a+${')+'.repeat(150)}`, 'a'.repeat(5000));
  t('deep atomic', `${'(?>(?:'.repeat(99)}a+${')b)'.repeat(99)}`, 'a'.repeat(5000), 'é');
  t('deep atomic +', `${'(?>(?:'.repeat(99)}a+${')+)'.repeat(99)}`, 'a'.repeat(5000), 'é');
  t('deep look', `${'(?='.repeat(190)}a${')'.repeat(190)}`, 'a'.repeat(5000), 'é');
  t('10k lit', 'ab'.repeat(5000), 'ab'.repeat(5000), `${'ab'.repeat(4999)}é`);
  t('10k star', `(?:${'a?'.repeat(5000)})*b`, 'a'.repeat(5000), 'é');
  t('10k star2', `${'a*'.repeat(5000)}b`, 'a'.repeat(5000), `${'a'.repeat(500)}é`);
  t('5k w', '\\w'.repeat(5000), 'a'.repeat(5000), 'é'.repeat(5000));
  t('500 w', '\\w'.repeat(500), 'a'.repeat(5000), 'é'.repeat(5000));
  t('500 w bounded', `(?=a)${'\\w'.repeat(200)}`, 'a'.repeat(5000), 'é'.repeat(5000));
  t('5k \\b', `a${'\\b'.repeat(5000)}`, 'a-', 'a');
  t('100 \\b', `a${'\\b'.repeat(100)}`, 'a-', 'aé');
  t('count 10k', '(?:[ab]?){5000}a{5000}c', 'a'.repeat(5000), `${'a'.repeat(4000)}é`);
  t('.{0,10000}x', '.{0,10000}x', 'a'.repeat(9000), `é${'a'.repeat(9000)}`);
  t('[ab]*a[ab]{n}', '[ab]*a[ab]{1000}c', 'ab'.repeat(2500), 'ba'.repeat(2500));
  t('[ab]*a[ab]{n} 10k', '[ab]*a[ab]{10000}c', 'ab'.repeat(2500), 'abbbaabb'.repeat(600));
  t(
    '[ab]*a[ab]{n} 1k rnd',
    '[ab]*a[ab]{1000}c',
    Array.from({ length: 5000 }, () => (Math.random() < 0.5 ? 'a' : 'b')).join(''),
  );
  t('(.*)(.*)', '(.*)(.*)(.*)(.*)(.*)[^a]$', 'a'.repeat(100000));
  t('v8 compile', '(?:\\w{100}|(?:x{3,7}y){3,77}){2,50}'.repeat(300) + '(?!a)', '', 'é', 'a'.repeat(500));
  t(
    'v8 compile 2',
    '(?:\\w{100}|(?:x{3,7}y){3,77}|(?:a|b){4}){2,50}'.repeat(30) + '(?!a)',
    '',
    'é',
    'a'.repeat(500),
  );
  t(
    'v8 compile 3',
    '(?:(?:a?|b{3}|(?:x|y|[a-f]{4,9})*){3,5}|z){2,50}'.repeat(40) + '(?!a)',
    '',
    'é',
    'a'.repeat(500),
  );
  t(
    'v8 compile 4',
    '(?:(?:a?|(?:b{3}c)+|(?:x|y|[a-f]+)*)+|z)*'.repeat(40) + '(?!a)',
    '',
    'é',
    'a'.repeat(500),
  );
  t('v8 compile 5', '(?:a?|b*|c+|d)'.repeat(800) + '(?!a)', '', 'é', 'a'.repeat(500));
  t('v8 compile 6', '(a|b|c)?'.repeat(600) + '(?!a)', '', 'é', 'a'.repeat(500));
  t('v8 long', '(?!a)' + 'b|'.repeat(4000), '', 'é');
  t('v8 long2', '(?!a)' + '(b|c)'.repeat(1900), 'b'.repeat(5000), 'é');
  t('v8 long3', '(?!a)' + 'b'.repeat(14000), 'b'.repeat(15000), 'é');
  t('many refs', '(a)' + '\\1'.repeat(4000), 'a'.repeat(5000));
  t('many cond', '(a)?' + '(?(1)a|b)'.repeat(1000), 'a'.repeat(5000), 'b'.repeat(5000));
  t('many grp', '(a)'.repeat(3000) + '\\9', 'a'.repeat(5000));
  t('comment', '(?x)' + '# \n'.repeat(6000));
  t('set', `[${'a-zé'.repeat(4000)}]`, 'a');
  t('i', '(?i)' + 'k'.repeat(10000), 'K');
  t('isets', '(?i)' + '[a-zé]'.repeat(2000), 'K', 'é');
  const a = performance.now();
  for (let i = 0; i < 10000; i++) compilePythonRegex(`spine-${i}\\w+-pod\\d{1,3}$`);
  console.log('10k compile', performance.now() - a);
  const b = performance.now();
  for (let i = 0; i < 10000; i++) {
    const r = compilePythonRegex(`spine-${i}\\w+-pod\\d{1,3}$`);
    if (r.ok) r.regex.matchesAtStart('spine-77abc-pod1', runBoundedRegex);
  }
  console.log('10k compile+match', performance.now() - b);
  const r = compilePythonRegex('spine\\w+');
  const c = performance.now();
  if (r.ok) for (let i = 0; i < 100000; i++) r.regex.matchesAtStart('spine-77abc-pod1', runBoundedRegex);
  console.log('100k match', performance.now() - c);
}, 300000);
