/** The letters of a campaign as one lead would get them, shown before anybody does. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { readLead } from '../db/lead.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { publishedVersion } from '../db/published-policy.js'
import { factsOf } from '../domain/facts.js'
import { type LeadId, leadId, policyVersion, type RepId } from '../domain/ids.js'
import type { NormalisedLead, RoutingFacts } from '../domain/lead.js'
import {
  exampleLead,
  exampleOwner,
  exampleSender,
  type PreviewedLetter,
  previewLetters,
} from '../domain/letter-preview.js'
import type { Policy } from '../domain/policy.js'
import { requireInScope } from './act.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv, Caller } from './auth.js'
import { needs } from './permissions.js'
import { givenVersion } from './policy-versions.js'
import { Problem, problems } from './problem.js'

const letterView = z
  .object({
    letter: z.enum(['acknowledgement', 'meeting-link', 'owner', 'team']),
    sent: z.boolean(),
    why: z.string().nullable().describe('Of one that is not sent, a code: `no-letter`, `no-consent` …'),
    ownerKnown: z
      .boolean()
      .nullable()
      .describe('An acknowledgement waits for nobody: whether somebody owns the lead by then'),
    to: z.string().nullable().describe('Null: the others of the pool, or of the team, in the app'),
    subject: z.string().nullable(),
    body: z.string().nullable(),
  })
  .openapi('PreviewedLetter')

const route = createRoute({
  method: 'get',
  path: '/v1/policy/versions/{version}/letters/{campaign}',
  summary: 'Every letter that a campaign would send about a lead, as it would read',
  description:
    'Nothing is sent. Without `lead` it is about an example; with one, it is as if that lead came in by this campaign, under this version. A lead that nobody owns has an example for its owner. The list of addresses that nothing is sent to is not asked.',
  tags: ['Policy'],
  middleware: needs('previewLetters'),
  request: {
    params: z.object({ version: givenVersion, campaign: z.string().min(1).max(63) }),
    query: z.object({ lead: leadId.optional() }),
  },
  responses: {
    200: {
      description: 'The letters',
      content: {
        'application/json': {
          schema: z.object({
            version: policyVersion,
            campaign: z.string(),
            owner: z.object({ id: z.string(), name: z.string() }),
            letters: z.array(letterView),
          }),
        },
      },
    },
    ...problems,
  },
})

export function addLetters(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(route, async c => {
    const { version, campaign } = c.req.valid('param')
    if ((await publishedVersion(deps.db, version)) === null) throw new Problem(404, 'not-found')
    const policy = await policyOfVersion(deps.db, version)
    if (!Object.hasOwn(policy.campaigns, campaign)) throw new Problem(404, 'not-found')
    const { lead: asked } = c.req.valid('query')
    const about =
      asked === undefined
        ? { lead: exampleLead(policy, campaign), account: null, owner: null }
        : await storedLead(deps, c.var.caller, asked)
    const lead = { ...about.lead, campaign }
    const owner = await ownerOf(deps, policy, about.owner)
    const { letters } = previewLetters(policy, {
      lead,
      facts: factsOf(policy, lead, about.account),
      owner,
      from: exampleSender,
      atMs: deps.now(),
    })
    const { id, name } = owner
    return c.json({ version, campaign, owner: { id, name }, letters: letters.map(viewLetter) }, 200)
  })
}

type Stored = { lead: NormalisedLead; account: RoutingFacts['account']; owner: RepId | null }

async function storedLead(deps: ApiDeps, caller: Caller, id: LeadId): Promise<Stored> {
  await requireInScope(deps, caller, id)
  const { normalised, facts, owner } = await readLead(deps.db, id)
  // Not prepared yet, or erased: there is nothing to write it with.
  if (normalised === null) throw new Problem(409, 'wrong-state')
  return { lead: normalised, account: facts?.account ?? null, owner }
}

async function ownerOf(deps: ApiDeps, policy: Policy, rep: RepId | null) {
  const { people } = await rosterAt(deps.db, deps.now())
  return people.find(({ id }) => id === rep) ?? exampleOwner(policy.zone)
}

function viewLetter(previewed: PreviewedLetter): z.infer<typeof letterView> {
  const { letter, sent } = previewed
  if (previewed.sent) {
    const { ownerKnown, to, subject, body } = previewed
    return { letter, sent, why: null, ownerKnown, to, subject, body }
  }
  return { letter, sent, why: previewed.why, ownerKnown: null, to: null, subject: null, body: null }
}
