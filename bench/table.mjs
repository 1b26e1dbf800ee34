/** Names and units; the other columns are numbers, which are right-aligned. */
const TEXT_COLUMNS = 2;
const HEADINGS = ['', '', 'Parley', 'bare', 'ratio'];

/**
 * Formats all sections as one table with aligned columns.
 *
 * @param {readonly import('./report.mjs').Section[]} sections
 * @returns {string}
 */
export function formatTable(sections) {
  const widths = columnWidths(sections.flatMap(({ rows }) => rows.map(cellsOf)));
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  const lines = [formatCells(HEADINGS, widths), rule];
  for (const { title, rows, notes } of sections) {
    lines.push(title, ...rows.map((row) => formatCells(cellsOf(row), widths)));
    lines.push(...notes.map((note) => `    ${note}`), '');
  }
  return lines.join('\n');
}

/** @param {import('./report.mjs').Row} row */
const cellsOf = ({ name, value, bare, ratio, unit }) => [
  `  ${name}`,
  unit,
  formatNumber(value),
  bare === undefined ? '' : formatNumber(bare),
  ratio === undefined ? '' : formatNumber(ratio),
];

/** @param {readonly string[][]} table */
const columnWidths = (table) =>
  HEADINGS.map((heading, column) => Math.max(heading.length, ...table.map((cells) => cells[column].length)));

/**
 * @param {readonly string[]} cells
 * @param {readonly number[]} widths
 */
const formatCells = (cells, widths) =>
  cells
    .map((cell, i) => (i < TEXT_COLUMNS ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
    .join('  ')
    .trimEnd();

/** Rounds to three significant digits. @param {number} value */
export function formatNumber(value) {
  if (!Number.isFinite(value)) return '–';
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
