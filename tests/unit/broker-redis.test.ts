/** The bus' messages and Redis' replies, as bytes that may come in any pieces and from anybody. */
import { describe, expect, test } from 'vitest'
import { type BusMessage, parseBusMessage } from '../../signaling/bus.ts'
import { parseReply } from '../../signaling/redis.ts'

describe('replies', () => {
  const text = '*3\r\n$7\r\nmessage\r\n$5\r\na:€\r\n$5\r\nh\r\nlo\r\n:3\r\n+OK\r\n-ERR no\r\n$-1\r\n*0\r\n'
  const wanted = [['message', 'a:€', 'h\r\nlo'], 3, 'OK', new Error('ERR no'), null, []]

  test('are read one after the other, whole or not at all, wherever they are cut', () => {
    const bytes = Buffer.from(text)
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const found: unknown[] = []
      let at = 0
      for (const end of [cut, bytes.length]) {
        const part = bytes.subarray(0, end)
        for (let next = parseReply(part, at); next !== null; next = parseReply(part, at)) {
          found.push(next.reply)
          at = next.end
        }
      }
      expect(found, `cut at ${cut}`).toEqual(wanted)
    }
  })

  test.each(['HTTP/1.1 400 Bad Request\r\n', '\r\n', '$99999999\r\n', '$x\r\n'])('%j is none', (bad) => {
    expect(() => parseReply(Buffer.from(bad))).toThrow()
  })
})

describe('messages of other nodes', () => {
  const good: readonly BusMessage[] = [
    { kind: 'relay', text: '{}' },
    { kind: 'came', node: 'node:1', ask: 1, token: null },
    { kind: 'came', node: 'node:1', ask: 1, token: 'digest' },
    { kind: 'holds', node: 'node:1', ask: 2, token: 'digest' },
    { kind: 'answer', ask: 2, yes: false },
    { kind: 'here', id: 'a' },
  ]

  test('are themselves', () => {
    for (const message of good) expect(parseBusMessage(JSON.stringify({ ...message, more: 1 }))).toEqual(message)
  })

  test.each([
    'x',
    'null',
    '[]',
    '{"kind":"relay"}',
    '{"kind":"came","node":"n","ask":"1","token":null}',
    '{"kind":"came","node":"n","ask":1}',
    '{"kind":"holds","node":"n","ask":1,"token":null}',
    '{"kind":"answer","ask":1,"yes":1}',
    '{"kind":"here","id":7}',
    '{"kind":"other"}',
  ])('%s is none', (text) => {
    expect(parseBusMessage(text)).toBeNull()
  })
})
