import type { Reply } from '../outcome.ts'

/** Takes a whole SMTP reply apart: code, enhanced status code (RFC 3463) where there is one, and the text without them, its lines joined by `\n`. */
export function parseReply(response: string): Reply {
  const lines = response.trim().split(/\r?\n/)
  const code = Number(/^(\d{3})(?:[ -]|$)/.exec(lines[0] ?? '')?.[1])
  if (!code) return { text: response.trim() }
  const texts = lines.map((line) => line.replace(/^\d{3}(?:[ -]|$)/, ''))
  const enhanced = /^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)/.exec(texts[0] ?? '')?.[1]
  if (!enhanced) return { code, text: texts.join('\n').trim() }
  const bare = texts.map((text) =>
    text.startsWith(enhanced) ? text.slice(enhanced.length).trimStart() : text,
  )
  return { code, enhanced, text: bare.join('\n').trim() }
}
