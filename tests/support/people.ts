/**
 * People with the whole engine, real keys and the real link manager, on a simulated network in virtual time.
 * Everything is reached through the Messenger port, as a ui would.
 */
import type { Cryptography } from '#contracts/cryptography.ts'
import type { Result } from '#contracts/errors.ts'
import type { Store } from '#contracts/store.ts'
import type { ChatItem, ChatSummary, Messenger, View } from '#contracts/ui.ts'
import { MemoryDisk, MemoryStore } from '../../remotes/p2p/adapters/memory.ts'
// Loaded before virtual time begins: the clock does not wait for imports.
import '../../remotes/p2p/core/engine/lock-steps.ts'
import '../../remotes/p2p/core/engine/message-commands.ts'
import '../../remotes/p2p/core/engine/overlays.ts'
import '../../remotes/p2p/core/groups/host.ts'
import { createLinks } from '../../remotes/p2p/core/link/manager.ts'
import { createMessenger } from '../../remotes/p2p/core/messenger.ts'
import type { Mark, Page } from '../../remotes/p2p/core/page.ts'
import { createCryptographyForTests, memoryKeystoreForTests } from './cryptography.ts'
import type { FakeBrokerClient } from './fake-broker.ts'
import type { FakeRtc } from './fake-rtc.ts'
import type { FakeNetwork } from './network.ts'

type MessageItem = Extract<ChatItem, { kind: 'message' }>

export const PAGE_URL = 'https://sotto.test/'

/** What a page's local storage and events are, in a test. */
export class FakePage implements Page {
  value: Mark | null = null
  private readonly wakers = new Set<() => void>()
  mark(): Mark | null {
    return this.value
  }
  setMark(mark: Mark | null): void {
    this.value = mark
  }
  onWake(listener: () => void): () => void {
    this.wakers.add(listener)
    return () => this.wakers.delete(listener)
  }
  renewed = 0
  renew(): void {
    this.renewed += 1
  }
  wake(): void {
    for (const listener of this.wakers) listener()
  }
}

export interface PersonOptions {
  /** What stands between the engine and its disk, for each page that is opened on it. */
  readonly wrapStore?: (store: Store) => Store
  readonly wrapCryptography?: (cryptography: Cryptography) => Cryptography
  /** In place of the ordinary Worker. */
  readonly makeCryptography?: (keystore: ReturnType<typeof memoryKeystoreForTests>) => Cryptography
  readonly skewMs?: number
}

export class TestPerson {
  readonly name: string
  readonly disk = new MemoryDisk()
  readonly keystore = memoryKeystoreForTests()
  readonly page = new FakePage()
  readonly network: FakeNetwork
  options: PersonOptions
  private life = 0
  /** How often an engine of this person has made its links. */
  linksMade = 0
  messenger: Messenger
  private clients: { broker: FakeBrokerClient; rtc: FakeRtc }[] = []

  constructor(network: FakeNetwork, name: string, options: PersonOptions = {}) {
    this.network = network
    this.name = name
    this.options = options
    this.messenger = this.openPage()
  }

  /** A page on this person's storage and keys; a second one is a second tab. */
  openPage(): Messenger {
    const { clock } = this.network
    const life = ++this.life
    const env = clock.env(`${this.name}${life}`, this.options.skewMs)
    const bare = this.options.makeCryptography?.(this.keystore) ?? createCryptographyForTests({ keystore: this.keystore })
    const cryptography = clock.watch(this.options.wrapCryptography?.(bare) ?? bare)
    const disk = new MemoryStore(this.disk)
    const store = clock.watch(this.options.wrapStore?.(disk) ?? disk)
    return createMessenger({
      cryptography,
      store,
      env,
      timers: clock.timers(),
      page: this.page,
      pageUrl: PAGE_URL,
      infrastructure: {
        signalling: { host: 'sotto.test', selfHosted: true },
        staticHost: { host: 'sotto.test' },
        relay: { configured: false },
      },
      links: ({ identity, tokenSeed, relayOnly, introductions, emit }) => {
        this.linksMade += 1
        const clients: { broker?: FakeBrokerClient; rtc?: FakeRtc } = {}
        const links = createLinks({
          cryptography,
          broker: (listener) => {
            clients.broker = this.network.broker.connect(listener)
            return clients.broker
          },
          rtc: (listener) => {
            clients.rtc = this.network.rtc.connect(this.name, listener)
            return clients.rtc
          },
          env,
          timers: clock.timers(),
          identity,
          tokenSeed,
          relayOnly,
          introductions,
          emit,
        })
        if (clients.broker !== undefined && clients.rtc !== undefined) this.clients.push({ broker: clients.broker, rtc: clients.rtc })
        return links
      },
    })
  }

