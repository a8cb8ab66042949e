/**
 * MLS behind its gate: damaged messages of each kind, fed to a device that would take them if they were whole. All of
 * them are authenticated, so what is taken is forged; and no state has moved.
 */
import { SottoError } from '#contracts/errors.ts'
import type { Group } from '../../remotes/cryptography/core/mls.ts'
import { unwrap } from '../support/hostile.ts'
import { engineForTests, NOW } from '../support/mls.ts'
import type { Target } from './run.ts'

const GROUP = new Uint8Array(16).fill(0xab)

export async function gateTargets(): Promise<readonly Target[]> {
  const [ann, bob, cat, dan] = await Promise.all([engineForTests(), engineForTests(), engineForTests(), engineForTests()])
  const [forBob, forCat, forDan] = await Promise.all([bob, cat, dan].map(({ engine, identity }) => engine.createKeyPackage(identity, NOW)))
  const root = await ann.engine.createGroup(GROUP, ann.identity, NOW)
  const add = (parent: Group, keyPackage: Uint8Array, removeLeaves: number[] = []) =>
    ann.engine.createCommit(parent, { addKeyPackages: [keyPackage], removeLeaves })
  const first = await add(root, unwrap(forBob).keyPackage)
  // a Welcome for cat alone: what it holds for others, one joiner can't vouch for
  const second = await add(first.group, unwrap(forCat).keyPackage)
  const third = await add(second.group, unwrap(forDan).keyPackage, [1])
  const { keyPackage, privateKeys } = unwrap(forCat)
  const group = await cat.engine.join(GROUP, unwrap(second.welcome), keyPackage, privateKeys)
  const messages = await Promise.all([1, 300].map((length) => ann.engine.encrypt(second.group, new Uint8Array(length).fill(7))))
  const groupInfo = await cat.engine.exportGroupInfo(group)
  const { confirmationTag } = cat.engine.factsOf(group)
  const before = cat.engine.encodeGroup(group)

  const target = (name: string, samples: readonly Uint8Array[], feed: (bytes: Uint8Array) => Promise<unknown>): Target => ({
    name: `mls-${name}`,
    samples,
    async feed(bytes) {
      const code = await feed(bytes).then(
        () => null,
        (thrown: unknown) => (thrown instanceof SottoError ? thrown.code : Promise.reject(thrown)),
      )
      if (Buffer.compare(cat.engine.encodeGroup(group), before) !== 0) throw new Error('the state has moved')
      return code === null ? { kind: 'forged' } : { kind: 'refused', code }
    },
  })
  return [
    target('key-package', [unwrap(forDan).keyPackage], (bytes) => cat.engine.inspectKeyPackage(bytes, NOW)),
    target('welcome', [unwrap(second.welcome)], (bytes) => cat.engine.join(GROUP, bytes, keyPackage, privateKeys)),
    target('commit', [third.commit], async (bytes) => {
      cat.engine.inspectCommit(bytes)
      return cat.engine.processCommit(group, bytes)
    }),
    target(
      'message',
      messages.map(({ message }) => message),
      (bytes) => cat.engine.decrypt(group, bytes),
    ),
    target('group-info', [groupInfo], (bytes) =>
      cat.engine.externalCommit(cat.identity, { groupId: GROUP, groupInfo: bytes, confirmationTag }, NOW),
    ),
  ]
}
