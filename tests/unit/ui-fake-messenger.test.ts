/** The fake behind which the ui is tested keeps the port's promises. */
import { messengerAcceptance } from '../support/messenger-acceptance.ts'
import { FakeMessenger } from '../support/messenger.ts'

messengerAcceptance('FakeMessenger', async () => new FakeMessenger())
