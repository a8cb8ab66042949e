/** Whose address a request comes from, when proxies of the operator stand in front. */
import { BlockList, isIP } from 'node:net'

/** `undefined` for a peer whose address is not known any more. */
export type ClientAddress = (peer: string | undefined, forwardedFor: string | undefined) => string

/**
 * The header is read only if the one who wrote its last entry, the peer, is trusted; from its end, up to the first
 * address that is not trusted: that is the client. What stands before it is the client's own word. `trusted`:
 * addresses and CIDR ranges, as settings.ts accepts them.
 */
export function clientAddress(trusted: readonly string[]): ClientAddress {
  const list = new BlockList()
  for (const range of trusted) {
    const [address = '', bits] = range.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family)
  }
  const isTrusted = (address: string): boolean => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
    const family = isIP(plain)
    return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6')
  }
  return (peer = 'unknown', forwardedFor = '') => {
    let address = peer
    for (const entry of forwardedFor.split(',').reverse()) {
      const said = entry.trim()
      if (!isTrusted(address) || isIP(said) === 0) return address
      address = said
    }
    return address
  }
}
