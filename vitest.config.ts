import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
    environment: 'node',
    // generous: a busy machine is slow, and slowness is not what tests are for
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A test that passes only at the second try hides a defect.
    retry: 0,
    allowOnly: false,
  },
})
