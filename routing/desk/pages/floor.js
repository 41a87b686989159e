/* What the page knows of the floor, and how an event changes it. No DOM here. */

export const LIVE = ["offered", "shown", "ringing", "connected", "held", "wrap_up"];
export const OFFERED = ["offered", "shown", "ringing"];
export const TALKING = ["connected", "held"];
export const DEPTH = 100, DEPTH_MOST = 1000; // of those who wait: what the house shows at first, and at most

export class Floor {
  constructor() {
    this.me = null;
    this.presence = null;
    this.operators = new Map();
    this.presences = new Map();
    this.waiting = new Map(); // a window: the first of those who wait
    this.total = 0; // how many wait
    this.skills = {}; // of each in which somebody waits: [how many, since when the first, mails aside]
    this.mine = new Map(); // assignment id -> contact
    this.busy = new Map(); // everybody's assignments, for whoever may see the wall
    this.drafts = {};
    this.terms = { codes: [], pauses: [], skills: {}, wrap_s: 0, answer_s: 20, code_needed: false };
    this.skew = 0; // the house's clock less this one's
    this.listening = null; // what a supervisor reads along
  }

  now() { return Date.now() + this.skew; }
  may(action) { return this.me?.may.includes(action) ?? false; }

  welcome(message) {
    this.me = message.me;
    this.skew = message.now - Date.now();
    this.presence = message.presence;
    this.news({ ...message, whole: true });
    this.terms = message.terms;
    const before = this.mine;
    this.mine = new Map(message.mine.map(({ assignment, dossier, why }) => [assignment.id, { ...contact(assignment, dossier), why }]));
    for (const [id, one] of this.mine) {
      one.draft = before.get(id)?.draft ?? { ...message.drafts[id] };
      one.facts = before.get(id)?.facts ?? {};
      this.recall(one);
    }
  }

  /** The floor whole, or what has changed there. */
  news({ whole, queue, operators = [], removed = [], presences = [], busy = [], free = [] }) {
    if (whole) { this.operators.clear(); this.presences.clear(); this.busy.clear(); this.queued({ total: 0, skills: {}, first: [] }); }
    if (queue) this.queued(queue);
    for (const one of operators) this.operators.set(one.id, one);
    for (const id of removed) { this.operators.delete(id); this.presences.delete(id); }
    for (const one of presences) this.present(one);
    for (const id of free) this.busy.delete(id);
    for (const one of busy) this.busy.set(one.id, one);
  }

  queued({ total, skills, first, in: gained = [], out = [] }) {
    Object.assign(this, { total, skills });
    if (first) this.waiting.clear();
    for (const id of out) this.waiting.delete(id);
    for (const one of first ?? gained) this.waiting.set(one.id, one);
  }

  /** Gives what is new about it: "offer", "gone", "line", or "". */
  event({ kind, data }) {
    switch (kind) {
      case "presence.changed":
        this.present(data.presence);
        return "";
      case "assignment.changed":
        return this.assigned(data);
      case "transcript.line":
        return this.line(data.call, data, `n${data.n}`);
      case "chat.line":
        return this.line(data.chat, data, `s${data.seq}`);
      case "chat.typing":
        for (const one of this.of(data.chat)) one.typing = data.on ? this.now() : 0;
        return "";
      case "call.fact":
        return this.fact(data);
    }
    return "";
  }

  present(presence) {
    if (!presence) return;
    this.presences.set(presence.operator, presence);
    if (presence.operator === this.me.id) this.presence = presence;
  }

  assigned({ assignment, presence, dossier, why }) {
    this.present(presence);
    const known = this.mine.get(assignment.id);
    if (!LIVE.includes(assignment.state)) { this.mine.delete(assignment.id); return known ? "gone" : ""; }
    if (known) { known.assignment = assignment; return ""; }
    const fresh = contact(assignment, dossier ?? null);
    fresh.why = why ?? fresh.why;
    this.mine.set(assignment.id, fresh);
    this.recall(fresh);
    return OFFERED.includes(assignment.state) ? "offer" : "";
  }

