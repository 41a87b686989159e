/* The desk: one page, one tab. Here its parts are put together; what the house says goes into Floor, what a person does goes out by Wire. */
import { html, render, nothing } from "./html.js";
import { Floor, DEPTH, DEPTH_MOST, OFFERED, contact, title } from "./floor.js";
import { Wire } from "./wire.js";
import { speak, preferred, t, said, named } from "./words.js";
import { login, post } from "./login.js";
import { top, views } from "./top.js";
import { list, topic } from "./list.js";
import { refreshBots } from "./bots.js";
import { talk } from "./talk.js";
import { person } from "./person.js";
import { wall, refresh } from "./wall.js";
import { reports, chart } from "./reports.js";
import { staff } from "./staff.js";
import { trail } from "./trail.js";
import { tapes, silence } from "./tapes.js";
import { dialog } from "./dialogs.js";
import { warn } from "./wrap.js";
import { listen as listenToKeys } from "./keys.js";
import { ring, notify, name } from "./ring.js";

const root = document.getElementById("desk");
const DRAFT_MS = 600;

const app = {
  floor: new Floor(), wire: null, line: "lost", view: "", chosen: "", dialog: "", login: {}, news: "", drafting: new Map(),

  // --- Asking ---

  /** The answer, or null after the person was told why not. */
  async ask(what, fields) {
    try {
      return await this.wire.ask(what, fields);
    } catch (no) {
      this.tell(why(no));
      return null;
    }
  },
  async quietly(what, fields) { try { return await this.wire.ask(what, fields); } catch { return null; } },

  // --- Moving about ---

  contact() { return this.floor.listening?.peeked ? this.floor.listening : this.floor.mine.get(this.chosen) ?? null; },
  choose(id) {
    this.unpeek();
    this.chosen = id;
    const one = this.floor.mine.get(id);
    if (one) one.unread = 0;
    if (this.view !== "work") this.view = "work";
    this.draw();
    follow();
  },
  /** The newest line of the talk, for whoever has read what was before. */
  newest() { follow(); this.draw(); },
  show(view) { this.view = view; this.shut(); silence(this); if (view === "wall") { this.walled = 0; refresh(this); } this.draw(); },
  open(what) { this.opener = document.activeElement; this.dialog = what; this.find = ""; this.sent = ""; this.draw(); document.querySelector("dialog.dialog")?.showModal(); },
  shut() {
    if (!this.dialog) return;
    this.dialog = this.news = ""; // what it said stood in it
    document.querySelector("dialog.dialog")?.close();
    paint(); // at once: the next key may open the next one, and belongs into that
    this.opener?.isConnected && this.opener.focus?.();
  },
  /** A page that is scrolled to the end of those who wait sees more of them. */
  async more() {
    const { floor } = this;
    if (this.asking || floor.waiting.size >= Math.min(floor.total, DEPTH_MOST)) return;
    this.asking = true;
    const seen = await this.quietly("queue", { depth: Math.min(DEPTH_MOST, 2 * Math.max(DEPTH, floor.waiting.size)) });
    this.asking = false;
    if (seen?.queue) { floor.queued(seen.queue); this.draw(); }
  },
  skill(id) { return said(this.floor.terms.skills[id]?.label) || (id ? named("skill", id) : t("skill.any")); },

  // --- Contacts ---

  answers(one) { return one.assignment.medium !== "call" || this.floor.me.answer === "desk"; },
  async answer(one) {
    this.choose(one.assignment.id);
    if (!this.answers(one)) return this.tell(t("offer.phone"));
    await this.ask("answer", { assignment: one.assignment.id });
  },
  /** Kept by the house half a second after the last key, so that a reload, or another window, shows it again. */
  draft(one, field, text, now = false) {
    one.draft[field] = text;
    const key = `${one.assignment.id} ${field}`, send = () => { this.drafting.delete(key); this.quietly("draft", { assignment: one.assignment.id, field, text: one.draft[field] ?? "" }); };
    clearTimeout(this.drafting.get(key));
    if (now) send(); else this.drafting.set(key, setTimeout(send, DRAFT_MS));
  },
  async peek(request, how = "look") {
    const seen = await this.ask(how, { request });
    if (!seen) return;
    const its = seen.dossier.request;
    this.floor.listening = contact({ id: `look-${request}`, request, operator: "", medium: its.medium, state: its.state, contact: its.call, since_ms: 0, offered_ms: 0 }, seen.dossier);
    this.floor.recall(this.floor.listening);
    this.floor.listening.peeked = true;
    this.floor.listening.heard = how === "listen";
    this.view = "work";
    this.draw();
    follow();
  },
  /** A new line to the house hears nothing of what one looked at by the old one: asked for again, with what was said since. A phone that listens goes on by itself. */
  async lookAgain() {
    const one = this.floor.listening;
    if (!one?.peeked) return;
    one.lost = true;
    this.draw();
    const seen = await this.quietly("look", { request: one.assignment.request, again: true });
    if (this.floor.listening !== one) return;
    if (seen) {
      one.lost = false;
      for (const [name, line] of contact(one.assignment, seen.dossier).lines) if (!one.lines.has(name)) one.lines.set(name, line);
      this.tell(t("look.again"));
    }
    this.draw();
  },
  listen(request) { return this.peek(request, "listen"); },
  async unpeek() {
    const one = this.floor.listening;
    if (!one) return;
    this.floor.listening = null;
    this.draw();
    await this.quietly("listen_end", { request: one.assignment.request });
  },

  // --- Telling ---

  tell(text) {
    this.news = text;
    clearTimeout(this.newsTimer);
    this.newsTimer = setTimeout(() => { this.news = ""; this.draw(); }, 6000);
    this.draw();
  },

  // --- Coming and going ---

  enter(me) {
    this.login = {};
    this.floor = new Floor();
    this.floor.me = { ...me, roles: me.roles };
    this.line = "lost";
    this.wire = new Wire({
      welcome, event: happened, back: () => app.lookAgain(), over: () => app.out("over"),
      floor: (news) => { app.floor.news(news); app.draw(); },
      me: (mine) => { app.floor.me = mine; settle(); app.draw(); },
      state: (line) => { if (app.line !== line) { app.line = line; app.draw(); } },
    });
    this.wire.open();
    this.draw();
  },
  async leave(everywhere) {
    this.wire.close();
    await post("/desk/logout", { everywhere }).catch(() => null);
    this.out("");
  },
  out(reason) {
    this.wire?.close();
    this.wire = null;
    silence(this);
    ring(0);
    this.floor = new Floor();
    Object.assign(this, { chosen: "", dialog: "", view: "", people: null, report: null, trail: null, tapes: null, figures: null, bots: null, login: reason ? { why: reason } : {} });
    this.draw();
  },
  async tongue(language) { await speak(language); this.draw(); },

  draw() {
    if (this.drawn) return;
    this.drawn = true;
    // Once a frame, whatever comes in; a page that is not looked at gets no frames, and still has its title and its ring.
    const soon = () => { this.drawn = false; paint(); };
    if (document.hidden) setTimeout(soon, 100); else requestAnimationFrame(soon);
  },
};

