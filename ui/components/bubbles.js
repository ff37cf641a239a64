// Dialogue as chat bubbles. All text of data goes in as text nodes, never as HTML.
//
//   drawBubbles(parent, [{id, speaker, text, chips: [{text, colour?, plain?}], was?}], {focus, onPick, shown})
//
// The same code draws the review board and the read-only view.

function element(tag, classes, text) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawChip({ text, colour, plain }) {
  const chip = element("span", plain ? "chip plain" : "chip");
  if (colour) {
    const dot = element("span", "dot");
    dot.style.background = colour;
    chip.append(dot);
  }
  chip.append(element("span", "", text));
  return chip;
}

function drawBubbles(parent, turns, { focus = null, onPick = null, shown = turns.length } = {}) {
  const second = turns.map((t) => t.speaker).find((speaker) => speaker !== turns[0].speaker);
  const drawn = turns.slice(0, shown).map((turn) => {
    const side = turn.speaker === second ? "right" : "left";
    const bubble = element(onPick ? "button" : "div", `bubble ${side}${turn.id === focus ? " focus" : ""}`);
    bubble.dataset.utterance = turn.id;
    bubble.dir = "auto";
    if (onPick) {
      bubble.type = "button";
      bubble.tabIndex = -1;
      bubble.onclick = () => onPick(turn.id);
      if (turn.id === focus) bubble.setAttribute("aria-current", "true");
    }
    bubble.append(element("span", "who", turn.speaker), element("span", "said", turn.text));
    if (turn.was) bubble.append(element("span", "was", turn.was));
    if (turn.chips && turn.chips.length) {
      const chips = element("span", "chips");
      chips.append(...turn.chips.map(drawChip));
      bubble.append(chips);
    }
    return bubble;
  });
  if (shown < turns.length) {
    drawn.push(element("div", "hidden-turns", `${turns.length - shown} more follow`));
  }
  parent.replaceChildren(...drawn);
}
