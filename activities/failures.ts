import { ApplicationFailure } from '@temporalio/activity'
import { z } from 'zod'
import { CrmUnavailable } from '../adapters/crm/port.js'

/**
 * What an activity throws becomes a failure that is built from codes alone: a driver's, a vendor's or zod's text may
 * quote a person's data, and a failure's message stays in the workflow's history.
 */
export function failing<Input, Result>(
  activity: (input: Input) => Promise<Result>,
): (input: Input) => Promise<Result> {
  return async input => {
    try {
      return await activity(input)
    } catch (error) {
      throw failureOf(error)
    }
  }
}

function failureOf(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error
  if (error instanceof CrmUnavailable) {
    return ApplicationFailure.create({
      message: error.message,
      type: 'CrmUnavailable',
      nextRetryDelay: error.retryAfterMs ?? undefined,
    })
  }
  if (error instanceof z.ZodError) {
    const paths = error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`)
    return ApplicationFailure.retryable(`stored data do not fit: ${paths.join(', ')}`, 'StoredData')
  }
  const { code } = z.object({ code: z.string().optional() }).catch({}).parse(error)
  const place =
    error instanceof Error ? (error.stack ?? '').split('\n').find(line => line.includes('/activities/')) : ''
  const file = /([\w-]+\.ts:\d+)/.exec(place ?? '')?.[1] ?? 'unknown place'
  return ApplicationFailure.retryable(
    `${error instanceof Error ? error.name : 'Error'} ${code ?? ''} at ${file}`,
    code ?? 'Error',
  )
}
