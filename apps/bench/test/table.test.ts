import { describe, expect, it } from 'vitest';
import type { ContenderName } from '../src/contenders.ts';
import { draw, toMarkdown } from '../src/grid.ts';
import type { About, Section } from '../src/run.ts';
import { sectionGrid } from '../src/table.ts';

const timing = (median: number, rounds = 50) => ({ median, rounds });

const section = {
  label: 'layer [8,1024,768] axis -1',
  bytes: 25_165_824,
  rows: [
    {
      pass: 'forward' as const,
      timings: {
        ours: timing(12.34),
        composed: timing(2468, 1),
        stock: timing(617, 5),
        onnx: timing(24.68),
        torch: timing(6.17),
        copy: timing(2.468),
      },
      gpu: {},
      extraMemory: 1.007,
    },
    {
      pass: 'forward+backward' as const,
      timings: { ours: timing(0.012345), composed: timing(0.5) },
      gpu: {},
      extraMemory: 2,
    },
  ],
};

function renderSection(section: Section, absent: readonly ContenderName[] = [], more: Pick<About, 'gpu'> = {}): string {
  return draw(sectionGrid(section, { absent, ...more }));
}

function cells(line: string | undefined): string[] {
  return (line ?? '')
    .split('│')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('the table of a shape', () => {
  const lines = renderSection(section).split('\n');

  it('heads the columns and names the shape', () => {
    expect(cells(lines[1])).toEqual([
      'layer [8,1024,768] axis -1',
      ...['ours', 'composed', 'stock', 'onnx', 'torch', 'copy'],
      ...['ours/copy', 'composed/ours', 'stock/ours', 'onnx/ours', 'torch/ours', 'extra memory'],
    ]);
  });

  it('has a row of times, ratios and memory, and says where there were fewer than five rounds', () => {
    expect(cells(lines[3])).toEqual([
      ...['forward', '12.3', '2468 (1)', '617', '24.7', '6.17', '2.47'],
      ...['5.00x', '200x', '50.0x', '2.00x', '0.500x', '1.01x'],
    ]);
  });

  it('leaves a dash where a contender does not take part', () => {
    expect(cells(lines[4])).toEqual([
      ...['forward+backward', '0.0123', '0.500', '-', '-', '-', '-'],
      ...['-', '40.5x', '-', '-', '-', '2.00x'],
    ]);
  });

  it('has room for a stock layer that takes minutes', () => {
    const row = { pass: 'forward' as const, timings: { stock: timing(211_687, 1) }, gpu: {}, extraMemory: 1 };
    expect(renderSection({ label: 'layer', bytes: 4, rows: [row] })).toContain('│   211687 (1) │');
  });

  it('has no column for a peer that is absent', () => {
    const [, head, , row] = renderSection(section, ['onnx', 'torch']).split('\n');
    expect(cells(head)).not.toContain('onnx');
    expect(cells(head)).not.toContain('torch/ours');
    expect(cells(row)).toEqual(['forward', '12.3', '2468 (1)', '617', '2.47', '5.00x', '200x', '50.0x', '1.01x']);
  });

  it('has a dash for the memory of ours where ours is left out', () => {
    const row = { pass: 'forward' as const, timings: { copy: timing(1) }, gpu: {}, extraMemory: Number.NaN };
    expect(cells(renderSection({ label: 'layer', bytes: 4, rows: [row] }).split('\n')[3]).at(-1)).toBe('-');
  });

  it('has no colour codes and lines of one width', () => {
    expect(lines.join('')).not.toContain('\u001b');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });
});

describe('the table of a shape on a GPU', () => {
  const rows = [
    {
      pass: 'forward' as const,
      timings: { ours: timing(4), onnx: timing(8), copy: timing(2) },
      gpu: { ours: 3, copy: 1.5 },
      extraMemory: 1,
    },
    {
      pass: 'forward+backward' as const,
      timings: { ours: timing(10), copy: timing(2) },
      gpu: { ours: 9, copy: 1.5 },
      extraMemory: 2,
    },
  ];
  const absent = ['composed', 'stock', 'torch'] as const;
  const table = (section: Section) => renderSection(section, absent, { gpu: 'an adapter' }).split('\n');

  it('has the bandwidth beside that of the copy, by the clock and by the device', () => {
    const [, head, , forward, both] = table({ label: 'rms', bytes: 1e9, rows });
    expect(cells(head)).toEqual([
      ...['rms', 'ours', 'onnx', 'copy', 'onnx/ours', 'ours GB/s', 'copy GB/s', 'of copy'],
      ...['GPU ours', 'GPU copy', 'GPU of copy', 'extra memory'],
    ]);
    // 2 GB in 4 ms and 5 GB in 10 ms, where the copy takes 2 ms for 2 GB.
    expect(cells(forward)).toEqual([
      ...['forward', '4.00', '8.00', '2.00', '2.00x', '500', '1000', '50 %', '3.00', '1.50', '50 %', '1.00x'],
    ]);
    expect(cells(both)).toEqual([
      ...['forward+backward', '10.0', '-', '2.00', '-', '500', '1000', '50 %', '9.00', '1.50', '42 %', '2.00x'],
    ]);
  });

  it('has a row of what the backward pass adds: three tensors in what is left of the time', () => {
    const backward = table({ label: 'rms', bytes: 1e9, rows })[5];
    expect(cells(backward)).toEqual([
      ...['backward', '6.00', '-', '2.00', '-', '500', '1000', '50 %', '6.00', '1.50', '38 %', '-'],
    ]);
  });

  it('has dashes where the device has no timestamps, or a quick run is nonsense', () => {
    const untimed = rows.map((row) => ({ ...row, gpu: {} }));
    expect(cells(table({ label: 'rms', bytes: 4, rows: untimed })[3]).slice(-4, -1)).toEqual(['-', '-', '-']);
    const reversed = rows.map((row, at) => ({ ...row, timings: { ...row.timings, ours: timing(2 - at) } }));
    expect(cells(table({ label: 'rms', bytes: 4, rows: reversed })[5])[5]).toBe('-');
  });
});

describe('toMarkdown', () => {
  it('puts shapes under one another in one table', () => {
    const [first, second] = ['rms [3]', 'rms [5]'].map((label) => {
      const rows = [
        { pass: 'forward' as const, timings: { ours: timing(2), copy: timing(1) }, gpu: {}, extraMemory: 1 },
      ];
      return sectionGrid({ label, bytes: 4, rows }, { absent: ['composed', 'stock', 'onnx', 'torch'] });
    });
    expect(first && second && toMarkdown([first, second]).split('\n')).toEqual([
      '|  | ours | copy | ours/copy | extra memory |',
      '| --- | ---: | ---: | ---: | ---: |',
      '| **rms [3]** |  |  |  |  |',
      '| forward | 2.00 | 1.00 | 2.00x | 1.00x |',
      '| **rms [5]** |  |  |  |  |',
      '| forward | 2.00 | 1.00 | 2.00x | 1.00x |',
      '',
    ]);
  });
});
