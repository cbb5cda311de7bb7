import { connect } from '../../db/sql.js'
import { databaseFromTemplate } from '../setup/database.js'
import { leadWorkflowsContract } from './lead-workflows-contract.js'
import { createLeadsInMemory } from './leads-in-memory.js'
import { assignLead, employ, nineOClock, publishPolicy, receiveLead } from './people-in-sales.js'

leadWorkflowsContract('in memory', async () => {
  const database = await databaseFromTemplate()
  const db = connect(database.url, 5)
  await publishPolicy(db)
  await employ(db, 'ana', 'ben')
  const leads = createLeadsInMemory(db)
  return {
    db,
    leads,
    receivedAtMs: nineOClock,
    submitted: () => receiveLead(db),
    async assigned(owner) {
      const lead = await receiveLead(db)
      await leads.start(lead, nineOClock)
      await assignLead(db, lead, owner)
      return lead
    },
    silence: async () => leads.silence(),
    wake: () => leads.wake(),
    startsOf: async lead => leads.started.filter(started => started === lead).length,
    acknowledgementsOf: async lead =>
      leads.heard.flatMap(said =>
        said.lead === lead && said.name === 'acknowledge' ? [said.payload.atMs ?? 0] : [],
      ),
    async close() {
      await db.end()
      await database.drop()
    },
  }
})
