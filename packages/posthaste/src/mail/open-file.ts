import { constants, type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { PosthasteError } from '../errors.ts'
import type { ContentLimits } from './limits.ts'

/**
 * Opens a regular file below one of the allowed folders, wherever symbolic links lead.
 *
 * @throws {PH_PATH_REFUSED} outside of them, or no regular file; {PH_CONTENT_UNREADABLE} inside, but it cannot be read
 */
export async function openAllowedFile(
  path: string,
  field: string,
  { roots }: ContentLimits,
): Promise<NodeJS.ReadableStream> {
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => resolve(root))))
  const asked = resolve(path)
  const real = await realpath(asked).catch((cause: unknown) => {
    // Do not reveal whether a file outside the roots exists.
    if (!isBelow(asked, [...roots.map((root) => resolve(root)), ...realRoots])) throw refused(field)
    throw new PosthasteError('PH_CONTENT_UNREADABLE', field, { cause })
  })
  if (!isBelow(real, realRoots)) throw refused(field)
  const file = await openNoFollow(real, field)
  try {
    await requireSameRegularFile(file, real, field)
    return file.createReadStream()
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Not blocking, or a FIFO would wait for its writer for ever. */
async function openNoFollow(real: string, field: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    return await open(real, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0))
  } catch (cause) {
    throw new PosthasteError('PH_CONTENT_UNREADABLE', field, { cause })
  }
}

/** The file or a folder above it may have been replaced between the check and the opening. */
async function requireSameRegularFile(file: FileHandle, real: string, field: string): Promise<void> {
  const opened = await file.stat()
  const named = (await realpath(real).catch(() => '')) === real ? await stat(real) : undefined
  if (!opened.isFile() || opened.ino !== named?.ino || opened.dev !== named.dev) throw refused(field)
}

function isBelow(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path.startsWith(root.endsWith(sep) ? root : root + sep))
}

function refused(field: string): PosthasteError {
  return new PosthasteError('PH_PATH_REFUSED', field)
}
