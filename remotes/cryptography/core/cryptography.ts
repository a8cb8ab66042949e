/** The core behind the port: identity, vault, signatures, signalling, handshakes and epochs, put together. */
import type { Cryptography } from '#contracts/cryptography.ts'
import { SottoError } from '#contracts/errors.ts'
import { type BlindedKey, fromHex, idOf, type DeviceKey, type InviteKey, toHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { claimBytes } from '#contracts/wire/broker-claim.ts'
import { decode, encode, fixed, struct } from '#contracts/wire/codec.ts'
import { PROFILES, type Profile } from '#contracts/wire/entry.ts'
import { wipe } from './bytes.ts'
import { checkDates, userOf } from './certificates.ts'
import { Epochs, groupIdOf } from './epochs.ts'
import { Handshakes } from './handshake.ts'
import { createIdentity, type OpenIdentity, openIdentity, revealPhrase } from './identity.ts'
import { chainOfLeaf, deviceOfLeaf, leafIdentity, userOfLeaf } from './leaves.ts'
import type { Engines } from './mls.ts'
import { entropyOf } from './phrase.ts'
import type { Ports } from './ports.ts'
import type { SigningKey, VaultKey } from './primitives.ts'
import { rememberVerified } from './remembered.ts'
import { safetyNumber } from './safety-number.ts'
import { openSignal, sealSignal } from './signalling.ts'
import { signOnRequest, verifyLabelled } from './signatures.ts'
import { Vault } from './vault.ts'

/** The port, less what only the main thread can do: it knows of restarts, loads the word list, and asks the vault's own Worker. */
export type CryptographyCore = Omit<Cryptography, 'onRestart' | 'revealPhrase' | 'restoreIdentity' | 'unlock' | 'setPassphrase' | 'end'> & {
  /** The vault key, as the passphrase opened it. */
  takeKey(key: VaultKey): Promise<void>
  revealPhrase(wordList: readonly string[]): Promise<readonly string[]>
  restoreIdentity(options: RestoreOptions, wordList: readonly string[]): ReturnType<Cryptography['restoreIdentity']>
}

type RestoreOptions = Parameters<Cryptography['restoreIdentity']>[0]

const SEED_BYTES = 32
const inviteCodec = struct({ seed: fixed(SEED_BYTES) })

/** Makes every call asynchronous and its error a SottoError: what a dependency said stays in here. */
function guarded<Calls extends object>(calls: Calls): Calls {
  const entries = Object.entries(calls).map(([name, call]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return await call(...args)
      } catch (thrown) {
        throw thrown instanceof SottoError ? thrown : new SottoError('internal')
      }
    },
  ])
  return Object.fromEntries(entries) as Calls
}

