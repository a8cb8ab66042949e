/** The facts behind the trust panel, each measured or null. */
import type { Cryptography } from '#contracts/cryptography.ts'
import type { Env } from '#contracts/env.ts'
import { SottoError } from '#contracts/errors.ts'
import type { DeviceKey } from '#contracts/ids.ts'
import { labelled } from '#contracts/wire/labels.ts'
import type { LinkStats } from '#contracts/p2p.ts'
import type { TrustFacts } from '#contracts/ui.ts'
import type { State } from '../engine/state.ts'
import { chatOf } from '../engine/conversation-steps.ts'
import type { Vault } from '../storage/vault.ts'
import { linkState, sessionOf } from './links.ts'

/** What the page is configured with. */
export interface Infrastructure {
  readonly signalling: { readonly host: string; readonly selfHosted: boolean }
  readonly staticHost: { readonly host: string }
  readonly relay: { readonly configured: boolean }
}

export interface TrustSources {
  readonly vault: Vault
  readonly cryptography: Cryptography
  readonly env: Env
  readonly infrastructure: Infrastructure
  readonly stats: (session: NonNullable<ReturnType<typeof sessionOf>>) => Promise<LinkStats | null>
  readonly lastHeardMs: (device: DeviceKey) => number | null
}

/** Throws 'not-found'. */
export async function trustFacts(state: State, slot: number, sources: TrustSources): Promise<TrustFacts> {
  const host = chatOf(state, slot)
  const { record } = host.store
  const contact = state.contacts.get(record.contact)
  if (!host.isDirect || contact === undefined) throw new SottoError('not-found')
  const info = await host.headInfo(sources)
  const head = record.epochs.find(({ id }) => id === host.room.epochs.head()?.id)
  // Between a commit and its state there is a moment without facts.
  if (info === null || head === undefined) throw new SottoError('unexpected')
  const session = sessionOf(state, slot, contact.device)
  const stats = session === null ? null : await sources.stats(session)
  const { infrastructure } = sources
  return {
    link: linkState(state, session, contact.device),
    roundTripMs: stats?.roundTripMs ?? null,
    localCandidate: stats?.localCandidate ?? null,
    remoteCandidate: stats?.remoteCandidate ?? null,
    bytesSent: stats?.bytesSent ?? null,
    bytesReceived: stats?.bytesReceived ?? null,
    lastHeardMs: sources.lastHeardMs(contact.device) ?? (contact.lastHeardMs === 0 ? null : contact.lastHeardMs),
    suite: record.profile,
    epoch: info.number,
    epochSinceMs: head.sinceMs,
    roomCode: roomCode(info.authenticator, sources.env.sha256),
    undelivered: [...host.underway().values()].filter(({ held }) => !held).length,
    storedMessages: record.messages,
    safetyNumber: inFives(await sources.cryptography.safetyNumber(contact.user)),
    infrastructure: {
      signalling: { ...infrastructure.signalling, connected: state.broker === 'up' },
      staticHost: infrastructure.staticHost,
      relay: { ...infrastructure.relay, inUse: stats?.path === 'relayed' },
    },
  }
}

/** 15 digits of SHA-256("sotto room code v1" | epoch authenticator), in 3 groups: equal codes, same history. */
export function roomCode(authenticator: Uint8Array, sha256: Env['sha256']): string {
  const digest = sha256(labelled('sotto room code v1', authenticator))
  const view = new DataView(digest.buffer, digest.byteOffset)
  return [0, 8, 16].map((at) => (view.getBigUint64(at) % 100_000n).toString().padStart(5, '0')).join(' ')
}

const inFives = (digits: string): string => (digits.replace(/\D/g, '').match(/.{1,5}/g) ?? []).join(' ')
