/** A link in a mail with which one person acknowledges one lead: signed, for that alone, and for a week. */
import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { signingKey } from '../db/signing-keys.js'
import type { Db } from '../db/sql.js'
import { type EpochMs, leadId, type LeadId, repId, type RepId } from '../domain/ids.js'

type Acknowledgement = { lead: LeadId; hop: number; rep: RepId }

export type ReadLink =
  | { kind: 'good'; of: Acknowledgement; requestId: string }
  | { kind: 'expired' | 'forged' }

/** A lead that nobody has acknowledged for a week has moved on, whatever the policy's times are. */
const goodForSeconds = 7 * 86_400

const algorithm = 'HS256'
const audience = 'acknowledge'

const claims = z.object({ lead: leadId, hop: z.int().nonnegative(), rep: repId, jti: z.string() })

export async function acknowledgeLinkOf(
  db: Db,
  publicUrl: string,
  of: { lead: LeadId; hop: number; recipient: string },
  atMs: EpochMs,
): Promise<string> {
  const { lead, hop, recipient: rep } = of
  const issued = Math.floor(atMs / 1000)
  const token = await new SignJWT({ lead, hop, rep })
    .setProtectedHeader({ alg: algorithm })
    .setAudience(audience)
    // The same for every link of this owner and hop: clicked twice, or in two mails, it is one act.
    .setJti(`one-click-${lead}-${hop}-${rep}`)
    .setIssuedAt(issued)
    .setExpirationTime(issued + goodForSeconds)
    .sign(await signingKey(db, 'acknowledge', atMs))
  return `${publicUrl}/a/${token}`
}

export async function readAcknowledgeLink(db: Db, token: string, atMs: EpochMs): Promise<ReadLink> {
  const key = await signingKey(db, 'acknowledge', atMs)
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      audience,
      requiredClaims: ['exp'],
      currentDate: new Date(atMs),
    })
    const { lead, hop, rep, jti } = claims.parse(payload)
    return { kind: 'good', of: { lead, hop, rep }, requestId: jti }
  } catch (error) {
    return { kind: error instanceof errors.JWTExpired ? 'expired' : 'forged' }
  }
}