  /** The page is gone without a word. */
  crash(): void {
    for (const { broker, rtc } of this.clients) {
      broker.kill()
      rtc.kill()
    }
    this.clients = []
    void this.messenger.close()
  }

  /** A crash, and a new page on the same storage. */
  reload(): void {
    this.crash()
    this.messenger = this.openPage()
  }

  /** Whom this page has a connection with, or is making one; null where the other end is not known yet. */
  get connections(): readonly (string | null)[] {
    return this.clients.flatMap(({ rtc: { page } }) =>
      [...page.connections.values()].map(({ connection }) => connection?.ends.find((end) => end.page !== page)?.page.name ?? null),
    )
  }

  get view(): View {
    return this.messenger.view()
  }

  chatWith(other: { readonly name: string }): ChatSummary {
    const chat = this.view.chats.find(({ name }) => name === other.name)
    if (chat === undefined) throw new Error(`${this.name} has no chat with ${other.name}`)
    return chat
  }

  async open(other: { readonly name: string }): Promise<void> {
    expectOk(await this.run(this.messenger.openChat(this.chatWith(other).id)))
  }

  /** Sends and waits for the command's answer; time passes as it must. */
  async send(other: { readonly name: string }, text: string): Promise<void> {
    expectOk(await this.run(this.messenger.send(this.chatWith(other).id, text)))
  }

  /** The messages of the open conversation, oldest first. */
  messages(): readonly MessageItem[] {
    return (this.view.conversation?.items ?? []).filter((item): item is MessageItem & { kind: 'message' } => item.kind === 'message')
  }

  texts(): readonly string[] {
    return this.messages().map(({ text }) => text)
  }

  /** Lets virtual time pass until a command has answered. */
  async run<T>(command: Promise<T>): Promise<T> {
    let answer: { readonly value: T } | null = null
    let failure: { readonly reason: unknown } | null = null
    command.then(
      (value) => {
        answer = { value }
      },
      (reason: unknown) => {
        failure = { reason }
      },
    )
    await this.network.clock.until(() => answer !== null || failure !== null, 180_000)
    if (failure !== null) throw (failure as { reason: unknown }).reason
    if (answer === null) throw new Error('the command did not answer')
    return (answer as { value: T }).value
  }
}

export function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.code}`)
  return result.value
}

/** Waits in virtual time; fails with what was waited for. */
export async function until(network: FakeNetwork, what: string, condition: () => boolean, maxMs = 30_000): Promise<void> {
  if (!(await network.clock.until(condition, maxMs))) throw new Error(`waited ${maxMs} ms of virtual time for: ${what}`)
}

/** Somebody who has pressed Start. */
export async function person(network: FakeNetwork, name: string, options: PersonOptions = {}): Promise<TestPerson> {
  const one = new TestPerson(network, name, options)
  await until(network, `${name} can start`, () => one.view.phase === 'welcome')
  expectOk(await one.run(one.messenger.start(name)))
  return one
}

/** The text behind `#i=` of a new invite. */
export async function inviteOf(one: TestPerson): Promise<string> {
  const { url } = expectOk(await one.run(one.messenger.createInvite()))
  return url.slice(`${PAGE_URL}#i=`.length)
}

/** Opens an invite and accepts it; resolves to the command's answer. */
export async function accept(one: TestPerson, invite: string): Promise<Result<string>> {
  await one.run(one.messenger.openInvite(invite))
  return one.run(one.messenger.acceptInvite())
}

/** Two people with a chat, both with the conversation open and connected. */
export async function pair(
  network: FakeNetwork,
  options: { readonly ada?: PersonOptions; readonly bo?: PersonOptions } = {},
): Promise<{ ada: TestPerson; bo: TestPerson }> {
  const ada = await person(network, 'Ada', options.ada)
  const bo = await person(network, 'Bo', options.bo)
  expectOk(await accept(bo, await inviteOf(ada)))
  await until(network, 'both chats', () => ada.view.chats.length === 1 && bo.view.chats.length === 1)
  await ada.open(bo)
  await bo.open(ada)
  await until(network, 'both connected', () => [ada.chatWith(bo), bo.chatWith(ada)].every(({ link }) => link.kind === 'connected'))
  return { ada, bo }
}
