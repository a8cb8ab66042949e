/** The page dies before or after each transaction of a conversation: nothing lost, nothing twice, no generation used twice. */
import { expect, test } from 'vitest'
import { Generations } from '../support/generations.ts'
import { FakeNetwork } from '../support/network.ts'
import { pair, type TestPerson, until } from '../support/people.ts'
import { Crash } from '../support/stores.ts'

const TEXTS = ['a1', 'b1', 'a2', 'b2', 'b3', 'a3']

/** Whether the command said that it is sent. If not, the text is still in its author's field. */
async function say(one: TestPerson, text: string): Promise<boolean> {
  return (await one.run(one.messenger.send(one.view.chats[0]?.id ?? '', text))).ok
}

/** One conversation in which `victim`'s page dies at its `at`th transaction; how many transactions it made. */
async function conversation(victimName: 'Ada' | 'Bo', at: number, when: 'before' | 'after'): Promise<number> {
  const label = `${victimName} dies ${when} transaction ${at}`
  const network = new FakeNetwork(label)
  const generations = new Generations()
  const { ada, bo } = await pair(network, {
    ada: { wrapCryptography: generations.wrap('Ada') },
    bo: { wrapCryptography: generations.wrap('Bo') },
  })
  const victim = victimName === 'Ada' ? ada : bo
  const crash = new Crash(at, when, () => victim.crash())
  victim.crash()
  victim.options = { ...victim.options, wrapStore: crash.wrap }
  const back = async (): Promise<void> => {
    victim.messenger = victim.openPage()
    await until(network, `${label}: the page is back`, () => victim.view.phase === 'ready' || crash.dead)
  }
  await back()
  const revive = async (): Promise<void> => {
    if (!crash.dead || victim.options.wrapStore === undefined) return
    const { wrapCryptography } = victim.options
    victim.options = wrapCryptography === undefined ? {} : { wrapCryptography }
    victim.messenger = victim.openPage()
    await until(network, `${label}: alive again`, () => victim.view.phase === 'ready')
  }
  const accepted: string[] = []
  for (const text of TEXTS) {
    await revive()
    if (await say(text.startsWith('a') ? ada : bo, text)) accepted.push(text)
    await network.clock.run(40)
  }
  await network.clock.run(3000)
  await revive()
  await ada.open(bo)
  await bo.open(ada)
  const isThere = (one: TestPerson): boolean => accepted.every((text) => one.texts().includes(text))
  await until(network, `${label}: everything that was accepted`, () => isThere(ada) && isThere(bo), 120_000)
  await until(
    network,
    `${label}: delivered`,
    () => [ada, bo].every((one) => one.messages().every(({ mine, tick }) => !mine || tick === 'delivered')),
    120_000,
  )
  for (const one of [ada, bo]) expect(new Set(one.texts()).size, label).toBe(one.texts().length)
  expect(ada.texts(), label).toEqual(bo.texts())
  expect(TEXTS.length - accepted.length, `${label}: one crash refuses one text at most`).toBeLessThanOrEqual(1)
  const { reused, seen } = generations.reused(network)
  expect(reused, label).toEqual([])
  expect(seen, label).toBeGreaterThanOrEqual(accepted.length)
  return crash.count
}

for (const victim of ['Ada', 'Bo'] as const) {
  test(`${victim}'s page dies at every transaction`, async () => {
    const transactions = await conversation(victim, Number.POSITIVE_INFINITY, 'before')
    expect(transactions).toBeGreaterThan(8)
    for (let at = 1; at <= transactions; at++) {
      await conversation(victim, at, 'before')
      await conversation(victim, at, 'after')
    }
  }, 180_000)
}
