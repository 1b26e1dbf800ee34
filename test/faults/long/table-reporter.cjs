const { mkdtempSync, readFileSync, rmSync, existsSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');

const COLUMNS = ['fault', 'what', 'events', 'lost', 'outOfOrder', 'duplicates', 'seconds', 'note'];
const HEADINGS = ['fault', 'what happens', 'events', 'lost', 'disorder', 'dup', 's', 'note'];

/** Prints a table with one line for each fault, including failed and skipped ones. */
module.exports = class TableReporter {
  constructor() {
    this.file = join(mkdtempSync(join(tmpdir(), 'parley-faults-')), 'table.jsonl');
    process.env.FAULTS_TABLE = this.file;
    process.env.SUBSCRIPTION_MODEL_RUNS ??= '1000';
  }

  onRunComplete(_contexts, results) {
    const rows = existsSync(this.file) ? readFileSync(this.file, 'utf8').trim().split('\n').map(JSON.parse) : [];
    rmSync(dirname(this.file), { recursive: true, force: true });
    const failed = results.testResults
      .flatMap(({ testResults }) => testResults)
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => ({ fault: 'FAILED', what: fullName }));
    const cells = [...rows, ...failed].map((row) => COLUMNS.map((column) => String(row[column] ?? '')));
    const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...cells.map((row) => row[i].length)));
    const line = (row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd();
    process.stdout.write(`\n${[HEADINGS, widths.map((width) => '─'.repeat(width)), ...cells].map(line).join('\n')}\n`);
  }
};
