// Entry of the process that decodes one picture. It reads files that strangers made, so it runs in the sandbox.
import { type PictureReply, pictureRequest } from './protocol.ts'
import { toPictureFailure } from './replies.ts'

const reply = async (): Promise<PictureReply> => {
  try {
    const { render } = await import('./render.ts')
    return { ok: true, ...(await render(pictureRequest.parse(JSON.parse(process.argv[2] ?? '')))) }
  } catch (error) {
    return { ok: false, ...toPictureFailure(error) }
  }
}

process.stdout.write(JSON.stringify(await reply()))
