import { buffer } from 'node:stream/consumers'
import { WrongCall } from '../wrong-call.ts'

/** @throws {WrongCall} a person sits there, or nothing comes */
export async function readStdin(): Promise<Buffer> {
  if (process.stdin.isTTY)
    throw new WrongCall('there is no mail: give --to, --subject and --text, or a message on stdin')
  const bytes = await buffer(process.stdin)
  if (bytes.length === 0) throw new WrongCall('stdin is empty: it should hold a message (.eml)')
  return bytes
}
