/** The HTTP server that a broker stands on: plain, or with TLS from two files that may be read again while it runs. */
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createSecureContext } from 'node:tls'
import { SettingsError } from './settings.ts'

export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface WebServer {
  readonly server: Server
  /** Reads the files again, for connections made from now on. Throws SettingsError, and then all stays as it was. */
  reloadTls(): void
}

/** Throws SettingsError when the files can't be read or do not belong together. */
function read({ certFile, keyFile }: TlsFiles): { readonly cert: Buffer; readonly key: Buffer } {
  const bytes = (setting: string, file: string): Buffer => {
    try {
      return readFileSync(file)
    } catch {
      throw new SettingsError('unreadable', setting, `${setting}: can't read ${file}`)
    }
  }
  const pair = { cert: bytes('tls.certFile', certFile), key: bytes('tls.keyFile', keyFile) }
  try {
    createSecureContext(pair)
  } catch {
    throw new SettingsError('bad-value', 'tls.certFile', `tls: ${certFile} and ${keyFile} are not a certificate and its key`)
  }
  return pair
}

function none(): never {
  throw new SettingsError('incomplete', 'tls.certFile', 'there is none')
}

export function createWebServer(tls: TlsFiles | undefined, onRequest: RequestListener): WebServer {
  if (tls === undefined) return { server: createServer(onRequest), reloadTls: none }
  const server = createTlsServer({ ...read(tls), minVersion: 'TLSv1.2' }, onRequest)
  return { server, reloadTls: () => server.setSecureContext({ ...read(tls), minVersion: 'TLSv1.2' }) }
}
