/* The chat on a web page: one script tag, no build, no library, nothing but text from anybody.

     <script src="https://hotline.example/widget.js" data-hotline="https://hotline.example" data-language="ru" async></script>

   What is said over the socket stands in ivr/channels/chat/__init__.py. Everything shown lives in a shadow tree with constructed
   style sheets, so it neither touches the page nor needs 'unsafe-inline' in its CSP. WCAG 2.2 AA. */
(() => {
  "use strict";
  const script = document.currentScript;
  const named = script?.dataset.hotline;
  const base = (named ? new URL(named, location.href).href : new URL(".", script?.src || location.href).href).replace(/[?#].*$|\/+$/g, "");
  if (window.hotlineChat) return;

  const TEXTS = {
    en: {
      open: "Chat with us", title: "Chat", close: "Close the chat", log: "Conversation", write: "Your message", send: "Send",
      phone: "Go on by phone", you: "You", house: "Assistant", typing: "is typing…", unread: (n) => `${n} new`,
      connecting: "Connecting…", offline: "No connection. What you write is sent as soon as it is back.", slow: "One moment, that was fast…",
      choose: "Answers to choose from", sending: "sending…", failed: "Not sent: ",
      why: { long: "too long", stale: "no longer to be chosen", nothing: "not possible now", other: "not understood" },
      call: "Call", key: (sign) => sign ? `When we answer, press ${sign} and then:` : "When we answer, say that you have a code:", call_only: "You can phone us:", until: "Good until",
      notes: {
        handed: "A colleague will be with you in a moment.", nobody: "Nobody of us is here right now. What you wrote is kept.",
        joined: (name) => `${name} has joined.`, left: (name) => `${name} has left. The assistant goes on.`,
        passed: (name) => `${name} had to go. A colleague will be with you in a moment, and can read all of this.`,
        ended: "This conversation has ended.", again: "A new question", thanks: "Thank you for your answer.",
      },
      again: "Ask something else", rate: "How was it?", smiles: { good: "Good", fair: "So-so", bad: "Bad" },
      earlier: "What was said earlier is no longer kept.",
    },
    ru: {
      open: "Написать нам", title: "Чат", close: "Закрыть чат", log: "Переписка", write: "Ваше сообщение", send: "Отправить",
      phone: "Продолжить по телефону", you: "Вы", house: "Помощник", typing: "печатает…", unread: (n) => `новых: ${n}`,
      connecting: "Соединяем…", offline: "Нет связи. Всё, что вы напишете, уйдёт, как только она появится.", slow: "Секунду, слишком быстро…",
      choose: "Варианты ответа", sending: "отправляется…", failed: "Не отправлено: ",
      why: { long: "слишком длинно", stale: "это уже нельзя выбрать", nothing: "сейчас не получится", other: "не удалось разобрать" },
      call: "Позвоните", key: (sign) => sign ? `Когда вам ответят, нажмите ${sign} и наберите:` : "Когда вам ответят, скажите, что у вас есть код:", call_only: "Вы можете нам позвонить:", until: "Действует до",
      notes: {
        handed: "Сейчас к вам подключится сотрудник.", nobody: "Сейчас никого из нас нет на месте. Ваши сообщения сохранены.",
        joined: (name) => `${name} теперь с вами.`, left: (name) => `${name} больше не в чате. Продолжает помощник.`,
        passed: (name) => `${name} больше не в чате. Сейчас подключится другой сотрудник, он видит всю переписку.`,
        ended: "Разговор закончен.", again: "Новый вопрос", thanks: "Спасибо за оценку.",
      },
      again: "Задать другой вопрос", rate: "Как всё прошло?", smiles: { good: "Хорошо", fair: "Так себе", bad: "Плохо" },
      earlier: "Более ранние сообщения уже не хранятся.",
    },
  };
  const FACES = { good: "M8 14q4 5 8 0", fair: "M8 15.5h8", bad: "M8 17q4 -5 8 0" }; // mouths: not every machine has a font with faces
  const MOST = 2000; // characters of a message, as the house counts them
  const language = (script?.dataset.language || document.documentElement.lang || "en").toLowerCase();
  const t = TEXTS[language.split("-")[0]] || TEXTS.en;

  // --- What outlives the page: who we are, and what has not arrived yet. Without storage it lives as long as the page. ---

  const KEY = `hotline:${base}`;
  const shelf = (() => {
    try { localStorage.setItem(`${KEY}:try`, "1"); localStorage.removeItem(`${KEY}:try`); return localStorage; } catch {
      const held = new Map();
      return { getItem: (k) => held.get(k) ?? null, setItem: (k, v) => held.set(k, v), removeItem: (k) => held.delete(k), get length() { return held.size; }, key: (n) => [...held.keys()][n] };
    }
  })();
  const read = (name) => { try { return JSON.parse(shelf.getItem(name)); } catch { return null; } };
  const write = (name, value) => { try { shelf.setItem(name, JSON.stringify(value)); } catch { /* full: the page goes on without */ } };
  const me = Object.assign({ chat: "", token: "", open: false }, read(KEY));
  const keep = () => write(KEY, me);
  const OUT = `${KEY}:out:`;
  const waiting = () => Array.from({ length: shelf.length }, (_, n) => shelf.key(n)).filter((k) => k?.startsWith(OUT)).map(read)
    .filter(Boolean).sort((a, b) => a.at - b.at);
  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");

  // --- The tree ---

  const make = (tag, fields = {}, ...inside) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(fields)) {
      if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
      else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...inside.filter((one) => one !== null && one !== undefined));
    return node;
  };
  const draw = (mouth) => {
    const part = (tag, fields) => { const node = document.createElementNS("http://www.w3.org/2000/svg", tag); for (const [name, value] of Object.entries(fields)) node.setAttribute(name, value); return node; };
    const face = part("svg", { viewBox: "0 0 24 24", width: "30", height: "30", fill: "none", stroke: "currentColor", "stroke-width": "1.6", "stroke-linecap": "round", "aria-hidden": "true" });
    face.append(part("circle", { cx: 12, cy: 12, r: 10 }), part("path", { d: "M9 9.2v.1M15 9.2v.1", "stroke-width": "2.6" }), part("path", { d: mouth }));
    return face;
  };
  const host = make("div", { id: "hotline-chat", lang: TEXTS[language.split("-")[0]] ? language : "en" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  root.adoptedStyleSheets = [sheet];

  const badge = make("span", { class: "badge", hidden: true });
  const launcher = make("button", { class: "launcher", type: "button", "aria-expanded": "false", "aria-controls": "panel", on: { click: () => toggle(true) } },
    make("span", { class: "bubble", "aria-hidden": "true" }), make("span", {}, t.open), badge);
  const log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t.log, tabindex: "0" });
  const dots = make("p", { class: "dots", hidden: true }, make("span", { class: "name" }), ` ${t.typing}`);
  const picks = make("div", { class: "picks", role: "group", "aria-label": t.choose, hidden: true });
  const status = make("p", { class: "status", role: "status" });
  const field = make("textarea", { id: "field", rows: "1", placeholder: t.write, autocomplete: "off", enterkeyhint: "send",
    on: { keydown: (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); } },
          input: () => { grow(); typing(); } } });
  const form = make("form", { on: { submit: (event) => { event.preventDefault(); submit(); } } },
    make("label", { class: "unseen", for: "field" }, t.write), field, make("button", { class: "send", type: "submit" }, t.send));
  const byPhone = make("button", { class: "quiet", hidden: true, type: "button", on: { click: () => post({ type: "ticket" }) } }, t.phone);
  const panel = make("section", { id: "panel", class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true,
    on: { keydown: (event) => { if (event.key === "Escape") toggle(false); } } },
    make("div", { class: "head" }, make("h2", { id: "title" }, t.title), byPhone,
      make("button", { class: "quiet cross", type: "button", "aria-label": t.close, on: { click: () => toggle(false) } }, "×")),
    log, dots, picks, status, form);
  root.append(launcher, panel);

  // --- What is shown ---

  let last = 0, replayTo = 0, unread = 0, ended = null;
  const mine = new Map(); // id -> the node of a message that has not come back yet
  // Who has scrolled up to read stays there; everybody else sees the newest line, whatever grows or shrinks below it.
  let follow = true, height = 0;
  const down = () => { if (follow) log.scrollTop = log.scrollHeight; };
  log.addEventListener("scroll", () => {
    // A log that has just shrunk is not one that somebody has scrolled.
    if (log.clientHeight === height) follow = log.scrollHeight - log.scrollTop - height < 80;
  }, { passive: true });
  new ResizeObserver(() => { height = log.clientHeight; down(); }).observe(log);
  const put = (node) => {
    // What has not come back yet stays at the end.
    const pending = [...mine.values()].find((one) => one !== node && one.isConnected) || null;
    const before = pending ? pending.previousElementSibling : log.lastElementChild;
    if (node.dataset.who && before?.dataset.who === node.dataset.who) node.classList.add("same");
    log.insertBefore(node, mine.has(node.dataset.id) ? null : pending);
    down();
  };
  const clock = (at) => make("time", { datetime: new Date(at).toISOString() }, new Date(at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" }));

  const bubble = (who, name, text, lang, at) => make("div", { class: `said ${who}`, "data-who": `${who} ${name} ${at ? Math.floor(at / 60000) : ""}` },
    make("span", { class: "name" }, name, " ", at ? clock(at) : make("span", { class: "sending" }, t.sending)),
    make("p", { lang: lang || null }, text));

  const wait = (id, text) => {
    const node = bubble("visitor", t.you, text);
    node.dataset.id = id;
    mine.set(id, node);
    put(node);
  };

  const show = (entry) => {
    mine.get(entry.id)?.remove();
    mine.delete(entry.id);
    if (entry.id) shelf.removeItem(OUT + entry.id);
    if (entry.type === "said") {
      const name = entry.who === "visitor" ? t.you : entry.name || t.house;
      put(bubble(entry.who, name, entry.text, entry.lang, entry.at));
      if (panel.hidden && entry.who !== "visitor" && last >= replayTo) count(unread + 1);
    }
    if (entry.type === "card") put(card(entry));
    if (entry.type === "note") {
      const words = t.notes[entry.note];
      if (words) put(make("p", { class: "note" }, typeof words === "function" ? words(entry.name) : words));
      if (entry.note === "thanks") ended?.querySelector("fieldset")?.remove();
    }
    offer(entry.type === "said" && entry.who === "house" ? entry.buttons : entry.type === "said" ? [] : null);
    finish(entry);
  };

  const offer = (buttons) => {
    if (!buttons && buttons !== undefined) return;
    const had = picks.contains(root.activeElement);
    picks.replaceChildren(...(buttons || []).map((one) =>
      make("button", { type: "button", on: { click: () => { post({ type: "pick", button: one.id }, one.label); offer([]); field.focus(); } } }, one.label)));
    picks.hidden = !picks.childElementCount;
    if (had && picks.hidden) field.focus();
  };

  const finish = (entry) => {
    if (entry.type === "note" && ["ended", "nobody"].includes(entry.note)) {
      const smiles = Object.entries(FACES).map(([smile, face]) => make("button", { type: "button", on: { click: () => { post({ type: "rate", smile }); field.focus(); } } },
        draw(face), make("span", {}, t.smiles[smile])));
      ended?.remove();
      ended = make("div", { class: "ended" }, make("fieldset", {}, make("legend", {}, t.rate), ...smiles),
        make("button", { type: "button", class: "again", on: { click: () => { post({ type: "again" }); field.focus(); } } }, t.again));
      put(ended);
    } else if (ended && (entry.type === "said" || entry.note === "again" || entry.note === "joined")) {
      ended.remove();
      ended = null;
    }
  };

  const card = (entry) => {
    const phone = entry.phone ? make("a", { href: `tel:${entry.phone.replace(/[^+0-9]/g, "")}` }, entry.phone) : null;
    const until = entry.until ? make("small", {}, `${t.until} `, clock(entry.until)) : null;
    // Read out digit by digit, seen in two groups.
    const digits = entry.digits ? make("p", { class: "digits" }, make("span", { "aria-hidden": "true" }, entry.digits),
      make("span", { class: "unseen" }, [...entry.digits.replace(/\D/g, "")].join(" "))) : null;
    const way = !digits ? [`${t.call_only} `, phone] : phone ? [`${t.call} `, phone, ". ", t.key(entry.key)] : [t.key(entry.key)];
    return make("div", { class: "card" }, make("p", {}, ...way), digits, until);
  };

  const count = (n) => { unread = n; badge.hidden = !n; badge.textContent = n ? t.unread(n) : ""; };
  const grow = () => { field.style.height = "auto"; field.style.height = `${Math.min(field.scrollHeight, 120)}px`; };

  // --- The socket: comes again by itself, says again what did not arrive ---

  let socket = null, ready = false, tries = 0, retry = 0, heard = 0, typed = 0, stamp = 0, holding = 0, wanted = false;

  const connect = () => {
    clearTimeout(retry);
    if (socket || !wanted) return;
    if (!ready) status.textContent = tries ? t.offline : t.connecting;
    const one = (socket = new WebSocket(`${base.replace(/^http/, "ws")}/chat`, "hotline.chat.1"));
    one.onopen = () => { heard = Date.now(); tell({ type: "hello", chat: me.chat, token: me.token, after: last, language }, true); };
    one.onmessage = (event) => { if (one === socket) { heard = Date.now(); take(JSON.parse(event.data)); } };
    one.onclose = (event) => { if (one === socket) { socket = null; lost(event.code); } };
  };
  const lost = (code) => {
    ready = false;
    dots.hidden = true;
    tries += 1;
    const least = code === 1008 || code === 1013 ? 5000 : 0;
    const pause = Math.max(least, Math.min(30000, 500 * 2 ** Math.min(tries - 1, 6))) * (0.75 + Math.random() / 2);
    if (tries > 1) status.textContent = t.offline;
    retry = setTimeout(connect, pause);
  };
  const drop = () => { const one = socket; socket = null; one?.close(); lost(0); };
  const tell = (message, early) => { if (socket?.readyState === WebSocket.OPEN && (ready || early)) socket.send(JSON.stringify(message)); };
  // Too fast for the house: what waits goes out in the order in which it was written, a few at a time.
  const slower = (pause) => {
    holding ||= setTimeout(() => {
      holding = 0;
      const held = waiting();
      for (const one of held.slice(0, 3)) tell(one.message);
      if (held.length > 3) slower(1000);
      else status.textContent = "";
    }, pause);
  };

  const take = (message) => {
    if (message.type === "welcome") {
      if (message.chat !== me.chat) { last = 0; log.replaceChildren(...mine.values()); ended = null; offer([]); }
      me.chat = message.chat;
      if (message.token) me.token = message.token;
      keep();
      if (message.first > last + 1) { put(make("p", { class: "note" }, t.earlier)); last = message.first - 1; }
      replayTo = message.last;
      if (last < replayTo) log.setAttribute("aria-live", "off"); // nobody wants to hear it all again
      byPhone.hidden = !message.phone;
      clearTimeout(holding);
      ready = true;
      tries = holding = 0;
      status.textContent = "";
      for (const held of waiting()) {
        const { id, text } = held.message;
        if (text && !mine.has(id)) wait(id, text);
        tell(held.message);
      }
    } else if (message.seq) {
      if (message.seq <= last) { if (message.id) { mine.get(message.id)?.remove(); mine.delete(message.id); shelf.removeItem(OUT + message.id); } return; }
      if (message.seq > last + 1) { drop(); return; }
      last = message.seq;
      show(message);
      if (last >= replayTo) requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
    } else if (message.type === "typing") {
      dots.firstChild.textContent = t.house;
      dots.hidden = !message.on;
    } else if (message.type === "slow") {
      status.textContent = t.slow;
      if (message.id) slower(message.retry_ms);
    } else if (message.type === "refused" && message.id) {
      shelf.removeItem(OUT + message.id);
      const words = t.failed + (t.why[message.why] || t.why.other);
      const node = mine.get(message.id);
      mine.delete(message.id);
      if (node) node.querySelector(".sending").textContent = words;
      else status.textContent = words;
    }
  };

  const post = (message, text) => {
    const id = newId();
    const whole = { ...message, id };
    stamp = Math.max(Date.now(), stamp + 1);
    write(OUT + id, { at: stamp, message: whole });
    if (text) { follow = true; wait(id, text); }
    if (!holding) tell(whole);
    connect();
  };
  const submit = () => {
    const text = field.value.trim();
    if (!text) return;
    const long = [...text].length;
    if (long > MOST) { status.textContent = `${t.failed}${t.why.long} (${long} / ${MOST})`; return; }
    if (status.textContent.startsWith(t.failed)) status.textContent = "";
    field.value = "";
    grow();
    typed = 0;
    post({ type: "say", text }, text);
  };
  const typing = () => { if (Date.now() - typed > 3000) { typed = Date.now(); tell({ type: "typing", on: true }); } };

  const toggle = (open, quietly) => {
    panel.hidden = !open;
    launcher.hidden = open;
    launcher.setAttribute("aria-expanded", String(open));
    me.open = open;
    keep();
    if (open) {
      wanted = true;
      count(0);
      connect();
      follow = true;
      down();
      if (!quietly) field.focus();
    } else if (!quietly) launcher.focus();
  };

  setInterval(() => {
    if (!socket) return;
    if (Date.now() - heard > 45000) drop();
    else if (Date.now() - heard > 20000) tell({ type: "ping" }, true);
  }, 5000);
  addEventListener("online", connect);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) connect(); });
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-hotline-open]")) { event.preventDefault(); toggle(true); } });

  // --- How it looks ---

  sheet.replaceSync(`
    :host { --ink: #1c2430; --paper: #fff; --soft: #f1f4f8; --line: #c3ccd8; --faint: #566273; --accent: #0b5cad; --on-accent: #fff; --mine: #e3effc;
            all: initial; color-scheme: light dark; }
    @media (prefers-color-scheme: dark) {
      :host { --ink: #e8edf4; --paper: #171c24; --soft: #222a35; --line: #45505f; --faint: #a9b6c6; --accent: #7cbcff; --on-accent: #0a1a2b; --mine: #1d3a58; } }
    * { box-sizing: border-box; font: 400 16px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; letter-spacing: 0; }
    [hidden] { display: none !important; }
    button, textarea { color: inherit; }
    button { cursor: pointer; min-height: 32px; min-width: 32px; border-radius: 8px; border: 1px solid var(--line); background: var(--paper); color: var(--ink); padding: 4px 12px; }
    button:hover { background: var(--soft); }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .launcher { position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; display: flex; gap: 10px; align-items: center; min-height: 52px; padding: 0 20px;
                border: 0; border-radius: 26px; background: var(--accent); color: var(--on-accent); font-weight: 600; box-shadow: 0 4px 16px rgb(0 0 0 / .28); }
    .launcher:hover { background: var(--accent); filter: brightness(1.08); }
    .launcher span { color: inherit; font-weight: inherit; }
    .bubble { width: 20px; height: 16px; border-radius: 6px 6px 6px 0; background: currentColor; }
    .badge { background: var(--on-accent); color: var(--accent) !important; border-radius: 10px; padding: 0 8px; font-size: 14px; }
    .panel { position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; width: min(390px, calc(100vw - 24px)); height: min(620px, calc(100vh - 40px)); height: min(620px, calc(100dvh - 40px));
             display: flex; flex-direction: column; background: var(--paper); color: var(--ink); border: 1px solid var(--line); border-radius: 16px; overflow: hidden; box-shadow: 0 10px 40px rgb(0 0 0 / .3); }
    .head { display: flex; align-items: center; gap: 8px; padding: 10px 10px 10px 18px; border-bottom: 1px solid var(--line); }
    h2 { flex: 1; margin: 0; font-size: 18px; font-weight: 600; }
    .quiet { border-color: transparent; background: transparent; color: var(--accent); font-size: 15px; }
    .cross { font-size: 24px; line-height: 1; padding: 0; color: var(--ink); }
    .log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 14px 16px; display: flex; flex-direction: column; gap: 10px; }
    .log:focus-visible { outline-offset: -3px; }
    .said { max-width: 86%; align-self: flex-start; }
    .said p { margin: 2px 0 0; padding: 8px 12px; border-radius: 4px 14px 14px 14px; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; }
    .said.same { margin-top: -4px; }
    .said.same .name { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .said.visitor { align-self: flex-end; }
    .said.visitor p { background: var(--mine); border-radius: 14px 4px 14px 14px; }
    .said.visitor .name { display: block; text-align: right; }
    .name, .name *, .note, .status, .dots, .dots *, small, small * { font-size: 13px; color: var(--faint); }
    .note { align-self: center; margin: 2px 0; text-align: center; }
    .status, .dots { margin: 0; padding: 0 16px; min-height: 20px; }
    .status:empty { min-height: 0; }
    .picks { display: flex; flex-wrap: wrap; gap: 8px; padding: 6px 16px; max-height: 30%; overflow-y: auto; }
    .picks button { border-color: var(--accent); color: var(--accent); border-radius: 16px; text-align: left; }
    .picks button::first-letter { text-transform: uppercase; }
    form { display: flex; gap: 8px; align-items: flex-end; padding: 10px 12px 12px; border-top: 1px solid var(--line); }
    textarea { flex: 1; resize: none; min-height: 42px; max-height: 120px; padding: 9px 12px; border: 1px solid var(--faint); border-radius: 12px; background: var(--paper); color: var(--ink); }
    textarea::placeholder { color: var(--faint); opacity: 1; }
    .send, .again { min-height: 42px; border: 0; background: var(--accent); color: var(--on-accent); font-weight: 600; border-radius: 12px; }
    .send:hover, .again:hover { background: var(--accent); filter: brightness(1.08); }
    .card { border: 1px solid var(--accent); border-radius: 14px; padding: 12px 14px; }
    .card p { margin: 0; }
    .card a { color: var(--accent); font-weight: 600; white-space: nowrap; display: inline-block; min-height: 24px; }
    .digits { padding: 6px 0; }
    .digits span:first-child { font-size: 30px; font-weight: 700; letter-spacing: 3px; font-variant-numeric: tabular-nums; }
    .ended { display: flex; flex-direction: column; gap: 10px; align-items: stretch; }
    fieldset { display: flex; gap: 8px; border: 0; margin: 0; padding: 0; }
    legend { padding: 0 0 6px; font-weight: 600; }
    fieldset button { flex: 1; padding: 6px; }
    fieldset svg { display: block; margin: 0 auto 2px; }
    .unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (max-width: 480px) { .panel { inset: 0; width: 100%; height: 100%; height: 100dvh; border: 0; border-radius: 0; } .launcher { right: 12px; bottom: 12px; } }
    @media (prefers-reduced-motion: no-preference) { .panel { animation: rise .16s ease-out; } @keyframes rise { from { transform: translateY(12px); opacity: 0; } } }
    @media (forced-colors: active) { .said p, .launcher, .send, .again { border: 1px solid; } }
  `);

  const begin = () => {
    document.body.append(host);
    if (me.open) toggle(true, true);
  };
  window.hotlineChat = { open: () => toggle(true), close: () => toggle(false) };
  if (document.body) begin(); else addEventListener("DOMContentLoaded", begin);
})();
