// The review board: every key or click becomes an act with an id; acts leave in order and stay here until the
// server says what became of each ("saved" comes from the stored row, never from here).
//
// outbox (to Python)  {n, acts: [{op_id, action, dialogue, utterance, revision, value, …}], at: {dialogue, utterance}}
// data (from Python)  {item, labels, none, place, seen, answers: [{op_id, status, at, message, dialogue, utterance}]}
//
// The outbox always holds all acts without an answer, so a message that is lost or overtaken costs nothing: the
// store counts an op_id once. Keys pressed while another dialogue is on its way wait for it, in order.

const PENDING = "erc.review.pending", KEYS_OFF = "erc.review.keys-off", WHOLE = "erc.review.whole", RETRY_MS = 4000, UNHEARD_MS = 120000, MOVE_MS = 300;
const boards = new WeakMap();

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let board = boards.get(parentElement);
  if (!board) {
    board = new Board(parentElement);
    boards.set(parentElement, board);
  }
  board.emit = (value) => setStateValue("outbox", value);
  board.open();
  board.receive(data);
  // Streamlit calls this when the board is taken away, and also when newer data overtook these: then the board stays.
  return () => setTimeout(() => board.root.isConnected || board.close(), 0);
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

function read(store, key, otherwise) {
  try { return JSON.parse(store.getItem(key)) ?? otherwise; } catch { return otherwise; }
}

function write(store, key, value) {
  try { store.setItem(key, JSON.stringify(value)); } catch { /* a full or forbidden store: the acts stay in memory */ }
}

class Board {
  constructor(parent) {
    this.root = element("div", "board");
    parent.append(this.root);
    for (const name of ["head", "message", "columns", "flow", "foot"]) {
      this[name] = element("div", name === "foot" ? "row" : name);
      this.root.append(this[name]);
    }
    this.list = element("div", "list bubbles");
    this.panel = element("div", "panel");
    this.columns.append(this.list, this.panel);
    this.pending = read(sessionStorage, PENDING, []);  // acts that a reload left without an answer
    this.whole = new Set(read(sessionStorage, WHOLE, []));  // dialogues that were seen to their end
    this.keysOff = read(localStorage, KEYS_OFF, false);
    this.n = Date.now();
    this.key = null;  // what is shown: corpus, dialogue, annotator, mode
    this.mine = [];  // acts of this page that an undo may take back, oldest first
    this.buffer = [];
    this.waiting = null;
    this.editing = null;
    this.savedAt = null;
    this.notice = "";
    this.onKey = (event) => this.press(event);
    this.timer = null;  // while the board is open
    this.sent = 0;
    this.heard = 0;
  }

  open() {
    if (this.timer) return;
    document.addEventListener("keydown", this.onKey, true);
    this.timer = setInterval(() => this.retry(), RETRY_MS / 4);
    if (this.pending.length) setTimeout(() => this.send(), 0);
  }

  close() {
    document.removeEventListener("keydown", this.onKey, true);
    clearInterval(this.timer);
    clearTimeout(this.moved);
    this.timer = null;
  }

  // ---- from the server

  receive(data) {
    this.heard = Date.now();
    this.data = data;
    const { item } = data;
    const key = [item.corpus, item.dialogue, item.annotator, item.mode].join("\u0000");
    if (key !== this.key || (data.jump && data.jump !== this.jump)) {
      this.key = key;
      this.jump = data.jump;
      this.editing = null;
      this.focus = item.focus;
      this.revealed = this.index();
    }
    if (data.seen !== "past" && !this.whole.has(key)) {
      this.whole.add(key);
      write(sessionStorage, WHOLE, [...this.whole]);
    }
    const setup = [item.corpus, item.annotator, item.mode, data.seen, data.place.number, data.place.of].join("\u0000");
    if (setup !== this.setup) this.takeKeys();
    this.setup = setup;
    for (const answer of data.answers) this.answered(answer);
    write(sessionStorage, PENDING, this.pending);
    this.draw();
    while (!this.waiting && this.buffer.length) this.run(this.buffer.shift());
  }

  takeKeys() {  // a choice made above the board leaves the keys in its field, where they would be typed
    if (document.activeElement?.matches("input")) document.activeElement.blur();
  }

  answered(answer) {
    const act = this.pending.find((a) => a.op_id === answer.op_id);
    if (!act) return;
    if (answer.status === "waiting") {
      this.notice = `Not saved yet: ${answer.message}`;
      return;
    }
    this.pending = this.pending.filter((a) => a !== act);
    if (answer.status === "saved") this.savedAt = answer.at;
    this.notice = answer.status === "refused" ? `Refused: ${answer.message}` : answer.message;
    if (this.waiting === act.op_id) this.waiting = null;
    if (act.action === "undo" && answer.dialogue === this.data.item.dialogue && answer.utterance) {
      this.focusOn(answer.utterance);
    }
  }

  // ---- what is seen: the server's view with the acts laid over it that have no answer yet

  turns() {
    const turns = this.data.item.turns.map((t) => ({ ...t }));
    const byId = new Map(turns.map((t) => [t.id, t]));
    const here = this.pending.filter((a) => a.dialogue === this.data.item.dialogue);
    for (const act of here) {
      const turn = byId.get(act.utterance);
      if (!turn) continue;
      if (act.action === "label") Object.assign(turn, { label: act.value, stale: act.revision !== turn.revision });
      if (act.action === "second") turn.second = act.value;
      if (act.action === "unsure") turn.unsure = act.value === "yes";
      if (act.action === "note") turn.note = act.value;
      if (act.action === "edit") {
        turn.original = turn.original || turn.text;
        Object.assign(turn, { text: act.value, revision: act.op_id, stale: Boolean(turn.label) });
      }
    }
    return turns;
  }

