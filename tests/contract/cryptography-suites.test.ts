/** The same acceptance for rooms of the other suites. */
import { describe } from 'vitest'
import { createCryptographyForTests, memoryKeystoreForTests } from '../support/cryptography.ts'
import { type Devices, testCryptography } from './cryptography-suite.ts'

const devices: Devices = {
  create() {
    const keystore = memoryKeystoreForTests()
    return Promise.resolve({
      cryptography: createCryptographyForTests({ keystore }),
      reload: () => Promise.resolve(createCryptographyForTests({ keystore })),
    })
  },
}

describe('hybrid', () => testCryptography(devices, 'hybrid'))
describe('nist', () => testCryptography(devices, 'nist'))
