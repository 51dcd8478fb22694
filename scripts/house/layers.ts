/** A file directly in `src/` that no layer names. */
const pure = 'a file of src/ that is not named here'

/** Each place may import from its own line and the lines above it, and from its own folder. */
const layers = [
  [pure, 'errors/', 'input/', 'mail/'],
  ['connections/', 'store/', 'transactions/', 'transports/'],
  ['config/', 'queue/'],
  ['routing/'],
  ['worker/'],
  [
    'queue/content',
    'queue/diagnose/',
    'queue/mail-reader',
    'queue/queue-admin',
    'queue/queue-tables',
    'queue/mail-queue',
    'queue/create-mail-queue',
    'queue/is-mail-queue',
  ],
  ['http/', 'demo/'],
  ['cli/', 'testing/', 'index'],
]

/** These do not import each other, except that the command line serves http. */
const strangers = ['cli/', 'testing/', 'http/']

/** What users touch stands on the queue's API, and on nothing behind it. */
const faces = ['cli/', 'testing/', 'http/', 'demo/']
const behindTheQueue = ['connections/', 'store/', 'transactions/', 'transports/', 'worker/']

/** Libraries that only these places may load. Their types may be named anywhere. */
export const libraries: Readonly<Record<string, readonly string[]>> = {
  nodemailer: ['transports/', 'mail/', 'demo/'],
}

export function mayImport(from: string, to: string): boolean {
  const [source, target] = [placeOf(from), placeOf(to)]
  if (source === target) return true
  if (source === undefined || target === undefined || target === 'index') return false
  if (strangers.includes(source) && strangers.includes(target)) return source + target === 'cli/http/'
  if (faces.includes(source) && behindTheQueue.includes(target)) return false
  return rank(source) >= rank(target)
}

/** The place of a file of `src/`; undefined where its folder is in no layer. */
export function placeOf(file: string): string | undefined {
  const places = layers
    .flat()
    .filter((place) => place === file.replace('.ts', '') || (place.endsWith('/') && file.startsWith(place)))
  return places.sort((a, b) => b.length - a.length)[0] ?? (file.includes('/') ? undefined : pure)
}

function rank(place: string): number {
  return layers.findIndex((places) => places.includes(place))
}
