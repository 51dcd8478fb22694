import picocolors from 'picocolors'

export type Colors = ReturnType<typeof picocolors.createColors>

/** Colour on a terminal that wants it, and nowhere else: picocolors alone would colour a pipe where CI is set. */
export function colorsFor(stream: { isTTY?: boolean }): Colors {
  return picocolors.createColors(stream.isTTY === true && picocolors.isColorSupported)
}
