/** The real engine behind the Messenger port does what the ui's fake does. */
import { messengerAcceptance } from '../support/messenger-acceptance.ts'
import { FakeNetwork } from '../support/network.ts'
import { TestPerson, until } from '../support/people.ts'

let made = 0
messengerAcceptance('the engine', async () => {
  const network = new FakeNetwork(`acceptance ${++made}`)
  const one = new TestPerson(network, 'Ada')
  await until(network, 'the first screen', () => one.view.phase === 'welcome')
  return one.messenger
})