/** One identity, its epochs and its handshakes. Whatever is called, rejects with a SottoError or resolves. */
export function createCryptographyCore(ports: Ports): CryptographyCore {
  const { primitives } = ports
  const vault = new Vault(ports.keystore, primitives)
  const handshakes = new Handshakes(ports)
  let opened: OpenIdentity | null = null
  let creating = false

  const identity = (): OpenIdentity => {
    if (opened === null) throw new SottoError('identity-missing')
    return opened
  }

  /** For leaves and certificates, which come up again and again. */
  const remembering = { ...primitives, verify: rememberVerified(primitives.verify) }
  /** The key that leaves of the profile sign with. */
  const leafKey = (profile: Profile): SigningKey => (profile === 'nist' ? identity().nist : identity().device)
  /** Devices by the credential in memory, which is asked about with each message. */
  const devices = new WeakMap<Uint8Array, Uint8Array>()
  const engineOf = (profile: Profile) =>
    ports.mls(
      {
        primitives: remembering,
        device: () => leafKey(profile),
        deviceOf(credential, signatureKey) {
          if (profile !== 'nist') return signatureKey
          const known = devices.get(credential) ?? fromHex(deviceOfLeaf(profile, credential, signatureKey))
          devices.set(credential, known)
          return known
        },
        async authenticate(credential, signatureKey) {
          try {
            await userOfLeaf(credential, signatureKey, remembering, profile)
            return true
          } catch {
            return false
          }
        },
      },
      profile,
    )
  const engines: Engines = { classic: engineOf('classic'), hybrid: engineOf('hybrid'), nist: engineOf('nist') }
  /** Throws 'wrong-suite' for a profile that is none of ours: the page may be of another release than what it stored. */
  const mlsOf = (profile: Profile) => {
    if (!PROFILES.includes(profile)) throw new SottoError('wrong-suite')
    return engines[profile]
  }
  const epochs = new Epochs(engines, vault)
  const ownLeaf = (profile: Profile) => {
    const { facts, device } = identity()
    return leafIdentity(profile, facts.chain, device, leafKey(profile).publicKey)
  }

  /** After the gate and RFC 9420 section 10.1: whose it is, with a certificate in its dates. */
  const inspect = async (keyPackage: Uint8Array, profile: Profile, nowMs: number) => {
    const leaf = await mlsOf(profile).inspectKeyPackage(keyPackage, nowMs)
    const chain = chainOfLeaf(profile, leaf.identity)
    const device = idOf<DeviceKey>(leaf.device)
    const user = await userOf(chain, device, remembering)
    checkDates(chain, nowMs)
    return { device, user }
  }

  const inviteSeed = async (key: InviteKey, sealed: Uint8Array): Promise<Uint8Array> =>
    decode(inviteCodec, await vault.open('invite', key, sealed), SEED_BYTES).seed

  const inviteSigner = async (key: InviteKey, sealed: Uint8Array): Promise<SigningKey> => {
    const seed = await inviteSeed(key, sealed)
    const signer = await primitives.signingKey(seed)
    wipe(seed)
    return signer
  }

  const keyPackageName = async (keyPackage: Uint8Array): Promise<string> => toHex(await primitives.sha256(keyPackage))

  const makeIdentity = async (options: { readonly deviceName: string; readonly nowMs: number }, entropy?: Uint8Array) => {
    if (opened !== null || creating) throw new SottoError('identity-exists')
    creating = true
    try {
      await vault.create()
      const sealed = await createIdentity(ports, vault, options, entropy)
      opened = await openIdentity(ports, vault, sealed)
      return { identity: opened.facts, sealed }
    } finally {
      creating = false
    }
  }

  const calls: CryptographyCore = {
    hasVaultKey: () => vault.exists(),
    hasPassphrase: () => vault.hasPassphrase(),
    async takeKey(key) {
      vault.use(key)
    },

    createIdentity: (options) => makeIdentity(options),

    // The words are read first: a wrong one leaves nothing behind.
    restoreIdentity: async ({ words, ...options }, wordList) => makeIdentity(options, await entropyOf(words, wordList, primitives)),

    async openIdentity(sealed) {
      opened = await openIdentity(ports, vault, sealed)
      return opened.facts
    },

    revealPhrase: (wordList) => revealPhrase(ports, vault, identity(), wordList),
    safetyNumber: (theirs) => safetyNumber(identity().facts.user, theirs, primitives),

    async destroy() {
      opened = null
      await vault.destroy()
    },

    sign: (label, bytes) => signOnRequest(identity().device, label, bytes),
    verify: (items) => Promise.all(items.map((item) => verifyLabelled(primitives, item))),

    async checkChain(chain, { user, device, nowMs }) {
      if ((await userOf(chain, device, primitives)) !== user) throw new SottoError('bad-certificate')
      checkDates(chain, nowMs)
    },

    seal: (items) => Promise.all(items.map(({ name, bytes }) => vault.seal('record', name, bytes))),
    open: (items) => Promise.all(items.map(({ name, bytes }) => vault.open('record', name, bytes))),

    async createInvite() {
      const seed = primitives.random(SEED_BYTES)
      const key = idOf<InviteKey>((await primitives.signingKey(seed)).publicKey)
      const sealed = await vault.seal('invite', key, encode(inviteCodec, { seed }))
      wipe(seed)
      return { key, secret: primitives.random(LIMITS.inviteSecretBytes), sealed }
    },

    async blindKeys(keys, period) {
      return keys.map((key) => {
        const blinded = ports.blinding.blind(fromHex(key), period)
        return blinded === null ? null : idOf<BlindedKey>(blinded)
      })
    },

    async claimBrokerId({ host, nonce }, period, invite) {
      const message = claimBytes(host, nonce)
      if (invite === null) return identity().rendezvous(period, message)
      const seed = await inviteSeed(invite.key, invite.sealed)
      const claim = ports.blinding.sign(seed, period, message)
      wipe(seed)
      return claim
    },

    sealSignal: (signal) => sealSignal(ports, identity(), signal),
    openSignal: (blob, via) => openSignal(ports, identity(), blob, via),

    handshakeHello: (session) => handshakes.hello(session),

    async handshakeProof({ session, invite, ...input }) {
      if (invite === null) return handshakes.proof(session, identity(), { ...input, invite })
      // Only the inviter holds the private half, and it expects a joiner.
      if ((invite.inviteKey !== null) !== (input.expected.kind === 'joiner')) throw new SottoError('internal')
      let key: SigningKey | null = null
      if (invite.inviteKey !== null && input.expected.kind === 'joiner') {
        key = await inviteSigner(input.expected.invite, invite.inviteKey)
      }
      return handshakes.proof(session, identity(), { ...input, invite: { secret: invite.secret, key } })
    },

    handshakeVerify: (session, proof, nowMs) => handshakes.verify(session, identity(), proof, nowMs),
    roomTags: (session, rooms) => handshakes.roomTags(session, rooms),

    async handshakeEnd(session) {
      handshakes.end(session)
    },

    async createKeyPackage(profile, nowMs) {
      const { keyPackage, privateKeys } = await mlsOf(profile).createKeyPackage(await ownLeaf(profile), nowMs)
      const sealed = await vault.seal('keypackage', await keyPackageName(keyPackage), privateKeys)
      wipe(privateKeys)
      return { keyPackage, sealed }
    },

    inspectKeyPackage: (keyPackage, profile, nowMs) => inspect(keyPackage, profile, nowMs),

    async createGroup(room, epoch, profile, nowMs) {
      return epochs.create(room, epoch, await mlsOf(profile).createGroup(groupIdOf(room), await ownLeaf(profile), nowMs))
    },

    loadEpoch: (room, epoch, sealed) => epochs.load(room, epoch, sealed),

    async dropEpoch(room, epoch) {
      epochs.drop(room, epoch)
    },

    createCommit: (room, parent, { addKeyPackages, removeDevices, nowMs }) =>
      epochs.read(room, parent, async (group) => {
        const mls = epochs.engineOf(group)
        const profile = mls.profileOf(group)
        await Promise.all(addKeyPackages.map((keyPackage) => inspect(keyPackage, profile, nowMs)))
        const { roster } = mls.factsOf(group)
        const removeLeaves = removeDevices.map((device) => {
          const leaf = roster.find((one) => toHex(one.device) === device)
          if (leaf === undefined) throw new SottoError('not-found')
          return leaf.leafIndex
        })
        const { group: next, commit, welcome } = await mls.createCommit(group, { addKeyPackages, removeLeaves })
        return { ...epochs.found(room, next), commit, welcome }
      }),

    async inspectCommit(message, profile) {
      return mlsOf(profile).inspectCommit(message)
    },

    exportGroupInfo: (room, epoch) => epochs.read(room, epoch, (group) => epochs.engineOf(group).exportGroupInfo(group)),

    async externalCommit({ room, profile, groupInfo, confirmationTag, nowMs }) {
      const epoch = { groupId: groupIdOf(room), groupInfo, confirmationTag }
      const { group, commit } = await mlsOf(profile).externalCommit(await ownLeaf(profile), epoch, nowMs)
      return { ...epochs.found(room, group), commit, welcome: null }
    },

    async refound(room, profile, addKeyPackages, nowMs) {
      const mls = mlsOf(profile)
      await Promise.all(addKeyPackages.map((keyPackage) => inspect(keyPackage, profile, nowMs)))
      const root = await mls.createGroup(groupIdOf(room), await ownLeaf(profile), nowMs)
      try {
        const { group, commit, welcome } = await mls.createCommit(root, { addKeyPackages, removeLeaves: [] })
        return { ...epochs.found(room, group), commit, welcome }
      } finally {
        mls.wipeGroup(root)
      }
    },

    processCommit: (room, parent, message) =>
      epochs.read(room, parent, async (group) => epochs.found(room, await epochs.engineOf(group).processCommit(group, message))),

    nameCommit: (token, epoch) => epochs.name(token, epoch),

    async join({ room, profile, welcome, keyPackage, sealedKeyPackage }) {
      const mls = mlsOf(profile)
      const privateKeys = await vault.open('keypackage', await keyPackageName(keyPackage), sealedKeyPackage)
      try {
        return epochs.found(room, await mls.join(groupIdOf(room), welcome, keyPackage, privateKeys))
      } finally {
        wipe(privateKeys)
      }
    },

    encrypt: (room, epoch, plaintext) => epochs.encrypt(room, epoch, plaintext),
    decrypt: (room, epoch, messages) => epochs.decrypt(room, epoch, messages),

    async adopt(token) {
      epochs.adopt(token)
    },

    async drop(token) {
      epochs.forget(token)
    },
  }
  return guarded(calls)
}
