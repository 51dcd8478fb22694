import { createHash, randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, write } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ContentSource, chunkSize } from './content-source.ts'

const writeAsync = promisify(write)

/** A temporary file that only this process can see: mode 0600, and its name removed as soon as it is open. */
export interface SpoolFile {
  readonly size: number
  write(bytes: Buffer): Promise<void>
  finish(): ContentSource
  discard(): void
}

/** Closes the file of a mail that was prepared and never stored. */
const forgotten = new FinalizationRegistry<() => void>((discard) => discard())

export function openSpoolFile(): SpoolFile {
  const path = join(tmpdir(), `posthaste-${randomUUID()}`)
  const fd = openSync(path, 'wx+', 0o600)
  const removed = tryRemove(path)
  const digest = createHash('sha256')
  let size = 0
  let open = true
  const discard = () => {
    if (!open) return
    open = false
    closeSync(fd)
    if (!removed) tryRemove(path)
  }
  return {
    get size() {
      return size
    },
    async write(bytes) {
      digest.update(bytes)
      await writeFully(fd, bytes, size)
      size += bytes.length
    },
    finish() {
      const source: ContentSource = {
        size,
        sha256: digest.digest('hex'),
        chunks: () => readChunks(source, fd),
        dispose: discard,
      }
      forgotten.register(source, discard)
      return source
    },
    discard,
  }
}

async function writeFully(fd: number, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await writeAsync(fd, bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** Holds the source while it reads, so that its file is not taken for forgotten. */
function* readChunks(source: ContentSource, fd: number): Generator<Buffer> {
  for (let at = 0; at < source.size; ) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkSize, source.size - at))
    const read = readSync(fd, chunk, 0, chunk.length, at)
    if (read === 0) throw new Error('A spooled attachment ended early')
    at += read
    yield chunk.subarray(0, read)
  }
}

/** Some systems refuse to remove a file that is open: then it goes when it is closed. */
function tryRemove(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch {
    return false
  }
}
