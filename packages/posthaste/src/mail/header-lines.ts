import { PosthasteError } from '../errors.ts'

/** Octets of a line, its end not counted (RFC 5322 §2.1.1): servers answer 550 to more, or cut it. */
const longestLine = 998
/** The same of a subject's word, which stands behind the header's name. */
const longestWord = 900
/** Characters of at most three octets, behind a name as long: they fit into a line. */
const shortValue = 240
/** Octets in one encoded word, which takes 75 characters (RFC 2047 §2). */
const inOneWord = 45

/** What cannot be folded where it stands is folded as encoded words, which readers join again. */
export function foldableSubject(subject: unknown): unknown {
  if (typeof subject !== 'string' || !hasLongWord(subject)) return subject
  const words = ['']
  for (const character of subject) {
    const grown = `${words.at(-1)}${character}`
    if (Buffer.byteLength(grown) <= inOneWord) words[words.length - 1] = grown
    else words.push(character)
  }
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join(' ')
}

function hasLongWord(text: string): boolean {
  return text.length > longestWord && text.split(/\s/).some(({ length }) => length > longestWord)
}

/** Can one of these fields make a line too long? Rendering tells it for certain, and costs much more. */
export function mayHaveLongLine(fields: unknown): boolean {
  if (typeof fields === 'string') return fields.length > shortValue
  if (typeof fields !== 'object' || fields === null) return false
  return Object.entries(fields).some(([name, value]) => name.length > shortValue || mayHaveLongLine(value))
}

/**
 * A value without a space cannot be folded.
 *
 * @throws {PH_MAIL_INVALID} naming the header
 */
export function refuseLongLines(mime: Buffer): void {
  let name = ''
  for (let at = 0, next = 0; at < mime.length; at = next) {
    const lineFeed = mime.indexOf(lf, at)
    next = lineFeed < 0 ? mime.length : lineFeed + 1
    // A mail with `newline: 'unix'` has bare line feeds.
    const end = lineFeed < 0 ? mime.length : lineFeed - (mime[lineFeed - 1] === cr ? 1 : 0)
    if (end <= at) return
    if (mime[at] !== 0x20 && mime[at] !== 0x09) name = mime.toString('latin1', at, mime.indexOf(':', at))
    if (end - at > longestLine)
      throw new PosthasteError(
        'PH_MAIL_INVALID',
        `${name}: a header line of ${end - at} octets cannot be folded`,
      )
  }
}

const [cr, lf] = [0x0d, 0x0a]
