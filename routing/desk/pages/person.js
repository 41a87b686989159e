/* Right: the customer. Who, how sure, what has been answered already (so that nobody asks again), and why it came to me. */
import { html, nothing, icon } from "./html.js";
import { t, named, said, moment, day, number, share } from "./words.js";

const value = (one) => {
  if (typeof one === "boolean") return t(one ? "yes" : "no");
  if (typeof one === "number") return number(one, 2);
  if (one && typeof one === "object") return said(one);
  if (/^\d{4}-\d\d-\d\d$/.test(one)) return day(Date.parse(`${one}T12:00`));
  return named("value", one ?? "");
};
/** What a flow calls it; what it gives no name, the house's catalogue or the bare word. */
const called = (label, name) => said(label) === String(name).replace(/_/g, " ") ? named("fact", name) : said(label);
const part = (name, count, inside, open = true) => html`<details class="part" ?open=${open}><summary><h2>${t(`person.${name}`)}</h2>${count ? html`<span class="count">${count}</span>` : nothing}</summary>${inside}</details>`;

const sure = (customer) => {
  if (customer.proved || customer.strong) return html`<span class="sure good" title=${customer.proofs?.map((proof) => named("proof", proof)).join(", ") ?? ""}>✓ ${customer.proved ? t("sure.proved") : t("sure.percent", { n: customer.percent })}</span>`;
  return html`<span class="sure soon">? ${customer.percent ? t("sure.percent", { n: customer.percent }) : t("sure.nobody")}</span>`;
};

const who = (one) => {
  const { customer = {}, request = {}, plain } = one.dossier;
  const identity = ["phone", "email", "sip"].includes(request.identity?.kind) ? request.identity.value : "";
  return html`<div class="card">
    ${plain ? html`<p class="plain-note" role="note">${t("person.plain")}</p>` : nothing}
    <p class="name"><strong>${customer.name || identity || t("unknown")}</strong> ${customer.id ? sure(customer) : html`<span class="sure soon">? ${t("sure.nobody")}</span>`}</p>
    <dl>
      ${(customer.identities?.length ? customer.identities : request.identity?.value ? [request.identity] : []).map((id) => html`<dt>${named("identity", id.kind)}</dt>
        <dd>${["chat", "device"].includes(id.kind) ? html`<span title=${id.value}>${t("identity.browser")}</span>` : id.value} ${id.percent !== undefined && id.percent < 80 ? html`<span class="unsure">${t("sure.percent", { n: id.percent })}</span>` : nothing}</dd>`)}
      ${customer.language ? html`<dt>${t("person.language")}</dt><dd>${named("language", customer.language.slice(0, 2))}</dd>` : nothing}
      ${Object.entries(customer.facts ?? {}).map(([name, text]) => html`<dt>${named("fact", name)}</dt><dd>${text}</dd>`)}
      ${customer.proofs?.length ? html`<dt>${t("person.proofs")}</dt><dd>${customer.proofs.map((proof) => named("proof", proof)).join(", ")}</dd>` : nothing}
      ${customer.since ? html`<dt>${t("person.since")}</dt><dd>${day(customer.since)} ${new Date(customer.since).getFullYear()}</dd>` : nothing}
    </dl>
    ${customer.candidates?.length ? html`<p class="maybe">${t("person.maybe")}: ${customer.candidates.map((other) => `${other.name || t("unknown")} (${share(other.percent / 100)})`).join(", ")}</p>` : nothing}
  </div>`;
};

const matter = (one) => {
  const { matter: it } = one.dossier;
  if (!it?.id) return html`<p class="none">${t("none.matter")}</p>`;
  return html`<p class="topic"><strong>${said(it.topic) || t("none.topic")}</strong> <span class="now">${t(`matter.${it.status}`)}</span></p>
    <dl><dt>${t("person.step")}</dt><dd>${said(it.step)}</dd><dt>${t("person.began")}</dt><dd>${moment(it.created)} · ${named("channel", it.channel)}</dd></dl>
    ${it.facts?.length ? html`<dl class="facts">${it.facts.map((fact) => html`<dt>${called(fact.label, fact.name)}</dt><dd>${value(fact.value)}</dd>`)}</dl>` : nothing}`;
};

