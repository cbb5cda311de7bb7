import { expect, it } from 'vitest'
import { arrive } from '../../bench/arrivals.js'

it('lets a lead arrive while those before it still wait for their owners', async () => {
  let begun = 0
  let letAllGo: () => void = () => {}
  const allHaveBegun = new Promise<void>(resolve => {
    letAllGo = resolve
  })
  const took = await arrive(3, 1, () => {
    begun += 1
    if (begun === 3) letAllGo()
    return allHaveBegun
  })
  expect(took).toHaveLength(3)
})

it('fails with the first lead that got no owner, after the others have begun', async () => {
  let begun = 0
  const failing = arrive(3, 1, async () => {
    begun += 1
    if (begun === 1) throw new Error('no owner')
  })
  await expect(failing).rejects.toThrow('no owner')
  expect(begun).toBe(3)
})
