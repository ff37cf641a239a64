// The emotion flow so far, under the board: a lane a speaker, a dot a turn in the colour and first letters of the label
// that this annotator gave, and a bar before a dot where a speaker's label is another than that speaker's last one.
//
// It knows only what the board shows, so a blind board has no intended label for it either. `drawFlow` is a method of
// `Board`; with the same labels and focus as before it draws nothing again.

const flow = {
  drawFlow(turns) {
    const shown = turns.slice(0, this.data.seen === "past" ? this.revealed + 1 : turns.length);
    const state = JSON.stringify([this.key, this.focus, shown.map((t) => [t.id, t.label, t.stale])]);
    if (state === this.flowState) return;
    this.flowState = state;
    const speakers = [...new Set(shown.map((t) => t.speaker))];
    const given = shown.filter((t) => t.label).length;
    const lanes = speakers.map((speaker) => this.lane(speaker, shown));
    const head = element("div", "small", given ? `Your labels so far: ${given} of ${shown.length} turns; a bar marks a shift`
      : "Your labels will stand here, a lane for each speaker");
    const grid = element("div", "flow-lanes");
    grid.style.setProperty("--turns", shown.length);
    grid.append(...lanes.flat());
    this.flow.replaceChildren(head, grid);
  },

  lane(speaker, turns) {
    const name = element("span", "flow-who", speaker);
    name.dir = "auto";
    let last = null;
    const dots = turns.map((turn) => {
      const cell = element("span", `flow-cell${turn.id === this.focus ? " here" : ""}`);
      if (turn.speaker !== speaker) return cell;
      const dot = element("button", `flow-dot${turn.label ? "" : " open"}${turn.stale ? " stale" : ""}`);
      dot.type = "button";
      dot.tabIndex = -1;
      const shift = turn.label && last && last !== turn.label;
      dot.title = `${speaker}: ${turn.label || "no label yet"}${shift ? `, a shift from ${last}` : ""}`;
      dot.setAttribute("aria-label", dot.title);
      dot.onclick = () => this.act({ name: "focus", id: turn.id });
      if (turn.label) {
        dot.textContent = this.letters(turn.label);
        dot.style.background = this.colour(turn.label) || "";
        dot.style.color = inkOn(this.colour(turn.label));
        if (shift) cell.classList.add("shift");
        last = turn.label;
      }
      cell.append(dot);
      return cell;
    });
    return [name, ...dots];
  },

  letters(label) {  // the shortest beginning that no other label has
    const others = this.data.labels.map((l) => l.name.toLowerCase()).filter((name) => name !== label.toLowerCase());
    let length = 1;
    while (length < label.length && others.some((name) => name.startsWith(label.slice(0, length).toLowerCase()))) length += 1;
    return label[0].toUpperCase() + label.slice(1, length);
  },
};

function inkOn(colour) {  // black or white, whichever reads better (WCAG 2.1); the theme's where there is no colour
  if (!colour) return "";
  const linear = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 ? "#000000" : "#FFFFFF";
}
