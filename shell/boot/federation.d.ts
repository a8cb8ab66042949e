/** The remotes, as webpack's Module Federation names them. Their types are the contracts. */
declare module 'cryptography/index' {
  export const CONTRACT_VERSION: number
  export const create: import('../contracts/cryptography.ts').CryptographyRemote['create']
}
declare module 'p2p/index' {
  export const CONTRACT_VERSION: number
  export const create: import('../contracts/p2p.ts').P2pRemote['create']
}
declare module 'ui/index' {
  export const CONTRACT_VERSION: number
  export const mount: import('../contracts/ui.ts').UiRemote['mount']
}
