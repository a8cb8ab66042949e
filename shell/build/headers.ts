/** The headers of every answer, in one place. The build writes them to dist/headers.json for whatever serves the site. */

/**
 * The only two Trusted Types policies. Each can be made once (no 'allow-duplicates'), and the shell makes both
 * before any remote is loaded, so that nothing else can turn a string into a script.
 *
 * - `sotto-worker` accepts only blob URLs that the shell has just made from bytes whose hash is the release's.
 * - `sotto-service-worker` accepts only the one path of the service worker.
 */
export const TRUSTED_TYPES = ['sotto-worker', 'sotto-service-worker'] as const

const directives = (inlineScripts: readonly string[]): Readonly<Record<string, string>> => ({
  'default-src': "'none'",
  'script-src': ["'self'", ...inlineScripts.map((hash) => `'${hash}'`)].join(' '),
  'style-src': "'self'",
  'img-src': "'self' data: blob:",
  'connect-src': "'self'",
  'manifest-src': "'self'",
  'worker-src': "'self' blob:",
  'require-trusted-types-for': "'script'",
  'trusted-types': TRUSTED_TYPES.join(' '),
  'base-uri': "'none'",
  'form-action': "'none'",
})

const join = (policy: Readonly<Record<string, string>>): string =>
  Object.entries(policy)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')

/** The policy as the page itself states it, so that it holds on any host and from the service worker's cache. */
export const metaPolicy = (inlineScripts: readonly string[]): string => join(directives(inlineScripts))

/**
 * Headers of the page and of every file.
 *
 * @param inlineScripts hashes (`sha384-...`) of the scripts inside index.html: the import map and the error listener.
 */
export const securityHeaders = (inlineScripts: readonly string[]): Readonly<Record<string, string>> => ({
  // frame-ancestors has no effect in a meta element
  'Content-Security-Policy': join({ ...directives(inlineScripts), 'frame-ancestors': "'none'" }),
  // closes what import map integrity leaves open: if the map is altered, the policy drops it and all hashes with it
  'Integrity-Policy': 'blocked-destinations=(script)',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  // camera: scanning a QR code; microphone: calls. All the rest is refused by name.
  'Permissions-Policy': [
    'camera=(self)',
    'microphone=(self)',
    ...['accelerometer', 'autoplay', 'browsing-topics', 'display-capture', 'encrypted-media', 'geolocation'],
    ...['gyroscope', 'hid', 'idle-detection', 'local-fonts', 'magnetometer', 'midi', 'payment', 'serial', 'usb', 'xr-spatial-tracking'],
  ]
    .map((feature) => (feature.includes('=') ? feature : `${feature}=()`))
    .join(', '),
  'X-Content-Type-Options': 'nosniff',
})
