import Table from 'cli-table3';

/** A table before it is drawn: of each row the first cell is its name, and all others are numbers. */
export interface Grid {
  /** What the rows are of; stands over their names. */
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly [name: string, ...cells: string[]])[];
}

export interface Column {
  readonly name: string;
  /** In letters, with the space on both sides: tables under one another line up. */
  readonly width: number;
}

const NAME_WIDTH = 36;

/** For a terminal. */
export function draw({ title, columns, rows }: Grid): string {
  const table = new Table({
    head: [title, ...columns.map(({ name }) => name)],
    colWidths: [NAME_WIDTH, ...columns.map(({ width }) => width)],
    colAligns: ['left', ...columns.map(() => 'right' as const)],
    // A file of them has no colour codes in it.
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

/** For a README: those that have the same columns, in one table, each under its title. */
export function toMarkdown(grids: readonly Grid[]): string {
  const columns = grids[0]?.columns ?? [];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const titled = ({ title, rows }: Grid) => [...(title ? [[`**${title}**`, ...columns.map(() => '')]] : []), ...rows];
  const lines = [
    ['', ...columns.map(({ name }) => name)],
    ['---', ...columns.map(() => '---:')],
    ...grids.flatMap(titled),
  ];
  return `${lines.map(line).join('\n')}\n`;
}
