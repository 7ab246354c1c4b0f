// Adds up what the test projects reported: failures and the reasons of skipped tests first, then one last line, and the exit code of ./test.
// A project that ended badly without a failed test to show for it (a crash, the time limit, a process left over) is a failure of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
// What timeout(1) reports: the limit, and the end by SIGKILL, which comes from it as well as from a machine without memory.
const stopped = new Map([
  [124, 'took longer than its limit and was stopped'],
  [137, 'was killed: it did not stop at its limit, or somebody else killed it'],
]);
const total = { passed: 0, failed: 0, skipped: 0 };

// A message may tell the story of a whole run: its beginning says what was wrong, the report in the folder has the rest.
const shown = { lines: 30, characters: 300 };

function excerpt(detail) {
  const lines = detail.trim().split('\n');
  const first = lines.slice(0, shown.lines).map((line) => (line.length > shown.characters ? `${line.slice(0, shown.characters)}…` : line));
  return [...first, ...(lines.length > shown.lines ? [`… and ${lines.length - shown.lines} more lines in ${folder}`] : [])];
}

function fail(title, detail) {
  total.failed++;
  console.log([`failed: ${title}`, ...(detail ? excerpt(detail).map((line) => `  ${line}`) : [])].join('\n'));
}

function outcome(test) {
  if (test.status === 'passed') total.passed++;
  else if (test.status === 'skipped') {
    total.skipped++;
    console.log(`skipped: ${test.name}: ${test.extra?.reason ?? 'no reason given'}`);
  } else fail(test.name, test.message);
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.exit')).sort()) {
  const project = file.slice(0, -'.exit'.length);
  const code = Number(readFileSync(join(folder, file), 'utf8'));
  const report = join(folder, `${project}.json`);
  const failedBefore = total.failed;
  if (existsSync(report)) for (const test of JSON.parse(readFileSync(report, 'utf8')).results.tests) outcome(test);

  if (stopped.has(code)) fail(`${project} ${stopped.get(code)}`);
  else if (!existsSync(report)) fail(`${project} ended with exit code ${code} before it could report`);
  else if (code !== 0 && total.failed === failedBefore) fail(`${project} ended with exit code ${code} although no test failed`);

  const leftovers = join(folder, `${project}.leftovers`);
  if (existsSync(leftovers)) fail(`${project} left processes behind`, readFileSync(leftovers, 'utf8'));
}

const { passed, failed, skipped } = total;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
