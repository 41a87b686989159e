/* The one socket of the page: events in, asks out. It comes again by itself; a loss is told within seconds, at once where the browser knows. */

const BEAT_MS = 4000, DEAF_MS = 9000, PATIENCE_MS = 8000;
// Done twice, these are done once: the house knows them by their id. Others are not said again, and their asker is told.
const AGAIN = new Set(["chat.say", "note", "draft", "wrap_up", "hold", "unhold", "hang_up", "keys", "status", "mail.send", "answer"]);

export class Wire {
  /** on: {welcome(message), event(message), floor(message), me(me), back() after every welcome, state("on" | "lost" | "away"), over()} */
  constructor(on) {
    this.on = on;
    this.at = "";
    this.asked = new Map();
    this.socket = null;
    this.count = 0;
    this.tries = 0;
    this.heard = 0;
    this.touched = Date.now();
    this.name = Array.from(crypto.getRandomValues(new Uint8Array(6)), (n) => n.toString(16).padStart(2, "0")).join("");
    this.stopped = false;
    for (const what of ["pointerdown", "keydown", "wheel"]) addEventListener(what, () => { this.touched = Date.now(); }, { passive: true, capture: true });
    addEventListener("online", () => this.open());
    addEventListener("offline", () => this.drop());
    this.timer = setInterval(() => this.beat(), BEAT_MS);
  }

  open() {
    if (this.socket || this.stopped) return;
    clearTimeout(this.retry);
    const one = (this.socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/desk/socket`, "hotline.desk.1"));
    one.onopen = () => { this.heard = Date.now(); one.send(JSON.stringify({ type: "hello", after: this.at })); };
    one.onmessage = (frame) => { if (one === this.socket) { this.heard = Date.now(); this.take(JSON.parse(frame.data)); } };
    one.onclose = (event) => { if (one === this.socket) this.lost(event.code); };
  }

  close() {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.retry);
    const one = this.socket;
    this.socket = null;
    one?.close();
    this.settle("lost");
  }

  drop() {
    const one = this.socket;
    if (!one) return;
    this.socket = null;
    one.close();
    this.lost(0);
  }

  async lost(code) {
    this.socket = null;
    this.ready = false;
    if (this.stopped) return;
    if (code === 4401) return this.over();
    this.on.state("lost");
    // A socket cannot say why it was not opened: a session that is over is asked for by HTTP.
    if (this.tries++ > 0) {
      const answer = await fetch("/desk/me", { credentials: "same-origin", cache: "no-store" }).catch(() => null);
      if (answer?.status === 401) return this.over();
    }
    const pause = (code === 1013 ? 2000 : 0) + Math.min(5000, 250 * 2 ** Math.min(this.tries - 1, 5)) * (0.75 + Math.random() / 2);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), pause);
    setTimeout(() => { if (!this.ready) this.settle("lost"); }, PATIENCE_MS);
  }

  over() {
    this.close();
    this.on.over();
  }

  take(message) {
    if (message.type === "welcome") {
      this.at = message.at;
      this.ready = true;
      this.tries = 0;
      this.on.state("on");
      if (message.resumed) this.on.floor({ ...message, whole: true });
      else this.on.welcome(message);
      this.on.back();
      for (const held of this.asked.values()) if (AGAIN.has(held.message.what)) this.send(held.message);
    } else if (message.type === "event") {
      this.at = message.id;
      this.on.event(message);
    } else if (message.type === "floor") {
      this.on.floor(message);
    } else if (message.type === "me") {
      this.on.me(message.me);
    } else if (message.type === "beat") {
      if (message.at) this.at = message.at;
      this.on.state(message.away ? "away" : "on");
    } else if (message.type === "answer") {
      const held = this.asked.get(message.id);
      this.asked.delete(message.id);
      if (held) (message.ok ? held.resolve : held.reject)(message);
    }
  }

  beat() {
    if (!this.socket) return;
    if (Date.now() - this.heard > DEAF_MS) this.drop();
    else this.send({ type: "beat", active: Date.now() - this.touched < 60000 });
  }

  send(message) { if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message)); }

  /** A promise of the answer; it is rejected with {why, detail}. id: where the same must have the same id. */
  ask(what, fields = {}, id = `${this.name}-${++this.count}`) {
    return new Promise((resolve, reject) => {
      if (!this.ready && !AGAIN.has(what)) return reject({ why: "lost" });
      const message = { type: "ask", id, what, ...fields };
      this.asked.set(id, { message, resolve, reject });
      if (this.ready) this.send(message);
    });
  }

  settle(why) {
    for (const [id, held] of this.asked) { this.asked.delete(id); held.reject({ why }); }
  }
}
