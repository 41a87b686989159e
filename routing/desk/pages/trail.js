/* Auditor: who looked at whom, who changed what. Read only. */
import { html, nothing } from "./html.js";
import { t, named, moment } from "./words.js";

export const load = async (app, more = false) => {
  const trail = (app.trail ??= { lines: null, who: "", of: "", whole: false });
  const answer = await app.ask("trail", { who: trail.who, of: trail.of, before: more ? trail.lines.at(-1)?.id ?? "" : "" });
  if (answer) { trail.lines = more ? [...trail.lines, ...answer.lines] : answer.lines; trail.whole = answer.lines.length < 100; }
  app.draw();
};

// Whoever sat at the machine itself has no name there (password_cli.py, privacy_cli.py).
const who = (line) => line.who === "command line" ? t("trail.command_line") : line.who || "–";

export const trail = (app) => {
  const it = (app.trail ??= { lines: null, who: "", of: "", whole: false });
  if (!it.lines && !it.asked) { it.asked = true; queueMicrotask(() => load(app)); }
  const kinds = ["", "look", "listen", "recording", "note", "take", "report", "login", "logout", "wrong", "locked", "operator", "role", "password", "sessions"];
  return html`<main class="trail" aria-label=${t("view.trail")}>
    <form class="row tools" @submit=${(event) => { event.preventDefault(); it.who = event.currentTarget.elements.who.value.trim(); load(app); }}><h1>${t("view.trail")}</h1><span class="fill"></span>
      <label for="who">${t("trail.who")}</label><input id="who" name="who" autocomplete="off" .value=${it.who}>
      <label for="of">${t("trail.what")}</label><select id="of" @change=${(event) => { it.of = event.target.value; load(app); }}>${kinds.map((kind) => html`<option value=${kind} ?selected=${kind === it.of}>${kind ? named("trail", kind) : t("trail.all")}</option>`)}</select>
      <button type="submit">${t("trail.find")}</button></form>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("view.trail")}><table><caption class="unseen">${t("view.trail")}</caption><thead><tr>${["when", "who", "what", "whose", "how"].map((name) => html`<th scope="col">${t(`trail.${name}`)}</th>`)}</tr></thead>
      <tbody>${(it.lines ?? []).map((line) => html`<tr><td><time datetime=${new Date(line.at).toISOString()}>${moment(line.at)}</time></td><td>${who(line)}</td><td>${named("trail", line.what)}</td><td><code>${line.whose}</code></td><td>${line.how ? named("how", line.how) : ""}</td></tr>`)}</tbody></table></div>
    ${it.lines && !it.whole ? html`<button type="button" @click=${() => load(app, true)}>${t("trail.more")}</button>` : nothing}
    ${it.lines && !it.lines.length ? html`<p class="none">${t("none.trail")}</p>` : nothing}
  </main>`;
};