const ledger = (lines) => lines.length ? html`<table class="ledger"><thead class="unseen"><tr><th scope="col">${t("ledger.what")}</th><th scope="col">${t("ledger.value")}</th><th scope="col">${t("ledger.how")}</th></tr></thead>
  <tbody>${lines.map((line) => html`<tr><th scope="row">${called(line.label, line.slot)}</th><td>${value(line.value)}</td>
    <td class="how"><span title=${`${moment(line.at)} · ${named("by", line.by)} · ${share(line.sure / 100)}`}>${line.earlier ? `${t("ledger.earlier")} · ` : nothing}${named("channel", line.channel)}${line.sure < 60 ? html` <span class="unsure">${share(line.sure / 100)}</span>` : nothing}</span></td></tr>`)}</tbody></table>`
  : html`<p class="none">${t("none.ledger")}</p>`;

const consents = (words) => words.length ? html`<ul class="consents">${words.map((word) => html`<li class=${word.allowed ? "good" : "late"}><span aria-hidden="true">${word.allowed ? "✓" : "✕"}</span>
  ${t(word.allowed ? "consent.yes" : "consent.no")}: ${named("purpose", word.purpose === "*" ? "all" : word.purpose)} · ${named("channel", word.channel === "*" ? "all" : word.channel)} <span class="about">${day(word.at)}</span></li>`)}</ul>`
  : html`<p class="none">${t("none.consents")}</p>`;

const notes = (app, one, own) => {
  const add = async (event) => {
    event.preventDefault();
    const field = event.currentTarget.elements.note, text = field.value.trim();
    if (!text) return;
    if (await app.ask("note", { assignment: one.assignment.id, text })) {
      one.dossier.notes = [...one.dossier.notes, { at: app.floor.now(), text, data: { name: app.floor.me.name } }];
      field.value = "";
      app.draw();
    }
  };
  return html`<ul class="notes">${[...one.dossier.notes].reverse().map((note) => html`<li><p>${note.text}</p><span class="about">${note.data?.name ?? ""} · ${moment(note.at)}</span></li>`)}</ul>
    ${one.dossier.notes.length ? nothing : html`<p class="none">${t("none.notes")}</p>`}
    ${own ? html`<form class="add" @submit=${add}><label class="unseen" for="note">${t("note.add")}</label><input id="note" name="note" maxlength="4000" autocomplete="off" placeholder=${t("note.add")}>
      <button type="submit" class="small" ?disabled=${app.line !== "on"}>${t("note.keep")}</button></form>` : nothing}`;
};

export const person = (app, one) => {
  if (!one?.dossier) return html`<aside class="person empty" aria-label=${t("customer")}><p class="none">${t(one ? "person.plain" : "none.person")}</p></aside>`;
  const { dossier } = one, own = one.assignment.operator === app.floor.me.id;
  const reasons = one.why?.[document.documentElement.lang] ?? [];
  return html`<aside class="person" aria-label=${t("customer")} tabindex="-1" id="person">
    ${who(one)}
    ${part("ledger", dossier.matter?.ledger?.length, ledger(dossier.matter?.ledger ?? []))}
    ${part("matter", 0, matter(one))}
    ${reasons.length ? part("why", 0, html`<ul class="reasons">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`) : nothing}
    ${part("notes", dossier.notes.length, notes(app, one, own))}
    ${dossier.matters.length ? part("matters", dossier.matters.length, html`<ul class="others">${dossier.matters.map((other) => html`<li><strong>${said(other.topic) || said(other.step)}</strong>
      <span class="about">${t(`matter.${other.status}`)} · ${named("channel", other.channel)} · ${moment(other.updated)}</span></li>`)}</ul>`) : nothing}
    ${part("contacts", dossier.touches.length, html`<ul class="last">${[...dossier.touches].reverse().slice(0, 8).map((touch) => html`<li>
      ${icon({ call: "call", message: "chat", mail: "mail" }[touch.kind] ?? "touch")} <span>${named("kind", touch.kind)}${touch.ours ? ` · ${t("ours")}` : ""}</span> <time>${moment(touch.at)}</time></li>`)}</ul>`, false)}
    ${part("consents", dossier.customer?.consents?.length, consents(dossier.customer?.consents ?? []), false)}
  </aside>`;
};
