import { expect, test } from 'vitest'
import { figure, percentile, ratio } from '../bench/report.ts'

test('a percentile is a sample, the smallest that covers the share', () => {
  expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3)
  expect(percentile([5, 1, 4, 2, 3], 0.95)).toBe(5)
  expect(percentile([7], 0.5)).toBe(7)
  expect(() => percentile([], 0.5)).toThrow('no samples')
})

test('a ratio compares figure by figure', () => {
  const of = figure('a', [10, 20])
  expect(ratio('a over b', of, figure('b', [5, 10]))).toEqual({ what: 'a over b', unit: 'times', samples: 2, p50: 2, p95: 2 })
})
