/** A cryptography Worker that can end: as the watchdog does it, with everything that was not sealed. */
import type { Cryptography } from '#contracts/cryptography.ts'
import { SottoError } from '#contracts/errors.ts'
import { createCryptographyForTests } from './cryptography.ts'

type Keystore = NonNullable<Parameters<typeof createCryptographyForTests>[0]>['keystore']
type CallName = Exclude<keyof Cryptography, 'onRestart'>

export class MortalCryptography {
  private core: Cryptography
  private readonly keystore: Keystore
  private readonly listeners: (() => void)[] = []
  deaths = 0
  /** Whether this call ends the Worker. */
  kills: (name: CallName, args: readonly unknown[]) => boolean = () => false
  readonly port: Cryptography

  constructor(keystore: NonNullable<Keystore>) {
    this.keystore = keystore
    this.core = createCryptographyForTests({ keystore })
    const names = Object.keys(this.core).filter((name): name is CallName => name !== 'onRestart')
    const calls = Object.fromEntries(names.map((name) => [name, (...args: unknown[]) => this.call(name, args)])) as unknown as Cryptography
    this.port = { ...calls, onRestart: (listener) => void this.listeners.push(listener) }
  }

  private async call(name: CallName, args: readonly unknown[]): Promise<unknown> {
    const { core } = this
    if (this.kills(name, args)) {
      this.die()
      throw new SottoError('worker-ended')
    }
    const answer = await (core[name] as (...list: readonly unknown[]) => Promise<unknown>)(...args)
    // The Worker that was asked is gone: its answer does not come any more.
    if (core !== this.core) throw new SottoError('worker-ended')
    return answer
  }

  die(): void {
    this.deaths += 1
    this.core = createCryptographyForTests(this.keystore === undefined ? {} : { keystore: this.keystore })
    for (const listener of this.listeners) listener()
  }
}
