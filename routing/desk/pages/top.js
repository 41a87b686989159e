/* The bar at the top: where one is, one's status, the line to the house, who one is. */
import { html, nothing, icon, live } from "./html.js";
import { t, named, others, span, current } from "./words.js";
import { quiet, hush, permit } from "./ring.js";

const VIEWS = [["work", "floor"], ["wall", "wall"], ["reports", "reports"], ["tapes", "recordings"], ["staff", "operators"], ["trail", "audit"]];
export const views = (floor) => VIEWS.filter(([, action]) => floor.may(action)).map(([view]) => view);

const status = (app) => {
  const { floor } = app, { presence } = floor;
  if (!floor.may("work") || !presence) return nothing;
  const value = presence.status === "pause" ? `pause ${presence.reason}` : presence.status;
  const choose = (event) => {
    const [status, reason = ""] = event.target.value.split(" ");
    permit();
    app.ask("status", { status, reason });
  };
  const pauses = floor.terms.pauses.includes(presence.reason) || presence.status !== "pause" ? floor.terms.pauses : [presence.reason, ...floor.terms.pauses];
  return html`<label class="status ${presence.status}">
    <span class="unseen">${t("status")}</span><span class="dot" aria-hidden="true"></span>
    <select id="status" @change=${choose} .value=${live(value)}>
      <option value="ready" ?selected=${value === "ready"}>${t("status.ready")}</option>
      ${pauses.map((one) => html`<option value="pause ${one}" ?selected=${value === `pause ${one}`}>${t("status.pause")}: ${named("pause", one)}</option>`)}
      ${presence.status === "wrap_up" ? html`<option value="wrap_up" selected>${t("status.wrap_up")}</option>` : nothing}
      <option value="offline" ?selected=${value === "offline"}>${t("status.offline")}</option>
    </select>
  </label><span class="since" title=${t("status.since")}>${span(floor.now() - presence.since_ms)}</span>`;
};

export const top = (app) => {
  const { floor } = app, all = views(floor);
  const line = app.line;
  return html`<header class="top">
    <span class="brand"><img src="/desk/files/icon.svg" width="22" height="22" alt=""><span class="unseen">Hotline</span></span>
    <nav aria-label=${t("views")}>${all.length > 1 ? all.map((view) => html`<button type="button" class="tab" aria-current=${app.view === view ? "page" : "false"}
        @click=${() => app.show(view)}>${t(`view.${view}`)}</button>`) : nothing}</nav>
    ${status(app)}
    <span class="fill"></span>
    <span class="line ${line}" role="status">${line === "on" ? nothing : html`<span class="dot" aria-hidden="true"></span>${t(`line.${line}`)}`}</span>
    <button type="button" class="plain square" aria-pressed=${quiet()} title=${t(quiet() ? "sound.off" : "sound.on")} aria-label=${t("sound")}
      @click=${() => { hush(!quiet()); app.draw(); }}>${icon(quiet() ? "mute" : "bell")}</button>
    ${others().map((one) => html`<button type="button" class="plain square tongue" lang=${one} title=${{ en: "English", ru: "Русский" }[one]} @click=${() => app.tongue(one)}>${one.toUpperCase()}</button>`)}
    <button type="button" class="plain square" title=${t("keys")} aria-label=${t("keys")} @click=${() => app.open("keys")}>?</button>
    <details class="me" name="me">
      <summary>${floor.me.name}</summary>
      <div class="menu" lang=${current()}>
        <p>${floor.me.roles.map((role) => t(`role.${role}`)).join(", ")}</p>
        <button type="button" @click=${() => app.open("password")}>${t("password.change")}</button>
        <button type="button" @click=${() => app.leave(false)}>${t("logout")}</button>
        <button type="button" @click=${() => app.leave(true)}>${t("logout.everywhere")}</button>
      </div>
    </details>
  </header>`;
};