const why = ({ why, detail }) => {
  const text = t(`why.${why}`);
  return detail && why === "unfit" ? `${text}: ${detail}` : text;
};

const VIEW = { wall, reports, tapes, staff, trail };
const work = (app) => {
  const one = app.contact();
  return html`<main class="work" aria-label=${t("view.work")}>${list(app)}${talk(app, one)}${person(app, one)}</main>`;
};

const page = () => {
  if (!app.floor.me) return login(app);
  if (!app.floor.terms.ready) return html`<main class="door"><p role="status">${t(app.line === "on" ? "loading" : "line.lost")}</p></main>`;
  return html`${top(app)}
    ${app.line === "on" ? nothing : html`<div class="banner late" role="alert">${t(app.line === "away" ? "away" : "lost")}</div>`}
    ${(VIEW[app.view] ?? work)(app)}
    <div class="news" role="status">${app.dialog ? "" : app.news}</div>
    ${dialog(app)}`;
};

const paint = () => {
  const near = scrolled();
  render(page(), root);
  const lines = document.getElementById("lines");
  if (lines && (near || down)) lines.scrollTop = lines.scrollHeight;
  down = false;
  if (app.floor.me) {
    const dialogNode = document.querySelector("dialog.dialog");
    if (dialogNode && !dialogNode.open) dialogNode.showModal();
    const offers = app.floor.list().filter((one) => OFFERED.includes(one.assignment.state));
    ring(app.line === "on" ? offers.length : 0, offers.length ? `${t("offer")}: ${title(offers[0], t("unknown"))}` : "");
    name(`${app.floor.total ? `(${app.floor.total}) ` : ""}Hotline`);
    if (app.view === "reports") chart(app);
  }
};

