/** What the API, and the command line with --json, show of versions, drafts, findings and changes of the policy. */
import { z } from '@hono/zod-openapi'
import type { Draft } from '../db/drafted-policy.js'
import type { StoredFinding } from '../db/policy-findings.js'
import type { PublishedVersion } from '../db/published-policy.js'
import { policyVersion, repId } from '../domain/ids.js'
import { severities } from '../domain/lint/finding.js'
import type { Change } from '../domain/policy-diff.js'
import { pathText } from '../domain/yaml.js'
import { iso, isoInstant } from './instants.js'

export const changeView = z
  .object({
    kind: z.enum(['added', 'removed', 'renamed', 'moved', 'changed']),
    path: z.string().describe('In the words of the document, things by their names: `pools.emea.turns.ana`'),
    sentence: z.string().openapi({ example: "pool emea: Ana Lopez's weight 100 → 50" }),
  })
  .openapi('PolicyChange')

const findingView = z
  .object({
    severity: z.enum(severities),
    check: z.string(),
    path: z.string(),
    message: z.string(),
    suggestion: z.string(),
    counterExample: z
      .unknown()
      .describe('A lead, an instant or a circle that shows it; null where none would'),
  })
  .openapi('PolicyFinding')

export const versionView = z
  .object({
    version: policyVersion,
    name: z.string(),
    loadedAt: isoInstant,
    loadedBy: z.string(),
    reason: z.string(),
    draft: z.uuid().nullable().describe('The draft that it was'),
    signOffs: z.array(z.object({ role: z.string(), person: z.string() })),
    rollbackOf: policyVersion.nullable().describe('The version whose document this is once more'),
    forced: z.boolean(),
    overridden: z.array(findingView).describe('The lint errors in spite of which it was published'),
  })
  .openapi('PolicyVersion')

export const draftSummary = z.object({
  id: z.uuid(),
  revision: z.int().describe('One more with every other document; sign-offs count for one revision'),
  name: z.string(),
  author: z.string(),
  createdAt: isoInstant,
  changedAt: isoInstant,
  baseVersion: policyVersion.nullable().describe('In force when the draft was begun'),
  publishedAs: policyVersion.nullable(),
})

export const draftView = draftSummary
  .extend({
    document: z.string().describe('YAML'),
    inForce: policyVersion
      .nullable()
      .describe('Another than `baseVersion`: what came in between will be undone'),
    changes: z
      .array(changeView)
      .nullable()
      .describe('Against the version in force; null where there is none, or one of the two cannot be read'),
    findings: z.array(findingView),
    simulation: z.record(z.string(), z.unknown()).nullable(),
    signOffs: z.array(
      z.object({
        role: z.string(),
        needed: z.boolean(),
        signed: z.object({ person: repId, at: isoInstant, note: z.string().nullable() }).nullable(),
        mayGive: z.array(repId).describe('Everyone who has the role now'),
      }),
    ),
  })
  .openapi('PolicyDraft')

export function viewChange({ kind, path, sentence }: Change): z.infer<typeof changeView> {
  return { kind, path: pathText(path), sentence }
}

function viewFinding({ path, counterExample = null, ...rest }: StoredFinding): z.infer<typeof findingView> {
  return { ...rest, path: pathText(path), counterExample }
}

export function viewVersion(version: PublishedVersion): z.infer<typeof versionView> {
  const { document: _, loadedAtMs, overridden, ...rest } = version
  return { ...rest, loadedAt: iso(loadedAtMs), overridden: overridden.map(viewFinding) }
}

type DraftRow = Omit<Draft, 'inForce' | 'signOffs'>

export function viewDraftSummary(draft: DraftRow): z.infer<typeof draftSummary> {
  const { id, revision, name, author, createdAtMs, changedAtMs, baseVersion, publishedAs } = draft
  const [createdAt, changedAt] = [iso(createdAtMs), iso(changedAtMs)]
  return { id, revision, name, author, createdAt, changedAt, baseVersion, publishedAs }
}

export function viewDraft(draft: Draft, changes: readonly Change[] | null): z.infer<typeof draftView> {
  const { document, inForce, findings, simulation, signOffs } = draft
  return {
    ...viewDraftSummary(draft),
    document,
    inForce,
    changes: changes === null ? null : changes.map(viewChange),
    findings: findings.map(viewFinding),
    simulation,
    signOffs: signOffs.map(({ signed, mayGive, ...rest }) => ({
      ...rest,
      mayGive: [...mayGive],
      signed: signed === null ? null : { person: signed.person, at: iso(signed.atMs), note: signed.note },
    })),
  }
}