  of(id) {
    const found = [...this.mine.values()].filter((one) => one.id === id);
    if (this.listening?.id === id) found.push(this.listening);
    return found;
  }

  line(id, line, name) {
    let fresh = "";
    for (const one of this.of(id)) {
      if (one.lines.has(name)) continue;
      one.lines.set(name, line);
      if (line.who !== "house") one.typing = 0;
      fresh = "line";
    }
    return fresh;
  }

  /** What the phone has told before this page had the call, or while it was away. */
  recall(one) { for (const fact of one.dossier?.talk?.facts ?? []) this.fact(fact); }

  /** What the phone node says of a call. facts: recording "on" or "paused", asking (a colleague's phone rings), consulting, conference. */
  fact(data) {
    for (const one of this.of(data.call)) {
      const { facts } = one, own = !data.assignment || data.assignment === one.assignment.id;
      if (data.fact === "recording") facts.recording = data.what;
      if (data.fact === "consulting") Object.assign(facts, { consulting: true, asking: false });
      if (data.fact === "conference") Object.assign(facts, { conference: true, consulting: false });
      if (["unheld", "transfer_failed", "transferred", "refused"].includes(data.fact)) Object.assign(facts, { asking: false, ...(data.fact === "refused" ? {} : { consulting: false }) });
      if (data.fact === "not_sent" && own) one.sending = 0; // his words are in the draft
      if (data.fact === "hung_up" && !own) Object.assign(facts, { conference: false, consulting: false });
    }
    if (data.fact === "refused" && data.order === "hang_up") return ""; // there was nothing left to hang up
    return ["refused", "transfer_failed", "unreachable", "not_sent"].includes(data.fact) ? "failed" : "";
  }

  /** One's own contacts: what is offered first, then talks, then wrap-ups; within these the oldest first. */
  list() {
    const order = (one) => LIVE.indexOf(one.assignment.state) < 3 ? 0 : one.assignment.state === "wrap_up" ? 2 : 1;
    return [...this.mine.values()].sort((a, b) => order(a) - order(b) || a.assignment.offered_ms - b.assignment.offered_ms);
  }

  /** Those of the window, without what is one's own already. */
  queue() {
    const own = new Set([...this.mine.values()].map((one) => one.assignment.request));
    return [...this.waiting.values()].filter((one) => !own.has(one.id)).sort((a, b) => a.since_ms - b.since_ms);
  }

  /** Who waits longest by phone or chat: {skill, since_ms}; undefined where nobody does. */
  longest() { return Object.entries(this.skills).map(([skill, [, since_ms]]) => ({ skill, since_ms })).filter((one) => one.since_ms).sort((a, b) => a.since_ms - b.since_ms)[0]; }
  level(skill) { return (this.terms.skills[skill]?.service_level_s ?? this.terms.answer_s) * 1000; }
}

/** One contact as the page holds it. lines: what was said in it, each once by its own number. */
export const contact = (assignment, dossier) => {
  const lines = new Map();
  for (const line of dossier?.talk?.lines ?? []) lines.set(line.seq === undefined ? `n${line.n}` : `s${line.seq}`, line);
  return {
    assignment, dossier, lines, id: assignment.contact || dossier?.request?.call || dossier?.request?.id, draft: dossier?.talk?.draft ? { text: dossier.talk.draft } : {}, facts: {}, typing: 0,
    why: null,
  };
};

/** What to call somebody: his name, his number, or that nobody knows him. */
export const title = (one, unknown) => {
  const { customer, request } = one.dossier ?? {};
  if (customer?.name) return customer.name;
  const mail = one.dossier?.talk?.letter?.sender;
  if (mail) return mail;
  if (request?.identity?.kind === "phone" || request?.identity?.kind === "email" || request?.identity?.kind === "sip") return request.identity.value;
  return unknown;
};