  index() {
    return Math.max(0, this.data.item.turns.findIndex((t) => t.id === this.focus));
  }

  focusOn(id) {
    this.focus = id;
    this.revealed = Math.max(this.revealed, this.index());
  }

  // ---- acts

  press(event) {
    if (this.keysOff || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.composedPath()[0];
    const typed = target.matches?.("textarea, select, [contenteditable=true], input:not([type=radio]):not([type=checkbox])");
    if (typed || document.querySelector("[role=dialog]")) return;
    const arrow = event.key.startsWith("Arrow");
    const last = this.buffer.at(-1);
    if (["edit", "note"].includes(last?.name) && !last.ended) return this.typeAhead(event, last);
    if (arrow && target.closest?.("[role=radiogroup], [role=tablist], [role=listbox], [role=slider], [role=combobox]")) return;
    const command = this.command(event);
    if (!command || (event.repeat && command.name !== "move")) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(command);
  }

  typeAhead(event, opening) {  // the editor waits for an answer to open: what is typed already belongs into it
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") {
      this.buffer.pop();
      this.drawHead();
    } else if (event.key === "Enter") opening.ended = true;
    else if (event.key === "Backspace") opening.typed = opening.typed.slice(0, -1);
    else if (event.key.length === 1) opening.typed += event.key;
  }

  command(event) {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] ?? (/^\d$/.test(event.key) ? event.key : null);
    if (digit === "0") return { name: "label", value: this.data.none };
    if (digit) {
      const label = this.data.labels[Number(digit) - 1];
      return label && { name: event.shiftKey ? "second" : "label", value: label.name };
    }
    return {
      j: { name: "move", by: 1 }, arrowdown: { name: "move", by: 1 }, arrowright: { name: "move", by: 1 },
      k: { name: "move", by: -1 }, arrowup: { name: "move", by: -1 }, arrowleft: { name: "move", by: -1 },
      a: { name: "accept" }, x: { name: "turn_down" }, e: { name: "edit", typed: "" }, m: { name: "note", typed: "" }, u: { name: "undo" },
      t: { name: "unsure" }, n: { name: "go", to: "next" }, p: { name: "go", to: "previous" },
    }[event.key.toLowerCase()];
  }

  act(command) {
    if (!this.waiting) return this.run(command);
    this.buffer.push(command);
    this.drawHead();
  }

  run(command) {
    const turn = this.turns()[this.index()];
    this.notice = "";
    switch (command.name) {
      case "move": this.move(command.by); break;
      case "focus": this.focusOn(command.id); this.place(); break;
      case "label":
        this.add("label", { turn, value: command.value, seen: this.seen() });
        this.move(1);
        break;
      case "second": this.add("second", { turn, value: turn.second === command.value ? "" : command.value }); break;
      case "unsure": this.add("unsure", { turn, value: turn.unsure ? "" : "yes" }); break;
      case "edit": case "note": {
        this.editing = { what: command.name, turn, value: (command.name === "edit" ? turn.text : turn.note) + command.typed };
        if (command.ended) this.endEditing(this.editing.value);
        break;
      }
      case "write": this.add(command.what, { turn: command.turn, value: command.value }); break;
      case "accept": case "turn_down":
        this.add(command.name, {});
        this.go("to do");
        break;
      case "go": this.go(command.to); break;
      case "undo": this.undo(); break;
    }
    this.draw();
  }

  seen() {
    const past = this.data.seen === "past" && !this.whole.has(this.key) && this.revealed <= this.index();
    return past ? "past" : "dialogue";
  }

  move(by) {
    const turns = this.data.item.turns, to = Math.min(turns.length - 1, Math.max(0, this.index() + by));
    this.focusOn(turns[to].id);
    this.place();
  }

  place() {  // where the annotator is, told a little later, for a reload
    clearTimeout(this.moved);
    this.moved = setTimeout(() => this.send(), MOVE_MS);
  }

  add(action, { turn = null, value = "", seen = "dialogue" }) {
    const { corpus, dialogue, annotator, mode } = this.data.item;
    const act = { op_id: newId(), action, corpus, dialogue, annotator, mode, value, seen,
      utterance: turn ? turn.id : "", revision: turn ? turn.revision : "" };
    this.pending.push(act);
    if (action !== "undo") this.mine.push(act);
    this.send();
    return act;
  }

  endEditing(value) {  // null leaves things as they were
    const { what, turn } = this.editing, text = value?.trim(), before = what === "edit" ? turn.text : turn.note;
    this.editing = null;
    if (text !== undefined && text !== before && (text || what === "note")) this.act({ name: "write", what, turn, value: text });
    else this.draw();
  }

  undo() {  // what the turn was before is known to the store alone, so the keys after an undo wait for it
    const target = this.mine.pop();
    this.waiting = this.add("undo", { value: target ? target.op_id : "" }).op_id;
  }

  go(to) {
    const act = { op_id: newId(), action: "go", value: to, dialogue: this.data.item.dialogue };
    this.pending.push(act);
    this.waiting = act.op_id;
    this.send();
  }

  // A server that is still at the last message is left alone: another one would make it begin anew, again and again.
  retry() {
    const patience = this.heard >= this.sent ? RETRY_MS : UNHEARD_MS;
    if (this.pending.length && Date.now() - Math.max(this.sent, this.heard) >= patience) this.send();
  }

  send() {
    clearTimeout(this.moved);
    this.sent = Date.now();
    write(sessionStorage, PENDING, this.pending);
    const { corpus, dialogue, annotator, mode } = this.data.item;
    const at = { corpus, dialogue, annotator, mode, utterance: this.focus };
    this.emit({ n: ++this.n, acts: this.pending, at });
  }
}

Object.assign(Board.prototype, drawing, flow);
