/** What every Messenger does, as the ui relies on it. The fake passes it; so should whatever stands behind the port. */
import { describe, expect, test } from 'vitest'
import type { MessageView, Messenger } from '#contracts/ui.ts'

const messageOf = (messenger: Messenger, wanted: string): MessageView | undefined => {
  const found = messenger.view().conversation?.items.find(({ id }) => id === wanted)
  return found?.kind === 'message' ? found : undefined
}

export function messengerAcceptance(name: string, make: () => Promise<Messenger>): void {
  describe(`${name} is a Messenger`, () => {
    test('the view is the same object until something changes', async () => {
      const messenger = await make()
      const before = messenger.view()
      expect(messenger.view()).toBe(before)
      await messenger.start('Ada')
      expect(messenger.view()).not.toBe(before)
      await messenger.close()
    })

    test('a subscriber is called after a change, and not after it stopped', async () => {
      const messenger = await make()
      const names: (string | undefined)[] = []
      const stop = messenger.subscribe(() => names.push(messenger.view().me?.name))
      await messenger.start('Ada')
      expect(names).toContain('Ada')
      stop()
      const heard = names.length
      await messenger.rename('Eve')
      expect(names).toHaveLength(heard)
      await messenger.close()
    })

    test('start makes somebody; rename, theme, language and notifications show', async () => {
      const messenger = await make()
      expect(messenger.view().phase).toBe('welcome')
      expect(await messenger.start('Ada')).toMatchObject({ ok: true })
      expect(messenger.view()).toMatchObject({ phase: 'ready', me: { name: 'Ada' }, chats: [] })
      await messenger.rename('Ada M.')
      await messenger.setTheme('dark')
      await messenger.setLanguage('ar')
      expect(messenger.view()).toMatchObject({ me: { name: 'Ada M.' }, theme: 'dark', language: 'ar', notifications: false })
      await messenger.setNotifications(true)
      expect(messenger.view().notifications).toBe(true)
      await messenger.close()
    })

    test('an invite is listed while it is open, and says when it was revoked', async () => {
      const messenger = await make()
      await messenger.start('Ada')
      const made = await messenger.createInvite()
      if (!made.ok) throw new Error(made.code)
      expect(new URL(made.value.url).hash).toMatch(/^#i=/)
      expect(made.value.expiresMs).toBeGreaterThan(made.value.createdMs)
      expect(messenger.view().invites).toContainEqual(made.value)
      expect(await messenger.revokeInvite(made.value.id)).toMatchObject({ ok: true })
      expect(messenger.view().invites.find(({ id }) => id === made.value.id)?.state ?? 'revoked').toBe('revoked')
      await messenger.close()
    })

    test('a command that cannot be done answers with a code and does not throw', async () => {
      const messenger = await make()
      await messenger.start('Ada')
      expect(await messenger.openChat('nobody')).toMatchObject({ ok: false })
      expect(await messenger.trust('nobody')).toMatchObject({ ok: false })
      await messenger.close()
    })

    /** A room of one, with one message on the screen. */
    async function withMessage(): Promise<{ messenger: Messenger; chat: string; id: string; message: () => MessageView | undefined }> {
      const messenger = await make()
      await messenger.start('Ada')
      const made = await messenger.createRoom({ name: 'Kitchen', topic: '', suite: 'classic' })
      if (!made.ok) throw new Error(made.code)
      await messenger.openChat(made.value)
      const sent = await messenger.send(made.value, 'hello')
      if (!sent.ok) throw new Error(sent.code)
      return { messenger, chat: made.value, id: sent.value, message: () => messageOf(messenger, sent.value) }
    }

    test('reactions: one for each emoji, taken back one by one, and nothing but emoji', async () => {
      const { messenger, chat, id, message } = await withMessage()
      expect(message()).toMatchObject({ text: 'hello', mine: true })
      expect(message()?.reactions ?? []).toEqual([])
      for (const emoji of ['👍', '❤️', '👍']) expect(await messenger.react(chat, id, emoji)).toMatchObject({ ok: true })
      expect(message()?.reactions).toEqual([
        { emoji: '👍', mine: true, names: [] },
        { emoji: '❤️', mine: true, names: [] },
      ])
      expect(await messenger.unreact(chat, id, '👍')).toMatchObject({ ok: true })
      expect(message()?.reactions).toEqual([{ emoji: '❤️', mine: true, names: [] }])
      for (const emoji of ['', 'hi', ' ']) expect(await messenger.react(chat, id, emoji)).toEqual({ ok: false, code: 'malformed' })
      await messenger.close()
    })

    test('a reply quotes what it answers, and the quote follows it', async () => {
      const { messenger, chat, id } = await withMessage()
      const sent = await messenger.reply(chat, id, 'hello yourself')
      if (!sent.ok) throw new Error(sent.code)
      const reply = (): MessageView | undefined => messageOf(messenger, sent.value)
      expect(reply()).toMatchObject({ text: 'hello yourself', reply: { id, mine: true, authorName: 'Ada', text: 'hello', state: 'there' } })
      await messenger.close()
    })

    test('an edit says so, and needs words', async () => {
      const { messenger, chat, id, message } = await withMessage()
      expect(message()?.edited ?? false).toBe(false)
      expect(await messenger.edit(chat, id, 'hello, all')).toMatchObject({ ok: true })
      expect(message()).toMatchObject({ text: 'hello, all', edited: true })
      expect(await messenger.edit(chat, id, '')).toEqual({ ok: false, code: 'malformed' })
      await messenger.close()
    })

    test('pins are listed while they are set', async () => {
      const { messenger, chat, id, message } = await withMessage()
      expect(messenger.view().conversation?.pins ?? []).toEqual([])
      expect(await messenger.pin(chat, id)).toMatchObject({ ok: true })
      expect(message()?.pinned).toBe(true)
      expect(messenger.view().conversation?.pins).toEqual([{ id, mine: true, authorName: 'Ada', text: 'hello', state: 'there' }])
      expect(await messenger.unpin(chat, id)).toMatchObject({ ok: true })
      expect(messenger.view().conversation?.pins ?? []).toEqual([])
      expect(message()?.pinned ?? false).toBe(false)
      await messenger.close()
    })

    test('deleted for all: its place stays, empty, and nothing more can be done to it', async () => {
      const { messenger, chat, id, message } = await withMessage()
      await messenger.react(chat, id, '👍')
      await messenger.pin(chat, id)
      expect(await messenger.remove(chat, id, 'all')).toMatchObject({ ok: true })
      expect(message()).toMatchObject({ text: '', deleted: true, tick: null })
      expect(message()?.reactions ?? []).toEqual([])
      expect(messenger.view().conversation?.pins ?? []).toEqual([])
      for (const refused of [
        await messenger.edit(chat, id, 'again'),
        await messenger.react(chat, id, '👍'),
        await messenger.reply(chat, id, 'what was it?'),
        await messenger.pin(chat, id),
        await messenger.remove(chat, id, 'all'),
      ])
        expect(refused).toEqual({ ok: false, code: 'not-found' })
      await messenger.close()
    })

    test('deleted for me: it is not there any more', async () => {
      const { messenger, chat, id, message } = await withMessage()
      expect(await messenger.remove(chat, id, 'me')).toMatchObject({ ok: true })
      expect(message()).toBeUndefined()
      expect(await messenger.edit(chat, id, 'again')).toEqual({ ok: false, code: 'not-found' })
      await messenger.close()
    })

    test('a draft is kept until it is said, or nothing is left of it', async () => {
      const { messenger, chat } = await withMessage()
      const draft = (): string => messenger.view().chats.find(({ id }) => id === chat)?.draft ?? ''
      expect(draft()).toBe('')
      expect(await messenger.keepDraft(chat, 'as I was')).toMatchObject({ ok: true })
      expect(draft()).toBe('as I was')
      await messenger.keepDraft(chat, '')
      expect(draft()).toBe('')
      await messenger.keepDraft(chat, 'as I was saying')
      await messenger.send(chat, 'as I was saying')
      expect(draft()).toBe('')
      await messenger.close()
    })

    test('what is not on the screen is not found', async () => {
      const { messenger, chat, id } = await withMessage()
      expect(await messenger.loadBack(id)).toMatchObject({ ok: true })
      expect(await messenger.loadBack('nothing')).toEqual({ ok: false, code: 'not-found' })
      expect(await messenger.react(chat, 'nothing', '👍')).toEqual({ ok: false, code: 'not-found' })
      messenger.closeChat()
      expect(await messenger.react(chat, id, '👍')).toEqual({ ok: false, code: 'not-found' })
      await messenger.close()
    })

    test('after everything was deleted nobody is here', async () => {
      const messenger = await make()
      await messenger.start('Ada')
      expect(await messenger.deleteEverything()).toMatchObject({ ok: true })
      expect(messenger.view()).toMatchObject({ phase: 'welcome', me: null, chats: [], invites: [] })
    })
  })
}
