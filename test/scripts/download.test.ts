import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { downloadProgram, vendorPlatform } from '../../scripts/download.mjs'
import { emptyMachine, unreachable } from './machine.js'

/** A host that takes the connection and never says a word. */
const mute: typeof globalThis.fetch = (_url, options) =>
  new Promise((_resolve, reject) => {
    options?.signal?.addEventListener('abort', () =>
      reject(new Error('aborted', { cause: options.signal?.reason })),
    )
  })

function download(fetch: typeof globalThis.fetch): Promise<string> {
  const { place } = emptyMachine()
  return downloadProgram({
    infoUrl: 'https://vendor.example/cli',
    folder: place.cache,
    name: 'cli',
    fetch,
    env: place.env,
  })
}

describe('a download', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('is given up at once where the host has no address', async () => {
    await expect(download(unreachable)).rejects.toThrow(
      'vendor.example cannot be reached (getaddrinfo ENOTFOUND)',
    )
  })

  it('is given up after five seconds where the host says nothing', async () => {
    const attempt = expect(download(mute)).rejects.toThrow(
      'vendor.example cannot be reached (no answer for 5 s)',
    )
    await vi.advanceTimersByTimeAsync(5000)
    await attempt
  })

  it('is given up where it stands still half-way', async () => {
    let request = 0
    const info = { archiveUrl: 'https://vendor.example/cli.tar.gz', fileToExtract: 'cli' }
    const stalls: typeof globalThis.fetch = (_url, options) => {
      request += 1
      if (request === 1) return Promise.resolve(Response.json(info))
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(10))
          options?.signal?.addEventListener('abort', () => controller.error(options.signal?.reason))
        },
      })
      return Promise.resolve(new Response(body))
    }
    const { place } = emptyMachine()
    const attempt = expect(
      downloadProgram({
        infoUrl: 'https://vendor.example/',
        folder: place.env.HOME ?? '',
        name: 'cli',
        fetch: stalls,
        env: place.env,
      }),
    ).rejects.toThrow('vendor.example cannot be reached (no answer for 20 s)')
    await vi.waitFor(() => expect(request).toBe(2))
    await vi.advanceTimersByTimeAsync(20_000)
    await attempt
  })

  it.each([
    { answer: new Response('gone', { status: 404 }), said: 'vendor.example answered 404' },
    {
      answer: Response.json({ archiveUrl: 'https://x.example' }),
      said: 'gave an answer that is not understood',
    },
    {
      answer: Response.json({ archiveUrl: 'https://x.example', fileToExtract: '../../etc/passwd' }),
      said: 'gave an answer that is not understood',
    },
  ])('is refused where $said', async ({ answer, said }) => {
    await expect(download(() => Promise.resolve(answer))).rejects.toThrow(said)
  })

  it.each([
    { platform: 'linux', arch: 'x64', asked: 'platform=linux&arch=amd64&format=tar.gz' },
    { platform: 'darwin', arch: 'arm64', asked: 'platform=darwin&arch=arm64&format=tar.gz' },
  ])('asks for $platform on $arch by the vendor’s names', ({ platform, arch, asked }) => {
    expect(vendorPlatform({ platform, arch })).toBe(asked)
  })

  it('says so where the vendor has nothing for a machine', () => {
    expect(() => vendorPlatform({ platform: 'linux', arch: 'riscv64' })).toThrow(
      'nothing is offered for linux on riscv64',
    )
  })
})