/** Who has scrolled up to read stays there; everybody else sees the newest line, and who chooses another contact its newest. */
let down = false;
const follow = () => { down = true; };
const scrolled = () => {
  const node = document.getElementById("lines");
  return node ? node.scrollHeight - node.scrollTop - node.clientHeight < 80 : true;
};

/** On a view that one may see. */
const settle = () => {
  const all = views(app.floor);
  if (!all.includes(app.view)) app.view = all[0] ?? "none";
};

const welcome = (message) => {
  app.floor.welcome(message);
  app.floor.terms.ready = true;
  settle();
  if (!app.floor.mine.has(app.chosen)) app.chosen = app.floor.list()[0]?.assignment.id ?? "";
  for (const one of app.floor.list()) if (one.assignment.state === "offered") offered(one);
  app.draw();
  follow();
};

/** A pop: it is painted, then the house is told so, and then it may ring. It takes no focus, and hides no talk that goes on. */
const offered = (one) => {
  const current = app.contact();
  if (!current || !["connected", "held"].includes(current.assignment.state)) {
    if (!document.activeElement?.closest?.("form.wrap, form.composer, dialog")) { app.unpeek(); app.chosen = one.assignment.id; if (app.floor.may("work")) app.view = "work"; }
  }
  const what = `${title(one, t("unknown"))}, ${said(one.dossier?.matter?.topic) || topic(app.floor, one.dossier?.request)}`;
  document.getElementById("urgent").textContent = `${t("offer")}: ${t(`medium.${one.assignment.medium}`)}, ${what}`;
  paint();
  const told = () => { one.popped = app.floor.now() - one.assignment.offered_ms; document.body.dataset.pop = String(Math.round(one.popped)); app.wire?.send({ type: "shown", assignment: one.assignment.id }); };
  // After the frame in which it stands there; a page that is not looked at paints none, and the title tells instead.
  if (document.hidden) told(); else requestAnimationFrame(() => { const after = new MessageChannel(); after.port1.onmessage = told; after.port2.postMessage(0); });
  notify(what, () => app.choose(one.assignment.id));
};

const happened = (message) => {
  const news = app.floor.event(message);
  if (news === "offer") offered(app.floor.mine.get(message.data.assignment.id));
  if (news === "gone") {
    document.getElementById("urgent").textContent = "";
    if (app.chosen === message.data.assignment.id) app.chosen = app.floor.list()[0]?.assignment.id ?? "";
    if (["refused"].includes(message.data.assignment.state)) app.tell(t("gone", { why: named("gone", message.data.assignment.history?.at(-1)?.why || "rejected") }));
  }
  if (news === "failed") app.tell(t(`fact.${message.data.fact}`));
  if (news === "line") {
    const id = message.data.call ?? message.data.chat;
    for (const one of app.floor.of(id)) if (one !== app.contact() && message.data.who === "visitor") one.unread = (one.unread ?? 0) + 1;
  }
  app.draw();
};

const begin = async () => {
  await speak(preferred());
  listenToKeys(app);
  setInterval(() => { if (app.floor.me) { refresh(app); refreshBots(app); warn(app); app.draw(); } }, 1000);
  addEventListener("pagehide", () => { for (const timer of app.drafting.values()) clearTimeout(timer); });
  const answer = await fetch("/desk/me", { credentials: "same-origin", cache: "no-store" }).catch(() => null);
  if (answer?.ok) app.enter(await answer.json());
  else { app.login = answer && answer.status !== 401 ? { why: "away" } : {}; app.draw(); }
};
begin();
