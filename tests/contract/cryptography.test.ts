/** The Cryptography port in one process, as the engine's tests use it: real keys, no Worker. */
import { createCryptographyForTests, memoryKeystoreForTests } from '../support/cryptography.ts'
import { type Devices, testCryptography } from './cryptography-suite.ts'
import { testPassphrase } from './passphrase-suite.ts'

const devices: Devices = {
  create() {
    const keystore = memoryKeystoreForTests()
    return Promise.resolve({
      cryptography: createCryptographyForTests({ keystore }),
      reload: () => Promise.resolve(createCryptographyForTests({ keystore })),
    })
  },
}

testCryptography(devices)
testPassphrase(devices)
