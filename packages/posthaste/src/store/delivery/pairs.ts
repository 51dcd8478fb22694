/** A due time for a lane of a stream. */
export type Bookmarked = ReadonlyMap<string, number>

export function bookmarkKey(stream: string, lane: number): string {
  return `${lane} ${stream}`
}
