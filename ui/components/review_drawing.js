// How the review board looks: its head, the bubbles, the utterance in focus with its keys, the editor, the foot.
// Methods of `Board` (review_board.js), which has the state; nothing here changes what is stored.

const drawing = {
  draw() {
    const active = this.root.getRootNode().activeElement?.dataset?.act;
    const turns = this.turns();
    this.drawHead();
    drawBubbles(this.list, turns.map((t) => this.bubble(t)), {
      focus: this.focus,
      onPick: (id) => this.act({ name: "focus", id }),
      shown: this.data.seen === "past" ? this.revealed + 1 : turns.length,
    });
    const bubble = this.list.querySelector(".focus");
    if (bubble && this.drawn !== this.key + this.focus) {
      const above = bubble.offsetTop - this.list.offsetTop, inside = this.list.clientHeight;
      if (above < this.list.scrollTop + 40 || above + bubble.offsetHeight > this.list.scrollTop + inside - 40) {
        this.list.scrollTop = above - inside / 2 + bubble.offsetHeight / 2;
      }
      this.drawn = this.key + this.focus;
    }
    if (!this.editing) this.drawPanel(turns[this.index()]);
    else if (!this.panel.querySelector("textarea")) this.drawEditor();
    this.drawFlow(turns);
    this.drawFoot();
    if (active && !this.editing) this.root.querySelector(`[data-act="${CSS.escape(active)}"]`)?.focus();
  },

  bubble(turn) {
    const chips = [], { item } = this.data;
    if (turn.intended) chips.push({ text: `${item.label_kind}: ${turn.intended}`, colour: this.colour(turn.intended), plain: true });
    if (turn.label) chips.push({ text: turn.label, colour: this.colour(turn.label) });
    if (turn.second) chips.push({ text: `and ${turn.second}`, colour: this.colour(turn.second) });
    if (turn.unsure) chips.push({ text: "unsure", plain: true });
    if (turn.label && turn.stale) chips.push({ text: "stale: the text was edited after this label", plain: true });
    if (turn.note) chips.push({ text: `note: ${turn.note}`, plain: true });
    return { ...turn, chips, was: turn.original };
  },

  colour(name) {
    return this.data.labels.find((l) => l.name === name)?.colour;
  },

  drawHead() {
    const { item, place } = this.data;
    const count = (n) => n.toLocaleString("en-US");
    const where = `dialogue ${place.number ? count(place.number) : "–"} of ${count(place.of)}`;
    const told = `${item.mode} · ${where} · ${count(place.finished)} done · overlap ${place.overlap}`;
    this.head.replaceChildren(element("span", "", told));
    if (item.recorded) this.head.append(element("span", "mark", "recorded text"));
    if (item.decision) this.head.append(element("span", "mark", item.decision === "accept" ? "you accepted it" : "you turned it down"));
    const waiting = this.pending.filter((a) => a.action !== "go").length + this.buffer.length;
    const time = this.savedAt && new Date(this.savedAt).toLocaleTimeString("en-GB");
    const saved = waiting ? `${waiting} not saved yet` : time ? `saved ${time}` : "";
    this.head.append(element("span", waiting ? "saved unsaved" : "saved", saved));
    const messages = [this.notice, ...this.data.messages].filter(Boolean);
    this.message.hidden = !messages.length;
    this.message.setAttribute("role", "status");
    this.message.replaceChildren(...messages.map((text) => element("div", "", text)));
  },

  button(key, text, command, { pressed = null, title = "", colour = null, classes = "", disabled = false } = {}) {
    const made = element("button", `act ${classes}`);
    made.type = "button";
    made.dataset.act = JSON.stringify(command);
    made.title = title;
    made.disabled = disabled;
    if (pressed !== null) made.setAttribute("aria-pressed", String(pressed));
    if (key) {
      made.append(element("kbd", "", key));
      made.setAttribute("aria-keyshortcuts", key);
    }
    if (colour) {
      const dot = element("span", "dot");
      dot.style.background = colour;
      made.append(dot);
    }
    made.append(element("span", "", text));
    made.onclick = (event) => this.act(event.shiftKey && command.name === "label" ? { ...command, name: "second" } : command);
    return made;
  },

  drawPanel(turn) {
    const quote = element("p", "quote");
    quote.dir = "auto";
    quote.append(element("b", "", turn.speaker), element("span", "", turn.text));
    const keys = element("div", "keys");
    this.data.labels.forEach((label, i) => {
      keys.append(this.button(i < 9 ? String(i + 1) : "", label.name, { name: "label", value: label.name }, {
        pressed: turn.label === label.name && !turn.stale, title: label.definition, colour: label.colour,
        classes: turn.second === label.name ? "second" : "",
      }));
    });
    keys.append(this.button("0", "other / none of these", { name: "label", value: this.data.none }, {
      pressed: turn.label === this.data.none && !turn.stale, title: "no label of the scheme fits; kept, and no vote",
      classes: "wide",
    }));
    const row = element("div", "keys small-keys");
    row.append(
      this.button("T", "unsure", { name: "unsure" }, { pressed: turn.unsure }),
      this.button("M", "note", { name: "note", typed: "" }, { pressed: Boolean(turn.note) }),
      this.button("E", "edit text", { name: "edit", typed: "" }, { title: "the original text is kept; labels given to it become stale" }),
      this.button("U", "undo", { name: "undo" }, { title: "take back your last act, also in another dialogue" }),
      this.button("K", "↑ turn", { name: "move", by: -1 }),
      this.button("J", "↓ turn", { name: "move", by: 1 }),
    );
    const help = "Shift with a number (or click) sets a second emotion and stays; a number sets the emotion and moves on.";
    this.panel.replaceChildren(quote, keys, row, element("p", "small", help));
  },

  drawEditor() {
    const { what, turn, value } = this.editing;
    const area = element("textarea");
    area.value = value;
    area.maxLength = 20000;
    area.setAttribute("aria-label", what === "edit" ? "Text of the utterance" : "Note");
    const end = (save) => this.endEditing(save ? area.value : null);
    area.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Escape") end(false);
      else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        end(true);
      }
    };
    const row = element("div", "row");
    for (const [key, text, save] of [["Enter", "save", true], ["Esc", "leave it", false]]) {
      const made = this.button(key, text, { name: "end", save });
      made.onclick = () => end(save);
      row.append(made);
    }
    const quote = element("p", "quote");
    quote.append(element("b", "", what === "edit" ? `Edit what ${turn.speaker} says` : `Note on what ${turn.speaker} says`));
    const help = what === "edit" ? "The original stays in the store. Labels given to it, by anybody, become stale." : "";
    this.panel.replaceChildren(quote, area, row, element("p", "small", help));
    area.focus();
  },

  drawFoot() {
    const { decision } = this.data.item;
    const keys = this.button("", this.keysOff ? "keys are off" : "keys are on", { name: "keys" }, { pressed: !this.keysOff });
    keys.onclick = () => {
      this.keysOff = !this.keysOff;
      write(localStorage, KEYS_OFF, this.keysOff);
      this.draw();
    };
    this.foot.replaceChildren(
      this.button("A", "accept dialogue", { name: "accept" }, { pressed: decision === "accept" }),
      this.button("X", "turn down", { name: "turn_down" }, { pressed: decision === "turn_down" }),
      this.button("P", "previous", { name: "go", to: "previous" }),
      this.button("N", "next", { name: "go", to: "next" }),
      keys,
    );
  },
};
