/* The first screen: name and password. */
import { html, nothing } from "./html.js";
import { t, others, speak } from "./words.js";

const HEAD = { "Content-Type": "application/json", "X-Hotline-Desk": "1" };
export const post = (path, body) => fetch(path, { method: "POST", credentials: "same-origin", cache: "no-store", headers: HEAD, body: JSON.stringify(body) });

export const login = (app) => {
  const { trying, why, wait_s } = app.login;
  const enter = async (event) => {
    event.preventDefault();
    const form = event.currentTarget, name = form.elements.name.value.trim(), password = form.elements.password.value;
    if (!name || !password || trying) return;
    app.login = { trying: true };
    app.draw();
    const answer = await post("/desk/login", { name, password }).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : { why: "lost" };
    if (answer?.ok) return app.enter(said);
    app.login = { why: said.why ?? "fault", wait_s: said.wait_s };
    app.draw();
    form.elements.password.value = "";
    form.elements.password.focus();
  };
  const minutes = Math.ceil((wait_s ?? 0) / 60);
  return html`<main class="door">
    <form @submit=${enter} aria-labelledby="door">
      <img src="/desk/files/icon.svg" width="44" height="44" alt="">
      <h1 id="door">${t("login.title")}</h1>
      <label for="name">${t("login.name")}</label>
      <input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="32" autofocus>
      <label for="password">${t("login.password")}</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256" aria-describedby="why">
      <p id="why" class="wrong" role="alert">${why ? t(`login.${why}`, { n: minutes }) : nothing}</p>
      <button class="main" type="submit" ?disabled=${trying}>${trying ? t("login.trying") : t("login.enter")}</button>
      <p class="tongues">${others().map((one) => html`<button type="button" class="plain" lang=${one} @click=${() => app.tongue(one)}>${{ en: "English", ru: "Русский" }[one]}</button>`)}</p>
    </form>
  </main>`;
};
