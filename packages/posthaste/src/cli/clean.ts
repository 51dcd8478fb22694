/** Text of strangers (subjects, replies, addresses) that cannot steer a terminal: control and direction characters are shown, not obeyed. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, shown)
}

/** The same for whole texts: lines and tabs stay. */
export function cleanLines(text: string): string {
  return text.replace(/[^\r\n\t]+/g, clean)
}

function shown(character: string): string {
  if (/[\r\n\t]/.test(character)) return ' '
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
