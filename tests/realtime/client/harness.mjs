// Does with the unmodified client of Supabase what lines of JSON on stdin say, and tells on stdout what happens.
import { createClient } from '@supabase/supabase-js'
import { createInterface } from 'node:readline'
import WebSocket from 'ws'

const [url, key] = process.argv.slice(2)
const options = { auth: { persistSession: false } }
if (globalThis.WebSocket === undefined) options.realtime = { transport: WebSocket }
const supabase = createClient(url, key, options)
const channels = {}
const bindings = {}
const tell = (document) => process.stdout.write(`${JSON.stringify(document)}\n`)

supabase.auth.onAuthStateChange((event) => tell({ auth: event }))

const actions = {
  async signIn({ email, password, captchaToken }) {
    const { data, error } = await supabase.auth.signInWithPassword({ email, password, options: { captchaToken } })
    return { user: data.user?.id, role: data.user?.role, error: error && { code: error.code, status: error.status, message: error.message } }
  },
  async refresh() {
    const { data, error } = await supabase.auth.refreshSession()
    return { token: data.session?.access_token, error: error?.code }
  },
  async session() {
    return { session: (await supabase.auth.getSession()).data.session }
  },
  async user() {
    const { data, error } = await supabase.auth.getUser()
    return { email: data.user?.email, error: error?.code }
  },
  async signOut({ scope }) {
    const { error } = await supabase.auth.signOut({ scope })
    return { error: error?.message ?? null }
  },
  async subscribe({ name, changes = [], config, presence, broadcast }) {
    const channel = supabase.channel(name, config && { config })
    channels[name] = channel
    bindings[name] = changes
    changes.forEach((filter, number) =>
      channel.on('postgres_changes', filter, (payload) => tell({ channel: name, number, change: payload })),
    )
    channel.on('system', {}, (payload) => tell({ channel: name, system: payload }))
    if (broadcast) channel.on('broadcast', { event: broadcast }, (payload) => tell({ channel: name, broadcast: payload }))
    if (presence) channel.on('presence', { event: 'sync' }, () => tell({ channel: name, present: channel.presenceState() }))
    channel.subscribe((status, error) => tell({ channel: name, status, error: error?.message ?? null }))
    return {}
  },
  async send({ name, event, payload }) {
    return { sent: await channels[name].send({ type: 'broadcast', event, payload }) }
  },
  async track({ name, payload }) {
    return { tracked: await channels[name].track(payload) }
  },
  async untrack({ name }) {
    return { untracked: await channels[name].untrack() }
  },
  async since({ name, since }) {
    for (const filter of bindings[name]) filter.since = since
    return {}
  },
  async unsubscribe({ name }) {
    return { unsubscribed: await supabase.removeChannel(channels[name]) }
  },
  async drop() {
    supabase.realtime.conn?.close(4000)
    return {}
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { action, ...rest } = JSON.parse(line)
  tell({ done: action, ...(await actions[action](rest)) })
}
process.exit(0)
