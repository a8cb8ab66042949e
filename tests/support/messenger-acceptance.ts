/** What every Messenger does, as the ui relies on it. The fake passes it; so should whatever stands behind the port. */
import { describe, expect, test } from 'vitest'
import type { Messenger } from '#contracts/ui.ts'

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

    test('start makes somebody; rename and theme show', async () => {
      const messenger = await make()
      expect(messenger.view().phase).toBe('welcome')
      expect(await messenger.start('Ada')).toMatchObject({ ok: true })
      expect(messenger.view()).toMatchObject({ phase: 'ready', me: { name: 'Ada' }, chats: [] })
      await messenger.rename('Ada M.')
      await messenger.setTheme('dark')
      expect(messenger.view()).toMatchObject({ me: { name: 'Ada M.' }, theme: 'dark' })
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

    test('after everything was deleted nobody is here', async () => {
      const messenger = await make()
      await messenger.start('Ada')
      expect(await messenger.deleteEverything()).toMatchObject({ ok: true })
      expect(messenger.view()).toMatchObject({ phase: 'welcome', me: null, chats: [], invites: [] })
    })
  })
}
