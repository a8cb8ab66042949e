/** One process of the pool: seeds come in, what is told of them goes out. */
import { play, type Run } from './run.ts'

export interface Work {
  readonly seed: number
  readonly run: Run
}

process.on('message', ({ seed, run }: Work) => {
  void play(seed, run).then(
    (told) => process.send?.({ kind: 'told', told }),
    (thrown: unknown) => process.send?.({ kind: 'thrown', seed, text: thrown instanceof Error ? `${thrown.stack}` : String(thrown) }),
  )
})

// Whoever asked is gone.
process.on('disconnect', () => process.exit())
