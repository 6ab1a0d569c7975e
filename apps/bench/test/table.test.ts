import { describe, expect, it } from 'vitest';
import type { ContenderName } from '../src/contenders.ts';
import { draw, toMarkdown } from '../src/grid.ts';
import type { Section } from '../src/run.ts';
import { sectionGrid } from '../src/table.ts';

const timing = (median: number, rounds = 50) => ({ median, rounds });

const section = {
  label: 'layer [8,1024,768] axis -1',
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
      extraMemory: 1.007,
    },
    {
      pass: 'forward+backward' as const,
      timings: { ours: timing(0.012345), composed: timing(0.5) },
      extraMemory: 2,
    },
  ],
};

function renderSection(section: Section, absent?: readonly ContenderName[]): string {
  return draw(sectionGrid(section, absent));
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
    const row = { pass: 'forward' as const, timings: { stock: timing(211_687, 1) }, extraMemory: 1 };
    expect(renderSection({ label: 'layer', rows: [row] })).toContain('│   211687 (1) │');
  });

  it('has no column for a peer that is absent', () => {
    const [, head, , row] = renderSection(section, ['onnx', 'torch']).split('\n');
    expect(cells(head)).not.toContain('onnx');
    expect(cells(head)).not.toContain('torch/ours');
    expect(cells(row)).toEqual(['forward', '12.3', '2468 (1)', '617', '2.47', '5.00x', '200x', '50.0x', '1.01x']);
  });

  it('has no colour codes and lines of one width', () => {
    expect(lines.join('')).not.toContain('\u001b');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });
});

describe('toMarkdown', () => {
  it('puts shapes under one another in one table', () => {
    const [first, second] = ['rms [3]', 'rms [5]'].map((label) => {
      const rows = [{ pass: 'forward' as const, timings: { ours: timing(2), copy: timing(1) }, extraMemory: 1 }];
      return sectionGrid({ label, rows }, ['composed', 'stock', 'onnx', 'torch']);
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
